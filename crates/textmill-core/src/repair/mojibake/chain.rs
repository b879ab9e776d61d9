//! Chains of sequences, and whether what is behind them is more plausible than what stands there.

use super::code_pages::{CODE_PAGES, CodePage, bytes_of, is_continuation, is_lead};
use super::plausibility::{LATIN, Meter, kind};
use super::sequence::{Sequence, lossy_sequence, sequence};

/// Consecutive sequences of one encoding and what they were before they were misread.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) meant: String,
    pub(super) page: CodePage,
    /// Script of the first letter meant, 0 without letters.
    pub(super) script: u8,
    /// By how much what is meant is more plausible, in tenths of a point.
    pub(super) gain: i32,
}

/// From this gain on, a chain is undone on its own account, in tenths of a point: two things that a reader would want a
/// reason for, and a half.
const SURE: i32 = 25;

/// The least cost of what stands in the text; words that cost less are right, whatever else they could mean.
const SUSPICIOUS: i32 = 15;

/// Layers of misreading that are taken off at one place in one go.
const MAX_LAYERS: usize = 6;

/// Whether `before` and `after`, neighbours in a text, may begin a sequence in some encoding.
pub(super) fn may_begin_a_sequence(before: char, after: char) -> bool {
    let leads = bytes_of(before);
    let continuations = bytes_of(after);
    (0..CODE_PAGES).any(|page| is_lead(leads[page]) && is_continuation(continuations[page]))
}

/// The stretch of characters around `offset` that some encoding has above ASCII; it begins at `floor` or later.
pub(super) fn run_around(text: &str, offset: usize, floor: usize) -> (usize, usize) {
    let is_mapped = |c: char| bytes_of(c) != &[0; CODE_PAGES];
    let before = &text[floor..offset];
    let start = floor + before.trim_end_matches(is_mapped).len();
    let end = text.len() - text[offset..].trim_start_matches(is_mapped).len();
    (start, end)
}

/// Adds the chains in the run `start..end` that are surely mojibake, of the encoding that explains most of it.
pub(super) fn sure_chains(text: &str, start: usize, end: usize, layers: usize, out: &mut Vec<Chain>) {
    if cost(text, start, end, &text[start..end]) < SUSPICIOUS {
        return;
    }
    let mut best = Vec::new();
    let mut best_gain = 0;
    for page in 0..CODE_PAGES {
        let mut chains = Vec::new();
        let mut at = start;
        while at < end {
            match chain_at(text, at, end, page, sequence) {
                Some((stop, meant, evidence)) => {
                    chains.extend(judged(text, at, stop, meant, page, evidence, layers));
                    at = stop;
                }
                None => at += text[at..].chars().next().map_or(1, char::len_utf8),
            }
        }
        let gain: i32 = chains.iter().map(|chain: &Chain| chain.gain).sum();
        if gain > best_gain {
            best_gain = gain;
            best = chains;
        }
    }
    out.append(&mut best);
}

/// The chain from `at` to `end` at most that holds sequences with a lost byte, if it has more than none to gain.
pub(super) fn lossy_chain(text: &str, at: usize, end: usize, page: CodePage) -> Option<Chain> {
    let either = |text: &str, page| sequence(text, page).or_else(|| lossy_sequence(text, page));
    let (stop, meant, evidence) = chain_at(text, at, end, page, either)?;
    let source = cost(text, at, stop, &text[at..stop]);
    let gain = source - cost(text, at, stop, &meant) + evidence;
    Some(Chain { start: at, end: stop, script: script_of(&meant), meant, page, gain })
}

/// The sequences that follow one another from `at` on: where they end, what they mean, and what their validity is worth.
fn chain_at(
    text: &str,
    at: usize,
    end: usize,
    page: CodePage,
    read: impl Fn(&str, CodePage) -> Option<Sequence>,
) -> Option<(usize, String, i32)> {
    let mut stop = at;
    let mut meant = String::new();
    let mut evidence = -5;
    while stop < end
        && let Some(found) = read(&text[stop..end], page)
    {
        stop += found.len;
        meant.push(found.meant);
        // Chance seldom makes long sequences, or many.
        evidence += 5 * (found.units as i32 - 1);
    }
    (stop > at).then_some((stop, meant, evidence))
}

/// The chain if it is surely mojibake, with the layers below it taken off as well.
fn judged(
    text: &str,
    start: usize,
    end: usize,
    meant: String,
    page: CodePage,
    evidence: i32,
    layers: usize,
) -> Option<Chain> {
    let source = cost(text, start, end, &text[start..end]);
    if source < SUSPICIOUS {
        return None;
    }
    let meant = take_off_layers(text, start, end, meant, layers);
    let gain = source + evidence - cost(text, start, end, &meant) - loneliness(text, start, end, &meant);
    (gain >= SURE).then(|| Chain { start, end, script: script_of(&meant), meant, page, gain })
}

/// What is behind `meant`, if that is mojibake in its turn.
fn take_off_layers(text: &str, start: usize, end: usize, meant: String, layers: usize) -> String {
    if layers == 0 || meant.chars().nth(1).is_none() {
        return meant;
    }
    let left = text[..start].char_indices().rev().nth(1).map_or(0, |(i, _)| i);
    let right = text[end..].char_indices().nth(2).map_or(text.len(), |(i, _)| end + i);
    let around = [&text[left..start], &meant, &text[end..right]].concat();
    let (from, to) = (start - left, start - left + meant.len());
    let mut chains = Vec::new();
    let mut at = from;
    while at < to {
        let (run_start, run_end) = run_around(&around, at, at);
        if run_end > run_start {
            sure_chains(&around, run_start, run_end.min(to), layers - 1, &mut chains);
            at = run_end;
        } else {
            at += around[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    if chains.is_empty() {
        return meant;
    }
    let mut out = String::with_capacity(meant.len());
    let mut copied = from;
    for chain in &chains {
        out.push_str(&around[copied..chain.start]);
        out.push_str(&chain.meant);
        copied = chain.end;
    }
    out.push_str(&around[copied..to]);
    take_off_layers(text, start, end, out, layers - 1)
}

/// What `stretch` costs in the place of `start..end`.
fn cost(text: &str, start: usize, end: usize, stretch: &str) -> i32 {
    let mut meter = Meter::after(&text[..start]);
    stretch.chars().for_each(|c| meter.push(c));
    meter.finish(&text[end..])
}

/// The script of the first letter, 0 without letters.
fn script_of(meant: &str) -> u8 {
    meant.chars().map(kind).find(|kind| kind.is_letter()).map_or(0, |kind| kind.script)
}

/// What it costs that one or two letters of a script other than Latin would stand alone, in tenths of a point.
fn loneliness(text: &str, start: usize, end: usize, meant: &str) -> i32 {
    let script = script_of(meant);
    if script == 0 || script == LATIN {
        return 0;
    }
    let of_script = |c: &char| kind(*c).script == script;
    let near = text[..start].chars().rev().take(2).chain(text[end..].chars().take(2)).filter(of_script).count();
    match near + meant.chars().filter(of_script).count() {
        0 | 1 => 20,
        2 => 10,
        _ => 0,
    }
}

/// Layers for a search that begins at the text itself.
pub(super) const ALL_LAYERS: usize = MAX_LAYERS;
