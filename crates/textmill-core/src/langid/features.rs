//! The features of the model: hashed n-grams of folded letters, as rows of its table.
//!
//! At every letter and gap end three n-grams, of two, three and four codes; none of them crosses from one token into the next.
//! Every whole word is one feature more. In Han script, single characters, pairs and triples take their place.
//! Letters of a script that one language owns are only counted.

use super::letters::{GAP, SIGN};
use super::model::ROWS;
use super::script::{Script, TABLE};

/// Odd multiplier of the multiply-shift hash: the golden ratio, in 64 bits.
///
/// Source: M. Dietzfelbinger et al., "A reliable randomized algorithm for the closest-pair problem", 1997.
pub(crate) const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

/// The row of an n-gram of up to four codes, packed into one word: the high half of the product, scaled to the rows.
#[inline(always)]
pub(crate) const fn row(key: u64) -> usize {
    ((key.wrapping_mul(MULTIPLIER) >> 32) * ROWS as u64 >> 32) as usize
}

/// What takes the features, in the order of the text.
pub(crate) trait Sink {
    /// A feature of a script that has a head.
    fn feature(&mut self, row: usize);
    /// The three features that end at one letter or gap.
    fn letter(&mut self, rows: [usize; 3]);
    /// The features since the last call belong to this script, and so many letters.
    fn flush(&mut self, script: Script, letters: u32);
}

/// Hands the features of folded letters to a sink, word by word.
#[inline(always)]
pub(crate) fn extract(codes: &[u16], sink: &mut impl Sink) {
    let table = &**TABLE;
    let mut at = 0;
    // The codes before, the latest lowest; of another script they are as good as a gap.
    let mut key = u64::from(GAP);
    let mut before = Script::Other;
    let mut letters = 0_u32;
    // Next to kana, Chinese characters are Japanese and need no features.
    let japanese = codes.iter().fold(false, |any, code| any | (0x3040..0x3100).contains(code));
    while at < codes.len() {
        let code = codes[at];
        if code == GAP {
            at += 1;
            continue;
        }
        let script = if code < 0x80 || code & 0xF000 == SIGN { Script::Latn } else { table[usize::from(code)].script };
        if script != before {
            if before != Script::Other || letters > 0 {
                sink.flush(before, letters);
                letters = 0;
            }
            key = u64::from(GAP);
            before = script;
        }
        let start = at;
        if script as usize >= Script::MODELLED {
            while at < codes.len() && codes[at] != GAP && table[usize::from(codes[at])].script == script {
                at += 1;
            }
            letters += (at - start) as u32;
            continue;
        }
        if script == Script::Hani && japanese {
            let is_han = |code: &&u16| table[usize::from(**code)].script == Script::Hani;
            let n = codes[at..].iter().take_while(is_han).count();
            (at, letters) = (at + n, letters + n as u32);
            continue;
        }
        if script == Script::Hani {
            while at < codes.len() && table[usize::from(codes[at])].script == script {
                key = key << 16 | u64::from(codes[at]);
                sink.letter([row(key & 0xFFFF), row(key & 0xFFFF_FFFF), row(key & 0xFFFF_FFFF_FFFF)]);
                at += 1;
            }
            letters += (at - start) as u32;
            continue;
        }
        let mut word = 0_u64;
        while at < codes.len() && codes[at] != GAP {
            let code = u64::from(codes[at]);
            if code >= 0x250 && table[codes[at] as usize].script != script && code & 0xF000 != u64::from(SIGN) {
                break;
            }
            key = key << 16 | code;
            word = (word ^ code).wrapping_mul(0xD6E8_FEB8_6659_FD93).rotate_left(23);
            sink.letter([row(key & 0xFFFF_FFFF), row(key & 0xFFFF_FFFF_FFFF), row(key)]);
            at += 1;
        }
        letters += if code & 0xF000 == SIGN { 0 } else { (at - start) as u32 };
        key = key << 16 | u64::from(GAP);
        sink.letter([row(key & 0xFFFF_FFFF), row(key & 0xFFFF_FFFF_FFFF), row(key)]);
        sink.feature(row(word));
    }
    if before != Script::Other || letters > 0 {
        sink.flush(before, letters);
    }
}

/// What the model sees of a text, as rows by script in the order of the text; for training.
///
/// Calls `each` once per run of one script, with the rows of the run and its number of letters.
pub fn feature_rows(text: &str, mut each: impl FnMut(Script, &[u32], u32)) {
    struct Rows<F>(Vec<u32>, F);
    impl<F: FnMut(Script, &[u32], u32)> Sink for Rows<F> {
        fn feature(&mut self, row: usize) {
            self.0.push(row as u32);
        }
        fn letter(&mut self, rows: [usize; 3]) {
            self.0.extend(rows.map(|row| row as u32));
        }
        fn flush(&mut self, script: Script, letters: u32) {
            (self.1)(script, &self.0, letters);
            self.0.clear();
        }
    }
    let mut folded = super::letters::Letters::default();
    let mut rows = Rows(Vec::new(), &mut each);
    super::token::each_token(text, |token| {
        folded.read(token);
        extract(folded.codes(), &mut rows);
    });
}
