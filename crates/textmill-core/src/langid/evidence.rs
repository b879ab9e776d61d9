//! What a piece of text shows of its language: sums of embeddings and counts of letters, by script.
//!
//! Evidence adds up: that of two pieces is their sum, if no token lies across the border.

use std::ops::Range;

use super::features::{Sink, extract};
use super::letters::Letters;
use super::memory::{KEY_BYTES, Key, Memory, NO_LETTERS, ODD, Word};
use super::model::{DIM, MODEL, ROWS, Row, ZERO};
use super::script::Script;
use super::token::{STEP, before, behind, is_space, long_token};

/// Sums over the features of one piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Evidence {
    /// Sum of the embeddings, by script.
    pub(crate) sums: [[i32; DIM]; Script::MODELLED],
    /// Number of features, by script.
    pub(crate) features: [u32; Script::MODELLED],
    /// Number of letters, by script.
    pub(crate) letters: [u32; Script::COUNT],
    /// Number of letters of all scripts.
    pub(crate) all_letters: u32,
    /// Letters in tokens that were taken out and are no addresses.
    pub(crate) erased: u32,
    /// Most Latin letters in a row, words of other scripts ending it.
    pub(crate) latin_run: u32,
}

impl Evidence {
    pub(crate) const NONE: Evidence = Evidence {
        sums: [[0; DIM]; Script::MODELLED],
        features: [0; Script::MODELLED],
        letters: [0; Script::COUNT],
        all_letters: 0,
        erased: 0,
        latin_run: 0,
    };

    /// Forgets what was read; faster than another [`Evidence::NONE`], most of which is never written to.
    #[inline]
    pub(crate) fn clear(&mut self) {
        for (sums, features) in self.sums.iter_mut().zip(&mut self.features) {
            if std::mem::take(features) > 0 {
                *sums = [0; DIM];
            }
        }
        self.letters = [0; Script::COUNT];
        (self.all_letters, self.erased, self.latin_run) = (0, 0, 0);
    }

    /// Adds the evidence of the tokens of a piece of text; what stands behind the piece ends a token.
    pub(crate) fn read(&mut self, text: &str, piece: Range<usize>, memory: &mut Memory) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has AVX2, which is all that the function asks for.
            unsafe { read_avx2(self, text, piece, memory) };
            return;
        }
        read_portable(self, text, piece, memory);
    }

    /// Adds other evidence.
    pub(crate) fn add(&mut self, other: &Evidence) {
        for script in 0..Script::MODELLED {
            if other.features[script] > 0 {
                self.features[script] += other.features[script];
                for (sum, more) in self.sums[script].iter_mut().zip(&other.sums[script]) {
                    *sum += more;
                }
            }
        }
        for (count, more) in self.letters.iter_mut().zip(&other.letters) {
            *count += more;
        }
        self.all_letters += other.all_letters;
        self.erased += other.erased;
        self.latin_run = self.latin_run.max(other.latin_run);
    }

    /// The mean embedding of one script.
    pub(crate) fn mean(&self, script: Script) -> Mean {
        mean(&self.sums[script as usize], self.features[script as usize])
    }
}

/// Sums over so many features are divided by the root of their number, up to this number; beyond, like a mean.
///
/// The logits of a text then grow with its length as the evidence does, up to about 300 letters.
pub const MOST_FEATURES: u32 = 1024;

/// What sums over so many features are multiplied by.
#[inline]
pub fn scale(features: u32) -> f32 {
    let n = features.max(1) as f32;
    if features <= MOST_FEATURES { 1.0 / n.sqrt() } else { (MOST_FEATURES as f32).sqrt() / n }
}

/// A scaled sum of embeddings, in steps of 1/[`MEAN_STEPS`] of the unit of the table.
pub(crate) type Mean = [i16; DIM];
/// At most 7 units a feature, times the root of [`MOST_FEATURES`], times this, is below 2^15.
pub(crate) const MEAN_STEPS: f32 = 64.0;

/// The scaled sums of so many features.
#[inline]
pub(crate) fn mean(sums: &[i32; DIM], features: u32) -> Mean {
    // A number below 2^22 added to this has its nearest whole number in its low bits, whatever its sign.
    const WHOLE: f32 = 12_582_912.0;
    let factor = MEAN_STEPS * scale(features);
    let mut mean = [0; DIM];
    for (mean, &sum) in mean.iter_mut().zip(sums) {
        *mean = (sum as f32 * factor + WHOLE).to_bits() as i16;
    }
    mean
}

