//! Which charset bytes are in that nobody has named.
//!
//! Each candidate charset is a reading of the same bytes, priced by how likely its characters follow each other in the
//! languages written with it; the cheapest reading wins. What is ASCII in all readings is priced once, and tells which
//! language of the Latin script it is.

use std::ops::Range;
use std::sync::OnceLock;

use super::charset::Charset;
use super::model::{MAX_LANES, Model, Script, model};
use super::sample::some;

/// A single-byte charset and what its bytes are in the model of its script.
struct Candidate {
    charset: Charset,
    script: Script,
    /// How rare the charset is, in quarters of a bit.
    prior: u32,
    classes: [u8; 256],
    cases: [Case; 256],
    /// Whether a byte is a letter of the script, ASCII or of the charset's other letters.
    letters: [bool; 256],
    /// Whether a byte is a sign that does not stand inside words.
    signs: [bool; 256],
    /// Classes in the Latin script, for signs among ASCII.
    latin_classes: [u8; 256],
}

#[derive(Clone, Copy)]
enum Case {
    None,
    Lower,
    Upper,
}

/// Label, script, and how rare the charset is on the web and in files, in bits.
const SINGLE_BYTE: [(&str, Script, u32); 50] = [
    ("windows-1252", Script::Latin, 0),
    ("windows-1250", Script::Latin, 2),
    ("windows-1254", Script::Latin, 3),
    ("windows-1257", Script::Latin, 3),
    ("windows-1258", Script::Latin, 4),
    ("iso-8859-2", Script::Latin, 3),
    ("iso-8859-15", Script::Latin, 4),
    ("iso-8859-16", Script::Latin, 6),
    ("iso-8859-3", Script::Latin, 7),
    ("iso-8859-4", Script::Latin, 6),
    ("iso-8859-10", Script::Latin, 8),
    ("iso-8859-13", Script::Latin, 6),
    ("iso-8859-14", Script::Latin, 8),
    ("ibm850", Script::Latin, 6),
    ("ibm437", Script::Latin, 6),
    ("ibm852", Script::Latin, 7),
    ("macintosh", Script::Latin, 6),
    ("ibm858", Script::Latin, 9),
    ("ibm775", Script::Latin, 8),
    ("ibm857", Script::Latin, 8),
    ("ibm860", Script::Latin, 9),
    ("ibm861", Script::Latin, 9),
    ("ibm863", Script::Latin, 9),
    ("ibm865", Script::Latin, 9),
    ("x-mac-ce", Script::Latin, 8),
    ("x-mac-turkish", Script::Latin, 9),
    ("x-mac-croatian", Script::Latin, 10),
    ("x-mac-romanian", Script::Latin, 10),
    ("x-mac-icelandic", Script::Latin, 10),
    ("windows-1251", Script::Cyrillic, 2),
    ("koi8-r", Script::Cyrillic, 4),
    ("koi8-u", Script::Cyrillic, 5),
    ("iso-8859-5", Script::Cyrillic, 7),
    ("ibm866", Script::Cyrillic, 6),
    ("ibm855", Script::Cyrillic, 8),
    ("ibm1125", Script::Cyrillic, 8),
    ("x-mac-cyrillic", Script::Cyrillic, 8),
    ("kz-1048", Script::Cyrillic, 8),
    ("windows-1253", Script::Greek, 3),
    ("iso-8859-7", Script::Greek, 4),
    ("ibm737", Script::Greek, 8),
    ("ibm869", Script::Greek, 9),
    ("x-mac-greek", Script::Greek, 9),
    ("windows-1255", Script::Hebrew, 3),
    ("iso-8859-8", Script::Hebrew, 6),
    ("ibm862", Script::Hebrew, 8),
    ("windows-1256", Script::Arabic, 3),
    ("iso-8859-6", Script::Arabic, 6),
    ("ibm720", Script::Arabic, 8),
    ("windows-874", Script::Thai, 3),
];

/// Charsets of several bytes, and how rare they are, in bits.
const MULTI_BYTE: [(&str, u32); 6] =
    [("johab", 10), ("shift_jis", 1), ("gbk", 1), ("big5", 1), ("euc-kr", 2), ("euc-jp", 2)];

/// What a malformed sequence costs a charset of several bytes, in quarters of a bit.
pub(super) const MALFORMED_COST: u32 = 160;

/// Bytes that are not ASCII from which their surroundings are judged by the windows alone.
const FEW_HIGH: usize = 16;

/// The most that a change of script costs a word, in quarters of a bit.
const MAX_SWITCH_COST: u32 = 64;

/// What it costs that letters of two scripts meet in one word, in quarters of a bit.
pub(super) const SCRIPT_CHANGE_COST: u32 = 64;

