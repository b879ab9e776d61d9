//! How a line end looks, its length aside: the way the line ends, the way the next begins, the change of indentation.

use std::cmp::Ordering;

use super::lines::{Begins, Ends, Line};

/// Lines that all begin with a capital (verse, headings, sentences); lines of all sorts (lists, addresses, code); lines
/// that look like wrapped prose but for their lengths (verse without capitals).
pub(super) const LINE_KINDS: usize = 3;

/// How likely the looks of a line end are under each kind of state.
pub(super) struct Looks {
    pub(super) wrap: f32,
    pub(super) end: f32,
    pub(super) lines: [f32; LINE_KINDS],
}

/// Odds of a cut at a random place over the end of a line that stands for itself, from the looks of both lines: short lines
/// are cut less often.
pub(super) fn looks_of_cut(line: &Line, next: &Line, capitals: f32) -> f32 {
    let looks = looks(line, next, capitals);
    let length: f32 = match line.columns {
        0..30 => 0.002,
        30..45 => 0.02,
        45..60 => 0.25,
        _ => 1.3,
    };
    looks.wrap / (0.5 * (looks.lines[0] + looks.lines[1])) * length
}

/// How the end of `line` looks before `next`. `capitals` is the share of words that begin with a capital inside sentences.
pub(super) fn looks(line: &Line, next: &Line, capitals: f32) -> Looks {
    let ended = match line.ends {
        Ends::Word | Ends::Unspaced => [0.78, 0.045, 0.50],
        Ends::Comma => [0.20, 0.02, 0.15],
        Ends::Sentence => [0.06, 0.78, 0.20],
        Ends::Colon => [0.01, 0.09, 0.05],
        Ends::Hyphen => [0.04, 0.005, 0.02],
    };
    let begun = match next.begins {
        Begins::Lower if line.ends == Ends::Sentence => [0.15, 0.03, 0.02, 0.30],
        Begins::Lower => [0.90 - capitals, 0.06, 0.02, 0.45],
        Begins::Upper if line.ends == Ends::Sentence => [0.72, 0.74, 0.74, 0.45],
        Begins::Upper => [capitals, 0.70, 0.74, 0.30],
        Begins::Uncased | Begins::Unspaced => [0.90, 0.85, 0.75, 0.75],
        Begins::Digit => [0.04, 0.05, 0.05, 0.08],
        Begins::Opener => [0.05, 0.10, 0.06, 0.06],
        Begins::Closer => [0.01, 0.002, 0.003, 0.01],
        Begins::Marker => [0.001, 0.08, 0.10, 0.15],
        Begins::Symbol => [0.01, 0.02, 0.02, 0.04],
    };
    let moved = match next.indent.cmp(&line.indent) {
        Ordering::Equal => [0.90, 0.70, 0.65],
        // A list's first line hangs out to the left of the others.
        Ordering::Greater if line.begins == Begins::Marker => [0.30, 0.15, 0.20],
        Ordering::Greater => [0.03, 0.15, 0.20],
        Ordering::Less => [0.05, 0.15, 0.15],
    };
    Looks {
        wrap: ended[0] * begun[0] * moved[0],
        end: ended[1] * begun[1] * moved[1],
        lines: [ended[2] * begun[2] * moved[2], ended[2] * begun[3] * moved[2], ended[0] * begun[0] * moved[0]],
    }
}
