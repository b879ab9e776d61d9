//! The lines of a text and what can be seen of each without knowing words.

use std::cell::OnceCell;
use std::ops::Range;

use super::markers::Rows;
use super::{markers, marks};
use crate::repair::words::letters::{is_letter, is_unspaced, is_wide};

/// One line of a text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Line {
    /// First byte that is not blank, or `end` of a blank line.
    pub(super) start: usize,
    /// After the last byte that is not blank.
    pub(super) end: usize,
    /// Columns from the left edge to `end`.
    pub(super) columns: u32,
    /// Columns of blanks before `start`.
    pub(super) indent: u32,
    /// Columns of what stands before the first blank after `start`.
    pub(super) first_columns: u32,
    /// How the line begins.
    pub(super) begins: Begins,
    /// How the line ends.
    pub(super) ends: Ends,
    /// The line stands for itself: code, a row of a table, a quotation of mail, a rule.
    pub(super) rigid: bool,
}

impl Line {
    /// Whether nothing but blanks is on the line.
    pub(super) fn is_blank(&self) -> bool {
        self.start == self.end
    }
}

/// How a line begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Begins {
    /// With a lower-case letter.
    Lower,
    /// With an upper-case letter.
    Upper,
    /// With a letter of a script that has no case.
    #[default]
    Uncased,
    /// With a letter of a script without spaces.
    Unspaced,
    /// With a digit.
    Digit,
    /// With the marker of a list, or a dash that opens a speech.
    Marker,
    /// With a quotation mark or a bracket that opens.
    Opener,
    /// With punctuation that belongs to what is before it.
    Closer,
    /// With anything else.
    Symbol,
}

/// How a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Ends {
    /// With a letter or anything not named below.
    #[default]
    Word,
    /// With the end of a sentence, perhaps inside quotation marks or brackets.
    Sentence,
    /// With a colon.
    Colon,
    /// With a comma or semicolon.
    Comma,
    /// With a hyphen or soft hyphen that is fixed to a letter or digit.
    Hyphen,
    /// With a letter of a script without spaces.
    Unspaced,
}

/// Whether a character is blank space inside a line.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\u{3000}')
}

/// The lines of `text` that stand beside another line that is not blank; what stands between them is one blank line.
///
/// A line between two blank ones has no break, so it is not looked at; most paragraphs of most texts are such lines.
/// Also the lines of all kinds that may be whole paragraphs.
pub(super) fn read_lines(text: &str) -> (Vec<Line>, LongLines) {
    let mut long = LongLines::default();
    let bytes = text.as_bytes();
    // Most texts have no line that must be read, so what they hold is asked when the first is.
    let page = OnceCell::new();
    let page = || *page.get_or_init(|| Page::of(text));
    let mut lines: Vec<Line> = Vec::new();
    // Where the line before began and ended, if it was not blank and was not read yet.
    let mut before: Option<(usize, usize)> = None;
    let mut read = false;
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]) {
        long.note(start, end);
        let blank = is_blank_line(text, start, end);
        if blank {
            if read {
                lines.push(Line { start: end, end, ..Line::default() });
            }
            (before, read) = (None, false);
        } else if read {
            lines.push(read_line(text, start, end, page()));
        } else if let Some((first_start, first_end)) = before {
            lines.push(read_line(text, first_start, first_end, page()));
            lines.push(read_line(text, start, end, page()));
            read = true;
        } else {
            before = Some((start, end));
        }
        start = end + 1;
    }
    (lines, long)
}

/// The lines of all kinds that may be whole paragraphs.
#[derive(Debug, Default)]
pub(super) struct LongLines {
    /// How many have more bytes than any page is wide.
    longest: usize,
    /// Where those are that have fewer, but more than [`LongLines::PAGE`].
    wide: Vec<Range<usize>>,
}

impl LongLines {
    /// Columns that lines of prose on a page hardly exceed.
    const PAGE: usize = 80;
    /// Bytes of a line that is longer than any page is wide.
    const LONG: usize = 240;

    #[inline]
    fn note(&mut self, start: usize, end: usize) {
        let bytes = end - start;
        if bytes > LongLines::LONG {
            self.longest += 1;
        } else if bytes > LongLines::PAGE {
            self.wide.push(start..end);
        }
    }

