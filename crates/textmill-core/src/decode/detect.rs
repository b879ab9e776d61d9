//! Which charset bytes are in that nobody has named.
//!
//! Each charset is a reading of the same bytes, priced by how likely its characters follow each other in the languages
//! written with it (`weigh.rs`, `model.rs`); the cheapest reading wins. All charsets are tried on a small sample; those
//! that may still win, and differ in what the whole text has, go on to larger ones.

use std::ops::Range;

use super::candidate::{Candidate, Field, multi_byte, single_byte};
use super::charset::Charset;
use super::model::model;
use super::pairs::{AsciiCounts, Pairs};
use super::sample::some;
use super::weigh::{AsciiPrice, MALFORMED_COST, price, price_ideographs};

/// Sizes of the samples before the whole of the windows, in bytes.
const SAMPLES: [usize; 2] = [256, 1024];

/// By how much a charset may be behind and go on, in quarters of a bit, besides a sixteenth of the cost.
const LOST_COST: u32 = 160;

/// How many charsets are kept beside the best one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// Those that may still be the best: the cost of what is ASCII, which all share, does not count.
    Rivals,
    /// Those that may be better where the best one does not fit.
    RunnersUp,
}

/// How many charsets are tried on the whole when the best one does not fit there.
const N_RUNNERS_UP: usize = 4;

/// What a declared charset is let off, in quarters of a bit, besides a tenth of its cost.
const DECLARED_BONUS: u32 = 160;

/// Bytes that are not ASCII, and quarters of a bit before the next charset, from which a charset is sure.
const SURE_HIGH: usize = 32;
const SURE_GAP: u32 = 80;

/// Readings of the same bytes, the cheapest first.
pub(super) struct Detection {
    /// Costs in quarters of a bit.
    readings: Vec<(u32, Charset)>,
    n_high: usize,
}

impl Detection {
    /// The likeliest charset.
    pub(super) fn best(&self) -> Charset {
        self.readings.first().map_or(Charset::WINDOWS_1252, |&(_, charset)| charset)
    }

    /// The next likely ones.
    pub(super) fn runners_up(&self) -> impl Iterator<Item = Charset> {
        self.readings.iter().skip(1).take(N_RUNNERS_UP).map(|&(_, charset)| charset)
    }

    /// What a reading costs once so many sequences have turned out malformed.
    pub(super) fn cost_with(&self, charset: Charset, malformed: usize) -> u64 {
        let cost = self.readings.iter().find(|reading| reading.1 == charset).map_or(u32::MAX, |reading| reading.0);
        u64::from(cost) + u64::from(MALFORMED_COST) * malformed as u64
    }

    /// Whether no other charset comes near.
    pub(super) fn is_sure(&self) -> bool {
        match self.readings[..] {
            [(best, _), (next, _), ..] => self.n_high >= SURE_HIGH && next - best >= SURE_GAP,
            _ => self.n_high >= SURE_HIGH,
        }
    }

    /// Whether the bytes say next to nothing: one or two that are not ASCII, which two charsets explain as well.
    pub(super) fn is_blind(&self) -> bool {
        match self.readings[..] {
            [(best, _), (next, _), ..] => self.n_high <= 2 && next - best < 12,
            _ => self.n_high == 0,
        }
    }
}

/// Weighs all charsets for the windows of `bytes`, as far as it takes to know the best one.
pub(super) fn detect(bytes: &[u8], windows: &[Range<usize>], declared: Option<Charset>) -> Detection {
    detect_all(bytes, windows, declared, Kept::Rivals)
}

/// The same with more runners-up: for bytes that the best one does not fit, and to be sure of it.
pub(super) fn detect_runners_up(bytes: &[u8], windows: &[Range<usize>], declared: Option<Charset>) -> Detection {
    detect_all(bytes, windows, declared, Kept::RunnersUp)
}

fn detect_all(bytes: &[u8], windows: &[Range<usize>], declared: Option<Charset>, kept: Kept) -> Detection {
    let declared = declared.map(Declared::of);
    let mut counts = AsciiCounts::new();
    let mut prints = Prints::default();
    let mut alive = Field::MAX;
    for size in SAMPLES.into_iter().chain([usize::MAX]) {
        let sample = some(windows, size);
        let is_last = sample.len() == windows.len() && sample == windows;
        let pairs = Pairs::of(bytes, &sample, &mut counts);
        let mut readings = weigh(bytes, &sample, &pairs, declared, alive, kept);
        prints.keep_different(&mut readings, bytes, declared);
        if is_last || readings.len() < 2 {
            let readings = readings.into_iter().map(|reading| (reading.cost, reading.charset)).collect();
            return Detection { readings, n_high: pairs.n_high };
        }
        alive = readings.iter().filter_map(|reading| reading.place).fold(0, |alive, place| alive | 1 << place);
    }
    Detection { readings: Vec::new(), n_high: 0 }
}

/// The charset that is declared.
#[derive(Clone, Copy)]
struct Declared {
    charset: Charset,
    /// Its place in a field; none if it has no price.
    place: Option<usize>,
}

impl Declared {
    fn of(charset: Charset) -> Declared {
        let multi = multi_byte().iter().position(|one| one.0 == charset);
        let single = || single_byte().iter().position(|one| one.charset == charset);
        Declared { charset, place: multi.or_else(|| Some(multi_byte().len() + single()?)) }
    }
}

