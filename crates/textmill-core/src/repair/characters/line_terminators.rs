//! The rule `line-terminators`.
//!
//! **What it changes.** CRLF, a lone CR, NEL (U+0085), LINE SEPARATOR (U+2028) and PARAGRAPH SEPARATOR (U+2029) become
//! one LF. Several CRs before an LF, which a text gets that was translated twice, are one line end. A form feed or a
//! vertical tab ends a line as well: it becomes LF where it stands alone, and goes where a line ends beside it, or at
//! either end of the text, so that a page break never makes an empty line that was not there.
//!
//! **What it leaves alone, and why.** LF, however many: empty lines are paragraphs. `\n` written as two characters.
//! The separators U+001C to U+001E, which are left to `control-chars`: in text they are damage, not line ends.
//!
//! **Confidence.** 1, for what a terminator means is defined; 0.95 for form feeds and vertical tabs.
//!
//! **Example.** `a\r\nb\rc\u{2028}d` → four lines.
//!
//! **Source.** The Unicode Standard 16.0, section 5.8, "Newline Guidelines".

use super::super::rule::Rule;
use super::{Finding, Place};

const RULE: Rule = Rule::LineTerminators;

/// Decides about a CR, VT, FF, NEL, LS or PS.
pub(super) fn judge(place: &Place<'_>) -> Finding {
    let after = place.after();
    match place.character() {
        '\r' => {
            let rest = after.trim_start_matches('\r');
            let end = place.text.len() - rest.len();
            if rest.starts_with(['\n', '\u{85}']) {
                // The LF, or the NEL that becomes one, is the line end.
                Finding::new(end, "", RULE, 1.0)
            } else {
                Finding::new(place.start + 1, "\n", RULE, 1.0)
            }
        }
        '\x0B' | '\x0C' => {
            let beside_line_end = matches!(place.before, None | Some('\n'))
                || after.is_empty()
                || after.starts_with(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
            Finding::new(place.start + 1, if beside_line_end { "" } else { "\n" }, RULE, 0.95)
        }
        c => Finding::new(place.start + c.len_utf8(), "\n", RULE, 1.0),
    }
}