    /// How many are longer than any page is wide, or than lines of `width` columns ever are.
    pub(super) fn count(&self, text: &str, width: u32) -> usize {
        let columns = LongLines::PAGE.max(width as usize * 3 / 2);
        let is_long = |line: &[u8]| line.len() > columns && characters(line) > columns;
        let wide = self.wide.iter().filter(|line| is_long(&text.as_bytes()[line.start..line.end]));
        self.longest + wide.count()
    }
}

/// What a text as a whole holds, so that not every line is searched for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    /// Nothing but ASCII.
    ascii: bool,
    /// Characters of two columns.
    wide: bool,
    /// What rows of tables are made of.
    rows: Rows,
}

impl Page {
    fn of(text: &str) -> Page {
        let bytes = text.as_bytes();
        let ascii = text.is_ascii();
        Page {
            ascii,
            // The first bytes of U+3000..U+9FFF.
            wide: !ascii
                && bytes.chunks(256).any(|chunk| chunk.iter().fold(false, |any, b| any | (0xE3..=0xE9).contains(b))),
            rows: Rows::of(bytes),
        }
    }
}

fn is_blank_line(text: &str, start: usize, end: usize) -> bool {
    match text.as_bytes()[start..end].first() {
        None => true,
        Some(b'!'..=b'~') => false,
        Some(_) => text[start..end].chars().all(is_blank),
    }
}