/// A charset that has not lost.
struct Reading {
    cost: u32,
    charset: Charset,
    /// Its place in a field; none if it has no price.
    place: Option<usize>,
}

/// What the windows cost in each of the charsets that are alive, the cheapest first.
fn weigh(
    bytes: &[u8],
    windows: &[Range<usize>],
    pairs: &Pairs,
    declared: Option<Declared>,
    alive: Field,
    kept: Kept,
) -> Vec<Reading> {
    let model = model();
    let ascii = AsciiPrice::of(model, pairs);
    let shared = if kept == Kept::Rivals { ascii.least } else { 0 };
    let mut readings: Vec<Reading> = Vec::new();
    let mut least = u32::MAX;
    let mut enter = |place: usize, charset: Charset, price: &dyn Fn(u32) -> Option<u32>| {
        let favoured = declared.is_some_and(|declared| declared.place == Some(place));
        let limit = if favoured { u32::MAX } else { lost_above(least, shared) };
        let Some(cost) = price(limit) else { return };
        let cost = if favoured { (cost - cost / 10).saturating_sub(DECLARED_BONUS) } else { cost };
        least = least.min(cost);
        readings.push(Reading { cost, charset, place: Some(place) });
    };
    let n_multi = multi_byte().len();
    let mut enter_place = |place: usize| {
        if let Some(&(charset, prior)) = multi_byte().get(place) {
            enter(place, charset, &|limit| {
                let limit = limit.saturating_sub(prior);
                price_ideographs(model, charset, bytes, windows, pairs, &ascii, limit).map(|cost| cost + prior)
            });
        } else {
            let candidate = &single_byte()[place - n_multi];
            enter(place, candidate.charset, &|limit| price(model, candidate, pairs, &ascii, limit));
        }
    };
    let single = n_multi..n_multi + single_byte().len();
    // Those that are likelier go first, so that the others are soon known to have lost.
    let order = if pairs.is_sparse() { [single, 0..n_multi] } else { [0..n_multi, single] };
    let is_wanted = |&place: &usize| {
        let possible = place >= n_multi || !pairs.is_of_single_bytes();
        alive >> place & 1 == 1 && (possible || declared.is_some_and(|declared| declared.place == Some(place)))
    };
    order.into_iter().flatten().filter(is_wanted).for_each(&mut enter_place);
    if let Some(Declared { charset, .. }) =
        declared.filter(|declared| declared.place.is_none() && fits(bytes, declared.charset))
    {
        // A charset without a price: it is believed if it can be read at all.
        readings.push(Reading { cost: 0, charset, place: None });
    }
    readings.sort_by_key(|reading| (reading.cost, reading.place.unwrap_or(usize::MAX)));
    let limit = lost_above(readings.first().map_or(0, |reading| reading.cost), shared);
    readings.retain(|reading| reading.cost <= limit);
    readings
}

/// The cost above which a charset has lost, where so much of the costs is shared by all.
fn lost_above(least: u32, shared: u32) -> u32 {
    least.saturating_add(LOST_COST + least.saturating_sub(shared) / 16)
}

fn fits(bytes: &[u8], charset: Charset) -> bool {
    charset.decode_into(bytes, &mut String::new()) == 0
}

/// By what it is told which charsets give the same text: made when it is first asked.
#[derive(Default)]
struct Prints {
    /// The bytes that are not ASCII which the text has at all.
    used: Option<Vec<u8>>,
}

impl Prints {
    /// Drops readings that give the same text as a cheaper one.
    fn keep_different(&mut self, readings: &mut Vec<Reading>, bytes: &[u8], declared: Option<Declared>) {
        if readings.len() < 2 {
            return;
        }
        let used = self.used.get_or_insert_with(|| used(bytes));
        let mut kept: Vec<(u64, &Candidate)> = Vec::new();
        readings.retain(|reading| {
            let single = reading.place.and_then(|place| place.checked_sub(multi_byte().len()));
            let Some(candidate) = single.and_then(|at| single_byte().get(at)) else { return true };
            let text = |one: &Candidate| used.iter().map(move |&byte| one.chars[usize::from(byte)]).collect::<Vec<_>>();
            let print = used.iter().fold(0_u64, |print, &byte| {
                (print.rotate_left(5) ^ u64::from(candidate.chars[usize::from(byte)]))
                    .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            });
            let same = kept.iter().any(|&(other, one)| other == print && text(one) == text(candidate));
            if !same {
                kept.push((print, candidate));
            }
            !same || declared.is_some_and(|declared| declared.place == reading.place)
        });
    }
}

/// Which bytes that are not ASCII a text has at all.
fn used(bytes: &[u8]) -> Vec<u8> {
    let mut used = [false; 256];
    let (blocks, rest) = bytes.as_chunks::<8>();
    for block in blocks {
        let mut high = u64::from_le_bytes(*block) & 0x8080_8080_8080_8080;
        if high.count_ones() > 2 {
            block.iter().for_each(|&byte| used[usize::from(byte)] = true);
            continue;
        }
        while high != 0 {
            used[usize::from(block[high.trailing_zeros() as usize / 8])] = true;
            high &= high - 1;
        }
    }
    rest.iter().for_each(|&byte| used[usize::from(byte)] = true);
    (0x80..=0xFF).filter(|&byte| used[usize::from(byte)]).collect()
}
