//! The rules in their order, and the two halves in which they run.
//!
//! [`repair_characters`] mends what can be told from characters alone, one document at a time; [`repair_lines`] mends
//! what needs evidence about words, once the words around the document have been counted.

use std::borrow::Cow;

use super::breaks::{BreakConfig, find_breaks};
use super::characters::find_characters;
use super::mojibake::find_mojibake;
use super::spaces::find_spaces;
use super::unicode_form::find_unicode_form;
use super::words::Words;
use super::{Edit, Rule, RuleSet, apply, compose};

/// Rounds after which a text is taken as it is. Text that settles does so after one that changes nothing, nearly always
/// the second.
const MAX_ROUNDS: usize = 4;

/// Which rules run, and how sure each must be.
#[derive(Clone, Debug, PartialEq)]
pub struct RepairConfig {
    /// The rules that run; their order is the order of [`Rule`].
    pub rules: RuleSet,
    /// The least score at which each rule makes an edit, by `rule as usize`.
    pub min_score: [f32; Rule::ALL.len()],
}

impl Default for RepairConfig {
    /// Every rule at the score at which it makes its own decision.
    fn default() -> RepairConfig {
        RepairConfig { rules: RuleSet::all(), min_score: [0.0; Rule::ALL.len()] }
    }
}

/// A text and the edits that made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Repaired<'a> {
    /// The text as it is now.
    pub text: Cow<'a, str>,
    /// The edits, positioned in the text as it was first.
    pub edits: Vec<Edit>,
}

impl<'a> Repaired<'a> {
    /// A text to which nothing has been done.
    pub fn new(text: &'a str) -> Repaired<'a> {
        Repaired { text: Cow::Borrowed(text), edits: Vec::new() }
    }

    /// Makes the edits that are sure enough and whether there were any.
    fn make(&mut self, mut edits: Vec<Edit>, config: &RepairConfig) -> bool {
        edits.retain(|edit| edit.score >= config.min_score[edit.rule as usize]);
        if edits.is_empty() {
            return false;
        }
        let after = apply(&self.text, &edits);
        self.edits = compose(std::mem::take(&mut self.edits), edits, &self.text);
        self.text = Cow::Owned(after);
        true
    }
}

/// Mends characters: `mojibake`, `line-terminators`, `control-chars`, `invisible-chars`, `ligatures`, `unicode-form`.
pub fn repair_characters<'a>(text: &'a str, config: &RepairConfig) -> Repaired<'a> {
    let mut repaired = Repaired::new(text);
    for _ in 0..MAX_ROUNDS {
        if !characters_round(&mut repaired, config) {
            break;
        }
    }
    repaired
}

fn characters_round(repaired: &mut Repaired<'_>, config: &RepairConfig) -> bool {
    let mut changed = false;
    if config.rules.contains(Rule::Mojibake) {
        changed |= repaired.make(find_mojibake(&repaired.text), config);
    }
    changed |= repaired.make(find_characters(&repaired.text, config.rules), config);
    if config.rules.contains(Rule::UnicodeForm) {
        changed |= repaired.make(find_unicode_form(&repaired.text), config);
    }
    changed
}

/// Mends lines and words: `cut-marks`, `line-end-hyphens`, `broken-words`, `hard-wraps`, `spaces`; then, where that
/// changed anything, everything once more until nothing changes.
pub fn repair_lines(repaired: &mut Repaired<'_>, config: &RepairConfig, words: &Words<'_>) {
    let breaks = BreakConfig { rules: config.rules, min_score: config.min_score };
    for _ in 0..MAX_ROUNDS {
        // Of what this leaves no break is found again, unless the rules after it change something.
        let broken = repaired.make(find_breaks(&repaired.text, &breaks, words), config);
        let spaced = config.rules.contains(Rule::Spaces) && repaired.make(find_spaces(&repaired.text), config);
        if !(broken || spaced) {
            return;
        }
        if !(characters_round(repaired, config) || spaced) {
            return;
        }
    }
}
