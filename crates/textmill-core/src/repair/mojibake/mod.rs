//! The rule `mojibake`.
//!
//! **What it changes.** Characters that were written as UTF-8 and read as windows-1252, Latin-1, windows-1250, -1251,
//! -1253, -1254 or -1257, ISO 8859-2, `MacRoman` or the code pages 437 and 850, once or up to six times, also where only
//! parts of a text are affected and where the layers differ. Where a sequence lost its no-break space (`voilÃ le`) or one
//! of its bytes became U+FFFD, it is undone if other mojibake stands near; a character whose byte is lost becomes U+FFFD.
//! C1 controls that stand for a character of windows-1252 become that (U+0093 → `“`).
//!
//! **What it leaves alone, and why.** Text that is right: a stretch must be valid UTF-8 in the encoding, cost a reader
//! something as it stands, and cost less when undone (see `plausibility`). So `É…”`, `SÃO`, `2012—∞`, `«Â»`, Ukrainian
//! `дії` and Serbian `најљепши` stay, though each is valid. Text that is wrong in other ways stays too: legacy encodings
//! misread as each other, characters of which more than one byte is lost, HTML entities. So does a text that only speaks
//! of mojibake: whose every finding is one character in quotation marks.
//!
//! **Confidence.** From 0.8, at the smallest gain that counts, to 0.99; 0.75 with a lost byte or on the word of its
//! neighbours; 0.9 for C1 controls.
//!
//! **Example.** `RÃ¼ckwÃ¤rts` → `Rückwärts`; `doesnÃ¢â‚¬â„¢t` → `doesn’t`.
//!
//! **Source.** The encodings' own tables (`code_pages`); the kinds of damage are those that R. Speer's ftfy documents.
//!
//! Start reading at [`find_mojibake`]; a chain of sequences is judged in `chain`.

mod chain;
mod plausibility;
mod kinds;
mod sequence;
mod evidence;
mod neighbours;
mod c1_controls;
mod code_pages;

use super::characters::{Places, hits, within};
use super::edit::{Edit, apply, compose};
use super::rule::Rule;
use chain::Chain;
use evidence::{Anchor, Evidence, is_mention};

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
    if text.is_ascii() {
        return Vec::new();
    }
    let mut anchors = Vec::new();
    let mut edits = one_round(text, &mut anchors);
    if edits.is_empty() {
        return edits;
    }
    // What was undone may be the evidence for its neighbours, or show another layer. Each edit makes the text shorter
    // or takes a C1 control away, so this ends.
    loop {
        let middle = apply(text, &edits);
        let more = one_round(&middle, &mut anchors);
        if more.is_empty() {
            return edits;
        }
        edits = compose(edits, more, &middle);
    }
}

/// The edits that the text as it stands gives reason for; the anchors are those of earlier rounds, and then of this one
/// as well, by their places after the edits.
fn one_round(text: &str, anchors: &mut Vec<Anchor>) -> Vec<Edit> {
    let mut evidence = Evidence::default();
    let (mut chains, controls) = sure_places(text, &Evidence::default(), &mut evidence);
    if chains.iter().all(|chain| is_mention(text, chain)) && anchors.is_empty() {
        chains.clear();
    }
    if chains.is_empty() && controls.is_empty() && anchors.is_empty() {
        return Vec::new();
    }
    if !chains.is_empty() {
        // Now that it is known what the text was misread as, places that several encodings explain are clear.
        evidence.settle();
        if evidence.is_contested {
            chains = sure_places(text, &evidence, &mut Evidence::default()).0;
        }
    }
    let sure = chains.len();
    let taken: Vec<(usize, usize)> = chains.iter().map(|chain| (chain.start, chain.end)).collect();
    anchors.extend(chains.iter().map(Chain::anchor));
    anchors.sort_unstable_by_key(|anchor| anchor.start);
    neighbours::add_supported(text, anchors, &taken, &evidence, &mut chains);
    anchors.extend(chains[sure..].iter().map(Chain::anchor));
    anchors.sort_unstable_by_key(|anchor| anchor.start);
    let mut edits: Vec<Edit> = chains.into_iter().enumerate().map(|(i, chain)| edit(chain, i < sure)).collect();
    edits.sort_unstable_by_key(|edit| edit.start);
    c1_controls::add_read_as_windows_1252(text, &controls, &mut edits);
    move_anchors(anchors, &edits);
    edits
}