/// What it costs that a run of ideographs is a single one, in quarters of a bit.
const LONE_IDEOGRAPH_COST: u32 = 48;

/// What it costs that a sign stands between two ASCII letters, in quarters of a bit.
const SIGN_IN_WORD_COST: u32 = 48;

/// What it costs that a word in ASCII text is a single letter of another script, in quarters of a bit.
const ISOLATED_LETTER_COST: u32 = 48;

fn candidates() -> &'static [Candidate] {
    static BUILT: OnceLock<Vec<Candidate>> = OnceLock::new();
    BUILT.get_or_init(|| {
        let build = |&(label, script, prior): &(&str, Script, u32)| {
            let charset = Charset::from_label(label)?;
            let model = model().script(script);
            let latin = crate::decode::model::model().script(Script::Latin);
            let mut candidate = Candidate {
                charset,
                script,
                prior: prior * 4,
                classes: [0; 256],
                cases: [Case::None; 256],
                letters: [false; 256],
                signs: [false; 256],
                latin_classes: [0; 256],
            };
            for byte in 0..=255_u8 {
                let mut text = String::new();
                charset.decode_into(&[byte], &mut text);
                let char = text.chars().next().unwrap_or('\u{FFFD}');
                candidate.classes[usize::from(byte)] = model.class(char);
                candidate.latin_classes[usize::from(byte)] = latin.class(char);
                let letter = char.is_alphabetic() || model.is_letter(model.class(char));
                candidate.letters[usize::from(byte)] = letter;
                candidate.signs[usize::from(byte)] = !letter && !matches!(char, '’' | '·' | '\u{AD}' | '\u{200C}');
                candidate.cases[usize::from(byte)] = case_of(char);
            }
            Some(candidate)
        };
        SINGLE_BYTE.iter().filter_map(build).collect()
    })
}

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

    /// Whether the bytes say next to nothing: a single character that is not ASCII, which two charsets explain as well.
    pub(super) fn is_blind(&self) -> bool {
        match self.readings[..] {
            [(best, _), (next, _), ..] => self.n_high <= 2 && next - best < 12,
            _ => true,
        }
    }
}

/// How much of the sample all charsets are tried on, in bytes.
const FIRST_SAMPLE_BYTES: usize = 1024;

/// By how much a charset may be behind after the first sample, in quarters of a bit, besides a sixteenth of the cost.
const LOST_COST: u32 = 160;

/// How many charsets are tried on the whole when the best one does not fit there.
const N_RUNNERS_UP: usize = 4;

/// What a declared charset is let off, in quarters of a bit, besides a tenth of its cost.
const DECLARED_BONUS: u32 = 160;

/// Weighs all charsets for the windows of `bytes`: all on a small sample, and those that may win on all of it.
pub(super) fn detect(bytes: &[u8], windows: &[Range<usize>], declared: Option<Charset>) -> Detection {
    let few = some(windows, FIRST_SAMPLE_BYTES);
    let mut detection = weigh(bytes, &few, declared, |_| true);
    let first = detection.readings.first().map_or(0, |reading| reading.0);
    detection.readings.retain(|reading| reading.0 <= first + LOST_COST + first / 16);
    if few == windows {
        return detection;
    }
    let alive = |charset| detection.readings.iter().any(|reading| reading.1 == charset);
    weigh(bytes, windows, declared, alive)
}

fn weigh(
    bytes: &[u8],
    windows: &[Range<usize>],
    declared: Option<Charset>,
    is_wanted: impl Fn(Charset) -> bool,
) -> Detection {
    let model = model();
    let mut pairs = Pairs::of(bytes, windows);
    let ascii = price_ascii(model, &pairs.ascii);
    let lanes = model.script(Script::Latin).lanes();
    let (best_lane, &best_ascii) = ascii[..lanes].iter().enumerate().min_by_key(|&(_, cost)| cost).unwrap_or((0, &0));
    pairs.ascii_lane = best_lane;
    let favour = |charset: Charset, cost: u32| match declared {
        Some(declared) if declared == charset => (cost - cost / 10).saturating_sub(DECLARED_BONUS),
        _ => cost,
    };
    let mut readings = Vec::new();
    for candidate in candidates().iter().filter(|candidate| is_wanted(candidate.charset)) {
        let cost = price(model, candidate, &pairs, &ascii, best_ascii);
        readings.push((favour(candidate.charset, cost), candidate.charset));
    }
    let limit = readings.iter().map(|reading| reading.0).min().unwrap_or(u32::MAX);
    for &(charset, prior) in multi_byte().iter().filter(|charset| is_wanted(charset.0)) {
        let limit = if declared == Some(charset) { u32::MAX } else { limit };
        if let Some(cost) = price_ideographs(model, charset, bytes, windows, &pairs, limit) {
            readings.push((favour(charset, cost + prior * 4), charset));
        }
    }
    if let Some(charset) = declared.filter(|&declared| readings.iter().all(|reading| reading.1 != declared)) {
        // A charset without a price: it is believed if it can be read at all.
        let known = candidates().iter().any(|candidate| candidate.charset == charset);
        if !known && whole_fits(bytes, charset) {
            readings.push((0, charset));
        }
    }
    readings.sort_by_key(|reading| reading.0);
    Detection { readings, n_high: pairs.n_high }
}

