//! What stood between two sides that are not both letters: nothing or a space.

use super::lines::is_blank;
use crate::repair::words::letters::{is_unspaced, is_wide};

/// What a break beside punctuation, digits or unspaced letters was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// Nothing: the sides belong together wherever a text is cut.
    Nothing,
    /// Nothing if the text was cut without regard to words, a space if it was wrapped.
    NothingIfCut,
    /// A space.
    Space,
}

/// The gap between the end of `head`, a line, and the start of `tail`.
pub(super) fn between(head: &str, tail: &str) -> Gap {
    let mut backwards = head.chars().rev();
    let mut forwards = tail.chars();
    let (Some(last), Some(first)) = (backwards.next(), forwards.next()) else { return Gap::Space };
    let before = backwards.next();
    let after = forwards.next();
    let before_is_word = before.is_some_and(char::is_alphanumeric);
    if is_unspaced(last) && is_unspaced(first) {
        return if is_wide(last) || is_wide(first) { Gap::Nothing } else { Gap::NothingIfCut };
    }
    if is_wide(last) || is_wide(first) {
        return Gap::Nothing;
    }
    match last {
        '(' | '[' | '{' | '«' | '“' | '„' | '‘' | '‚' | '¿' | '¡' => return Gap::NothingIfCut,
        '\'' | '’' if before_is_word && first.is_alphabetic() => return Gap::NothingIfCut,
        '"' if opens(head) => return Gap::NothingIfCut,
        // A dash set without spaces.
        '—' if before_is_word && first.is_alphabetic() => return Gap::Nothing,
        '-' if before == Some('-')
            && first.is_alphabetic()
            && head.trim_end_matches('-').ends_with(char::is_alphanumeric) =>
        {
            return Gap::Nothing;
        }
        // `GNU/|Linux`: wrapping programs break behind a slash that stands between words.
        '/' if before_is_word && first.is_alphanumeric() => return Gap::Nothing,
        '_' | '@' | '\\' | '=' | '#' if before.is_some_and(|c| !is_blank(c)) => return Gap::NothingIfCut,
        '.' | ',' | ':' if before.is_some_and(|c| c.is_ascii_digit()) && first.is_ascii_digit() => {
            return Gap::NothingIfCut;
        }
        '.' if before_is_word && first.is_lowercase() && in_address(head) => return Gap::NothingIfCut,
        _ => {}
    }
    match first {
        ',' | '.' | ';' | ':' | '!' | '?' | ')' | ']' | '}' | '»' | '”' | '’' | '…' | '%' | '،' | '؛' | '؟' | '।' => {
            Gap::NothingIfCut
        }
        '\'' | '/' | '_' | '@' | '-' | '\u{2010}'
            if last.is_alphanumeric() && after.is_some_and(char::is_alphanumeric) =>
        {
            Gap::NothingIfCut
        }
        '"' if !opens(head) && last != ' ' && head.contains('"') => Gap::NothingIfCut,
        c if c.is_ascii_digit() && last.is_ascii_digit() => Gap::NothingIfCut,
        c if c.is_alphanumeric() && in_address(head) => Gap::NothingIfCut,
        _ => Gap::Space,
    }
}

/// Whether the last straight quotation mark of the line opens: their number is odd.
fn opens(head: &str) -> bool {
    head.matches('"').count() % 2 == 1
}

/// Whether the last token of the line is part of an address: `http://exam|ple.org`.
fn in_address(head: &str) -> bool {
    let token = head.rsplit(is_blank).next().unwrap_or(head);
    token.contains("://") || token.starts_with("www.") || (token.contains('@') && token.len() > 2)
}