/// Moves the anchors from their places in a text to those after the edits.
fn move_anchors(anchors: &mut [Anchor], edits: &[Edit]) {
    let mut shift = 0_isize;
    let mut next = 0;
    for anchor in anchors {
        while next < edits.len() && edits[next].end <= anchor.start {
            shift += edits[next].replacement.len() as isize - (edits[next].end - edits[next].start) as isize;
            next += 1;
        }
        let size = edits.get(next).filter(|edit| edit.start == anchor.start).map(|edit| edit.replacement.len());
        anchor.start = anchor.start.wrapping_add_signed(shift);
        anchor.end = size.map_or(anchor.end.wrapping_add_signed(shift), |size| anchor.start + size);
    }
}

/// The chains that are surely mojibake, in order, and the offsets of all C1 controls; `gathered` hears of every chain.
fn sure_places(text: &str, evidence: &Evidence, gathered: &mut Evidence) -> (Vec<Chain>, Vec<usize>) {
    let bytes = text.as_bytes();
    let mut chains = Vec::new();
    let mut controls = Vec::new();
    let mut done = 0;
    for place in hits(bytes, Suspects) {
        // A hit is the last byte of a character outside ASCII before another, or the first of a C1 control.
        if bytes[place] == 0xC2 && matches!(bytes.get(place + 1), Some(0x80..=0x9F)) {
            controls.push(place);
            continue;
        }
        if neighbours::is_lost_space(text, place) {
            if chains.last().is_none_or(|chain: &Chain| chain.end <= place)
                && let Some(chain) = neighbours::lost_space(text, place, 0)
            {
                done = chain.end;
                chains.push(chain);
            }
            continue;
        }
        let after = place + 1;
        if after < done || !text.is_char_boundary(after) {
            continue;
        }
        let Some(before_char) = text[..after].chars().next_back() else { continue };
        if !chain::may_begin_a_sequence(before_char, &text[after..]) {
            continue;
        }
        let run = chain::run_around(text, after, done);
        chain::sure_chains(text, run, chain::ALL_LAYERS, evidence, gathered, &mut chains);
        done = run.1;
    }
    (chains, controls)
}

/// The edit that undoes a chain.
fn edit(chain: Chain, is_sure: bool) -> Edit {
    let score = if is_sure { (0.8 + (chain.gain - 25).max(0) as f32 / 200.0).min(0.99) } else { 0.75 };
    Edit::new(chain.start, chain.end, chain.meant, Rule::Mojibake, score)
}

/// Where a character ends that makes mojibake with the next one, or begins one that is a sign of it.
///
/// The second character of a sequence is above ASCII and has a byte from 80 to BF in some encoding. By the first byte of
/// such characters: Latin-1 symbols and C1 controls (C2), accented Latin letters and accents (C3 to C6, CB), Cyrillic
/// letters outside the Russian alphabet (D0 to D2), accented capitals of Greek (CE), punctuation, currency, mathematics and
/// boxes (E2). Greek `π` and `Ω` in `MacRoman` are left out, being frequent in Greek; where mojibake is near, they are seen.
#[derive(Clone, Copy)]
struct Suspects;

#[expect(
    clippy::inline_always,
    clippy::needless_bitwise_bool,
    reason = "branches would keep the block scan from vectors"
)]
impl Places for Suspects {
    #[inline(always)]
    fn coarse(a: u8, b: u8, c: u8) -> bool {
        let second = within(b, 0xC2, 0xCE) | ((b == 0xE2) & (c <= 0x97));
        let cyrillic = within(b, 0xD0, 0xD2) & !((b == 0xD0) & (c >= 0x90)) & !((b == 0xD1) & (c <= 0x8F));
        ((a >= 0x80) & (second | cyrillic)) | ((a == 0xC2) & (b <= 0x9F)) | ((a == 0xC3) & (c == b' '))
    }

