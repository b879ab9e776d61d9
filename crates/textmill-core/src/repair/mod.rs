//! Repair of broken text: every change is a positioned [`Edit`].
//!
//! A phase looks at a text and returns the edits it would make, sorted and disjoint; [`apply`] makes them. Nothing else
//! changes text, so the log of edits replays to the output by construction. [`compose`] folds the edits of one phase
//! into those of the phases before it, so that the whole log speaks of the decoded text.

mod rule;
mod edit;
pub mod mojibake;
pub mod characters;
pub mod unicode_form;
pub mod words;
pub mod breaks;
pub mod spaces;
mod pipeline;

pub use breaks::{BreakConfig, find_breaks};
pub use edit::{Edit, Readings, apply, compose};
pub use pipeline::{Mended, RepairConfig, Repaired, lines_are_sound, repair_characters, repair_lines};
pub use rule::{Rule, RuleSet};
pub use words::{UserLexicon, WordCounts, Words};
