//! The rule `control-chars`.
//!
//! **What it changes.** It removes C0 controls (except TAB and LF), DEL, C1 controls, U+FEFF wherever it stands, the
//! controls of interlinear annotation (U+FFF9 to U+FFFB) and noncharacters. A terminal's escape sequence goes whole:
//! `ESC [ 31 m` and its like (ECMA-48 control sequences), and operating system commands (`ESC ] … BEL`).
//!
//! **What it leaves alone, and why.** TAB is layout, LF ends lines, and the other line terminators have a rule of their
//! own. C1 controls that stand for characters of windows-1252 were made into these by `mojibake`, which runs first.
//! Private-use characters are somebody's text. U+FFFD marks a loss and U+FFFC an object; a reader may want to know.
//!
//! **Confidence.** 1; escape sequences 0.99.
//!
//! **Example.** `\u{1b}[1mNote\u{1b}[0m` → `Note`.
//!
//! **Source.** ECMA-48, section 5.4 (control sequences); The Unicode Standard 16.0, sections 23.1, 23.7 and 23.8.

use super::super::rule::Rule;
use super::{Finding, Place};

const RULE: Rule = Rule::ControlChars;

/// The longest operating system command that is removed, in bytes: room for a hyperlink.
const MAX_COMMAND_BYTES: usize = 2048;

/// Whether the rule removes this character of two bytes or more.
pub(super) fn is_one(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fdd0}'..='\u{fdef}')
        || u32::from(c) & 0xFFFE == 0xFFFE
}

/// Decides about a control or noncharacter: it always goes.
pub(super) fn judge(place: &Place<'_>) -> Finding {
    if place.character() == '\x1b'
        && let Some(length) = escape_sequence(place.after().as_bytes())
    {
        return Finding::new(place.start + 1 + length, "", RULE, 0.99);
    }
    place.remove(RULE, 1.0)
}

/// Length of what follows ESC in a whole escape sequence.
fn escape_sequence(after: &[u8]) -> Option<usize> {
    match after.first()? {
        b'[' => {
            let parameters = after[1..].iter().take_while(|b| matches!(b, 0x30..=0x3F)).count();
            let rest = &after[1 + parameters..];
            let intermediates = rest.iter().take_while(|b| matches!(b, 0x20..=0x2F)).count();
            let last = rest.get(intermediates)?;
            matches!(last, 0x40..=0x7E).then_some(1 + parameters + intermediates + 1)
        }
        b']' => {
            let window = &after[..after.len().min(MAX_COMMAND_BYTES)];
            let end = window.iter().position(|b| matches!(b, 0x07 | 0x1B | b'\n'))?;
            match window[end] {
                0x07 => Some(end + 1),
                0x1B if window.get(end + 1) == Some(&b'\\') => Some(end + 2),
                _ => None,
            }
        }
        _ => None,
    }
}
