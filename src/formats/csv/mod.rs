//! Tables as text: CSV and TSV, a row a record, cut where rows end and read as JSON objects with the columns' names.
//!
//! A field is quoted if it begins with a quote and its closing quote stands right before a separator or a line end; else
//! its quotes are text. So one stray quote harms no row but its own. The first row names the columns.
//!
//! Source: RFC 4180; that quotes which cannot be meant as such are text is this reader's own.

mod columns;

use std::ops::Range;
use std::sync::Arc;

use memchr::{memchr, memchr2};
use textmill_core::decode::Charset;

use super::cut::{Cut, Cutter, Part, Reading, Rejected, too_large};
use super::reason::RejectReason;
pub use columns::Columns;

/// Cuts a table into its rows.
pub struct Table {
    settings: Settings,
    offset: u64,
    /// The number of the row that comes next, from 1.
    number: u64,
    columns: Option<Arc<Columns>>,
    /// What is passed over, as far as it was, and whether that is the rest of the stream.
    lost: Option<(Rejected, bool)>,
}

/// How a table is read.
pub struct Settings {
    /// A row of more bytes is rejected.
    pub max_record_bytes: usize,
    /// The name of the column that is the text.
    pub text_field: String,
    /// What separates fields; nothing, if the first row shall tell.
    pub separator: Option<u8>,
    /// In what names are written, if they are not in UTF-8.
    pub likely: Option<Charset>,
}

impl Table {
    /// A cutter for a table from its beginning.
    pub fn new(settings: Settings) -> Table {
        Table { settings, offset: 0, number: 1, columns: None, lost: None }
    }

    fn skip(&mut self, n: usize) -> Cut {
        self.offset += n as u64;
        Cut::Skip(n)
    }

    /// Goes on with what is passed over: to the end of the line, or of the stream.
    fn pass_over(&mut self, mut lost: (Rejected, bool), bytes: &[u8], is_last: bool) -> Cut {
        let end = if lost.1 { None } else { memchr(b'\n', bytes).map(|end| end + 1) };
        let n = end.unwrap_or(bytes.len());
        lost.0.keep(&bytes[..n]);
        self.offset += n as u64;
        if end.is_none() && !is_last {
            self.lost = Some(lost);
            return if n > 0 { Cut::Skip(n) } else { Cut::More(1) };
        }
        if lost.0.reason == RejectReason::TooLarge {
            lost.0.detail = too_large(lost.0.length, self.settings.max_record_bytes);
        }
        Cut::Part(n, Part::Rejected(lost.0))
    }

    fn lose(&mut self, reason: RejectReason, detail: String, all: bool, bytes: &[u8], is_last: bool) -> Cut {
        let rejected = Rejected { offset: self.offset, length: 0, reason, detail, bytes: Vec::new() };
        self.pass_over((rejected, all), bytes, is_last)
    }

