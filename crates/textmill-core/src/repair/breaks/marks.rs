//! `cut-marks`: `...[+++]`, which concordances put where they cut a passage.
//!
//! # What it changes
//! The marks `...[+++]`, `…[+++]` and `[+++]` go, with the line end and the blanks beside them. Taking the line end and
//! the mark away restores the text: the space, where there was one, stands behind the mark. Where it was lost, and the two
//! sides are words and the whole is none, a space is put in.
//!
//! # What it leaves alone, and why
//! `[...]`, `[…]`, `[+]`, `[++]`: writers use them. A paragraph break beside a mark stays.
//!
//! # Confidence
//! The share of the reading as one word or two, from the words' probabilities; 1 where a space stands at the mark.
//!
//! # Example
//! `...the imp⏎...[+++]ortance of...` → `...the importance of...`
//!
//! # Source
//! Figures: `benches/record/repair.md`.

use super::lines::is_blank;

/// The part that all marks of the family share.
pub(in crate::repair) const CORE: &str = "[+++]";

/// One mark and the blanks and line ends around it that go with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// After the last character that is not blank before the mark.
    pub(super) end: usize,
    /// The first character that is not blank after the mark.
    pub(super) start: usize,
    /// Whether a blank stands on either side: the space of the passage, which was not lost.
    pub(super) spaced: bool,
    /// How many line ends go with the mark.
    pub(super) line_ends: usize,
    /// A paragraph break beside the mark, which stays.
    pub(super) paragraph: bool,
}

/// The line without the mark at its start.
pub(super) fn without_mark(content: &str) -> &str {
    match content.as_bytes().first() {
        Some(b'.' | b'[' | 0xE2) => {}
        _ => return content,
    }
    let rest = content.strip_prefix("...").or_else(|| content.strip_prefix('…')).unwrap_or(content);
    rest.strip_prefix(CORE).unwrap_or(content)
}

/// The marks of a text, in order.
pub(super) fn find_marks(text: &str) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for at in memchr::memmem::find_iter(text.as_bytes(), CORE) {
        let before = &text[..at];
        let dots = before.strip_suffix("...").or_else(|| before.strip_suffix('…')).unwrap_or(before);
        let mark = around(text, dots.len(), at + CORE.len());
        // Marks in a row are one mark.
        match marks.last_mut() {
            Some(last) if last.start >= mark.end.max(dots.len()) => {
                *last = Mark { start: mark.start, line_ends: last.line_ends + mark.line_ends, ..*last };
            }
            _ => marks.push(mark),
        }
    }
    marks
}

fn around(text: &str, from: usize, to: usize) -> Mark {
    let blank_or_end = |c: char| c == '\n' || is_blank(c);
    let end = text[..from].trim_end_matches(blank_or_end).len();
    let start = text.len() - text[to..].trim_start_matches(blank_or_end).len();
    let (left, right) = (&text[end..from], &text[to..start]);
    let ends = |gap: &str| gap.matches('\n').count();
    Mark {
        end,
        start,
        spaced: left.contains(is_blank) || right.contains(is_blank),
        line_ends: ends(left) + ends(right),
        paragraph: ends(left) > 1 || ends(right) > 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_takes_its_line_end_and_blanks_along() {
        let text = "façon à\n...[+++] améliorer";
        let marks = find_marks(text);
        assert_eq!(marks.len(), 1);
        assert_eq!(&text[..marks[0].end], "façon à");
        assert_eq!(&text[marks[0].start..], "améliorer");
        assert!(marks[0].spaced && marks[0].line_ends == 1);
    }

    #[test]
    fn an_ellipsis_in_brackets_is_no_mark() {
        assert!(find_marks("He said [...] and left … [sic] [+] [++].").is_empty());
    }
}
