//! Works out what a token says: its features are listed, then their rows are added up.
//!
//! Between the two the rows are on their way from memory, and other tokens are listed. A token that cannot be remembered
//! is read at once ([`read_anew`]).

use super::evidence::Evidence;
use super::features::{Sink, extract};
use super::letters::Letters;
use super::machine::{Levels, Machine};
use super::memory::{Key, Listed, NO_LETTERS, ODD, Word};
use super::model::{DIM, MODEL, ROWS, Row, ZERO};
use super::reader::Run;
use super::script::Script;

/// Lists the features of a token and has their rows brought near; [`learn`] adds them up.
#[inline(always)]
pub(crate) fn list<M: Machine>(key: &Key, token: &str, letters: &mut Letters, rows: &mut Vec<u32>) -> Listed {
    struct Lister<'a, M> {
        table: &'a [Row; ROWS],
        rows: &'a mut Vec<u32>,
        script: u8,
        letters: u32,
        machine: std::marker::PhantomData<M>,
    }
    impl<M: Machine> Sink for Lister<'_, M> {
        #[inline(always)]
        fn feature(&mut self, row: usize) {
            M::fetch(&self.table[row]);
            self.rows.push(row as u32);
        }
        #[inline(always)]
        fn letter(&mut self, rows: [usize; 3]) {
            rows.iter().for_each(|&row| M::fetch(&self.table[row]));
            self.rows.extend_from_slice(&rows.map(|row| row as u32));
        }
        #[inline(always)]
        fn flush(&mut self, script: Script, letters: u32) {
            self.script = if self.script == NO_LETTERS { script as u8 } else { ODD };
            self.letters = letters;
        }
    }
    let from = rows.len();
    if !letters.read_ascii(key, token.len()) {
        letters.read(token);
    }
    let (mut script, mut n_letters) = (ODD, 0);
    if letters.erased == 0
        && let Some(table) = MODEL.table
    {
        let machine = std::marker::PhantomData::<M>;
        let mut lister = Lister { table, rows, script: NO_LETTERS, letters: 0, machine };
        extract(letters.codes(), &mut lister);
        (script, n_letters) = (lister.script, lister.letters);
    }
    Listed { from: from as u32, to: rows.len() as u32, letters: n_letters as u8, script }
}

/// Works out what a token says, from the list of its features.
#[inline(always)]
pub(crate) fn learn<L: Levels>(key: Key, listed: Listed, rows: &[u32]) -> Word {
    let mut word = Word { key, letters: listed.letters, script: listed.script, ..Word::NONE };
    let (Some(rows), Some(table)) = (rows.get(listed.from as usize..listed.to as usize), MODEL.table) else {
        return word;
    };
    if word.script == ODD || rows.len() > usize::from(u8::MAX) {
        word.script = ODD;
        return word;
    }
    let mut levels = L::NONE;
    levels.add_all(rows, table);
    let zero = rows.len() as i16 * i16::from(ZERO);
    let mut fits = true;
    // A loop, for closures are not compiled for AVX2.
    for (own, level) in word.sums.iter_mut().zip(levels.get()) {
        let sum = level as i16 - zero;
        *own = sum as i8;
        fits &= i16::from(*own) == sum;
    }
    if !fits {
        word.script = ODD;
    }
    word.features = rows.len() as u8;
    word
}

#[inline(always)]
pub(crate) fn read_anew<M: Machine, L: Levels>(
    token: &str,
    run: &mut Run<M>,
    evidence: &mut Evidence,
    letters: &mut Letters,
) {
    letters.read(token);
    evidence.erased += letters.erased;
    let Some(table) = MODEL.table else { return };
    extract(letters.codes(), &mut Anew { table, levels: L::NONE, features: 0, run, evidence });
}

/// Adds up the features of one token, run by run of one script, and adds each to the evidence.
///
/// A token of [`LONGEST_TOKEN`] bytes has at most seven features a byte (`a=b=c`): the sums of their sixteen levels stay
/// below 2^16, the sums themselves below 2^15.
///
/// [`LONGEST_TOKEN`]: super::token::LONGEST_TOKEN
struct Anew<'a, M: Machine, L> {
    table: &'a [Row; ROWS],
    levels: L,
    features: u32,
    run: &'a mut Run<M>,
    evidence: &'a mut Evidence,
}

impl<M: Machine, L: Levels> Sink for Anew<'_, M, L> {
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
        let mut sums = [0; DIM];
        for (sum, level) in sums.iter_mut().zip(self.levels.get()) {
            *sum = level.wrapping_sub(zero) as i16;
        }
        let features = std::mem::take(&mut self.features);
        self.levels = L::NONE;
        if script as u8 != self.run.script {
            std::mem::replace(self.run, Run::of(script as u8)).end(self.evidence);
        }
        // What is emptied leaves room for the sums of one token.
        self.run.widen(self.evidence);
        (self.run.letters, self.run.features) = (self.run.letters + letters, features);
        M::add_wide(&mut self.run.sums, &sums);
        self.run.widen(self.evidence);
    }
}
