//! The two sides of a break: the letters that meet there and what they are part of.

use crate::repair::words::letters::is_letter;
use crate::repair::words::{Word, Words};

/// What stands directly before and after a break.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sides<'t> {
    /// The letters that end the left side, perhaps none.
    pub(super) left: &'t str,
    /// The letters that begin the right side, perhaps none.
    pub(super) right: &'t str,
    /// The character before `left`.
    pub(super) before: Option<char>,
    /// The characters after `right`.
    pub(super) after: [Option<char>; 2],
}

impl<'t> Sides<'t> {
    /// The sides of the break between `text[..end]` and `text[start..]`.
    pub(super) fn of(text: &'t str, end: usize, start: usize) -> Sides<'t> {
        // Letters are taken from this close only, so that a line without any blank costs no more than another.
        const NEAR: usize = 256;
        let mut low = end.saturating_sub(NEAR);
        while !text.is_char_boundary(low) {
            low += 1;
        }
        let mut high = (start + NEAR).min(text.len());
        while !text.is_char_boundary(high) {
            high -= 1;
        }
        let (head, tail) = (&text[low..end], &text[start..high]);
        let left = &head[head.trim_end_matches(is_letter).len()..];
        let right = &tail[..tail.len() - tail.trim_start_matches(is_letter).len()];
        let mut after = tail[right.len()..].chars();
        Sides {
            left,
            right,
            before: head[..head.len() - left.len()].chars().next_back(),
            after: [after.next(), after.next()],
        }
    }

    /// Whether letters meet at the break.
    pub(super) fn are_letters(&self) -> bool {
        !self.left.is_empty() && !self.right.is_empty()
    }

    /// Whether either side is part of an address, a path, a number or code: no question for a dictionary.
    pub(super) fn are_code(&self) -> bool {
        let code_before = self.before.is_some_and(|c| c.is_ascii_digit() || "@_\\/=<>{}|~#$%&+.:".contains(c));
        let code_after = match self.after {
            [Some(c), _] if c.is_ascii_digit() || "@_\\=<>{}|~#$&+(".contains(c) => true,
            [Some('/' | '.' | ':'), Some(next)] => next.is_alphanumeric() || next == '/',
            _ => false,
        };
        code_before || code_after
    }

    /// Whether the cases of the letters allow one word: `th|at`, `TH|AT`, not `th|At`.
    pub(super) fn cases_agree(&self) -> bool {
        let Some(first) = self.right.chars().next() else { return false };
        if !first.is_uppercase() {
            return !(first.is_lowercase() && self.left.chars().count() > 1 && all_upper(self.left));
        }
        all_upper(self.left) && all_upper(self.right)
    }

    /// The left side, the right side, and both as one word.
    pub(super) fn words(&self, words: &Words<'_>) -> [Word; 3] {
        words.halves_and_whole(self.left, self.right)
    }
}

/// Whether no letter is lower case and at least one is upper case.
pub(super) fn all_upper(letters: &str) -> bool {
    letters.chars().any(char::is_uppercase) && !letters.chars().any(char::is_lowercase)
}

/// The words near a place, line by line: never the first or the last of a line, which may be fragments.
pub(super) fn words_around<'t>(lines: [&'t str; 2], into: &mut Vec<&'t str>) {
    /// Words taken from each side.
    const EACH: usize = 8;
    into.clear();
    let [left, right] = lines;
    let mut from = left.len().saturating_sub(16 * EACH);
    while !left.is_char_boundary(from) {
        from += 1;
    }
    last_inner_words(&left[from..], EACH, into);
    inner_words(right, EACH, into);
}

/// Of the words that are neither the first nor the last, the last ones, in their order.
fn last_inner_words<'t>(line: &'t str, at_most: usize, into: &mut Vec<&'t str>) {
    let mut rest = line;
    let mut pending = None;
    // The last word, then those to take, then one that may be the first.
    for n in 0..at_most + 2 {
        let Some(word) = word_before(&mut rest) else { break };
        into.extend(pending.take());
        if n > 0 {
            pending = Some(word);
        }
    }
    into.reverse();
}

/// The last run of letters of `rest`, which is what is left before it afterwards.
#[inline]
fn word_before<'t>(rest: &mut &'t str) -> Option<&'t str> {
    let end = end_of_last(rest, true)?;
    let head = &rest[..end];
    let start = end_of_last(head, false).unwrap_or(0);
    *rest = &head[..start];
    Some(&head[start..])
}

/// Where the last character that is a letter ends, or the last that is none.
#[inline]
fn end_of_last(text: &str, letter: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut end = bytes.len();
    while let Some(byte) = end.checked_sub(1).and_then(|at| bytes.get(at)) {
        if byte.is_ascii() {
            if byte.is_ascii_alphabetic() == letter {
                return Some(end);
            }
            end -= 1;
        } else {
            let c = text[..end].chars().next_back()?;
            if is_letter(c) == letter {
                return Some(end);
            }
            end -= c.len_utf8();
        }
    }
    None
}

fn inner_words<'t>(line: &'t str, at_most: usize, into: &mut Vec<&'t str>) {
    let mut taken = 0;
    let mut pending: Option<&str> = None;
    let mut first = true;
    let mut rest = line;
    while let Some(word) = next_word(&mut rest) {
        if taken == at_most {
            return;
        }
        if let Some(word) = pending.replace(word) {
            if !first {
                into.push(word);
                taken += 1;
            }
            first = false;
        }
    }
}

/// The next run of letters of `rest`, which is what is left behind it afterwards.
#[inline]
fn next_word<'t>(rest: &mut &'t str) -> Option<&'t str> {
    let start = first(rest, true)?;
    let from = &rest[start..];
    let end = first(from, false).unwrap_or(from.len());
    *rest = &from[end..];
    Some(&from[..end])
}

/// The place of the first character that is a letter, or of the first that is none.
#[inline]
fn first(text: &str, letter: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if byte.is_ascii() {
            if byte.is_ascii_alphabetic() == letter {
                return Some(at);
            }
            at += 1;
        } else {
            let c = text[at..].chars().next()?;
            if is_letter(c) == letter {
                return Some(at);
            }
            at += c.len_utf8();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn words_around_are_those_that_splitting_gives(left in "[a-cÄж ,'-]{0,60}", right in "[a-cÄж ,'-]{0,60}") {
            let mut around = Vec::new();
            words_around([&left, &right], &mut around);
            let split = |line| str::split(line, |c| !is_letter(c)).filter(|word| !word.is_empty()).collect::<Vec<_>>();
            let inner = |words: &[&str]| words.get(1..words.len().max(2) - 1).unwrap_or_default().len();
            let (before, after) = (split(left.as_str()), split(right.as_str()));
            let (n_before, n_after) = (inner(&before), inner(&after));
            let mut slow: Vec<&str> = before.iter().skip(1).take(n_before).copied().collect();
            slow.drain(..n_before.saturating_sub(8));
            slow.extend(after.iter().skip(1).take(n_after.min(8)));
            prop_assert_eq!(around, slow);
        }
    }
}
