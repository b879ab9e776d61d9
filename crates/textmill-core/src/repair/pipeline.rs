//! The rules in their order, and the two halves in which they run.
//!
//! [`repair_characters`] mends what can be told from characters alone, one document at a time; [`repair_lines`] mends
//! what needs evidence about words, once the words around the document have been counted.

use std::borrow::Cow;

use super::breaks::{BreakConfig, CUT_MARK, find_all_breaks};
use super::characters::find_characters;
use super::mojibake::find_mojibake;
use super::spaces::find_spaces;
use super::unicode_form::{find_unicode_form, is_relevant};
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
        if !characters_round(&mut repaired, config, true) {
            break;
        }
    }
    repaired
}

/// One round of the rules about characters; `unicode-form` only if the text may have lost its form, or one of the others
/// changed anything.
fn characters_round(repaired: &mut Repaired<'_>, config: &RepairConfig, may_compose: bool) -> bool {
    let mut changed = false;
    if config.rules.contains(Rule::Mojibake) {
        changed |= repaired.make(find_mojibake(&repaired.text), config);
    }
    changed |= repaired.make(find_characters(&repaired.text, config.rules), config);
    if config.rules.contains(Rule::UnicodeForm) && (changed || may_compose) {
        changed |= repaired.make(find_unicode_form(&repaired.text), config);
    }
    changed
}

/// What came of mending lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Mended {
    /// The text is another.
    pub changed: bool,
    /// What was left was left because of words, so that other words may change it.
    pub asked: bool,
}

/// Mends lines and words: `cut-marks`, `line-end-hyphens`, `broken-words`, `hard-wraps`, `spaces`; then, where that
/// changed anything, everything once more until nothing changes.
///
/// With the same words nothing is left to mend. But repaired texts teach words that broken ones do not, so a stream settles
/// only when it is mended once more with the words of what it has become, until that changes nothing: see `src/graph/settle.rs`
/// of the program. A text that [`lines_are_sound`] needs none of it.
pub fn repair_lines(repaired: &mut Repaired<'_>, config: &RepairConfig, words: &Words<'_>) -> Mended {
    let breaks = BreakConfig { rules: config.rules, min_score: config.min_score };
    let mut mended = Mended::default();
    for _ in 0..MAX_ROUNDS {
        // Of what this leaves no break is found again, unless the rules after it change something.
        let found = find_all_breaks(&repaired.text, &breaks, words);
        mended.asked = found.asked;
        let mut may_compose = joins_marks(&repaired.text, &found.edits);
        let broken = repaired.make(found.edits, config);
        let spaces = if config.rules.contains(Rule::Spaces) { find_spaces(&repaired.text) } else { Vec::new() };
        may_compose |= joins_marks(&repaired.text, &spaces);
        let spaced = repaired.make(spaces, config);
        if !(broken || spaced) {
            break;
        }
        mended.changed = true;
        if !(characters_round(repaired, config, may_compose) || spaced) {
            break;
        }
    }
    mended
}

/// Whether any edit takes away what stands before a character that may compose with the one before, as marks and some vowels do.
///
/// What the edits of lines put in place of a break is ASCII, with which nothing composes.
fn joins_marks(text: &str, edits: &[Edit]) -> bool {
    edits.iter().any(|edit| {
        !edit.replacement.is_ascii()
            || edit.replacement.is_empty() && text[edit.end..].chars().next().is_some_and(is_relevant)
    })
}

/// Whether [`repair_lines`] finds nothing in the text, whatever the words: no line stands beside another, no cut mark and no
/// blank out of place. That of other texts may be so, too.
pub fn lines_are_sound(text: &str) -> bool {
    let bytes = text.as_bytes();
    let beside_another =
        |at: usize| at > 0 && bytes[at - 1] != b'\n' && bytes.get(at + 1).is_some_and(|&next| next != b'\n');
    !memchr::memchr_iter(b'\n', bytes).any(beside_another)
        && memchr::memmem::find(bytes, CUT_MARK.as_bytes()).is_none()
        && find_spaces(text).is_empty()
}
