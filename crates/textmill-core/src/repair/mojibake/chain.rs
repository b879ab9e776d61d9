//! Chains of sequences, and whether what is behind them is more plausible than what stands there.

use super::code_pages::{CODE_PAGES, CodePage, bytes_of, is_continuation, is_lead, is_stand_in};
use super::evidence::{Anchor, Evidence};
use super::kinds::{Class, GREEK, LATIN, kind};
use super::plausibility::Meter;
use super::sequence::{Sequence, lossy_sequence, sequence};

/// Consecutive sequences of one encoding and what they were before they were misread.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) meant: String,
    pub(super) page: CodePage,
    /// All encodings that had a part in it, one bit each: those that give it the same meaning, and those of the layers below.
    pub(super) pages: u16,
    /// Script of the first letter meant, 0 without letters.
    pub(super) script: u8,
    /// By how much what is meant is more plausible, in tenths of a point.
    pub(super) gain: i32,
}

impl Chain {
    /// The place of the chain as evidence.
    pub(super) fn anchor(&self) -> Anchor {
        Anchor { start: self.start, end: self.end, pages: self.pages, script: self.script }
    }
}

/// From this gain on, a chain is undone on its own account, in tenths of a point: two things that a reader would want a
/// reason for, and a half.
const SURE: i32 = 25;

/// The least cost of what stands in the text; words that cost less are right, whatever else they could mean.
const SUSPICIOUS: i32 = 15;

/// Layers of misreading that are taken off at one place in one go.
const MAX_LAYERS: usize = 6;

/// Whether `before` and what follows it may be a sequence in some encoding.
pub(super) fn may_begin_a_sequence(before: char, after: &str) -> bool {
    let leads = bytes_of(before);
    let mut after = after.chars();
    let Some(second) = after.next() else { return false };
    let continuations = bytes_of(second);
    let (mut of_two, mut longer) = (false, false);
    for page in 0..CODE_PAGES {
        let continues = is_continuation(continuations[page]);
        of_two |= continues & matches!(leads[page], 0xC2..=0xDF);
        longer |= continues & matches!(leads[page], 0xE0..=0xF4);
    }
    of_two
        || longer
            && after.next().is_some_and(|third| {
                let thirds = bytes_of(third);
                (0..CODE_PAGES).any(|page| {
                    matches!(leads[page], 0xE0..=0xF4)
                        && is_continuation(continuations[page])
                        && is_continuation(thirds[page])
                })
            })
}

/// The stretch of characters around `offset` that some encoding has above ASCII; it begins at `floor` or later.
pub(super) fn run_around(text: &str, offset: usize, floor: usize) -> (usize, usize) {
    let is_mapped = |c: char| bytes_of(c) != &[0; CODE_PAGES];
    let before = &text[floor..offset];
    let start = floor + before.trim_end_matches(is_mapped).len();
    let end = text.len() - text[offset..].trim_start_matches(is_mapped).len();
    (start, end)
}

/// Adds the chains in the run `start..end` that are surely mojibake, of the encoding that explains most of it, where one
/// that explains most of the rest of the text goes before.
pub(super) fn sure_chains(
    text: &str,
    (start, end): (usize, usize),
    layers: usize,
    evidence: &Evidence,
    gathered: &mut Evidence,
    out: &mut Vec<Chain>,
) {
    if cost(text, start, end, &text[start..end]) < SUSPICIOUS {
        return;
    }
    let mut best = Vec::new();
    let mut best_gain = 0;
    let run = &text[start..end];
    let sizes = sequences_of_run(run);
    let most = sizes.iter().max().copied().unwrap_or(0);
    // An encoding that leaves much more of the run unexplained than another is not the one.
    for page in (0..CODE_PAGES).filter(|&page| sizes[page] > 0 && sizes[page] * 3 >= most * 2) {
        let mut chains = Vec::new();
        let mut at = start;
        while at < end {
            match chain_at(text, at, end, page, sequence) {
                Some((stop, meant, validity)) => {
                    let chain =
                        Chain { start: at, end: stop, script: 0, meant, page, pages: 1 << page, gain: validity };
                    chains.extend(judged(text, chain, layers, evidence, gathered));
                    at = stop;
                }
                None => at += text[at..].chars().next().map_or(1, char::len_utf8),
            }
        }
        if chains.is_empty() {
            continue;
        }
        for chain in &chains {
            gathered.add(page, chain.script, chain.gain);
        }
        let gain = chains.iter().map(|chain: &Chain| chain.gain).sum::<i32>() + evidence.preference(page);
        let is_rival = !best.is_empty() && !have_same_meaning(&best, &chains);
        gathered.is_contested |= is_rival;
        if gain > best_gain {
            if !is_rival {
                chains.iter_mut().zip(&best).for_each(|(chain, best)| chain.pages |= best.pages);
            }
            best_gain = gain;
            best = chains;
        } else if !is_rival {
            best.iter_mut().zip(&chains).for_each(|(best, chain)| best.pages |= chain.pages);
        }
    }
    out.append(&mut best);
}

/// The chain from `at` to `end` at most, which may hold sequences with a lost byte.
pub(super) fn lossy_chain(text: &str, at: usize, end: usize, page: CodePage) -> Option<Chain> {
    let either = |text: &str, page| sequence(text, page).or_else(|| lossy_sequence(text, page));
    let (stop, meant, validity) = chain_at(text, at, end, page, either)?;
    let source = cost(text, at, stop, &text[at..stop]);
    let script = script_of(&meant);
    let mut chain = Chain { start: at, end: stop, script, meant, page, pages: 1 << page, gain: validity };
    chain.gain += source - cost_meant(text, &chain);
    Some(chain)
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
    let mut validity = -5;
    while stop < end
        && let Some(found) = read(&text[stop..end], page)
    {
        stop += found.len;
        meant.push(found.meant);
        // Chance seldom makes long sequences, or many.
        validity += 10 * (found.units.min(4) as i32) - 15;
    }
    if page != 0 {
        // A C1 control where this encoding has a character speaks for another encoding.
        validity -= 3 * text[at..stop].chars().filter(|&c| is_stand_in(c, page)).count() as i32;
    }
    (stop > at).then_some((stop, meant, validity))
}

