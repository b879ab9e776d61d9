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
mod flow;
mod sides;
mod hyphens;
mod gaps;
mod prior;
mod decision;

use super::edit::Edit;
use super::rule::{Rule, RuleSet};
use super::words::Words;

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
/// `text` has LF line ends only, no control characters, and is in NFC.
pub fn find_breaks(text: &str, config: &BreakConfig, words: &Words<'_>) -> Vec<Edit> {
    decision::find(text, config, words)
}