/// What is done with vectors: once for any machine, once for AVX2.
trait Machine: Sized {
    /// Sixteen-bit sums of embeddings.
    type Sums: Copy;
    const NONE: Self::Sums;
    /// Which of the bytes end a token: one bit each, the first lowest.
    fn spaces(bytes: &[u8; STEP]) -> u32;
    fn add(sums: &mut Self::Sums, word: &[i8; DIM]);
    fn add_wide(sums: &mut Self::Sums, more: &[i16; DIM]);
    fn get(sums: Self::Sums) -> [i16; DIM];
    /// Has a word brought near that will be wanted soon.
    fn fetch(_word: &Word) {}
    /// Works out what a token says.
    fn learn(token: &str, key: Key, letters: &mut Letters) -> Word;
    /// Reads a token that is not remembered.
    fn read_anew(token: &str, run: &mut Run<Self>, evidence: &mut Evidence, letters: &mut Letters);
}

/// Any machine.
struct Plain;

impl Machine for Plain {
    type Sums = [i16; DIM];
    const NONE: [i16; DIM] = [0; DIM];
    /// Eight bytes in one word at a time.
    #[inline(always)]
    fn spaces(bytes: &[u8; STEP]) -> u32 {
        const ONES: u64 = 0x0101_0101_0101_0101;
        const HIGH: u64 = 0x80 * ONES;
        let mut found = 0;
        for (at, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
            let word = u64::from_le_bytes(*eight);
            // Seven bits of more than 0x20 carry into the eighth, which is set outside ASCII anyway.
            let inner = ((word & !HIGH) + (0x80 - 0x21) * ONES) | word;
            // The eight high bits, gathered in the top byte.
            let bits = ((!inner & HIGH) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
            found |= (bits as u32) << (8 * at);
        }
        found
    }
    #[inline(always)]
    fn add(sums: &mut [i16; DIM], word: &[i8; DIM]) {
        for (sum, more) in sums.iter_mut().zip(word) {
            *sum = sum.wrapping_add(i16::from(*more));
        }
    }
    #[inline(always)]
    fn add_wide(sums: &mut [i16; DIM], more: &[i16; DIM]) {
        for (sum, more) in sums.iter_mut().zip(more) {
            *sum = sum.wrapping_add(*more);
        }
    }
    #[inline(always)]
    fn get(sums: [i16; DIM]) -> [i16; DIM] {
        sums
    }
    #[inline(never)]
    fn learn(token: &str, key: Key, letters: &mut Letters) -> Word {
        learn::<[u16; DIM]>(token, key, letters)
    }
    #[inline(never)]
    fn read_anew(token: &str, run: &mut Run<Plain>, evidence: &mut Evidence, letters: &mut Letters) {
        read_anew::<Plain, [u16; DIM]>(token, run, evidence, letters);
    }
}

/// Sums of levels, each [`ZERO`] too large, of the rows of a table.
trait Levels: Copy {
    const NONE: Self;
    fn add(&mut self, row: &Row);
    fn add_three(&mut self, rows: [&Row; 3]);
    fn get(self) -> [u16; DIM];
}

impl Levels for [u16; DIM] {
    const NONE: Self = [0; DIM];
    #[inline(always)]
    fn add(&mut self, row: &Row) {
        for at in 0..DIM / 2 {
            self[at] += u16::from(row[at] & 15);
            self[at + DIM / 2] += u16::from(row[at] >> 4);
        }
    }
    #[inline(always)]
    fn add_three(&mut self, [a, b, c]: [&Row; 3]) {
        self.add(a);
        self.add(b);
        self.add(c);
    }
    #[inline(always)]
    fn get(self) -> [u16; DIM] {
        self
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(clippy::cast_ptr_alignment, reason = "the instructions take any alignment")]
mod wide {
    use std::arch::x86_64::{
        __m128i, __m256i, _MM_HINT_T0, _mm_add_epi8, _mm_and_si128, _mm_loadu_si128, _mm_prefetch, _mm_set1_epi8,
        _mm_srli_epi16, _mm256_add_epi16, _mm256_cmpeq_epi8, _mm256_cvtepi8_epi16, _mm256_cvtepu8_epi16,
        _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_set1_epi8, _mm256_storeu_si256,
    };

