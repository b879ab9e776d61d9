//! The second look: tells languages apart that the head cannot, such as Croatian and Bosnian.
//!
//! Where the head leaves several languages a fair share, features of the text (n-grams of four and six codes, words,
//! pairs of words) are looked up once more, each together with a language, in a table of single weights. Their sum, over
//! the square root of their number, is added to the logit of the language.

use super::features::hash;
use super::language::Language;
use super::letters::{GAP, SIGN};
use super::script::{Script, TABLE};

/// Number of bits of a place in the table of weights.
pub(crate) const PLACE_BITS: u32 = 18;
/// Number of weights.
pub const PLACES: usize = 1 << PLACE_BITS;
/// Most languages that are looked at again.
pub const MOST_CANDIDATES: usize = 3;
/// The share of the head from which on a language is looked at again.
pub const LEAST_SHARE: f32 = 0.02;

/// The place of the weight of a feature for a language.
#[inline(always)]
pub fn place(feature: u64, language: Language) -> usize {
    let salted = feature ^ (language.index() as u64 + 1).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
    (hash(salted) >> (64 - PLACE_BITS)) as usize
}

/// Hands each feature of folded letters on, as a hash.
#[inline(always)]
pub(crate) fn each_feature(codes: &[u16], mut each: impl FnMut(u64)) {
    let table = &**TABLE;
    let (mut key, mut older) = (u64::from(GAP), 0_u64);
    let (mut word, mut word_before) = (0_u64, 0_u64);
    for &code in codes {
        if code & 0xF000 == SIGN {
            continue;
        }
        if code == GAP {
            if word == 0 {
                continue;
            }
            each(hash(word ^ 0x51));
            each(hash(word.rotate_left(17) ^ word_before));
            (word_before, word) = (word, 0);
        } else {
            word = (word ^ u64::from(code)).wrapping_mul(0xD6E8_FEB8_6659_FD93).rotate_left(23) | 1;
        }
        older = older << 16 | key >> 48;
        key = key << 16 | u64::from(code);
        if code >= 0x2E80 && table[usize::from(code)].script == Script::Hani {
            each(hash(key & 0xFFFF));
            each(hash(key & 0xFFFF_FFFF));
        } else {
            each(hash(key));
            each(hash(key ^ (older & 0xFFFF_FFFF).wrapping_mul(0x9FB2_1C65_1E98_DF25)));
        }
    }
}

/// The features of a text for the second look; for training.
pub fn second_features(text: &str, out: &mut Vec<u64>) {
    out.clear();
    let mut letters = super::letters::Letters::default();
    letters.read(text);
    each_feature(letters.codes(), |feature| out.push(feature));
}

/// Adds the second look to the logits of two or three languages, given the folded letters of their text.
pub(crate) fn look_again(codes: &[u16], weights: &[i8; PLACES], step: f32, candidates: &mut [(Language, f32)]) {
    match candidates.len() {
        2 => look_among::<2>(codes, weights, step, candidates),
        MOST_CANDIDATES => look_among::<MOST_CANDIDATES>(codes, weights, step, candidates),
        _ => {}
    }
}

fn look_among<const N: usize>(codes: &[u16], weights: &[i8; PLACES], step: f32, candidates: &mut [(Language, f32)]) {
    let languages: [Language; N] = std::array::from_fn(|at| candidates[at].0);
    let mut sums = [0_i32; N];
    let mut count = 0_u32;
    each_feature(codes, |feature| {
        count += 1;
        for (sum, language) in sums.iter_mut().zip(languages) {
            *sum += i32::from(weights[place(feature, language)]);
        }
    });
    let factor = step / (count.max(1) as f32).sqrt();
    for (candidate, sum) in candidates.iter_mut().zip(sums) {
        candidate.1 += sum as f32 * factor;
    }
}
