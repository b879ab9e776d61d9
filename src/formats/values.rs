//! JSON values one after the other, in an array or without one, on as many lines as they like.
//!
//! Values are found by their brackets and quotes alone; whether they are sound is for whoever reads them. A value that
//! never ends, because a bracket or quote is missing, costs itself: cutting goes on at the next line that begins as
//! the value did.

use std::ops::Range;

use memchr::{memchr, memchr2, memmem};

use super::cut::{Cut, Cutter, Part, Reading, Rejected, too_large};
use super::reason::RejectReason;

/// Cuts a stream into JSON values; the elements of an array at the outside are values of their own.
pub struct Values {
    max_record_bytes: usize,
    offset: u64,
    /// The number of the value that comes next, from 1.
    number: u64,
    in_array: bool,
    /// The line end and blanks before the value that comes next, if it begins a line.
    indent: Option<Vec<u8>>,
    long: Option<Long>,
}

/// A value that is too long, as far as it was passed over.
struct Long {
    rejected: Rejected,
    /// Where in it that is; nothing in a number or a word.
    nesting: Option<Nesting>,
}

/// Where in a value a place is.
#[derive(Clone, Copy, Default)]
struct Nesting {
    depth: usize,
    in_string: bool,
    /// Whether a backslash stands before.
    escaped: bool,
}

impl Values {
    /// A cutter for a stream from its beginning; a value of more than `max_record_bytes` is rejected.
    pub fn new(max_record_bytes: usize) -> Values {
        let indent = Some(b"\n".to_vec());
        Values { max_record_bytes, offset: 0, number: 1, in_array: false, indent, long: None }
    }

    fn skip(&mut self, n: usize) -> Cut {
        self.offset += n as u64;
        Cut::Skip(n)
    }

    /// Passes over what stands between values; the number of bytes.
    fn between(&mut self, bytes: &[u8]) -> usize {
        for (at, &byte) in bytes.iter().enumerate() {
            match byte {
                b'\n' => self.indent = Some(b"\n".to_vec()),
                b' ' | b'\t' | b'\r' => {
                    if let Some(indent) = self.indent.as_mut().filter(|indent| indent.len() < 256) {
                        indent.push(byte);
                    }
                }
                b',' if self.in_array => self.indent = None,
                b']' if self.in_array => (self.in_array, self.indent) = (false, None),
                b'[' if !self.in_array => (self.in_array, self.indent) = (true, None),
                // A BOM begins each part of files that were put together.
                0xEF if bytes[at..].starts_with(b"\xEF\xBB\xBF") => {}
                0xBB | 0xBF if at > 0 && matches!(bytes[at - 1], 0xEF | 0xBB) => {}
                _ => return at,
            }
        }
        bytes.len()
    }

    /// Gives up the value that begins here and is not finished at the end of the stream: up to the next one that begins a
    /// line as it did.
    fn lose(&mut self, detail: String, bytes: &[u8]) -> Cut {
        let (offset, reason) = (self.offset, RejectReason::JsonSyntax);
        let mut rejected = Rejected { offset, length: 0, reason, detail, bytes: Vec::new() };
        self.number += 1;
        let next = self.indent.as_ref().and_then(|indent| {
            let mark = [indent.as_slice(), &bytes[..1]].concat();
            memmem::find(bytes, &mark)
        });
        let n = next.unwrap_or(bytes.len());
        rejected.keep(&bytes[..n]);
        self.offset += n as u64;
        Cut::Part(n, Part::Rejected(rejected))
    }

    /// Gives up the value that begins here and is too long: to its end, wherever that is, for how many bytes are there by now
    /// must not matter.
    fn lose_long(&mut self, bytes: &[u8], is_last: bool) -> Cut {
        let (offset, reason) = (self.offset, RejectReason::TooLarge);
        let mut rejected = Rejected { offset, length: 0, reason, detail: String::new(), bytes: Vec::new() };
        self.number += 1;
        if let Some(end) = value_end(bytes, is_last).or(is_last.then_some(bytes.len())) {
            rejected.keep(&bytes[..end]);
            rejected.detail = too_large(rejected.length, self.max_record_bytes);
            self.offset += end as u64;
            return Cut::Part(end, Part::Rejected(rejected));
        }
        let mut nesting = begins_nested(bytes).then(Nesting::default);
        let nothing = nesting.as_mut().and_then(|nesting| nesting.end(bytes));
        debug_assert_eq!(nothing, None, "the value has no end in these bytes");
        rejected.keep(bytes);
        self.long = Some(Long { rejected, nesting });
        self.skip(bytes.len())
    }

