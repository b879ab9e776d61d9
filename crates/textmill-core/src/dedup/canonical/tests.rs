//! What counts as the same text, what keeps texts apart, and the walk against the definition.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::dedup::config::CanonicalForm;
#[cfg(target_arch = "x86_64")]
use crate::dedup::instructions::{Avx2, Avx512};
use crate::dedup::instructions::{Baseline, Instructions};

/// The canonical form by the walk, which is the same on all machines.
#[track_caller]
fn folded(text: &str, table: &FoldTable) -> String {
    let mut out = Vec::new();
    let baseline = fold_text::<Baseline>(text, table, &mut out);
    let expected = out[..baseline.0].to_vec();
    for instructions in Instructions::ALL {
        out.fill(b'?');
        let answer = instructions.available().then(|| fold_on(instructions, text, table, &mut out));
        let Some(answer) = answer else { continue };
        assert_eq!(answer, baseline, "{instructions:?}");
        assert_eq!(String::from_utf8_lossy(&out[..answer.0]), String::from_utf8_lossy(&expected), "{instructions:?}");
    }
    let text = String::from_utf8(expected).expect("folding keeps UTF-8");
    text.strip_suffix(' ').map_or(text.clone(), ToString::to_string)
}

fn fold_on(instructions: Instructions, text: &str, table: &FoldTable, out: &mut Vec<u8>) -> (usize, usize) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
        fn on_avx2(text: &str, table: &FoldTable, out: &mut Vec<u8>) -> (usize, usize) {
            fold_text::<Avx2>(text, table, out)
        }
        #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2")]
        fn on_avx512(text: &str, table: &FoldTable, out: &mut Vec<u8>) -> (usize, usize) {
            fold_text::<Avx512>(text, table, out)
        }
        match instructions {
            Instructions::Baseline => {}
            // SAFETY: the caller has asked for what is available.
            Instructions::Avx2 => return unsafe { on_avx2(text, table, out) },
            // SAFETY: likewise.
            Instructions::Avx512 => return unsafe { on_avx512(text, table, out) },
        }
    }
    fold_text::<Baseline>(text, table, out)
}

static FORMS: LazyLock<[FoldTable; 3]> = LazyLock::new(|| {
    let default = CanonicalForm::default();
    [
        default,
        CanonicalForm { fold_case: false, ..default },
        CanonicalForm { drop_punctuation: false, fold_digits: true, ..default },
    ]
    .map(FoldTable::new)
});

#[track_caller]
fn check(text: &str, expected: &str) {
    let table = &FORMS[0];
    assert_eq!(canonical_reference(text, table.form()), expected, "reference");
    assert_eq!(folded(text, table), expected, "walk");
}

#[test]
fn case_punctuation_and_spaces_do_not_count() {
    check("  The Cat,\n\tsat (on) the MAT. ", "the cat sat on the mat");
    check("don't 3.5 snake_case", "don t 3 5 snake_case");
}

#[test]
fn a_copy_in_capitals_is_the_same_in_every_language() {
    check("Straße STRASSE", "strasse strasse");
    check("ΛΌΓΟΣ λόγος", "λόγοσ λόγοσ");
    check("Быстро БЫСТРО", "быстро быстро");
}

#[test]
fn composed_and_decomposed_letters_are_the_same() {
    check("e\u{301}te\u{301} été", "été été");
    check("\u{928}\u{93C}\u{93E} \u{929}\u{93E}", "\u{929}\u{93E} \u{929}\u{93E}");
    check("\u{1112}\u{1161}\u{11AB}글", "한글");
    check("\u{301}a \u{301}", "a");
}

#[test]
fn ligatures_full_width_letters_and_ellipses_are_compatible() {
    check("ﬁn ＡＢＣ a…b x\u{A0}y", "fin abc a b x y");
}

#[test]
fn scripts_without_spaces_go_character_by_character() {
    check("中文ABC字。日本語 2つ", "中 文 abc 字 日 本 語 2 つ");
    check("ที่นี่", "ท ี ่ น ี ่");
}

#[test]
fn marks_are_put_in_order() {
    check("\u{628}\u{651}\u{64E} \u{628}\u{64E}\u{651}", "\u{628}\u{64E}\u{651} \u{628}\u{64E}\u{651}");
}

#[test]
fn a_token_ends_with_its_marks() {
    check("हिन्दी", "हि न् दी");
    check("मात्रा abc", "मा त् रा abc");
}

#[test]
fn invisible_characters_do_not_count() {
    check("exam\u{AD}ple \u{FEFF}can\u{2060}not ❤\u{FE0F} 🙂 می\u{200C}خواهم", "example cannot می خواهم");
}

#[test]
fn every_character_of_the_first_plane_folds_as_defined() {
    for table in FORMS.iter() {
        for code in 1..0x1_0000 {
            let Some(c) = char::from_u32(code) else { continue };
            let text = format!("ab{c}cd e{c}");
            assert_eq!(folded(&text, table), canonical_reference(&text, table.form()), "U+{code:04X}");
        }
    }
}

/// What may compose, change places or part words, at each place of a block and beyond its end.
#[test]
fn the_border_of_a_block_changes_nothing() {
    let parts = [
        "e\u{301}\u{323}",
        "é\u{323}\u{301}b",
        "Ж\u{301}Жж",
        "=\u{338}",
        "中文ab",
        "ด้วย",
        "हिन्दी",
        "\u{AD}x\u{2019}",
        "🙂й",
        "ῼ’’",
        "ﬁ\u{301}",
    ];
    for before in 0..72 {
        for letter in ["a", "é", "ж", " ", "ế"] {
            for part in parts {
                let text = format!("{}{part}{}", letter.repeat(before), " Xy".repeat(30));
                assert_eq!(folded(&text, &FORMS[0]), canonical_reference(&text, FORMS[0].form()), "{text}");
            }
        }
    }
}

fn mixed_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -~]{0,40}",
        "[a-zà-ÿ\u{300}-\u{345}]{0,12}",
        "[А-я ]{0,12}",
        "[\u{64B}-\u{65F}\u{621}-\u{64A} ]{0,12}",
        "[\u{900}-\u{97F}\u{980}-\u{9FF}]{0,12}",
        "[\u{E00}-\u{E7F}]{0,12}",
        "[\u{1100}-\u{11FF}가-나]{0,6}",
        "[\u{3040}-\u{30FF}一-三\u{FF00}-\u{FFEF}]{0,12}",
        "[\u{1D400}-\u{1D420}\u{1F600}-\u{1F610}\u{20000}-\u{20010}\u{11099}-\u{110BB}]{0,4}",
        "[\u{1000}-\u{109F}\u{1780}-\u{17FF}]{0,30}",
        "[\u{B80}-\u{BFF}\u{C80}-\u{CFF}\u{D00}-\u{D7F} ]{0,30}",
        "[가-힣一-鿿ぁ-ヿ、。 ]{0,30}",
        // What composes, or changes places, with what stands before it.
        "[\u{928}\u{93C}\u{94D}\u{9C7}\u{9BE}\u{BC6}\u{BBE}\u{1025}\u{102E}가\u{11A8}か\u{3099}\u{E39}\u{E48}\u{F39}\u{F71}\u{F72}aé ]{0,40}",
        "\\PC{0,8}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn the_walk_does_what_the_definition_says(text in mixed_text()) {
        for table in FORMS.iter() {
            prop_assert_eq!(folded(&text, table), canonical_reference(&text, table.form()));
        }
    }
}
