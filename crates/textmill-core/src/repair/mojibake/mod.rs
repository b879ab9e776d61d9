//! The rule `mojibake`.
//!
//! **What it changes.** Characters that were written as UTF-8 and read as windows-1252, Latin-1, windows-1250, -1251,
//! -1253, -1254 or -1257, ISO 8859-2, MacRoman or the code pages 437 and 850, once or up to six times, also where only
//! parts of a text are affected and where the layers differ. Where a sequence lost its no-break space (`voilÃ le`) or one
//! of its bytes became U+FFFD, it is undone if other mojibake stands near; a character whose byte is lost becomes U+FFFD.
//! C1 controls that stand for a character of windows-1252 become that (U+0093 → `“`).
//!
//! **What it leaves alone, and why.** Text that is right: a stretch must be valid UTF-8 in the encoding, cost a reader
//! something as it stands, and cost less when undone (see [`plausibility`]). So `É…”`, `SÃO`, `2012—∞`, `«Â»`, Ukrainian
//! `дії` and Serbian `најљепши` stay, though each is valid. Text that is wrong in other ways stays too: legacy encodings
//! misread as each other, characters of which more than one byte is lost, HTML entities.
//!
//! **Confidence.** From 0.8, at the smallest gain that counts, to 0.99; 0.75 with a lost byte or on the word of its
//! neighbours; 0.9 for C1 controls.
//!
//! **Example.** `RÃ¼ckwÃ¤rts` → `Rückwärts`; `doesnÃ¢â‚¬â„¢t` → `doesn’t`.
//!
//! **Source.** The encodings' own tables ([`code_pages`]); the kinds of damage are those that R. Speer's ftfy documents.
//!
//! Start reading at [`find_mojibake`]; a chain of sequences is judged in [`chain`].

mod chain;
mod plausibility;
mod sequence;
mod neighbours;
mod c1_controls;
mod code_pages;

use super::characters::hits;
use super::edit::{Edit, apply, compose};
use super::rule::Rule;
use chain::Chain;

/// The edits that undo mojibake, sorted and disjoint; text without it allocates nothing.
///
/// # Examples
/// ```
/// use textmill_core::repair::{apply, mojibake::find_mojibake};
/// let undo = |text: &str| apply(text, &find_mojibake(text));
/// assert_eq!(undo("LÃ¤uft, sagtâ€™s"), "Läuft, sagt’s");
/// assert_eq!(undo("РґРѕСЂРѕРіРё"), "дороги");
/// assert_eq!(undo("SÃO PAULO À L’ÉTÉ…"), "SÃO PAULO À L’ÉTÉ…");
/// ```
pub fn find_mojibake(text: &str) -> Vec<Edit> {
    let mut edits = one_round(text);
    if edits.is_empty() {
        return edits;
    }
    // What was undone may be the evidence for its neighbours, or show another layer. Each edit makes the text shorter
    // or takes a C1 control away, so this ends.
    loop {
        let middle = apply(text, &edits);
        let more = one_round(&middle);
        if more.is_empty() {
            return edits;
        }
        edits = compose(edits, more, &middle);
    }
}

/// The edits that the text as it stands gives reason for.
fn one_round(text: &str) -> Vec<Edit> {
    let (mut chains, controls) = sure_places(text);
    if chains.is_empty() && controls.is_empty() {
        return Vec::new();
    }
    let sure = chains.len();
    neighbours::add_supported(text, &mut chains);
    let mut edits: Vec<Edit> = chains.into_iter().enumerate().map(|(i, chain)| edit(chain, i < sure)).collect();
    edits.sort_unstable_by_key(|edit| edit.start);
    c1_controls::add_read_as_windows_1252(text, &controls, &mut edits);
    edits
}

/// The chains that are surely mojibake, in order, and the offsets of all C1 controls.
fn sure_places(text: &str) -> (Vec<Chain>, Vec<usize>) {
    let bytes = text.as_bytes();
    let mut chains = Vec::new();
    let mut controls = Vec::new();
    let mut done = 0;
    for place in hits(bytes, may_hold_mojibake) {
        // A hit is the last byte of a character outside ASCII before another, or the first of a C1 control.
        if bytes[place] == 0xC2 && matches!(bytes.get(place + 1), Some(0x80..=0x9F)) {
            controls.push(place);
            continue;
        }
        if neighbours::is_lost_space(text, place) {
            chains.extend(neighbours::lost_space(text, place, &[]));
            continue;
        }
        let after = place + 1;
        if after < done || !text.is_char_boundary(after) {
            continue;
        }
        let Some(before_char) = text[..after].chars().next_back() else { continue };
        let Some(after_char) = text[after..].chars().next() else { continue };
        if !chain::may_begin_a_sequence(before_char, after_char) {
            continue;
        }
        let (start, end) = chain::run_around(text, after, done);
        chain::sure_chains(text, start, end, chain::ALL_LAYERS, &mut chains);
        done = end;
    }
    (chains, controls)
}

/// The edit that undoes a chain.
fn edit(chain: Chain, is_sure: bool) -> Edit {
    let score = if is_sure { (0.8 + (chain.gain - 25).max(0) as f32 / 200.0).min(0.99) } else { 0.75 };
    Edit::new(chain.start, chain.end, chain.meant, Rule::Mojibake, score)
}

/// Whether `a` may end a character that makes mojibake with the one that begins with `b` and `c`, or may begin one that
/// is a sign of it.
///
/// The second character of a sequence is above ASCII and has a byte from 80 to BF in some encoding. By the first byte
/// of such characters: Latin-1 symbols and C1 controls (C2), accented Latin letters and accents (C3 to C6, CB),
/// Cyrillic letters outside the Russian alphabet (D0 to D2), accented capitals of Greek (CE), punctuation, currency,
/// mathematics and boxes (E2). Greek `π` and `Ω` in MacRoman are left out, being frequent in Greek; where mojibake is
/// near, they are seen.
#[inline(always)]
fn may_hold_mojibake(a: u8, b: u8, c: u8, _: u8) -> bool {
    let within = |x: u8, low: u8, high: u8| x.wrapping_sub(low) <= high - low;
    let latin = within(b, 0xC2, 0xC6) | (b == 0xCB);
    let cyrillic = ((b == 0xD0) & (c <= 0x8F)) | ((b == 0xD1) & (c >= 0x90)) | (b == 0xD2);
    let greek = (b == 0xCE) & (c < 0x90);
    let signs = (b == 0xE2) & (c <= 0x97);
    let second = (a >= 0x80) & (latin | cyrillic | greek | signs);
    let control = (a == 0xC2) & within(b, 0x80, 0x9F);
    let lost_space = (a == 0xC3) & within(b, 0x82, 0x83) & (c == b' ');
    second | control | lost_space
}
