//! Which charset bytes are in that nobody has named.
//!
//! Each charset is a reading of the same bytes, priced by how likely its characters follow each other in the languages
//! written with it (`weigh.rs`, `model.rs`); the cheapest reading wins. All charsets are tried on a small sample; those
//! that may still win, and differ in what the whole text has, go on to larger ones.

use std::ops::Range;

use super::candidate::{Candidate, multi_byte, single_byte};
use super::charset::Charset;
use super::model::model;
use super::pairs::Pairs;
use super::sample::some;
use super::weigh::{AsciiPrice, MALFORMED_COST, price, price_ideographs};

/// Sizes of the samples before the whole of the windows, in bytes.
const SAMPLES: [usize; 2] = [256, 1024];

/// By how much a charset may be behind and go on, in quarters of a bit, besides a sixteenth of the cost.
const LOST_COST: u32 = 160;

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

/// Weighs all charsets for the windows of `bytes`.
pub(super) fn detect(bytes: &[u8], windows: &[Range<usize>], declared: Option<Charset>) -> Detection {
    let used = Used::of(bytes);
    let mut alive: Option<Vec<Charset>> = None;
    for size in SAMPLES.into_iter().chain([usize::MAX]) {
        let sample = some(windows, size);
        let is_last = sample.len() == windows.len() && sample == windows;
        let mut detection =
            weigh(bytes, &sample, declared, |charset| alive.as_ref().is_none_or(|alive| alive.contains(&charset)));
        detection.keep_different(&used, declared);
        if is_last || detection.readings.len() < 2 {
            return detection;
        }
        alive = Some(detection.readings.into_iter().map(|(_, charset)| charset).collect());
    }
    Detection { readings: Vec::new(), n_high: 0 }
}

fn weigh(
    bytes: &[u8],
    windows: &[Range<usize>],
    declared: Option<Charset>,
    is_wanted: impl Fn(Charset) -> bool,
) -> Detection {
    let model = model();
    let pairs = Pairs::of(bytes, windows);
    let ascii = AsciiPrice::of(model, &pairs);
    let mut readings: Vec<(u32, Charset)> = Vec::new();
    let mut least = u32::MAX;
    let mut enter = |charset: Charset, price: &dyn Fn(u32) -> Option<u32>| {
        if !is_wanted(charset) {
            return;
        }
        let favoured = declared == Some(charset);
        let limit = if favoured { u32::MAX } else { lost_above(least) };
        let Some(cost) = price(limit) else { return };
        let cost = if favoured { (cost - cost / 10).saturating_sub(DECLARED_BONUS) } else { cost };
        least = least.min(cost);
        readings.push((cost, charset));
    };
    for &(charset, prior) in multi_byte() {
        enter(charset, &|limit| {
            price_ideographs(model, charset, bytes, windows, &pairs, &ascii, limit).map(|cost| cost + prior)
        });
    }
    for candidate in single_byte() {
        enter(candidate.charset, &|limit| price(model, candidate, &pairs, &ascii, limit));
    }
    if let Some(charset) = declared.filter(|&charset| !has_price(charset) && fits(bytes, charset)) {
        // A charset without a price: it is believed if it can be read at all.
        readings.push((0, charset));
    }
    readings.sort_by_key(|reading| reading.0);
    let limit = lost_above(readings.first().map_or(0, |reading| reading.0));
    readings.retain(|reading| reading.0 <= limit);
    Detection { readings, n_high: pairs.n_high }
}

/// The cost above which a charset has lost.
fn lost_above(least: u32) -> u32 {
    least.saturating_add(LOST_COST + least / 16)
}

fn has_price(charset: Charset) -> bool {
    multi_byte().iter().any(|one| one.0 == charset) || single_byte().iter().any(|one| one.charset == charset)
}

fn fits(bytes: &[u8], charset: Charset) -> bool {
    charset.decode_into(bytes, &mut String::new()) == 0
}

impl Detection {
    /// Drops readings that give the same text as a cheaper one.
    fn keep_different(&mut self, used: &Used, declared: Option<Charset>) {
        let mut kept: Vec<(&Candidate, Charset)> = Vec::new();
        self.readings.retain(|&(_, charset)| {
            let Some(candidate) = single_byte().iter().find(|one| one.charset == charset) else { return true };
            let same = kept.iter().any(|(other, _)| used.is_same(candidate, other));
            if !same {
                kept.push((candidate, charset));
            }
            !same || declared == Some(charset)
        });
    }
}

/// Which bytes that are not ASCII a text has at all.
struct Used(Vec<usize>);

impl Used {
    fn of(bytes: &[u8]) -> Used {
        let mut used = [false; 256];
        // Much of most texts is ASCII, and that is seen in passing.
        for block in bytes.chunks(32).filter(|block| !block.is_ascii()) {
            block.iter().for_each(|&byte| used[usize::from(byte)] = true);
        }
        Used((0x80..0x100).filter(|&byte| used[byte]).collect())
    }

    fn is_same(&self, one: &Candidate, other: &Candidate) -> bool {
        self.0.iter().all(|&byte| one.chars[byte] == other.chars[byte])
    }
}
