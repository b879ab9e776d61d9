//! What counts as the same text, what keeps texts apart, and the walk against the definition.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::dedup::instructions::Baseline;

fn folded(text: &str, table: &FoldTable) -> String {
    let mut out = Vec::new();
    let (end, _) = fold_text::<Baseline>(text, table, &mut out);
    let text = String::from_utf8(out[..end].to_vec()).expect("folding keeps UTF-8");
    text.strip_suffix(' ').map_or(text.clone(), ToString::to_string)
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
