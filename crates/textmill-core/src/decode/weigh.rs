//! What a reading of some windows costs: the price of its characters in the language in which they are likeliest.

use std::ops::Range;

use super::candidate::Candidate;
use super::charset::Charset;
use super::model::{FEW_LANES, MAX_LANES, Model, Script};
use super::pairs::{Alone, Pairs};

/// What a malformed sequence costs a charset of several bytes, in quarters of a bit.
pub(super) const MALFORMED_COST: u32 = 160;

/// What it costs that letters of two scripts meet in one word, in quarters of a bit.
pub(super) const SCRIPT_CHANGE_COST: u32 = 64;

/// What it costs that a run of ideographs is a single one, in quarters of a bit.
const LONE_IDEOGRAPH_COST: u32 = 48;

/// What it costs that a sign stands between two ASCII letters, in quarters of a bit.
const SIGN_IN_WORD_COST: u32 = 48;

/// What it costs that a word in ASCII text is a single letter of another script, in quarters of a bit.
const ISOLATED_LETTER_COST: u32 = 48;

/// Pairs after which it is looked again whether a charset can still win.
const CHECK_EVERY: usize = 8;

/// The price of what is ASCII in every reading.
pub(super) struct AsciiPrice {
    costs: [u32; MAX_LANES],
    /// The lane of the Latin script in which it costs least, and that cost.
    lane: usize,
    pub(super) least: u32,
}

impl AsciiPrice {
    pub(super) fn of(model: &Model, pairs: &Pairs) -> AsciiPrice {
        let latin = model.script(Script::Latin);
        let mut sum = Sum::<MAX_LANES>::from([0; MAX_LANES]);
        for &(first, second, count) in &pairs.ascii {
            sum.add(latin.pair(latin.class(char::from(first)), latin.class(char::from(second))), count);
        }
        let costs = sum.total();
        let least = costs[..latin.lanes()].iter().enumerate().min_by_key(|&(_, cost)| cost);
        let (lane, least) = least.map_or((0, 0), |(lane, &cost)| (lane, cost));
        AsciiPrice { costs, lane, least }
    }
}

/// What the bytes cost in a single-byte charset, or none if that is more than `limit`.
pub(super) fn price(
    model: &Model,
    candidate: &Candidate,
    pairs: &Pairs,
    ascii: &AsciiPrice,
    limit: u32,
) -> Option<u32> {
    match model.script(candidate.script).lanes() {
        FEW_LANES => price_in::<FEW_LANES>(model, candidate, pairs, ascii, limit),
        _ => price_in::<MAX_LANES>(model, candidate, pairs, ascii, limit),
    }
}

/// The same, in a script of so many lanes.
fn price_in<const LANES: usize>(
    model: &Model,
    candidate: &Candidate,
    pairs: &Pairs,
    ascii: &AsciiPrice,
    limit: u32,
) -> Option<u32> {
    let script = model.script(candidate.script);
    let latin = candidate.script == Script::Latin;
    let shared = candidate.prior + candidate.price_alone(pairs, latin);
    // What it costs at least is soon said, and mostly enough.
    let mut at_least = ascii.least + shared;
    for (at, &(first, second, count)) in pairs.high.iter().enumerate() {
        let priced = candidate.price_pair(model, first, second, pairs, ascii.lane);
        let least = if priced.in_lanes { script.least(priced.first, priced.second) } else { 0 };
        at_least += (priced.shared + least) * count;
        // Costs only grow: when it is looked changes nothing but the time.
        if at % CHECK_EVERY == CHECK_EVERY - 1 && at_least > limit {
            return None;
        }
    }
    if at_least > limit {
        return None;
    }
    let ascii_costs = ascii.costs.first_chunk().filter(|_| latin);
    let mut sum = Sum::<LANES>::from(*ascii_costs.unwrap_or(&[ascii.least; LANES]));
    let mut shared = shared;
    for &(first, second, count) in &pairs.high {
        let priced = candidate.price_pair(model, first, second, pairs, ascii.lane);
        shared += priced.shared * count;
        if priced.in_lanes {
            sum.add(script.pair(priced.first, priced.second), count);
        }
    }
    Some(sum.least() + shared).filter(|&cost| cost <= limit)
}

/// What a pair of bytes costs in a charset.
struct PricedPair {
    /// The same in all lanes.
    shared: u32,
    /// Whether it costs what these classes cost in each lane besides.
    in_lanes: bool,
    first: u8,
    second: u8,
}

impl Candidate {
    /// What it costs that some bytes stand alone.
    fn price_alone(&self, pairs: &Pairs, latin: bool) -> u32 {
        let price = |&Alone { byte, in_words, isolated }: &Alone| {
            if self.signs[usize::from(byte)] {
                SIGN_IN_WORD_COST * in_words
            } else if latin {
                0
            } else {
                ISOLATED_LETTER_COST * isolated
            }
        };
        pairs.alone.iter().map(price).sum()
    }