    fn pass_over(&mut self, mut long: Long, bytes: &[u8], is_last: bool) -> Cut {
        let end = match &mut long.nesting {
            Some(nesting) => nesting.end(bytes),
            None => bytes.iter().position(|&byte| ends_word(byte)),
        };
        let n = end.unwrap_or(bytes.len());
        long.rejected.keep(&bytes[..n]);
        self.offset += n as u64;
        if end.is_none() && !is_last {
            self.long = Some(long);
            return if n > 0 { Cut::Skip(n) } else { Cut::More(1) };
        }
        long.rejected.detail = too_large(long.rejected.length, self.max_record_bytes);
        Cut::Part(n, Part::Rejected(long.rejected))
    }
}

impl Cutter for Values {
    fn cut(&mut self, bytes: &[u8], is_last: bool) -> Cut {
        if let Some(long) = self.long.take() {
            return self.pass_over(long, bytes, is_last);
        }
        let first = self.between(bytes);
        if first > 0 {
            return self.skip(first);
        }
        if bytes.is_empty() && is_last && std::mem::take(&mut self.in_array) {
            let (reason, detail) = (RejectReason::Truncated, "the array is not closed".to_owned());
            let rejected = Rejected { offset: self.offset, length: 0, reason, detail, bytes: Vec::new() };
            return Cut::Part(0, Part::Rejected(rejected));
        }
        if bytes.is_empty() {
            return if is_last { Cut::End } else { Cut::More(1) };
        }
        let first_number = self.number;
        let mut ranges: Vec<Range<u32>> = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let Some(end) = value_end(&bytes[at..], is_last) else { break };
            if end > self.max_record_bytes {
                break;
            }
            // A block is far below 4 GiB: it ends where nothing more is there.
            ranges.push(at as u32..(at + end) as u32);
            self.number += 1;
            at += end;
            let blank = self.between(&bytes[at..]);
            at += blank;
        }
        if !ranges.is_empty() {
            self.offset += at as u64;
            return Cut::Part(at, Part::Records { ranges, first_number, reading: Reading::Json });
        }
        if bytes.len() > self.max_record_bytes {
            return self.lose_long(bytes, is_last);
        }
        if is_last {
            let detail = format!("record {first_number}: the value is not finished");
            return self.lose(detail, bytes);
        }
        Cut::More(bytes.len() * 2 + 1)
    }
}

/// The length of the value that `bytes` begins with, if it ends here.
fn value_end(bytes: &[u8], is_last: bool) -> Option<usize> {
    if begins_nested(bytes) {
        return Nesting::default().end(bytes);
    }
    // A number, a word, or nothing that JSON knows.
    let end = bytes[1..].iter().position(|&byte| ends_word(byte)).map(|at| at + 1);
    end.or(is_last.then_some(bytes.len()))
}

/// Whether `bytes` begin with a value that has an end of its own.
fn begins_nested(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(b'{' | b'[' | b'"'))
}

/// Whether a number or a word is at its end before this byte.
fn ends_word(byte: u8) -> bool {
    matches!(byte, b',' | b']' | b'}' | b'{' | b'[' | b'\n' | b'\r' | b' ' | b'\t')
}

impl Nesting {
    /// Goes on through `bytes` until the value is complete; the place behind its last byte.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            if std::mem::take(&mut self.escaped) {
                at += 1;
                continue;
            }
            if self.in_string {
                let next = memchr2(b'"', b'\\', &bytes[at..])?;
                at += next + 1;
                self.escaped = bytes[at - 1] == b'\\';
                self.in_string = self.escaped;
            } else {
                match bytes[at] {
                    b'"' => self.in_string = true,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                    _ => {
                        at += 1;
                        continue;
                    }
                }
                at += 1;
            }
            if self.depth == 0 && !self.in_string {
                return Some(at);
            }
        }
        None
    }
}

