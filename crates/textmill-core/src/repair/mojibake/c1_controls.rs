//! C1 controls that a reader of Latin-1 left where windows-1252 has a character.

use super::code_pages::windows_1252_of_control;
use super::kinds::{Class, LATIN, kind};
use crate::repair::edit::Edit;
use crate::repair::rule::Rule;

/// Adds an edit for each control at `offsets` that no edit covers and whose character fits its place.
///
/// U+0085 is a line end (NEL) in the whole text unless a blank or a closing sign follows it everywhere, as an ellipsis has
/// it. A letter
/// wants a Latin letter beside it, a currency none before it, and a sign other than an apostrophe,
/// a quotation mark or a dash wants none on one side.
pub(super) fn add_read_as_windows_1252(text: &str, offsets: &[usize], edits: &mut Vec<Edit>) {
    let mut found = Vec::new();
    let ends_lines = offsets.iter().any(|&offset| is_line_end(text, offset));
    let mut covering = edits.iter().peekable();
    for &offset in offsets {
        while covering.peek().is_some_and(|edit| edit.end <= offset) {
            covering.next();
        }
        if covering.peek().is_some_and(|edit| edit.start <= offset) {
            continue;
        }
        if ends_lines && text[offset..].starts_with('\u{85}') {
            continue;
        }
        let control = text[offset..].chars().next().unwrap_or('\0');
        let before = text[..offset].chars().next_back();
        let after = text[offset + 2..].chars().next();
        if let Some(meant) = windows_1252_of_control(control)
            && fits(meant, before, after)
        {
            found.push(Edit::new(offset, offset + 2, meant.to_string(), Rule::Mojibake, 0.9));
        }
    }
    if !found.is_empty() {
        edits.append(&mut found);
        edits.sort_unstable_by_key(|edit| edit.start);
    }
}

/// Whether the control at `offset` is a NEL that stands where a line ends.
fn is_line_end(text: &str, offset: usize) -> bool {
    let Some(rest) = text[offset..].strip_prefix('\u{85}') else { return false };
    let closes = |c| {
        matches!(c, ' ' | '\u{a0}' | '\n' | '"' | '\'' | ')' | ']' | '?' | '!' | '\u{92}'..='\u{94}' | '»' | '”' | '’')
    };
    !rest.chars().next().is_none_or(closes)
        || text[..offset].chars().next_back().is_none_or(|c| c.is_whitespace() || c == '\u{85}')
}

/// Whether `meant` is plausible between its neighbours.
fn fits(meant: char, before: Option<char>, after: Option<char>) -> bool {
    let letter = |c: Option<char>| c.map(kind).filter(|kind| kind.is_letter());
    match kind(meant).class {
        Class::Upper | Class::Lower => letter(before).or(letter(after)).is_some_and(|kind| kind.script == LATIN),
        Class::Apostrophe | Class::Quote | Class::Closing | Class::Dash => true,
        Class::Currency => letter(before).is_none(),
        _ => letter(before).is_none() || letter(after).is_none(),
    }
}