    #[inline(always)]
    fn fine(a: u8, b: u8, c: u8, d: u8) -> bool {
        let latin = within(b, 0xC2, 0xC6) | (b == 0xCB);
        let cyrillic = ((b == 0xD0) & (c <= 0x8F)) | ((b == 0xD1) & (c >= 0x90)) | (b == 0xD2);
        let greek = (b == 0xCE) & (c < 0x90);
        // No encoding has the zero-width characters, which are frequent in some scripts.
        let signs = (b == 0xE2) & (c <= 0x97) & !((c == 0x80) & (d <= 0x92));
        let second = (a >= 0x80) & (latin | cyrillic | greek | signs);
        let control = (a == 0xC2) & within(b, 0x80, 0x9F);
        let lost_space = (a == 0xC3) & within(b, 0x82, 0x83) & (c == b' ');
        second | control | lost_space
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Characters from which sequences are made, in many encodings, and what may stand around them.
    fn troublesome() -> impl Strategy<Value = String> {
        let parts: Vec<&str> = vec![
            "Ã",
            "Â",
            "â",
            "€",
            "™",
            "“",
            "”",
            "’",
            "…",
            "\u{a0}",
            "\u{ad}",
            "¼",
            "©",
            "±",
            "ï",
            "»",
            "¿",
            "½",
            "à",
            "¤",
            "¹",
            "ð",
            "Ÿ",
            "˜",
            "€",
            "\u{80}",
            "\u{85}",
            "\u{90}",
            "\u{92}",
            "\u{9d}",
            "Ä",
            "Å",
            "Ĺ",
            "Ă",
            "ş",
            "Р",
            "С",
            "Г",
            "В",
            "Ў",
            "°",
            "µ",
            "вЂ",
            "√",
            "‚",
            "π",
            "Ω",
            "┬",
            "├",
            "╨",
            "┐",
            "░",
            "Ç",
            "ê",
            "Ð",
            "Ñ",
            "Î",
            "Ï",
            "×",
            "Ø",
            "Ù",
            " ",
            "  ",
            "a",
            "s",
            "quel",
            "É",
            "é",
            "ß",
            "\u{fffd}",
            "?",
            "\n",
            ".",
            "и",
            "α",
            "の",
            "í\u{a0}½í¸\u{80}",
            "\"",
        ];
        prop::collection::vec(prop::sample::select(parts), 0..24).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn cleaning_twice_is_cleaning_once(text in troublesome()) {
            let edits = find_mojibake(&text);
            prop_assert!(edits.windows(2).all(|pair| pair[0].end <= pair[1].start), "{:?}", edits);
            let clean = apply(&text, &edits);
            prop_assert_eq!(find_mojibake(&clean), vec![], "{:?} from {:?}", clean, text);
        }

        #[test]
        fn ascii_is_never_touched(text in "[ -~\n]{0,200}") {
            prop_assert!(find_mojibake(&text).is_empty());
        }

        #[test]
        fn the_block_scan_misses_no_sequence(before in any::<char>(), after in any::<char>()) {
            let text = format!("x{before}{after}");
            let has_hit = hits(text.as_bytes(), Suspects).any(|place| place + 1 == 1 + before.len_utf8());
            let is_left_out = matches!(after, 'π' | 'Ω' | '\u{f8ff}' | '\u{fb01}' | '\u{fb02}');
            let begins = chain::may_begin_a_sequence(before, &String::from_iter([after, after]));
            prop_assert!(has_hit || is_left_out || !begins);
        }
    }

    #[test]
    fn many_layers_and_long_runs_take_bounded_work() {
        let mut text = "déjà vu ".repeat(20);
        for _ in 0..5 {
            text = text.bytes().map(char::from).collect();
        }
        assert_eq!(apply(&text, &find_mojibake(&text)), "déjà vu ".repeat(20));
        let run = "Ã".repeat(100_000);
        assert!(find_mojibake(&run).is_empty());
        let run = "Ã©".repeat(100_000);
        assert_eq!(apply(&run, &find_mojibake(&run)), "é".repeat(100_000));
    }
}