fn multi_byte() -> &'static [(Charset, u32)] {
    static BUILT: OnceLock<Vec<(Charset, u32)>> = OnceLock::new();
    BUILT.get_or_init(|| {
        MULTI_BYTE.iter().filter_map(|&(label, prior)| Some((Charset::from_label(label)?, prior))).collect()
    })
}

fn whole_fits(bytes: &[u8], charset: Charset) -> bool {
    let mut text = String::new();
    charset.decode_into(bytes, &mut text) == 0
}

/// How often each pair of adjacent bytes occurs: pairs of ASCII bytes, and all others.
struct Pairs {
    ascii: Vec<(u8, u8, u32)>,
    high: Vec<(u8, u8, u32)>,
    /// What it costs that a word is not in the script of the ASCII letters around it: the less, the fewer there are.
    switch_cost: u32,
    n_high: usize,
    /// How often each byte from 0x80 stands alone between two ASCII letters.
    in_words: [u32; 128],
    /// How often it stands alone between spaces and signs, with ASCII before and after these.
    isolated: [u32; 128],
    /// The lane of the Latin script in which the ASCII pairs cost least.
    ascii_lane: usize,
}

impl Pairs {
    fn of(bytes: &[u8], windows: &[Range<usize>]) -> Pairs {
        let mut ascii = Vec::new();
        let mut high = Vec::new();
        let mut in_words = [0; 128];
        let mut isolated = [0; 128];
        let mut n_ascii_letters = 1;
        let mut n_high = 0_usize;
        for window in windows {
            let window = &bytes[window.clone()];
            let mut before = b' ';
            for (at, &byte) in window.iter().enumerate() {
                let pair = u16::from(before) << 8 | u16::from(byte);
                if (before | byte) < 0x80 {
                    ascii.push(pair);
                } else {
                    high.push(pair);
                }
                n_ascii_letters += usize::from(byte.is_ascii_alphabetic());
                if byte >= 0x80 {
                    n_high += 1;
                    let in_word =
                        before.is_ascii_alphabetic() && window.get(at + 1).is_some_and(u8::is_ascii_alphabetic);
                    in_words[usize::from(byte - 0x80)] += u32::from(in_word);
                }
                before = byte;
            }
        }
        // A few bytes among many are judged by all of the text, many by what is around them.
        let n_around = if n_high < FEW_HIGH { bytes.len() } else { n_ascii_letters + n_high };
        let share = n_high.max(1) as f64 / n_around.max(1) as f64;
        let switch_cost = ((-4.0 * share.log2()) as u32).min(MAX_SWITCH_COST);
        Pairs { ascii: counted(ascii), high: counted(high), switch_cost, n_high, in_words, isolated, ascii_lane: 0 }
    }
}

fn counted(mut pairs: Vec<u16>) -> Vec<(u8, u8, u32)> {
    pairs.sort_unstable();
    pairs.chunk_by(|a, b| a == b).map(|run| ((run[0] >> 8) as u8, run[0] as u8, run.len() as u32)).collect()
}

type Costs = [u32; MAX_LANES];

fn price_ascii(model: &Model, pairs: &[(u8, u8, u32)]) -> Costs {
    let latin = model.script(Script::Latin);
    let mut sum = Sum::default();
    for &(first, second, count) in pairs {
        sum.add(latin.pair(latin.class(char::from(first)), latin.class(char::from(second))), count);
    }
    sum.total()
}

/// Costs in all lanes, summed up in units of two bytes that are emptied in time.
#[derive(Clone)]
struct Sum {
    short: [u16; MAX_LANES],
    long: Costs,
    /// The most that can be in a unit of two bytes.
    filled: u32,
}

impl Default for Sum {
    fn default() -> Sum {
        Sum { short: [0; MAX_LANES], long: [0; MAX_LANES], filled: 0 }
    }
}

impl Sum {
    fn add(&mut self, pair: &[u8], count: u32) {
        let mut left = count;
        while left > 0 {
            // 255 * 255 is less than 1 << 16, and so is what is there before.
            let now = left.min(128);
            left -= now;
            if self.filled + 255 * now > 0xFFFF {
                self.flush();
            }
            self.filled += 255 * now;
            for (sums, costs) in self.short.chunks_exact_mut(16).zip(pair.chunks_exact(16)) {
                for (sum, &cost) in sums.iter_mut().zip(costs) {
                    *sum += u16::from(cost) * now as u16;
                }
            }
        }
    }

