//! What a text costs as it stands, whatever scripts are in it.

use super::candidate::Case;
use super::charset::Charset;
use super::model::{MAX_LANES, Script, model};
use super::utf8::{Shape, next_high};
use super::weigh::{MALFORMED_COST, SCRIPT_CHANGE_COST};

/// What U+FFFD costs, in quarters of a bit: damage is rarer than any letter, and commoner than nonsense.
const REPLACED_COST: u32 = 72;

/// What it costs that the bytes end within a character, in quarters of a bit: cutting at a length is common.
const CUT_TAIL_COST: u32 = 32;

const SCRIPTS: [Script; 6] =
    [Script::Latin, Script::Cyrillic, Script::Greek, Script::Hebrew, Script::Arabic, Script::Thai];

/// The longest part of a line that is priced, in bytes: longer ones are no lines of prose, and a sum must not overflow.
const LINE_BYTES: usize = 2048;

/// By how much less bytes cost in `legacy` than in UTF-8, in quarters of a bit.
pub(super) fn gain_of_legacy(bytes: &[u8], legacy: Charset) -> i64 {
    // ASCII before the first other byte costs the same in both.
    let from = next_high(bytes, 0);
    let from = from - bytes[..from].iter().rev().take(2).count();
    let bytes = &bytes[from..bytes.len().min(from + LINE_BYTES)];
    let price = |charset: Charset| {
        let mut text = String::new();
        charset.decode_into(bytes, &mut text);
        i64::from(price_text(&text))
    };
    let cut = if Shape::of(bytes).cut_tail { REPLACED_COST - CUT_TAIL_COST } else { 0 };
    price(Charset::UTF_8) - i64::from(cut) - price(legacy)
}

/// What the characters of `text` that are not ASCII cost, each script in its likeliest language.
fn price_text(text: &str) -> u32 {
    let model = model();
    let mut costs = [[0_u32; MAX_LANES]; SCRIPTS.len()];
    let mut ideographs = [0_u32; 4];
    let mut shared = 0;
    let mut before = ' ';
    for char in text.chars() {
        let telling = if char.is_ascii() { before } else { char };
        match Kind::of(telling) {
            Kind::Ascii => {}
            Kind::Replaced => shared += if char.is_ascii() { 0 } else { REPLACED_COST },
            Kind::Script(script) => {
                let at = script as usize;
                let script = model.script(script);
                for (cost, &one) in costs[at].iter_mut().zip(script.pair(script.class(before), script.class(char))) {
                    *cost += u32::from(one);
                }
                shared += Case::of(before).cost_before(Case::of(char));
                if before.is_alphabetic() && char.is_alphabetic() && Kind::of(before) != Kind::of(char) && at > 0 {
                    shared += SCRIPT_CHANGE_COST;
                }
            }
            Kind::Ideograph => {
                if !char.is_ascii() {
                    for (cost, one) in ideographs.iter_mut().zip(model.ideograph(char)) {
                        *cost += u32::from(one);
                    }
                }
                shared += if before.is_ascii() == char.is_ascii() { 0 } else { 16 };
            }
            Kind::Other(cost) => shared += if char.is_ascii() { 16 } else { cost },
        }
        before = char;
    }
    let lanes = |costs: &[u32; MAX_LANES], script: Script| {
        costs[..model.script(script).lanes()].iter().copied().min().unwrap_or_default()
    };
    let scripts: u32 = costs.iter().zip(SCRIPTS).map(|(costs, script)| lanes(costs, script)).sum();
    scripts + shared + ideographs.into_iter().min().unwrap_or_default()
}

/// By what a character is priced.
#[derive(PartialEq)]
enum Kind {
    Ascii,
    Replaced,
    Script(Script),
    Ideograph,
    /// A character of a script without a model, and its cost.
    Other(u32),
}

impl Kind {
    fn of(char: char) -> Kind {
        match char as u32 {
            0..=0x7F => Kind::Ascii,
            0xFFFD => Kind::Replaced,
            0x80..=0x9F | 0xE000..=0xF8FF => Kind::Other(MALFORMED_COST),
            0xA0..=0x24F | 0x300..=0x323 | 0x1E00..=0x1EFF | 0x2010..=0x20FF | 0x2122 => Kind::Script(Script::Latin),
            0x400..=0x52F => Kind::Script(Script::Cyrillic),
            0x384..=0x3CE => Kind::Script(Script::Greek),
            0x591..=0x5F4 => Kind::Script(Script::Hebrew),
            0x60C..=0x6D5 => Kind::Script(Script::Arabic),
            0xE01..=0xE5B => Kind::Script(Script::Thai),
            0x3000..=0x9FFF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFF00..=0xFFEF => Kind::Ideograph,
            0x900..=0x1FFF => Kind::Other(32),
            0x2100..=0x2BFF => Kind::Other(56),
            0x531..=0x587 | 0x1_F000.. => Kind::Other(40),
            _ => Kind::Other(72),
        }
    }
}
