//! Breaks in the middle of text: cut marks, hyphens at line ends, words cut in two, wrapped lines.
//!
//! The four rules share one decision for each line end, because they are four answers to one question: what was here
//! before the break? [`find_breaks`] reads the lines ([`lines`]), finds the widths that explain them ([`width`]), weighs
//! which of them are wraps ([`flow`]), weighs the words that meet at each break ([`decision`]) and returns the edits.
//! Paragraph breaks, that is blank lines, always stay.

mod lines;
mod markers;
mod marks;
mod width;
mod looks;
mod flow;
mod sides;
mod halves;
mod hyphens;
mod gaps;
mod prior;
mod decision;

use super::edit::{Edit, apply, compose};
use super::rule::{Rule, RuleSet};
use super::words::Words;

pub(super) use marks::CORE as CUT_MARK;

/// Which rules of this module are on, and how sure each must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BreakConfig {
    /// The rules that are on; rules of other modules are ignored.
    pub rules: RuleSet,
    /// Least score of an edit, for each rule in the order of [`Rule::ALL`].
    pub min_score: [f32; Rule::ALL.len()],
}

impl Default for BreakConfig {
    /// All rules, each as sure as its reading being likelier than all others together.
    fn default() -> BreakConfig {
        BreakConfig { rules: RuleSet::all(), min_score: [0.5; Rule::ALL.len()] }
    }
}

impl BreakConfig {
    /// Whether an edit of this rule with this score is made.
    fn allows(&self, rule: Rule, score: f32) -> bool {
        self.rules.contains(rule) && score >= self.min_score[rule as usize]
    }
}

/// The edits that repair the breaks of `text`, sorted and disjoint.
///
/// `text` has LF line ends only, no control characters, and is in NFC. With the same words, the repaired text has no more
/// edits: what the first look left is looked at again, as a text of its own, until nothing is left to do. Each further
/// look takes at least one line end or mark away, and nearly always the second finds nothing.
///
/// # Examples
/// ```
/// use textmill_core::repair::{BreakConfig, WordCounts, Words, apply, find_breaks};
///
/// let text = "The council spoke at length about the imp\n...[+++]ortance of clean rivers for every village.";
/// let mut counts = WordCounts::new();
/// counts.learn(text);
/// let edits = find_breaks(text, &BreakConfig::default(), &Words::new(&counts));
/// assert!(apply(text, &edits).contains("the importance of clean rivers"));
/// ```
pub fn find_breaks(text: &str, config: &BreakConfig, words: &Words<'_>) -> Vec<Edit> {
    find_all_breaks(text, config, words).edits
}

/// The edits of a look at the breaks of a text.
#[derive(Default)]
pub(super) struct Found {
    pub(super) edits: Vec<Edit>,
    /// What is left was left because of words: with other words it might not be.
    pub(super) asked: bool,
}

/// [`find_breaks`], and whether words were asked about what it leaves.
pub(super) fn find_all_breaks(text: &str, config: &BreakConfig, words: &Words<'_>) -> Found {
    let mut found = decision::find(text, config, words);
    if found.edits.is_empty() {
        return found;
    }
    let mut repaired = apply(text, &found.edits);
    loop {
        let more = decision::find(&repaired, config, words);
        found.asked = more.asked;
        if more.edits.is_empty() {
            return found;
        }
        let next = apply(&repaired, &more.edits);
        found.edits = compose(found.edits, more.edits, &repaired);
        repaired = next;
    }
}