/// The chain if it is surely mojibake, with the layers below it taken off as well; its gain comes as the worth of its
/// validity.
fn judged(text: &str, mut chain: Chain, layers: usize, evidence: &Evidence, gathered: &mut Evidence) -> Option<Chain> {
    let (start, end) = (chain.start, chain.end);
    let source = cost(text, start, end, &text[start..end]) + lone_a(text, start, end);
    if source < SUSPICIOUS {
        return None;
    }
    take_off_layers(text, &mut chain, layers, evidence, gathered);
    chain.script = script_of(&chain.meant);
    chain.gain += source - cost_meant(text, &chain);
    if !evidence.has_seen(chain.page, chain.script) {
        chain.gain -= loneliness(text, start, end, &chain.meant);
    }
    (chain.gain >= SURE).then_some(chain)
}

/// What it costs that `Ã` and a no-break space end a word of one capital at most, before a small letter or a blank.
///
/// Words of one language that end in `Ã` are longer, or all in capitals; `à` ends a good many.
fn lone_a(text: &str, start: usize, end: usize) -> i32 {
    if &text[start..end] != "Ã\u{a0}" {
        return 0;
    }
    let before = text[..start].chars().rev().take(2).filter(|&c| kind(c).is_letter()).count();
    let after = text[end..].chars().next().map_or(Class::Space, |c| kind(c).class);
    if before < 2 && matches!(after, Class::Lower | Class::Space) { 15 } else { 0 }
}

/// Takes off the layers below, where what the chain means is mojibake in its turn.
fn take_off_layers(text: &str, chain: &mut Chain, layers: usize, evidence: &Evidence, gathered: &mut Evidence) {
    if layers == 0 || chain.meant.chars().nth(1).is_none() {
        return;
    }
    if sequences_of_run(&chain.meant) == [0; CODE_PAGES] {
        return;
    }
    let left = text[..chain.start].char_indices().rev().nth(1).map_or(0, |(i, _)| i);
    let right = text[chain.end..].char_indices().nth(2).map_or(text.len(), |(i, _)| chain.end + i);
    let around = [&text[left..chain.start], &chain.meant, &text[chain.end..right]].concat();
    let (from, to) = (chain.start - left, chain.start - left + chain.meant.len());
    let mut below = Vec::new();
    let mut at = from;
    while at < to {
        let (run_start, run_end) = run_around(&around, at, at);
        if run_end > run_start {
            let run = (run_start, run_end.min(to));
            sure_chains(&around, run, layers - 1, evidence, gathered, &mut below);
            at = run_end;
        } else {
            at += around[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    if below.is_empty() {
        return;
    }
    let mut meant = String::with_capacity(chain.meant.len());
    let mut copied = from;
    for inner in &below {
        meant.push_str(&around[copied..inner.start]);
        meant.push_str(&inner.meant);
        copied = inner.end;
        chain.pages |= inner.pages;
    }
    meant.push_str(&around[copied..to]);
    chain.meant = meant;
    take_off_layers(text, chain, layers - 1, evidence, gathered);
}

/// What `stretch` costs in the place of `start..end`.
fn cost(text: &str, start: usize, end: usize, stretch: &str) -> i32 {
    let mut meter = Meter::after(&text[..start]);
    stretch.chars().for_each(|c| meter.push(c));
    meter.finish(&text[end..])
}

/// What the meaning of a chain costs in its place; neighbours that may be mojibake themselves are no measure for letters of
/// a script other than Latin.
fn cost_meant(text: &str, chain: &Chain) -> i32 {
    let counts = |c: Option<char>| {
        let byte = c.map_or(0, |c| bytes_of(c)[chain.page]);
        chain.script <= LATIN || !(is_lead(byte) || is_continuation(byte))
    };
    let (left, right) = (&text[..chain.start], &text[chain.end..]);
    let left = if counts(left.chars().next_back()) { left } else { "" };
    let right = if counts(right.chars().next()) { right } else { "" };
    let mut meter = Meter::after(left);
    chain.meant.chars().for_each(|c| meter.push(c));
    meter.finish(right)
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
        0 | 1 if script == GREEK => 5,
        0 | 1 => 20,
        2 => 10,
        _ => 0,
    }
}

/// How many characters of the run are in what may be sequences, in each encoding.
fn sequences_of_run(run: &str) -> [u32; CODE_PAGES] {
    let mut sizes = [0; CODE_PAGES];
    let mut leads = bytes_of('\0');
    for c in run.chars() {
        let continuations = bytes_of(c);
        for page in 0..CODE_PAGES {
            let (lead, continuation) = (leads[page], continuations[page]);
            let size = 2 + u32::from(lead >= 0xE0) + u32::from(lead >= 0xF0);
            sizes[page] += size * u32::from(is_lead(lead) & is_continuation(continuation));
        }
        leads = continuations;
    }
    sizes
}

/// Whether two readings of a run lead to the same text.
fn have_same_meaning(one: &[Chain], other: &[Chain]) -> bool {
    let content = |chain: &Chain| (chain.start, chain.end);
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| content(a) == content(b) && a.meant == b.meant)
}

/// Layers for a search that begins at the text itself.
pub(super) const ALL_LAYERS: usize = MAX_LAYERS;
