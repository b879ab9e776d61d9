//! Tells the blanks that lay out a table or code from those that are damage.
//!
//! Consecutive lines that each hold a run of two or more blanks make a block. A block is laid out if one of its lines has
//! a TAB inside, or if two lines next to each other have their runs in the same columns: at least half of the runs of
//! the line that has more of them begin, or end, where one of the other does. Justified text, whose lines have runs in
//! random columns, does not reach that half. A line with two bars, or in which letters and digits are in the minority, is
//! drawn, and lays its block out as well. Indentation and trailing blanks are not runs.

use super::is_blank;

/// A block of lines with runs of blanks inside.
#[derive(Default)]
pub(super) struct Block {
    /// End of its last line.
    pub(super) end: usize,
    /// Whether its blanks stay.
    pub(super) is_laid_out: bool,
}

/// One run of blanks, in columns from the start of its line.
#[derive(Clone, Copy, PartialEq)]
struct Run {
    start: usize,
    end: usize,
}

impl Block {
    /// The block whose first line holds the byte `offset`.
    pub(super) fn around(text: &str, offset: usize) -> Block {
        let begin = text[..offset].rfind('\n').map_or(0, |i| i + 1);
        let mut block = Block { end: begin, is_laid_out: false };
        let mut above: Vec<Run> = Vec::new();
        let mut runs = Vec::new();
        for line in text[begin..].split_inclusive('\n') {
            let has_tab = runs_of(line, &mut runs);
            if runs.is_empty() && !has_tab {
                break;
            }
            block.end += line.len();
            block.is_laid_out = block.is_laid_out || has_tab || are_aligned(&above, &runs) || is_drawn(line);
            std::mem::swap(&mut above, &mut runs);
        }
        block
    }
}

/// Puts the runs of two or more blanks inside a line into `runs` and says whether there is a TAB among the line's text.
fn runs_of(line: &str, runs: &mut Vec<Run>) -> bool {
    runs.clear();
    let text = line.trim_end_matches(|c| c == '\n' || is_blank(c));
    let indented = text.trim_start_matches(is_blank);
    let indentation = text[..text.len() - indented.len()].chars().count();
    let mut blanks = 0;
    let mut look = |column: usize, is_blank: bool| {
        if is_blank {
            blanks += 1;
        } else {
            if blanks > 1 {
                runs.push(Run { start: column - blanks, end: column });
            }
            blanks = 0;
        }
    };
    if indented.is_ascii() {
        indented.bytes().enumerate().for_each(|(at, byte)| look(indentation + at, matches!(byte, b' ' | b'\t')));
    } else {
        indented.chars().enumerate().for_each(|(at, c)| look(indentation + at, is_blank(c)));
    }
    memchr::memchr(b'\t', indented.as_bytes()).is_some()
}

/// Whether the line has two bars, as rows of tables and diagrams have, or less than half of the characters that show are
/// letters or digits.
fn is_drawn(line: &str) -> bool {
    let (mut letters, mut signs, mut bars) = (0, 0, 0);
    if line.is_ascii() {
        for byte in line.bytes() {
            letters += usize::from(byte.is_ascii_alphanumeric());
            signs += usize::from(!(byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'\t' | b'\n')));
            bars += usize::from(byte == b'|');
        }
        return letters < signs || bars > 1;
    }
    for c in line.chars().filter(|&c| !is_blank(c) && c != '\n') {
        bars += usize::from(matches!(c, '|' | '│' | '┃' | '║'));
        // Vowel signs and marks of any script count as letters.
        let counts =
            c.is_alphanumeric() || (!c.is_ascii() && !matches!(c, '\u{2000}'..='\u{2bff}' | '\u{a1}'..='\u{bf}'));
        if counts { letters += 1 } else { signs += 1 }
    }
    letters < signs || bars > 1
}

/// Whether enough runs of two lines begin or end in the same column.
fn are_aligned(above: &[Run], below: &[Run]) -> bool {
    let same = |edge: fn(&Run) -> usize| {
        let (mut i, mut j, mut count) = (0, 0, 0);
        while i < above.len() && j < below.len() {
            let (a, b) = (edge(&above[i]), edge(&below[j]));
            count += usize::from(a == b);
            i += usize::from(a <= b);
            j += usize::from(b <= a);
        }
        count
    };
    let most = above.len().max(below.len());
    let aligned = same(|run| run.start).max(same(|run| run.end));
    !above.is_empty() && 2 * aligned >= most
}