    #[inline(always)]
    fn price_pair(&self, model: &Model, first: u8, second: u8, pairs: &Pairs, ascii_lane: usize) -> PricedPair {
        let (a, b) = (usize::from(first), usize::from(second));
        let latin = self.script == Script::Latin;
        let case = self.cases[a].cost_before(self.cases[b]);
        let own_letter = self.letters[a] && a >= 0x80 || self.letters[b] && b >= 0x80;
        let (first_class, second_class) = (self.classes[a], self.classes[b]);
        if !latin && !own_letter {
            // Signs among ASCII cost the same in all scripts.
            let pair = model.script(Script::Latin).pair(self.latin_classes[a], self.latin_classes[b]);
            let shared = case + u32::from(pair[ascii_lane]);
            return PricedPair { shared, in_lanes: false, first: first_class, second: second_class };
        }
        let change = match (self.letters[a], self.letters[b]) {
            _ if latin => 0,
            (true, true) if first.is_ascii() != second.is_ascii() => SCRIPT_CHANGE_COST,
            (false, true) => pairs.switch_cost,
            _ => 0,
        };
        PricedPair { shared: case + change, in_lanes: true, first: first_class, second: second_class }
    }
}

/// Costs in all lanes, summed up in units of two bytes that are emptied in time.
struct Sum<const LANES: usize> {
    short: [u16; LANES],
    long: [u32; LANES],
    /// The most that can be in a unit of two bytes.
    filled: u32,
}

impl<const LANES: usize> From<[u32; LANES]> for Sum<LANES> {
    fn from(long: [u32; LANES]) -> Sum<LANES> {
        Sum { short: [0; LANES], long, filled: 0 }
    }
}

impl<const LANES: usize> Sum<LANES> {
    #[inline(always)]
    fn add(&mut self, pair: &[u8], count: u32) {
        // Every script has rows of its lanes.
        let Some(costs) = pair.first_chunk::<LANES>() else { return };
        let mut left = count;
        while left > 0 {
            let now = left.min(128);
            left -= now;
            if self.filled + 255 * now > 0xFFFF {
                self.flush();
            }
            self.filled += 255 * now;
            for (sum, &cost) in self.short.iter_mut().zip(costs) {
                *sum += u16::from(cost) * now as u16;
            }
        }
    }

    #[cold]
    fn flush(&mut self) {
        for (long, short) in self.long.iter_mut().zip(&mut self.short) {
            *long += u32::from(std::mem::take(short));
        }
        self.filled = 0;
    }

    /// The cost in the lane where it is least.
    fn least(&mut self) -> u32 {
        self.flush();
        self.long.iter().copied().min().unwrap_or_default()
    }

    fn total(mut self) -> [u32; LANES] {
        self.flush();
        self.long
    }
}

/// What the windows cost as Chinese, Japanese or Korean text, or none if that is more than `limit`.
pub(super) fn price_ideographs(
    model: &Model,
    charset: Charset,
    bytes: &[u8],
    windows: &[Range<usize>],
    pairs: &Pairs,
    ascii: &AsciiPrice,
    limit: u32,
) -> Option<u32> {
    let latin = model.script(Script::Latin);
    let mut costs = [0_u32; 4];
    let mut shared = 0;
    let mut text = String::new();
    for window in windows {
        text.clear();
        // A window may cut a character at both ends, but not where ASCII is next to it.
        let cuts_first = window.start > 0 && bytes[window.start - 1] >= 0x80;
        let cuts_last = bytes.get(window.end).is_some_and(|&byte| byte >= b'0');
        charset.decode_into(&bytes[window.clone()], &mut text);
        let mut before = ' ';
        let mut run = 0;
        let mut begun = 0;
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            begun += 1;
            if char == '\u{FFFD}' {
                shared += match (begun, chars.peek()) {
                    (1, _) if cuts_first => 0,
                    (_, None) if cuts_last => 0,
                    (_, None) => MALFORMED_COST / 3,
                    _ => MALFORMED_COST,
                };
                if shared > limit {
                    return None;
                }
            } else if !char.is_ascii() {
                for (cost, one) in costs.iter_mut().zip(model.ideograph(char)) {
                    *cost += u32::from(one);
                }
                if run == 0 {
                    shared += pairs.switch_cost + if before.is_ascii_alphabetic() { 20 } else { 8 };
                }
                run += 1;
            } else if before.is_ascii() {
                shared += u32::from(latin.pair(latin.class(before), latin.class(char))[ascii.lane]);
            } else {
                shared += if char.is_ascii_alphabetic() { 32 } else { 16 };
                shared += if run == 1 { LONE_IDEOGRAPH_COST } else { 0 };
                run = 0;
            }
            before = char;
        }
        if shared + costs.iter().min()? > limit {
            return None;
        }
    }
    Some(shared + costs.iter().min()?)
}
