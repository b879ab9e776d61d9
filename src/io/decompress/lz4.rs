//! The frames of an lz4 file one after the other; frames to be skipped are skipped.

use std::io::{self, BufRead, Read};

use lz4_flex::frame::{Error, FrameDecoder};

/// Reads every frame of a stream.
pub struct Lz4Frames<R: BufRead> {
    decoder: FrameDecoder<R>,
}

impl<R: BufRead> Lz4Frames<R> {
    /// Reads the frames of `inner`.
    pub fn new(inner: R) -> Lz4Frames<R> {
        Lz4Frames { decoder: FrameDecoder::new(inner) }
    }
}

impl<R: BufRead> Read for Lz4Frames<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.decoder.read(buf) {
                // A frame without content ends before the stream does.
                Ok(0) if !buf.is_empty() && !self.decoder.get_mut().fill_buf()?.is_empty() => {}
                Err(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
                    Some(&Error::SkippableFrame(length)) => {
                        io::copy(&mut self.decoder.get_mut().take(u64::from(length)), &mut io::sink())?;
                    }
                    _ => return Err(error),
                },
                read => return read,
            }
        }
    }
}
