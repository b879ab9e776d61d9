//! The rule `spaces`.
//!
//! **What it changes.** Several blanks in a row inside a line become one; where one of them is a no-break space that
//! French typography wants there (before `; : ! ? » %`, after `«`), it is the one that stays, else it is a space. Blanks
//! at the end of a line or of the text go, so that a line of nothing but blanks becomes an empty line.
//!
//! **What it leaves alone, and why.** Single blanks of any kind: a no-break, thin or ideographic space is a choice of the
//! typesetter, not a defect. The indentation of a line, which carries lists, verse and code. Blanks that lay out a table
//! or code (see `layout`). Runs of ideographic spaces, which lay out Chinese and Japanese lines. The number of empty
//! lines, which parts sections.
//!
//! **Confidence.** 1 at a line's end, 0.95 inside.
//!
//! **Example.** `«\u{a0} mot \u{a0}» :  oui␠⏎` → `«\u{a0}mot\u{a0}» : oui⏎`.
//!
//! **Source.** `Lexique des règles typographiques en usage à l'Imprimerie nationale`, on the spaces of punctuation; blanks are the
//! characters of Unicode's category Zs, less the Ogham space mark, which is drawn, and TAB.

mod layout;

use super::characters::{Places, hits};
use super::edit::Edit;
use super::rule::Rule;

/// The edits that put the blanks of a text in order, sorted and disjoint; text in order allocates nothing.
///
/// # Examples
/// ```
/// use textmill_core::repair::{apply, spaces::find_spaces};
/// let text = "  - one  two \u{a0}\n\u{a0}\nQuoi\u{a0}?";
/// assert_eq!(apply(text, &find_spaces(text)), "  - one two\n\nQuoi\u{a0}?");
/// ```
pub fn find_spaces(text: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut block = layout::Block::default();
    let mut places = hits(text.as_bytes(), Runs);
    while let Some(start) = places.next() {
        let rest = &text[start..];
        let after = rest.trim_start_matches(is_blank);
        let end = text.len() - after.len();
        if end == start {
            continue;
        }
        places.skip_to(end);
        let run = &text[start..end];
        if after.is_empty() || after.starts_with('\n') {
            edits.push(Edit::new(start, end, "", Rule::Spaces, 1.0));
        } else if start > 0 && text.as_bytes()[start - 1] != b'\n' && run.chars().nth(1).is_some() {
            if end > block.end {
                block = layout::Block::around(text, start);
            }
            if !block.is_laid_out && !run.chars().all(|c| c == '\u{3000}') {
                edits.push(one_blank(text, start, end));
            }
        }
    }
    edits
}

/// Blanks: everything that shows as empty room within a line.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// The edit that leaves one blank of a run.
fn one_blank(text: &str, start: usize, end: usize) -> Edit {
    let run = &text[start..end];
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    let narrow = run.contains('\u{202f}');
    let wants_no_break = before == Some('«') || matches!(after, Some(';' | ':' | '!' | '?' | '»' | '%'));
    let blank = if wants_no_break && (narrow || run.contains('\u{a0}')) {
        if narrow { "\u{202f}" } else { "\u{a0}" }
    } else if run.contains('\u{3000}') {
        "\u{3000}"
    } else {
        " "
    };
    if run.starts_with(blank) {
        Edit::new(start + blank.len(), end, "", Rule::Spaces, 0.95)
    } else if run.ends_with(blank) {
        Edit::new(start, end - blank.len(), "", Rule::Spaces, 0.95)
    } else {
        Edit::new(start, end, blank, Rule::Spaces, 0.95)
    }
}

/// Where a blank may begin that is followed by a blank, a line end or the end of the text.
#[derive(Clone, Copy)]
struct Runs;

#[expect(
    clippy::inline_always,
    clippy::needless_bitwise_bool,
    reason = "branches would keep the block scan from vectors"
)]
impl Places for Runs {
    #[inline(always)]
    fn coarse(a: u8, b: u8, c: u8) -> bool {
        // After a space, ASCII above it and most letters end the question.
        let after_space =
            (b <= b' ') | ((b == 0xC2) & (c == 0xA0)) | ((b == 0xE2) & (c <= 0x81)) | ((b == 0xE3) & (c == 0x80));
        let other = (a == b'\t')
            | ((a == 0xC2) & (b == 0xA0))
            | ((a == 0xE2) & (b <= 0x81))
            | ((a == 0xE3) & (b == 0x80) & (c == 0x80));
        ((a == b' ') & after_space) | other
    }

    #[inline(always)]
    fn fine(a: u8, b: u8, c: u8, d: u8) -> bool {
        // What may follow a blank in a run, by its first byte; 0 is the end of the text.
        let goes_on =
            |x: u8| (x == b' ') | (x == b'\n') | (x == b'\t') | (x == 0) | (x == 0xC2) | (x == 0xE2) | (x == 0xE3);
        let of_general = |x: u8, y: u8| ((x == 0x80) & ((y <= 0x8A) | (y == 0xAF))) | ((x == 0x81) & (y == 0x9F));
        // After a space, the most frequent blank, the whole of a blank of two or three bytes can be seen.
        let after_space = (b == b' ')
            | (b == b'\n')
            | (b == b'\t')
            | (b == 0)
            | ((b == 0xC2) & (c == 0xA0))
            | ((b == 0xE2) & of_general(c, d))
            | ((b == 0xE3) & (c == 0x80) & (d == 0x80));
        ((a == b' ') & after_space)
            | ((a == b'\t') & goes_on(b))
            | ((a == 0xC2) & (b == 0xA0) & goes_on(c))
            | ((((a == 0xE2) & of_general(b, c)) | ((a == 0xE3) & (b == 0x80) & (c == 0x80))) & goes_on(d))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::edit::apply;
    use super::*;

    /// Blanks of every kind between words, punctuation and lines.
    fn spaced_text() -> impl Strategy<Value = String> {
        let parts = vec![
            " ", " ", "  ", "   ", "\t", "\u{a0}", "\u{202f}", "\u{2009}", "\u{205f}", "\u{3000}", "\n", "\n", "\n\n",
            "a", "bc", "def", "«", "»", ":", "!", "%", "日本", "é",
        ];
        prop::collection::vec(prop::sample::select(parts), 0..40).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_cleaning_once(text in spaced_text()) {
            let edits = find_spaces(&text);
            prop_assert!(edits.windows(2).all(|pair| pair[0].end <= pair[1].start));
            let clean = apply(&text, &edits);
            prop_assert_eq!(find_spaces(&clean), vec![], "{:?}", clean);
        }

        #[test]
        fn only_blanks_change(text in spaced_text()) {
            let clean = apply(&text, &find_spaces(&text));
            let words = |text: &str| text.chars().filter(|&c| !is_blank(c)).collect::<String>();
            prop_assert_eq!(words(&clean), words(&text));
        }

        #[test]
        fn no_blank_is_left_at_a_line_end(text in spaced_text()) {
            let clean = apply(&text, &find_spaces(&text));
            prop_assert!(clean.split('\n').all(|line| !line.ends_with(is_blank)));
        }
    }
}