    use super::{DIM, Evidence, Key, Letters, Levels, Machine, Row, Run, STEP, Word, learn, read_anew};

    /// A machine with AVX2. SAFETY for all of this module: only `read_avx2` and what it calls use it, compiled for AVX2,
    /// and all of it is inlined there; arrays are as long as the vectors, and unaligned access is allowed.
    pub(super) struct Avx2;

    impl Machine for Avx2 {
        type Sums = (__m256i, __m256i);
        // SAFETY: every pattern of bits is a value of a vector.
        const NONE: Self::Sums = unsafe { std::mem::transmute::<[u8; 64], Self::Sums>([0; 64]) };
        #[inline(always)]
        fn spaces(bytes: &[u8; STEP]) -> u32 {
            // SAFETY: see the type.
            unsafe {
                let bytes = _mm256_loadu_si256(bytes.as_ptr().cast());
                let is_space = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x20)), bytes);
                _mm256_movemask_epi8(is_space) as u32
            }
        }
        #[inline(always)]
        fn add(sums: &mut Self::Sums, word: &[i8; DIM]) {
            let (low, high) = word.split_at(DIM / 2);
            // SAFETY: see the type.
            unsafe {
                let (low, high) = (_mm_loadu_si128(low.as_ptr().cast()), _mm_loadu_si128(high.as_ptr().cast()));
                sums.0 = _mm256_add_epi16(sums.0, _mm256_cvtepi8_epi16(low));
                sums.1 = _mm256_add_epi16(sums.1, _mm256_cvtepi8_epi16(high));
            }
        }
        #[inline(always)]
        fn add_wide(sums: &mut Self::Sums, more: &[i16; DIM]) {
            let (low, high) = more.split_at(DIM / 2);
            // SAFETY: see the type.
            unsafe {
                sums.0 = _mm256_add_epi16(sums.0, _mm256_loadu_si256(low.as_ptr().cast()));
                sums.1 = _mm256_add_epi16(sums.1, _mm256_loadu_si256(high.as_ptr().cast()));
            }
        }
        #[inline(always)]
        fn get(sums: Self::Sums) -> [i16; DIM] {
            let mut out = [0; DIM];
            let (low, high) = out.split_at_mut(DIM / 2);
            // SAFETY: see the type.
            unsafe {
                _mm256_storeu_si256(low.as_mut_ptr().cast(), sums.0);
                _mm256_storeu_si256(high.as_mut_ptr().cast(), sums.1);
            }
            out
        }
        #[inline(always)]
        fn fetch(word: &Word) {
            // SAFETY: fetching changes nothing that a program sees.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(word).cast()) };
        }
        #[inline(always)]
        fn learn(token: &str, key: Key, letters: &mut Letters) -> Word {
            // SAFETY: see the type.
            unsafe { learn_avx2(token, key, letters) }
        }
        #[inline(always)]
        fn read_anew(token: &str, run: &mut Run<Avx2>, evidence: &mut Evidence, letters: &mut Letters) {
            // SAFETY: see the type.
            unsafe { read_anew_avx2(token, run, evidence, letters) };
        }
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    #[inline(never)]
    fn learn_avx2(token: &str, key: Key, letters: &mut Letters) -> Word {
        learn::<Wide>(token, key, letters)
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    #[inline(never)]
    fn read_anew_avx2(token: &str, run: &mut Run<Avx2>, evidence: &mut Evidence, letters: &mut Letters) {
        read_anew::<Avx2, Wide>(token, run, evidence, letters);
    }

    #[derive(Clone, Copy)]
    pub(super) struct Wide(__m256i, __m256i);

    impl Wide {
        #[inline(always)]
        fn add_bytes(&mut self, low: __m128i, high: __m128i) {
            // SAFETY: see `Avx2`.
            unsafe {
                self.0 = _mm256_add_epi16(self.0, _mm256_cvtepu8_epi16(low));
                self.1 = _mm256_add_epi16(self.1, _mm256_cvtepu8_epi16(high));
            }
        }
    }

    /// The low and the high four bits of each byte of a row.
    #[inline(always)]
    fn halves(row: &Row) -> (__m128i, __m128i) {
        // SAFETY: see `Avx2`; a row is 16 bytes.
        unsafe {
            let row = _mm_loadu_si128(row.as_ptr().cast());
            let mask = _mm_set1_epi8(15);
            (_mm_and_si128(row, mask), _mm_and_si128(_mm_srli_epi16::<4>(row), mask))
        }
    }

    impl Levels for Wide {
        // SAFETY: every pattern of bits is a value of a vector.
        const NONE: Self = unsafe { std::mem::transmute::<[u8; 64], Wide>([0; 64]) };
        #[inline(always)]
        fn add(&mut self, row: &Row) {
            let (low, high) = halves(row);
            self.add_bytes(low, high);
        }
        /// The sum of three levels fits a byte.
        #[inline(always)]
        fn add_three(&mut self, rows: [&Row; 3]) {
            // No closures here: they are not compiled for AVX2, and what they call is not inlined.
            let (a, b, c) = (halves(rows[0]), halves(rows[1]), halves(rows[2]));
            // SAFETY: see `Avx2`.
            let (low, high) =
                unsafe { (_mm_add_epi8(_mm_add_epi8(a.0, b.0), c.0), _mm_add_epi8(_mm_add_epi8(a.1, b.1), c.1)) };
            self.add_bytes(low, high);
        }
        #[inline(always)]
        fn get(self) -> [u16; DIM] {
            let (mut low, mut high) = ([0_u16; DIM / 2], [0_u16; DIM / 2]);
            // SAFETY: see `Avx2`.
            unsafe {
                _mm256_storeu_si256(low.as_mut_ptr().cast(), self.0);
                _mm256_storeu_si256(high.as_mut_ptr().cast(), self.1);
            }
            let mut out = [0; DIM];
            out[..DIM / 2].copy_from_slice(&low);
            out[DIM / 2..].copy_from_slice(&high);
            out
        }
    }
}

/// The same code as the portable path, compiled for AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn read_avx2(evidence: &mut Evidence, text: &str, piece: Range<usize>, memory: &mut Memory) {
    read_tokens::<wide::Avx2>(evidence, text, piece, memory);
}

