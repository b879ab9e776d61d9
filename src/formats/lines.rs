//! Lines, each a record: cut at the last line end that is there, so that a block of many lines is one part.
//!
//! What stands in the lines is for others to read. A line beyond the limit is passed over and rejected, and the rest of
//! the stream goes on.

use memchr::{memchr, memchr_iter, memrchr};

use super::cut::{Cut, Cutter, KEPT_BYTES, Part, Rejected, too_large};
use super::reason::RejectReason;

/// Cuts a stream into runs of whole lines.
pub struct Lines {
    max_record_bytes: usize,
    offset: u64,
    /// The number of the line that comes next, from 1.
    line: u64,
    /// Bytes that were looked at and hold no line end.
    looked: usize,
    /// The line that is being passed over because it is too long.
    long: Option<Long>,
}

/// A line that is too long, as far as it has been passed over.
struct Long {
    offset: u64,
    length: u64,
    head: Vec<u8>,
}

impl Lines {
    /// A cutter for a stream from its beginning; lines of more than `max_record_bytes` are rejected.
    pub fn new(max_record_bytes: usize) -> Lines {
        Lines { max_record_bytes, offset: 0, line: 1, looked: 0, long: None }
    }

    /// Goes on with the line that is too long.
    fn pass_over(&mut self, mut long: Long, bytes: &[u8], is_last: bool) -> Cut {
        let end = memchr(b'\n', bytes).map(|at| at + 1);
        let n = end.unwrap_or(bytes.len());
        long.length += n as u64;
        self.offset += n as u64;
        if end.is_none() && !is_last {
            self.long = Some(long);
            return if n > 0 { Cut::Skip(n) } else { Cut::More(1) };
        }
        self.line += 1;
        let Long { offset, length, head } = long;
        let detail = too_large(length, self.max_record_bytes);
        Cut::Part(n, Part::Rejected(Rejected { offset, length, reason: RejectReason::TooLarge, detail, bytes: head }))
    }
}

impl Cutter for Lines {
    fn cut(&mut self, bytes: &[u8], is_last: bool) -> Cut {
        if let Some(long) = self.long.take() {
            return self.pass_over(long, bytes, is_last);
        }
        let looked = std::mem::take(&mut self.looked);
        let length = match memrchr(b'\n', &bytes[looked..]) {
            _ if bytes.is_empty() && is_last => return Cut::End,
            _ if is_last => bytes.len(),
            Some(last) => looked + last + 1,
            None if bytes.len() > self.max_record_bytes => {
                let head = bytes[..bytes.len().min(KEPT_BYTES)].to_vec();
                self.long = Some(Long { offset: self.offset, length: bytes.len() as u64, head });
                self.offset += bytes.len() as u64;
                return Cut::Skip(bytes.len());
            }
            None => {
                self.looked = bytes.len();
                return Cut::More(bytes.len() * 2 + 1);
            }
        };
        let first_line = self.line;
        let line_ends = memchr_iter(b'\n', &bytes[..length]).count() as u64;
        self.line += line_ends;
        self.offset += length as u64;
        Cut::Part(length, Part::Lines { first_line, line_ends })
    }
}

#[cfg(test)]
mod tests {
    use super::super::cut::cut_all;
    use super::*;

    /// Offset, number and bytes of a line.
    type Line = (u64, u64, Vec<u8>);

    /// The lines, and the offsets and lengths of those that were too long.
    fn lines(bytes: &[u8], chunk: usize) -> (Vec<Line>, Vec<(u64, u64)>) {
        let (mut lines, mut long) = (Vec::new(), Vec::new());
        for (offset, bytes, part) in cut_all(&mut Lines::new(20), bytes, chunk) {
            match part {
                Part::Lines { first_line, .. } => {
                    let mut at = offset;
                    for (number, line) in (first_line..).zip(bytes.split_inclusive(|&byte| byte == b'\n')) {
                        lines.push((at, number, line.to_vec()));
                        at += line.len() as u64;
                    }
                }
                Part::Rejected(rejected) => long.push((rejected.offset, rejected.length)),
                other => panic!("{other:?}"),
            }
        }
        // What is cut as lines may hold some that are too long; who reads them rejects them.
        let too_long = |line: &Line| line.2.len() > 20;
        long.extend(lines.iter().filter(|line| too_long(line)).map(|line| (line.0, line.2.len() as u64)));
        lines.retain(|line| !too_long(line));
        long.sort_unstable();
        (lines, long)
    }

    #[test]
    fn lines_are_the_same_however_they_arrive() {
        let text = format!("one\n\ntwo\n{}\nthree\n{}", "x".repeat(90), "y".repeat(50));
        let whole = lines(text.as_bytes(), text.len());
        assert_eq!((whole.0.len(), whole.1.clone()), (4, vec![(9, 91), (106, 50)]));
        assert_eq!(whole.0[3], (100, 5, b"three\n".to_vec()));
        for chunk in 1..text.len() {
            assert_eq!(lines(text.as_bytes(), chunk), whole, "{chunk}");
        }
        assert!(lines(b"", 1).0.is_empty());
    }
}