    fn flush(&mut self) {
        for (long, short) in self.long.iter_mut().zip(&mut self.short) {
            *long += u32::from(std::mem::take(short));
        }
        self.filled = 0;
    }

    fn total(mut self) -> Costs {
        self.flush();
        self.long
    }
}

/// What the bytes cost as text in the candidate's charset, in the language in which they cost least.
fn price(model: &Model, candidate: &Candidate, pairs: &Pairs, ascii: &Costs, best_ascii: u32) -> u32 {
    let script = model.script(candidate.script);
    let latin = candidate.script == Script::Latin;
    let mut sum = Sum { long: if latin { *ascii } else { [best_ascii; MAX_LANES] }, ..Sum::default() };
    let mut shared = candidate.prior;
    for &(first, second, count) in &pairs.high {
        let (a, b) = (usize::from(first), usize::from(second));
        if !latin && !(candidate.letters[a] && a >= 0x80) && !(candidate.letters[b] && b >= 0x80) {
            // Signs among ASCII cost the same in all scripts.
            let pair = model.script(Script::Latin).pair(candidate.latin_classes[a], candidate.latin_classes[b]);
            shared += u32::from(pair[pairs.ascii_lane]) * count;
            continue;
        }
        sum.add(script.pair(candidate.classes[a], candidate.classes[b]), count);
        shared += case_cost(candidate.cases[a], candidate.cases[b]) * count;
        if !latin {
            shared += match (candidate.letters[a], candidate.letters[b]) {
                (true, true) if first.is_ascii() != second.is_ascii() => SCRIPT_CHANGE_COST * count,
                (false, true) => pairs.switch_cost * count,
                _ => 0,
            };
        }
    }
    for byte in 0x80..0x100 {
        if candidate.signs[byte] {
            shared += SIGN_IN_WORD_COST * pairs.in_words[byte - 0x80];
        } else if !latin {
            shared += ISOLATED_LETTER_COST * pairs.isolated[byte - 0x80];
        }
    }
    sum.total()[..script.lanes()].iter().copied().min().unwrap_or(u32::MAX).saturating_add(shared)
}

/// What it costs that a letter in one case follows another: words in mixed case are rare.
fn case_cost(first: Case, second: Case) -> u32 {
    match (first, second) {
        (Case::None, Case::Lower) => 1,
        (Case::None, Case::Upper) => 11,
        (Case::Lower, Case::Upper) => 36,
        (Case::Upper, Case::Upper) => 8,
        (Case::Upper, Case::Lower) => 2,
        _ => 0,
    }
}

/// The same for two characters.
pub(super) fn case_cost_of(first: char, second: char) -> u32 {
    case_cost(case_of(first), case_of(second))
}

fn case_of(char: char) -> Case {
    if char.is_lowercase() {
        Case::Lower
    } else if char.is_uppercase() {
        Case::Upper
    } else {
        Case::None
    }
}

/// What the windows cost as Chinese, Japanese or Korean text, or none if that is more than `limit`.
fn price_ideographs(
    model: &Model,
    charset: Charset,
    bytes: &[u8],
    windows: &[Range<usize>],
    pairs: &Pairs,
    limit: u32,
) -> Option<u32> {
    let latin = model.script(Script::Latin);
    let mut costs = [0_u32; 4];
    let mut shared = 0;
    let mut text = String::new();
    for window in windows {
        text.clear();
        charset.decode_into(&bytes[window.clone()], &mut text);
        let mut before = ' ';
        let mut run = 0;
        let mut chars = text.chars().peekable();
        let mut begun = 0;
        while let Some(char) = chars.next() {
            begun += 1;
            if char == '\u{FFFD}' {
                // A window may cut a character at both ends.
                shared += match (begun, chars.peek()) {
                    (1, _) if window.start > 0 => 0,
                    (_, None) if window.end < bytes.len() => 0,
                    (_, None) => MALFORMED_COST / 3,
                    _ => MALFORMED_COST,
                };
            } else if !char.is_ascii() {
                for (cost, one) in costs.iter_mut().zip(model.ideograph(char)) {
                    *cost += u32::from(one);
                }
                if run == 0 {
                    shared += pairs.switch_cost + if before.is_ascii_alphabetic() { 20 } else { 8 };
                }
                run += 1;
            } else if before.is_ascii() {
                shared += u32::from(latin.pair(latin.class(before), latin.class(char))[pairs.ascii_lane]);
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