fn read_portable(evidence: &mut Evidence, text: &str, piece: Range<usize>, memory: &mut Memory) {
    read_tokens::<Plain>(evidence, text, piece, memory);
}

/// The low bytes of a key that so many bytes of a token fill.
const MASKS: [Key; KEY_BYTES + 1] = {
    let mut masks = [[0; KEY_BYTES / 8]; KEY_BYTES + 1];
    let mut len = 0;
    while len <= KEY_BYTES {
        let mut byte = 0;
        while byte < len {
            masks[len][byte / 8] |= 0xFF << (byte % 8 * 8);
            byte += 1;
        }
        len += 1;
    }
    masks
};

/// The first `len` bytes, at most [`KEY_BYTES`].
#[inline(always)]
fn key_of(bytes: &[u8; STEP], len: usize) -> Key {
    let eights = bytes.as_chunks::<8>().0;
    let mask = &MASKS[len];
    std::array::from_fn(|at| u64::from_le_bytes(eights[at]) & mask[at])
}

/// What tokens of one script said, one after the other, before it is added to the evidence.
struct Run<M: Machine> {
    script: u8,
    letters: u32,
    features: u32,
    sums: M::Sums,
}

/// From how many features on the sixteen-bit sums are emptied: so many, and those of one word more, times 7 are below 2^15.
const LANE_FEATURES: u32 = 4_000;

impl<M: Machine> Run<M> {
    #[inline(always)]
    fn of(script: u8) -> Run<M> {
        Run { script, letters: 0, features: 0, sums: M::NONE }
    }

    #[inline(always)]
    fn add(&mut self, word: &Word) {
        self.letters += u32::from(word.letters);
        self.features += u32::from(word.features);
        M::add(&mut self.sums, &word.sums);
    }

    /// Adds the sums to the evidence, the run going on.
    #[inline(always)]
    fn widen(&mut self, evidence: &mut Evidence) {
        let at = usize::from(self.script);
        if at < Script::MODELLED && self.features > 0 {
            evidence.features[at] += std::mem::take(&mut self.features);
            for (sum, more) in evidence.sums[at].iter_mut().zip(M::get(self.sums)) {
                *sum += i32::from(more);
            }
            self.sums = M::NONE;
        }
    }

    /// Ends the run.
    #[inline(always)]
    fn end(mut self, evidence: &mut Evidence) {
        self.widen(evidence);
        evidence.letters[usize::from(self.script)] += self.letters;
        evidence.all_letters += self.letters;
        if self.script == Script::Latn as u8 {
            evidence.latin_run = evidence.latin_run.max(self.letters);
        }
    }
}

