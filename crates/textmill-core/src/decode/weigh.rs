//! What a reading of some windows costs: the price of its characters in the language in which they are likeliest.

use std::ops::Range;

use super::candidate::Candidate;
use super::charset::Charset;
use super::model::{MAX_LANES, Model, Script};
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

/// Pairs after which it is looked first whether a charset can still win; then after twice as many, and so on.
const FIRST_CHECK: usize = 4;

/// Pairs after which it is looked again at the latest.
const CHECK_EVERY: usize = 24;

type Costs = [u32; MAX_LANES];

/// The price of what is ASCII in every reading.
pub(super) struct AsciiPrice {
    costs: Costs,
    /// The lane of the Latin script in which it costs least, and that cost.
    lane: usize,
    least: u32,
}

impl AsciiPrice {
    pub(super) fn of(model: &Model, pairs: &Pairs) -> AsciiPrice {
        let latin = model.script(Script::Latin);
        let mut sum = Sum::from([0; MAX_LANES]);
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
    let script = model.script(candidate.script);
    let latin_model = model.script(Script::Latin);
    let latin = candidate.script == Script::Latin;
    let mut sum = Sum::from(if latin { ascii.costs } else { [ascii.least; MAX_LANES] });
    let mut shared = candidate.prior;
    for &Alone { byte, in_words, isolated } in &pairs.alone {
        if candidate.signs[usize::from(byte)] {
            shared += SIGN_IN_WORD_COST * in_words;
        } else if !latin {
            shared += ISOLATED_LETTER_COST * isolated;
        }
    }
    let least = |costs: &Costs| costs[..script.lanes()].iter().copied().min().unwrap_or_default();
    let mut next_check = FIRST_CHECK;
    for (at, &(first, second, count)) in pairs.high.iter().enumerate() {
        if at == next_check {
            // Costs only grow: when it is looked changes nothing but the time.
            if least(sum.flush()) + shared > limit {
                return None;
            }
            next_check += next_check.min(CHECK_EVERY);
        }
        let (a, b) = (usize::from(first), usize::from(second));
        shared += candidate.cases[a].cost_before(candidate.cases[b]) * count;
        let own_letter = candidate.letters[a] && a >= 0x80 || candidate.letters[b] && b >= 0x80;
        if !latin && !own_letter {
            // Signs among ASCII cost the same in all scripts.
            let pair = latin_model.pair(candidate.latin_classes[a], candidate.latin_classes[b]);
            shared += u32::from(pair[ascii.lane]) * count;
            continue;
        }
        sum.add(script.pair(candidate.classes[a], candidate.classes[b]), count);
        if !latin {
            shared += match (candidate.letters[a], candidate.letters[b]) {
                (true, true) if first.is_ascii() != second.is_ascii() => SCRIPT_CHANGE_COST * count,
                (false, true) => pairs.switch_cost * count,
                _ => 0,
            };
        }
    }
    Some(least(&sum.total()) + shared).filter(|&cost| cost <= limit)
}

/// Costs in all lanes, summed up in units of two bytes that are emptied in time.
struct Sum {
    short: [u16; MAX_LANES],
    long: Costs,
    /// The most that can be in a unit of two bytes.
    filled: u32,
}

impl From<Costs> for Sum {
    fn from(long: Costs) -> Sum {
        Sum { short: [0; MAX_LANES], long, filled: 0 }
    }
}

impl Sum {
    #[inline]
    fn add(&mut self, pair: &[u8], count: u32) {
        let mut left = count;
        while left > 0 {
            let now = left.min(128);
            left -= now;
            if self.filled + 255 * now > 0xFFFF {
                self.flush();
            }
            self.filled += 255 * now;
            // Arrays of a known length become vectors; one cost after the other, the rows to come are waited for.
            let sums = self.short.as_chunks_mut::<16>().0.iter_mut();
            for (sums, costs) in sums.zip(pair.as_chunks::<16>().0) {
                *sums = std::array::from_fn(|lane| sums[lane] + u16::from(costs[lane]) * now as u16);
            }
        }
    }

    #[inline]
    fn flush(&mut self) -> &Costs {
        for (long, short) in self.long.iter_mut().zip(&mut self.short) {
            *long += u32::from(std::mem::take(short));
        }
        self.filled = 0;
        &self.long
    }

    fn total(mut self) -> Costs {
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
