//! Positioned changes to a text, how they are applied and how two logs become one.

use std::borrow::Cow;

use super::rule::{Rule, RuleSet};

/// One change: the bytes `start..end` of a text become `replacement`.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// First byte that changes, on a character boundary.
    pub start: usize,
    /// First byte after the change, on a character boundary.
    pub end: usize,
    /// What stands there afterwards.
    pub replacement: Cow<'static, str>,
    /// The rule that made the change; where several met in one place, the last.
    pub rule: Rule,
    /// All rules that met in this change, `rule` included.
    pub rules: RuleSet,
    /// How sure the rule is, 0..=1.
    pub score: f32,
    /// For a break between lines: what was weighed.
    pub readings: Option<Readings>,
}

/// The readings of one break that were weighed against each other; they sum to 1.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Readings {
    /// The two sides are one word, without a hyphen.
    pub joined: f32,
    /// The two sides are one word, with a hyphen.
    pub hyphenated: f32,
    /// The two sides are two words with a space between them.
    pub spaced: f32,
    /// The line ends here.
    pub kept: f32,
}

impl Edit {
    /// An edit by one rule, with nothing weighed.
    pub fn new(start: usize, end: usize, replacement: impl Into<Cow<'static, str>>, rule: Rule, score: f32) -> Edit {
        Edit {
            start,
            end,
            replacement: replacement.into(),
            rule,
            rules: RuleSet::none().with(rule),
            score,
            readings: None,
        }
    }
}

/// Makes the edits, which are sorted and disjoint, and returns the new text.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let grown: usize = edits.iter().map(|edit| edit.replacement.len()).sum();
    let mut out = String::with_capacity(text.len() + grown);
    let mut at = 0;
    for edit in edits {
        out.push_str(&text[at..edit.start]);
        out.push_str(&edit.replacement);
        at = edit.end;
    }
    out.push_str(&text[at..]);
    out
}

/// Folds `second`, edits of `middle`, into `first`, the edits that made `middle`: the log that leads from the first text
/// to the last one.
///
/// Where edits of both meet, they become one edit that carries the rules of all, the lowest score and the last rule.
/// Both logs are sorted and disjoint, and so is the result.
pub fn compose(first: Vec<Edit>, second: Vec<Edit>, middle: &str) -> Vec<Edit> {
    if first.is_empty() {
        return second;
    }
    if second.is_empty() {
        return first;
    }
    let mut out = Vec::with_capacity(first.len() + second.len());
    let mut earlier = first.into_iter().peekable();
    let mut later = second.into_iter().peekable();
    // Offset in the middle text less offset in the first text, after the earlier edits taken so far.
    let mut shift = 0_isize;
    let base = |offset: usize, shift: isize| offset.wrapping_add_signed(-shift);
    loop {
        let (a, b) = match (earlier.peek(), later.peek()) {
            (None, None) => return out,
            (Some(_), None) => {
                out.extend(earlier);
                return out;
            }
            (None, Some(_)) => {
                out.extend(later.map(|b| Edit { start: base(b.start, shift), end: base(b.end, shift), ..b }));
                return out;
            }
            (Some(a), Some(b)) => (a, b),
        };
        let a_start = a.start.wrapping_add_signed(shift);
        let a_end = a_start + a.replacement.len();
        if b.end <= a_start {
            out.extend(later.next().map(|b| Edit { start: base(b.start, shift), end: base(b.end, shift), ..b }));
        } else if a_end <= b.start {
            shift += growth(a);
            out.extend(earlier.next());
        } else {
            out.push(merge_cluster(&mut earlier, &mut later, &mut shift, middle));
        }
    }
}

/// Merges the next edits of both logs, which are known to overlap, with all that overlap them in turn.
fn merge_cluster(
    earlier: &mut std::iter::Peekable<std::vec::IntoIter<Edit>>,
    later: &mut std::iter::Peekable<std::vec::IntoIter<Edit>>,
    shift: &mut isize,
    middle: &str,
) -> Edit {
    let mut cluster: Option<Edit> = None;
    let mut end = 0;
    let mut copied = 0;
    let mut text = String::new();
    loop {
        let a = earlier.peek().map(|a| a.start.wrapping_add_signed(*shift));
        let b = later.peek().map(|b| b.start);
        let begun = cluster.is_some();
        let a_next = a.filter(|&start| !begun || start < end);
        let b_next = b.filter(|&start| !begun || start < end);
        let take_earlier = match (a_next, b_next) {
            (None, None) => break,
            (Some(a), Some(b)) => a <= b,
            (a, _) => a.is_some(),
        };
        let Some(edit) = (if take_earlier { earlier.next() } else { later.next() }) else { break };
        let (start, stop) = if take_earlier {
            let start = edit.start.wrapping_add_signed(*shift);
            (start, start + edit.replacement.len())
        } else {
            (edit.start, edit.end)
        };
        let merged = cluster.get_or_insert_with(|| {
            copied = start;
            let first = start.wrapping_add_signed(-*shift);
            Edit { start: first, end: first, score: 1.0, ..Edit::new(0, 0, "", edit.rule, 1.0) }
        });
        merged.rules = merged.rules.union(edit.rules);
        merged.score = merged.score.min(edit.score);
        merged.readings = edit.readings.or(merged.readings);
        if take_earlier {
            *shift += growth(&edit);
        } else {
            text.push_str(&middle[copied..edit.start]);
            text.push_str(&edit.replacement);
            copied = edit.end;
            merged.rule = edit.rule;
        }
        end = end.max(stop);
    }
    text.push_str(&middle[copied..end]);
    let mut merged = cluster.unwrap_or_else(|| Edit::new(0, 0, "", Rule::Spaces, 1.0));
    merged.end = end.wrapping_add_signed(-*shift);
    merged.replacement = Cow::Owned(text);
    merged
}

/// By how many bytes the edit makes a text longer.
fn growth(edit: &Edit) -> isize {
    edit.replacement.len() as isize - (edit.end - edit.start) as isize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A text and two logs: one of the text, one of what the first makes of it.
    fn two_logs() -> impl Strategy<Value = (String, Vec<Edit>, Vec<Edit>)> {
        let cuts = || prop::collection::vec((0..6_usize, 0..4_usize, "[xy]{0,3}"), 0..8);
        ("[a-e]{0,24}", cuts(), cuts()).prop_map(|(text, first, second)| {
            let first = place(&first, text.len(), Rule::LineTerminators);
            let second = place(&second, apply(&text, &first).len(), Rule::Spaces);
            (text, first, second)
        })
    }

    fn place(cuts: &[(usize, usize, String)], len: usize, rule: Rule) -> Vec<Edit> {
        let mut at = 0;
        let mut edits = Vec::new();
        for (skip, size, replacement) in cuts {
            let (start, end) = (at + skip, at + skip + size);
            if end > len {
                break;
            }
            edits.push(Edit::new(start, end, replacement.clone(), rule, 1.0));
            at = end;
        }
        edits
    }

    proptest! {
        #[test]
        fn one_composed_log_does_what_two_logs_do((text, first, second) in two_logs()) {
            let middle = apply(&text, &first);
            let last = apply(&middle, &second);
            let whole = compose(first, second, &middle);
            prop_assert!(whole.windows(2).all(|pair| pair[0].end <= pair[1].start));
            prop_assert_eq!(apply(&text, &whole), last);
        }
    }
}
