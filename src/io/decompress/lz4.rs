//! The frames of an lz4 file one after the other; frames to be skipped are skipped.

use std::io::{self, BufRead, Read};

use lz4_flex::frame::{Error, FrameDecoder};

/// Reads every frame of a stream.
pub struct Lz4Frames<R: BufRead> {
    /// The decoder of the frame that is open: each has its own, for frames may differ in the size of their blocks.
    /// `None` after the last one.
    frame: Option<FrameDecoder<R>>,
}

impl<R: BufRead> Lz4Frames<R> {
    /// Reads the frames of `inner`.
    pub fn new(inner: R) -> Lz4Frames<R> {
        Lz4Frames { frame: Some(FrameDecoder::new(inner)) }
    }
}

impl<R: BufRead> Read for Lz4Frames<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while let Some(frame) = &mut self.frame {
            match frame.read(buf) {
                Ok(0) if !buf.is_empty() => {}
                Err(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
                    Some(&Error::SkippableFrame(length)) => {
                        io::copy(&mut frame.get_mut().take(u64::from(length)), &mut io::sink())?;
                    }
                    _ => return Err(error),
                },
                read => return read,
            }
            let mut rest = self.frame.take().map(FrameDecoder::into_inner);
            if let Some(rest) = &mut rest
                && rest.fill_buf()?.is_empty()
            {
                return Ok(0);
            }
            self.frame = rest.map(FrameDecoder::new);
        }
        Ok(0)
    }
}
