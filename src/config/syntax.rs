//! What is not TOML, in words that help the one who wrote it.
//!
//! The parser goes on after an error, so that the rest of the file is judged too; what merely follows from an earlier
//! error is left out here.

use std::borrow::Cow;

use toml::de::{DeTable, Error};

/// The errors worth telling, as `(byte, message)` in the order of the text.
///
/// A bracket that is never closed swallows all that comes after it: then the second value is the byte where that was
/// noticed, from which on nothing that was read can be trusted.
pub(super) fn syntax_errors(text: &str, errors: &[Error]) -> (Vec<(usize, String)>, Option<usize>) {
    let mut told: Vec<(usize, String)> = errors
        .iter()
        .map(|error| {
            let at = error.span().map_or(0, |span| span.start).min(text.len());
            (at, explained(text, at, error.message()))
        })
        .collect();
    told.sort_by_key(|(at, _)| *at);
    let swallows =
        |error: &Error| error.message().contains("unclosed array") || error.message().contains("unclosed inline");
    let mut trusted = None;
    if errors.iter().any(swallows) {
        let first = told
            .iter()
            .position(|(_, message)| ["array", "inline", "key-value pairs"].iter().any(|word| message.contains(word)));
        if let Some((at, message)) = first.and_then(|first| told.get_mut(first)) {
            "not TOML: the list or table that begins here is not closed with \"]\" or \"}\"".clone_into(message);
            let noticed = *at;
            trusted = Some(noticed);
            told.retain(|(at, _)| *at <= noticed);
        }
    }
    // The first error of a line tells enough of it.
    told.dedup_by_key(|(at, _)| text[..*at].matches('\n').count());
    (told, trusted)
}

/// The text with every line that is a key and no value made blank, and the byte of each.
///
/// The parser does not go on after such a line; without it, it does. Bytes keep their places.
pub(super) fn blank_bare_keys(text: &str) -> (Cow<'_, str>, Vec<(usize, String)>) {
    let mut blanked = Cow::Borrowed(text);
    let mut told = Vec::new();
    loop {
        let (_, errors) = DeTable::parse_recoverable(&blanked);
        let bare = errors.iter().find(|error| error.message().starts_with("key with no value"));
        let Some(at) = bare.and_then(Error::span).map(|span| span.start.min(blanked.len())) else {
            return (blanked, told);
        };
        let start = blanked[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = blanked[at..].find('\n').map_or(blanked.len(), |newline| at + newline);
        if blanked[start..end].trim().is_empty() {
            return (blanked, told);
        }
        told.push((at, "not TOML: the key is followed by no \"=\" and value".to_owned()));
        blanked.to_mut().replace_range(start..end, &" ".repeat(end - start));
    }
}

/// The parser's message, with what was probably meant.
fn explained(text: &str, at: usize, message: &str) -> String {
    let rest = text.get(at..).unwrap_or_default();
    let end = rest.find(['\n', ',', ']', '}', '#', ' ', '\t', '\r']).unwrap_or(rest.len());
    let word = rest[..end].trim();
    let wants_value = ["string values must be quoted", "invalid boolean", "invalid float"];
    if !word.is_empty() && wants_value.iter().any(|begin| message.starts_with(begin)) {
        let meant = match word.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => "true".to_owned(),
            "false" | "no" | "off" => "false".to_owned(),
            _ if word.contains(['"', '\'', '\\']) => return "not TOML: a string must stand in quotes".to_owned(),
            _ => format!("\"{word}\""),
        };
        return format!("not TOML: {word} is no value, and a string must stand in quotes; did you mean {meant}?");
    }
    if message.starts_with("invalid basic string") && (rest.is_empty() || rest.starts_with(['\n', '\r'])) {
        return "not TOML: the string is not closed with a quotation mark on its line".to_owned();
    }
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    let after = rest.chars().nth(1);
    if rest.starts_with(',') && [before, after].iter().all(|c| c.is_some_and(|c| c.is_ascii_digit())) {
        return "not TOML: the decimals of a number stand after a point, not a comma".to_owned();
    }
    format!("not TOML: {}", message.replace('\n', ", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(usize, String)> {
        syntax_errors(text, &DeTable::parse_recoverable(text).1).0
    }

    #[test]
    fn a_list_that_is_not_closed_is_told_once_and_hides_what_it_swallows() {
        let text = "[read]\ninputs = [\"a\"\nformat = \"auto\"\n[dedup]\nsimilarity = 0,8\nscope = corpus\n";
        let (told, trusted) = syntax_errors(text, &DeTable::parse_recoverable(text).1);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(trusted, Some(told[0].0));
        assert!(text[told[0].0..].starts_with("format"));
    }

    #[test]
    fn a_key_without_a_value_does_not_hide_the_rest() {
        let (blanked, told) = blank_bare_keys("a 1\nb = 2\nc\nd = 3");
        assert_eq!((blanked.as_ref(), told.len()), ("   \nb = 2\n \nd = 3", 2));
    }

    #[test]
    fn what_was_meant_is_said() {
        let cases = [
            ("a = plain", 4, "plain is no value, and a string must stand in quotes; did you mean \"plain\"?"),
            ("a = True", 4, "True is no value, and a string must stand in quotes; did you mean true?"),
            ("a = first", 4, "first is no value, and a string must stand in quotes; did you mean \"first\"?"),
            ("a = no # off", 4, "no is no value, and a string must stand in quotes; did you mean false?"),
            ("a = C:\\data", 4, "a string must stand in quotes"),
            ("a = \"open\nb = 1", 9, "the string is not closed with a quotation mark on its line"),
            ("a = 0,8", 5, "the decimals of a number stand after a point, not a comma"),
            ("a = 1\na = 2", 6, "duplicate key"),
        ];
        for (text, at, message) in cases {
            assert_eq!(told(text), [(at, format!("not TOML: {message}"))], "{text}");
        }
    }
}