/// A token that may be remembered, and where.
#[derive(Clone, Copy)]
struct Asked {
    key: Key,
    start: usize,
    len: usize,
    place: usize,
}

/// Tokens that are looked for at the same time: while one is waited for, the others are on their way.
const AT_ONCE: usize = 16;

#[inline(always)]
fn read_tokens<M: Machine>(evidence: &mut Evidence, text: &str, piece: Range<usize>, memory: &mut Memory) {
    let bytes = text.as_bytes();
    let mut run = Run::<M>::of(Script::Latn as u8);
    let mut tail;
    let Range { start: mut at, end } = piece;
    let mut asked = [Asked { key: [0; KEY_BYTES / 8], start: 0, len: 0, place: 0 }; AT_ONCE];
    while at < end {
        let mut n = 0;
        let mut long = 0..0;
        while at < end && n < AT_ONCE {
            let step: &[u8; STEP] = if let Some(step) = bytes[at..].first_chunk() {
                step
            } else {
                // The zeros behind the text end its last token.
                tail = [0; STEP];
                tail[..bytes.len() - at].copy_from_slice(&bytes[at..]);
                &tail
            };
            let left = end - at;
            let spaces = M::spaces(step) | if left < STEP { 1 << left } else { 0 };
            let mut len = spaces.trailing_zeros() as usize;
            if len == 0 {
                at += spaces.trailing_ones() as usize;
                continue;
            }
            if len >= 2 && before(step[0], step[1]) {
                at += 1;
                continue;
            }
            let start = at;
            at += len + 1;
            if len == STEP && left > STEP && !is_space(bytes[start + STEP]) {
                at = start + long_token(&text[..end], start).len();
                long = start..at - behind(bytes[at - 2], bytes[at - 1]);
                break;
            }
            if len >= 2 {
                len -= behind(step[len - 2], step[len - 1]);
            }
            if len > KEY_BYTES {
                long = start..start + len;
                break;
            }
            let key = key_of(step, len);
            let place = memory.words.place(&key);
            M::fetch(&memory.words[place]);
            asked[n] = Asked { key, start, len, place };
            n += 1;
        }
        for Asked { key, start, len, place } in &asked[..n] {
            let word = &mut memory.words[*place];
            let token = || &text[*start..start + len];
            if (word.key[0] ^ key[0]) | (word.key[1] ^ key[1]) | (word.key[2] ^ key[2]) != 0 {
                *word = M::learn(token(), *key, &mut memory.letters);
            }
            if word.script == run.script {
                run.add(word);
                if run.features >= LANE_FEATURES {
                    run.widen(evidence);
                }
            } else if word.script == ODD {
                M::read_anew(token(), &mut run, evidence, &mut memory.letters);
            } else if word.script != NO_LETTERS {
                std::mem::replace(&mut run, Run::of(word.script)).end(evidence);
                run.add(word);
            }
        }
        if !long.is_empty() {
            M::read_anew(&text[long], &mut run, evidence, &mut memory.letters);
        }
    }
    run.end(evidence);
}

/// Works out what a token says.
#[inline(always)]
fn learn<L: Levels>(token: &str, key: Key, letters: &mut Letters) -> Word {
    let mut word = Word { key, ..Word::NONE };
    letters.read(token);
    if letters.erased > 0 {
        return Word { script: ODD, ..word };
    }
    sum_features::<L>(letters.codes(), |script, letters, features, sums| {
        if word.script != NO_LETTERS {
            word.script = ODD;
            return;
        }
        let fits = sums.iter().all(|&sum| i8::try_from(sum).is_ok()) && features <= u32::from(u8::MAX);
        let script = if fits { script as u8 } else { ODD };
        word = Word { key, features: features as u8, letters: letters as u8, script, sums: sums.map(|sum| sum as i8) };
    });
    word
}

#[inline(always)]
fn read_anew<M: Machine, L: Levels>(token: &str, run: &mut Run<M>, evidence: &mut Evidence, letters: &mut Letters) {
    letters.read(token);
    evidence.erased += letters.erased;
    sum_features::<L>(letters.codes(), |script, letters, features, sums| {
        if script as u8 != run.script {
            std::mem::replace(run, Run::of(script as u8)).end(evidence);
        }
        // What is emptied leaves room for the sums of one token.
        run.widen(evidence);
        (run.letters, run.features) = (run.letters + letters, features);
        M::add_wide(&mut run.sums, sums);
        run.widen(evidence);
    });
}

