//! Reads the short words of several pieces of a paragraph together.
//!
//! The words of all pieces are on their way from memory before the first of them is asked, and the rows of those that are
//! not remembered before the first row is added. It reads what has one script and leaves the rest to `reader`.

use std::ops::Range;

#[cfg(target_arch = "x86_64")]
use super::machine::wide;
use super::machine::{Machine, Plain};
use super::memory::{MANY_AT_ONCE, Memory, NO_LETTERS, Waiting};
use super::model::DIM;
use super::reader::{Tokens, find_tokens};
use super::script::Script;

/// Most pieces that are read together.
pub(crate) const MOST_PIECES: usize = 8;

/// Pieces of a paragraph, and the script that they are expected to be in.
#[derive(Clone, Copy)]
pub(crate) struct Near<'a> {
    pub(crate) text: &'a str,
    /// Where the paragraph begins, from which the pieces count.
    pub(crate) start: usize,
    pub(crate) pieces: &'a [Range<usize>],
    pub(crate) script: Script,
}

/// What the short words of one piece say.
#[derive(Clone, Copy)]
pub(crate) struct Told {
    pub(crate) letters: u32,
    pub(crate) features: u32,
    pub(crate) sums: [i16; DIM],
    /// Whether all its letters are in the script that was asked for, and none was taken out; if not, the rest says nothing.
    pub(crate) is_plain: bool,
}

impl Told {
    pub(crate) const NOTHING: Told = Told { letters: 0, features: 0, sums: [0; DIM], is_plain: true };
}

/// Puts what the short words of each of the pieces say into `told`; returns how many of the pieces were read.
pub(crate) fn read_together(near: Near<'_>, memory: &mut Memory, told: &mut [Told; MOST_PIECES]) -> usize {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the machine has AVX2, which is all that the function asks for.
        return unsafe { together_avx2(near, memory, told) };
    }
    together::<Plain>(near, memory, told)
}

/// The same code as the portable path, compiled for AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn together_avx2(near: Near<'_>, memory: &mut Memory, told: &mut [Told; MOST_PIECES]) -> usize {
    together::<wide::Avx2>(near, memory, told)
}

#[inline(always)]
fn together<M: Machine>(near: Near<'_>, memory: &mut Memory, told: &mut [Told; MOST_PIECES]) -> usize {
    let Near { text, start, pieces, script } = near;
    let script = script as u8;
    let (mut n, mut count) = (0, 0);
    let mut ends = [0; MOST_PIECES];
    for (piece, end) in pieces.iter().zip(&mut ends) {
        let (mut at, to) = (start + piece.start, start + piece.end);
        while at < to && n < MANY_AT_ONCE {
            // No short token is too long to be remembered.
            n = find_tokens::<M>(text, &mut at, to, Tokens::Short, memory, n, MANY_AT_ONCE).0;
        }
        if at < to {
            break;
        }
        *end = n;
        count += 1;
    }
    let Memory { words, letters, asked, rows, unknown } = memory;
    rows.clear();
    unknown.clear();
    let mut from = 0;
    for (piece, (told, &to)) in told.iter_mut().zip(&ends[..count]).enumerate() {
        *told = Told::NOTHING;
        let mut sums = M::NONE;
        for asked in &asked[from..to] {
            let word = &words[asked.place as usize];
            let script_of = if word.key == asked.key {
                if word.script == script {
                    told.letters += u32::from(word.letters);
                    told.features += u32::from(word.features);
                    M::add(&mut sums, &word.sums);
                    continue;
                }
                word.script
            } else {
                let listed = M::list(&asked.key, asked.token(text), letters, rows);
                unknown.push(Waiting { asked: *asked, listed, piece: piece as u32 });
                listed.script
            };
            told.is_plain &= script_of == script || script_of == NO_LETTERS;
        }
        told.sums = M::get(sums);
        from = to;
    }
    for &Waiting { asked, listed, piece } in &*unknown {
        let word = M::learn(asked.key, listed, rows);
        let told = &mut told[piece as usize];
        if word.script == script {
            told.letters += u32::from(word.letters);
            told.features += u32::from(word.features);
            for (sum, &more) in told.sums.iter_mut().zip(&word.sums) {
                *sum += i16::from(more);
            }
        }
        // Sums may turn out not to fit.
        told.is_plain &= word.script == script || word.script == NO_LETTERS;
        words[asked.place as usize] = word;
    }
    count
}
