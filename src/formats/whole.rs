//! A stream that is one document.

use super::cut::{Cut, Cutter, KEPT_BYTES, Page, Part, Rejected, too_large};
use super::reason::RejectReason;

/// Takes a stream for one document.
pub struct Whole {
    max_record_bytes: usize,
    /// The length and the first bytes of a document that is too long, as far as it was passed over.
    long: Option<(u64, Vec<u8>)>,
}

impl Whole {
    /// A cutter for a stream from its beginning; one of more than `max_record_bytes` is rejected.
    pub fn new(max_record_bytes: usize) -> Whole {
        Whole { max_record_bytes, long: None }
    }
}

impl Cutter for Whole {
    fn cut(&mut self, bytes: &[u8], is_last: bool) -> Cut {
        let n = bytes.len();
        match self.long.take() {
            Some((length, head)) if is_last => {
                let length = length + n as u64;
                let detail = too_large(length, self.max_record_bytes);
                let rejected = Rejected { offset: 0, length, reason: RejectReason::TooLarge, detail, bytes: head };
                Cut::Part(n, Part::Rejected(rejected))
            }
            Some((length, head)) => {
                self.long = Some((length + n as u64, head));
                if n > 0 { Cut::Skip(n) } else { Cut::More(1) }
            }
            None if n > self.max_record_bytes => {
                self.long = Some((n as u64, bytes[..n.min(KEPT_BYTES)].to_vec()));
                Cut::Skip(n)
            }
            None if !is_last => Cut::More((n * 2).clamp(1, self.max_record_bytes).max(n + 1)),
            None if n > 0 => Cut::Part(n, Part::Page(Page::plain(n))),
            None => Cut::End,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::cut::cut_all;
    use super::*;

    #[test]
    fn a_stream_is_one_document_up_to_a_limit() {
        for chunk in [1, 3, 100] {
            let parts = cut_all(&mut Whole::new(10), b"ten bytes!", chunk);
            assert!(matches!(&parts[..], [(0, bytes, Part::Page(_))] if bytes == b"ten bytes!"), "{parts:?}");
            let parts = cut_all(&mut Whole::new(10), b"eleven bytes", chunk);
            assert!(
                matches!(&parts[..], [(_, _, Part::Rejected(Rejected { offset: 0, length: 12, .. }))]),
                "{parts:?}"
            );
            assert!(cut_all(&mut Whole::new(10), b"", chunk).is_empty());
        }
    }
}