    /// Reads the names of the columns.
    fn header(&mut self, all: &[u8], is_last: bool) -> Cut {
        let limit = self.settings.max_record_bytes;
        let is_long = all.len() > limit;
        let is_whole = is_last || is_long;
        // Of names that take more than a row may, as many as fit into one: however many bytes are there.
        let bytes = if is_long { &all[..=limit] } else { all };
        let mark = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let blank = mark + bytes[mark..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if all.len() < 4 && !is_last {
            return Cut::More(4);
        }
        if blank > 0 {
            return self.skip(blank);
        }
        if bytes.is_empty() {
            return Cut::End;
        }
        let Some(first_end) = memchr(b'\n', bytes).map(|end| end + 1).or(is_whole.then_some(bytes.len())) else {
            return Cut::More(bytes.len() * 2);
        };
        // Excel writes a line that tells the separator.
        if let [b's', b'e', b'p', b'=', separator, b'\r' | b'\n', ..] = bytes
            && self.settings.separator.is_none_or(|known| known == *separator)
        {
            self.settings.separator = Some(*separator);
            return self.skip(first_end);
        }
        let likely = [b',', b';', b'\t', b'|'];
        let candidates = self.settings.separator.as_ref().map_or(&likely[..], std::slice::from_ref);
        let mut best: Option<(Columns, usize)> = None;
        for &separator in candidates {
            let whole = Row::find(bytes, separator, is_whole && !is_long);
            // Quotes that close nowhere within a row are none.
            let long = || Row::find(bytes, separator, true).filter(|_| is_long);
            let long_end = |row: Row| if row.is_multi_line { first_end } else { row.end };
            let Some(end) = whole.map(|row| row.end).or_else(|| long().map(long_end)) else {
                return Cut::More(bytes.len() * 2);
            };
            let columns = Columns::read(&bytes[..end], separator, &self.settings.text_field, self.settings.likely);
            let rank = |columns: &Columns| (columns.text().is_some(), columns.count());
            if best.as_ref().is_none_or(|(known, _)| rank(&columns) > rank(known)) {
                best = Some((columns, end));
            }
        }
        match best {
            Some((columns, end)) if columns.text().is_some() => {
                self.columns = Some(Arc::new(columns));
                self.skip(end)
            }
            best => {
                let names = best.map_or(String::new(), |(columns, _)| columns.names().join("`, `"));
                let field = &self.settings.text_field;
                let detail = format!("no column `{field}`; set read.text_field to one of `{names}`");
                self.lose(RejectReason::TextMissing, detail, true, all, is_last)
            }
        }
    }
}

impl Cutter for Table {
    fn cut(&mut self, bytes: &[u8], is_last: bool) -> Cut {
        if let Some(lost) = self.lost.take() {
            return self.pass_over(lost, bytes, is_last);
        }
        let Some(columns) = &self.columns else { return self.header(bytes, is_last) };
        let limit = self.settings.max_record_bytes;
        let first_number = self.number;
        let mut ranges: Vec<Range<u32>> = Vec::new();
        let mut at = 0;
        let mut too_long = false;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let is_whole = is_last || rest.len() > limit;
            let Some(row) = Row::find(rest, columns.separator(), is_whole) else { break };
            let mut end = row.end;
            if row.is_multi_line && (row.fields != columns.count() || end > limit) {
                // Its quotes were none: the line alone is the row.
                end = memchr(b'\n', rest).map_or(end, |line| line + 1);
            }
            let has_end = is_last || rest[..end].ends_with(b"\n");
            too_long = end > limit;
            if too_long || !has_end {
                break;
            }
            let is_blank = rest[..end].iter().all(|byte| matches!(byte, b'\r' | b'\n'));
            if !is_blank {
                // A block is far below 4 GiB: it ends where nothing more is there.
                ranges.push(at as u32..(at + end) as u32);
                self.number += 1;
            }
            at += end;
        }
        if !ranges.is_empty() {
            let reading = Reading::Row(Arc::clone(columns));
            self.offset += at as u64;
            return Cut::Part(at, Part::Records { ranges, first_number, reading });
        }
        if at > 0 {
            return self.skip(at);
        }
        if bytes.is_empty() && is_last {
            return Cut::End;
        }
        if too_long || bytes.len() > limit {
            self.number += 1;
            return self.lose(RejectReason::TooLarge, String::new(), false, bytes, is_last);
        }
        Cut::More(bytes.len() * 2 + 1)
    }
}

/// Where a row ends.
struct Row {
    /// The place behind its line end.
    end: usize,
    fields: usize,
    /// Whether a line end stands in a field.
    is_multi_line: bool,
}

impl Row {
    /// The row that `bytes` begins with; nothing, if it goes on behind them. With `is_whole`, it does not.
    fn find(bytes: &[u8], separator: u8, is_whole: bool) -> Option<Row> {
        let line = memchr(b'\n', bytes).or(is_whole.then_some(bytes.len()))?;
        if memchr(b'"', &bytes[..line]).is_none() {
            return Some(Row { end: bytes.len().min(line + 1), fields: 0, is_multi_line: false });
        }
        let mut at = 0;
        let mut fields = 0;
        loop {
            let field = Field::find(&bytes[at..], separator, is_whole)?;
            fields += 1;
            at += field.len();
            if bytes.get(at) == Some(&separator) {
                at += 1;
                continue;
            }
            let end = bytes.len().min(at + 1);
            return Some(Row { end, fields, is_multi_line: at > line });
        }
    }
}

/// A field as it stands in its row.
enum Field {
    /// So many bytes, its quotes among them.
    Quoted(usize),
    /// So many bytes, and a CR perhaps.
    Plain(usize),
}

impl Field {
    fn len(&self) -> usize {
        match self {
            Field::Quoted(len) | Field::Plain(len) => *len,
        }
    }

    /// The field that `bytes` begins with, up to a separator, line end or the end.
    fn find(bytes: &[u8], separator: u8, is_whole: bool) -> Option<Field> {
        if bytes.first() == Some(&b'"') {
            let mut at = 1;
            loop {
                let Some(quote) = memchr(b'"', bytes.get(at..).unwrap_or_default()) else {
                    if is_whole {
                        break;
                    }
                    return None;
                };
                at += quote + 1;
                match bytes.get(at) {
                    Some(b'"') => at += 1,
                    Some(b'\r') if matches!(bytes.get(at + 1), Some(b'\n')) => return Some(Field::Quoted(at + 1)),
                    Some(b'\r') if bytes.len() == at + 1 => {
                        return is_whole.then_some(Field::Quoted(at + 1));
                    }
                    Some(&byte) if byte == separator || byte == b'\n' => return Some(Field::Quoted(at)),
                    None if is_whole => return Some(Field::Quoted(at)),
                    None => return None,
                    Some(_) => break,
                }
            }
        }
        let end = memchr2(separator, b'\n', bytes).or(is_whole.then_some(bytes.len()))?;
        Some(Field::Plain(end))
    }
}

#[cfg(test)]
mod tests;