/// Whether `prefix` begins with JSON that is not one object a line: an array of objects, or an object on several lines.
pub fn begins(prefix: &[u8]) -> bool {
    let prefix = prefix.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(prefix).trim_ascii_start();
    match prefix.split_first() {
        Some((b'[', rest)) => {
            // A line that is an array among lines that are objects is a record that went wrong.
            let is_alone = memchr(b'\n', prefix).is_none_or(|end| {
                !prefix[..end].trim_ascii_end().ends_with(b"]") || prefix[end..].trim_ascii_start().is_empty()
            });
            rest.trim_ascii_start().starts_with(b"{") && is_alone
        }
        Some((b'{', rest)) => match rest.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r')) {
            Some(b'\n') => matches!(rest.trim_ascii_start().first(), Some(b'"' | b'}')),
            _ => memchr(b'\n', prefix).is_some_and(|end| {
                // The first line is no whole object, and what is there of the next ones finishes it.
                let line = &prefix[..end];
                line.trim_ascii_end().ends_with(b",") && Nesting::default().end(line).is_none()
            }),
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::cut::cut_all;
    use super::*;

    /// The length of what was rejected, and why.
    type Lost = (u64, RejectReason);

    /// The values with their numbers, and what was rejected.
    fn values(text: &str, chunk: usize) -> (Vec<(u64, String)>, Vec<Lost>) {
        let (mut found, mut rejected) = (Vec::new(), Vec::new());
        for (_, bytes, part) in cut_all(&mut Values::new(60), text.as_bytes(), chunk) {
            match part {
                Part::Records { ranges, first_number, .. } => {
                    for (number, range) in (first_number..).zip(ranges) {
                        let value = &bytes[range.start as usize..range.end as usize];
                        found.push((number, String::from_utf8(value.to_vec()).unwrap()));
                    }
                }
                Part::Rejected(one) => rejected.push((one.length, one.reason)),
                other => panic!("{other:?}"),
            }
        }
        (found, rejected)
    }

    #[track_caller]
    fn check(text: &str, want: &[&str], want_rejected: &[(u64, RejectReason)]) {
        for chunk in [1, 2, 3, 7, 1000] {
            let (found, rejected) = values(text, chunk);
            let found: Vec<&str> = found.iter().map(|(_, value)| value.as_str()).collect();
            assert_eq!(found, want, "{chunk}");
            assert_eq!(rejected, want_rejected, "{chunk}");
        }
    }

    #[test]
    fn values_are_cut_from_arrays_and_streams() {
        let want = ["{\"a\":\"}\\\"]\"}", "{\n \"b\": [{}]\n}", "{}"];
        check(&format!("[{}, {},{}]\n", want[0], want[1], want[2]), &want, &[]);
        check(&format!("\u{FEFF}{}{}\n\n{}", want[0], want[1], want[2]), &want, &[]);
        check(&format!("[{}][{}]{}", want[0], want[1], want[2]), &want, &[]);
        check("[]", &[], &[]);
        check("", &[], &[]);
    }

    #[test]
    fn what_is_no_object_is_a_value_all_the_same() {
        check("[1, null,[2,3],\"x,y\", {}]", &["1", "null", "[2,3]", "\"x,y\"", "{}"], &[]);
        check("{}]{}", &["{}", "]", "{}"], &[]);
    }

    #[test]
    fn a_value_that_does_not_end_costs_itself() {
        let text = "[\n  {\"a\": 1},\n  {\"b\": \"open},\n  {\"c\": 3}\n]";
        check(text, &["{\"a\": 1}", "{\"c\": 3}"], &[(13, RejectReason::JsonSyntax)]);
        check("[{\"a\":1},{\"b\":", &["{\"a\":1}"], &[(5, RejectReason::JsonSyntax), (0, RejectReason::Truncated)]);
        let long = format!("{{\"long\":\"{}\"}}", "x".repeat(100));
        check(&format!("[{{}},{long},{{}}]"), &["{}", "{}"], &[(111, RejectReason::TooLarge)]);
    }

    #[test]
    fn arrays_and_objects_over_several_lines_are_known() {
        for (text, want) in [
            ("[{\"a\":1}]", true),
            ("[\n {", true),
            ("{\n \"a\": 1\n}", true),
            ("{\"a\": 1,\n \"b\": 2}", true),
            ("[{\"a\":1}]\n{\"a\":1}\n", false),
            ("[1]\n", false),
            ("{\"a\":1}\n{\"a\":2}\n", false),
            ("{\n  indented\n}", false),
            ("Some text.", false),
        ] {
            assert_eq!(begins(text.as_bytes()), want, "{text}");
        }
    }
}