fn read_line(text: &str, from: usize, to: usize, page: Page) -> Line {
    let whole = &text[from..to];
    let trimmed = match whole.as_bytes().last() {
        Some(b'!'..=b'~') => whole,
        _ => whole.trim_end_matches(is_blank),
    };
    let content = match trimmed.as_bytes().first() {
        Some(b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z') => trimmed,
        // A cut mark is no part of the line: what counts is the text behind it.
        _ => marks::without_mark(trimmed.trim_start_matches(is_blank)).trim_start_matches(is_blank),
    };
    let end = from + trimmed.len();
    let start = end - content.len();
    if content.is_empty() {
        return Line { start: end, end, ..Line::default() };
    }
    let indent = columns(&text[from..start], page);
    let first = memchr::memchr2(b' ', b'\t', content.as_bytes()).unwrap_or(content.len());
    Line {
        start,
        end,
        columns: indent + columns(content, page),
        indent,
        // No tab is before the first.
        first_columns: columns(&content[..first], Page { rows: Rows { tabs: false, ..page.rows }, ..page }),
        begins: begins(content),
        ends: ends(content),
        rigid: markers::is_rigid(content, page.rows),
    }
}

/// Columns of a piece of text on a page: characters, the wide ones twice, a tab eight.
fn columns(text: &str, page: Page) -> u32 {
    let characters = if page.ascii { text.len() } else { characters(text.as_bytes()) };
    let tabs = if page.rows.tabs { 7 * memchr::memchr_iter(b'\t', text.as_bytes()).count() } else { 0 };
    let wide = if page.wide { wide_characters(text) } else { 0 };
    (characters + tabs + wide) as u32
}

/// How many characters there are: each has one byte that does not continue another.
fn characters(bytes: &[u8]) -> usize {
    /// Bytes whose count fits into one, so that vectors of bytes count.
    const PART: usize = 128;
    let begins = |&b: &u8| u8::from((b as i8) >= -0x40);
    bytes.chunks(PART).map(|part| usize::from(part.iter().map(begins).sum::<u8>())).sum()
}

/// How many characters of two columns there are.
fn wide_characters(text: &str) -> usize {
    /// What the first byte of a character says: 0, not wide; 1, wide; 2, wide or not.
    const FIRST: [u8; 256] = {
        let mut table = [0; 256];
        let mut byte = 0xE2;
        while byte < 0xF1 {
            table[byte] = 2;
            byte += 1;
        }
        byte = 0xE5;
        // All of U+5000..U+9FFF are.
        while byte <= 0xE9 {
            table[byte] = 1;
            byte += 1;
        }
        table
    };
    let is_wide_at = |at: usize| text[at..].chars().next().is_some_and(is_wide);
    let count = |(at, &byte): (usize, &u8)| match FIRST[usize::from(byte)] {
        2 => usize::from(is_wide_at(at)),
        known => usize::from(known),
    };
    text.as_bytes().iter().enumerate().map(count).sum()
}

fn begins(content: &str) -> Begins {
    if markers::marker_length(content) > 0 {
        return Begins::Marker;
    }
    let Some(c) = content.chars().next() else { return Begins::Symbol };
    match c {
        'a'..='z' => Begins::Lower,
        'A'..='Z' => Begins::Upper,
        '0'..='9' => Begins::Digit,
        ',' | '.' | ';' | ':' | '!' | '?' | ')' | ']' | '}' | '»' | '”' | '’' | '%' | '…' | '،' | '؛' | '؟' | '।'
        | '、' | '。' | '」' | '』' | '）' | '，' | '：' | '；' | '！' | '？' => Begins::Closer,
        '(' | '[' | '"' | '\'' | '“' | '«' | '„' | '‘' | '‚' | '¿' | '¡' | '「' | '『' | '（' => {
            Begins::Opener
        }
        c if c.is_lowercase() => Begins::Lower,
        c if c.is_uppercase() => Begins::Upper,
        c if is_unspaced(c) => Begins::Unspaced,
        c if c.is_numeric() => Begins::Digit,
        c if is_letter(c) => Begins::Uncased,
        _ => Begins::Symbol,
    }
}

fn ends(content: &str) -> Ends {
    let mut before = content.chars().rev();
    let Some(last) = before.next() else { return Ends::Word };
    let inner = match last {
        '"' | '\'' | '”' | '’' | '»' | '«' | '“' | ')' | ']' | '」' | '』' | '）' | '*' | '_' => before
            .find(|c| !matches!(c, '"' | '\'' | '”' | '’' | '»' | '«' | '“' | ')' | ']' | '」' | '*' | '_' | '\u{a0}')),
        last => Some(last),
    };
    match last {
        '-' | '\u{2010}' | '\u{2011}' | '\u{ad}' => {
            let mut before = before.skip_while(|&c| last == '\u{ad}' && matches!(c, '-' | '\u{2010}' | '\u{ad}'));
            let fixed = before.next().is_some_and(|c| c.is_alphanumeric() || is_letter(c) || c == ')');
            return if fixed { Ends::Hyphen } else { Ends::Word };
        }
        ',' | ';' | '،' | '؛' | '、' | '，' | '；' => return Ends::Comma,
        ':' | '：' => return Ends::Colon,
        _ => {}
    }
    match inner {
        Some('.' | '!' | '?' | '…' | '。' | '！' | '？' | '।' | '؟' | '۔' | '։' | '॥') => Ends::Sentence,
        _ if is_unspaced(last) => Ends::Unspaced,
        _ => Ends::Word,
    }
}

/// The share of words inside sentences that begin with a capital, from the first part of a text; near 0.08 in most
/// languages, near 0.3 in German.
pub(super) fn capital_share(text: &str) -> f32 {
    /// Bytes that are read.
    const SAMPLE: usize = 1024;
    let mut end = SAMPLE.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let bytes = &text.as_bytes()[..end];
    let (mut capitals, mut words) = (0_u32, 0_u32);
    for blank in memchr::memchr_iter(b' ', bytes) {
        let (Some(&last), Some(&first)) = (bytes.get(blank.wrapping_sub(1)), bytes.get(blank + 1)) else { continue };
        // Behind a word that does not end a sentence.
        let after_word =
            if last.is_ascii() { last == b',' || last.is_ascii_alphabetic() } else { ends_in_letter(text, blank) };
        if !after_word {
            continue;
        }
        let (is_word, is_capital) = if first.is_ascii() {
            (first.is_ascii_alphabetic(), first.is_ascii_uppercase())
        } else {
            text[blank + 1..end].chars().next().map_or((false, false), |c| (is_letter(c), c.is_uppercase()))
        };
        words += u32::from(is_word);
        capitals += u32::from(is_word && is_capital);
    }
    // Twenty words of the usual share are assumed before any is read.
    ((capitals as f32 + 2.4) / (words as f32 + 20.0)).clamp(0.03, 0.5)
}

/// Whether the character before byte `at` is a letter.
fn ends_in_letter(text: &str, at: usize) -> bool {
    text[..at].chars().next_back().is_some_and(is_letter)
}