/// Hands the sums over the features of one token on, run by run of one script: its letters, features and sums.
///
/// A token of [`LONGEST_TOKEN`] bytes has at most seven features a byte (`a=b=c`): the sums of their sixteen levels stay
/// below 2^16, the sums themselves below 2^15.
#[inline(always)]
fn sum_features<L: Levels>(codes: &[u16], each: impl FnMut(Script, u32, u32, &[i16; DIM])) {
    struct Adder<'a, L, F> {
        table: &'a [Row; ROWS],
        levels: L,
        features: u32,
        each: F,
    }
    impl<L: Levels, F: FnMut(Script, u32, u32, &[i16; DIM])> Sink for Adder<'_, L, F> {
        #[inline(always)]
        fn feature(&mut self, row: usize) {
            self.levels.add(&self.table[row]);
            self.features += 1;
        }
        #[inline(always)]
        fn letter(&mut self, rows: [usize; 3]) {
            self.levels.add_three([&self.table[rows[0]], &self.table[rows[1]], &self.table[rows[2]]]);
            self.features += 3;
        }
        #[inline(always)]
        fn flush(&mut self, script: Script, letters: u32) {
            let zero = (self.features * u32::from(ZERO)) as u16;
            let sums = self.levels.get().map(|sum| sum.wrapping_sub(zero) as i16);
            (self.each)(script, letters, std::mem::take(&mut self.features), &sums);
            self.levels = L::NONE;
        }
    }
    let Some(table) = MODEL.table else { return };
    extract(codes, &mut Adder { table, levels: L::NONE, features: 0, each });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::features::feature_rows;
    use super::super::token::each_token;
    use super::*;

    /// The sums, one feature of one token after the other, in whole numbers; nothing is remembered.
    fn slow(text: &str) -> Evidence {
        let mut evidence = Evidence::NONE;
        let table = MODEL.table.expect("the model is embedded");
        let mut latin = 0;
        each_token(text, |token| {
            let mut letters = Letters::default();
            letters.read(token);
            evidence.erased += letters.erased;
            feature_rows(token, |script, rows, letters| {
                evidence.letters[script as usize] += letters;
                evidence.all_letters += letters;
                latin = if script == Script::Latn { latin + letters } else { 0 };
                evidence.latin_run = evidence.latin_run.max(latin);
                for &row in rows {
                    let row = &table[row as usize];
                    evidence.features[script as usize] += 1;
                    for (at, sum) in evidence.sums[script as usize].iter_mut().enumerate() {
                        let byte = row[at % (DIM / 2)];
                        let level = if at < DIM / 2 { byte & 15 } else { byte >> 4 };
                        *sum += i32::from(level) - i32::from(ZERO);
                    }
                }
            });
        });
        evidence
    }

    fn texts() -> impl Strategy<Value = String> {
        "([a-zçğışöüA-Z]{1,12}[ ,.]{0,2}|\\(?\"?[a-f0-9]{1,40}\"?[).;]? |[а-яa-z]{1,19}[ .,]|[一-三ぁ-ん]{0,9}|[ก-ฮ]{0,20}|[a-z=.({_/]{1,40}|\\PC{0,9}){0,40}"
    }

    proptest! {
        #[test]
        fn remembered_words_say_what_their_features_say(texts in prop::collection::vec(texts(), 1..4)) {
            // One word in two shares its place with others, and is learnt again and again.
            let mut memory = Memory::for_text(0);
            for text in texts.iter().chain(&texts) {
                let (mut fast, mut portable) = (Evidence::NONE, Evidence::NONE);
                fast.read(text, 0..text.len(), &mut memory);
                read_portable(&mut portable, text, 0..text.len(), &mut memory);
                let expected = slow(text);
                prop_assert_eq!(fast, expected);
                prop_assert_eq!(portable, expected);
            }
        }

        #[test]
        fn a_text_of_one_long_token_is_read_in_whole(unit in "[a-z]=|a\\.|[一-三]{3}|é", n in 1_usize..2_000) {
            let text = unit.repeat(n);
            let mut fast = Evidence::NONE;
            fast.read(&text, 0..text.len(), &mut Memory::for_text(0));
            prop_assert_eq!(fast, slow(&text));
        }
    }
}
