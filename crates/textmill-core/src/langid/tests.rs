//! The cases of `tests/cases/langid`, and what must hold of the spans of any text.

use proptest::prelude::*;
use serde_json::Value;

use super::{
    Language, LanguageSet, Scratch, Span, SpanConfig, document_language, identify, identify_among, spans, spans_with,
};

fn cases(name: &str) -> Value {
    let path = format!("{}/../../tests/cases/langid/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn rows(cases: &Value) -> impl Iterator<Item = &Value> {
    ["positive", "negative"].into_iter().flat_map(|kind| cases[kind].as_array().into_iter().flatten())
}

fn found(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    spans(text, &SpanConfig::default(), &mut found);
    found
}

#[test]
fn names_the_language_of_every_sentence() {
    for row in rows(&cases("sentences")) {
        let text = row["text"].as_str().unwrap_or_default();
        let guess = identify(text);
        assert_eq!(guess.language.code(), row["language"].as_str().unwrap_or_default(), "{guess:?}: {text}");
        let found = found(text);
        assert_eq!(found.len(), 1, "{found:?}: {text}");
        assert_eq!(found[0].language, guess.language, "{text}");
    }
}

#[test]
fn finds_where_the_language_changes() {
    for row in rows(&cases("spans")) {
        let text = row["text"].as_str().unwrap_or_default();
        let gold: Vec<(&str, &str)> = row["spans"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|span| (span[0].as_str().unwrap_or_default(), span[1].as_str().unwrap_or_default()))
            .collect();
        let found = found(text);
        let parts: Vec<(&str, &str)> =
            found.iter().map(|span| (span.language.code(), &text[span.start..span.end])).collect();
        assert_eq!(parts, gold);
    }
}

#[test]
fn keeps_to_the_set_it_is_given() {
    let text = "Trajekt odchádza o siedmej hodine ráno a kto ho zmešká, musí čakať až do večera.";
    let set = LanguageSet::from_codes(["cs", "de"]).expect("both are known");
    assert_eq!(identify_among(text, &set).language.code(), "cs");
}

#[test]
fn gives_short_paragraphs_the_language_of_their_neighbours() {
    let text =
        "Fahrplan\nDie Fähre legt um sieben Uhr morgens ab, und wer sie verpasst, muss bis zum Abend warten.\nInfo";
    let codes: Vec<_> = found(text).iter().map(|span| span.language.code()).collect();
    assert_eq!(codes, ["de", "de", "de"]);
}

/// Paragraphs after the first are read by their short words; a sentence in another language is seen by them.
#[test]
fn finds_a_foreign_sentence_in_a_paragraph_that_goes_on_in_the_language_before() {
    let plain =
        "The ferry leaves at seven in the morning, and whoever misses it has to wait on the quay until the evening.";
    let mixed = "She read the letter twice before she put it away, and nobody in the room asked her what it said. \
                 Sie hatte den Brief am Abend vorher geschrieben und wollte ihn nicht noch einmal lesen. \
                 Then the door opened and the children came in with snow on their boots and a story to tell.";
    let text = [plain, plain, mixed, plain].join("\n");
    let found = found(&text);
    let codes: Vec<_> = found.iter().map(|span| (span.paragraph, span.language.code())).collect();
    assert_eq!(codes, [(0, "en"), (1, "en"), (2, "en"), (2, "de"), (2, "en"), (3, "en")]);
    assert_eq!(&text[found[3].start..][..14], "Sie hatte den ");
}

/// So many features are no longer divided by the root of their number.
#[test]
fn finds_the_one_change_in_a_long_paragraph() {
    let english = "The members of the council spoke for an hour about the bridge, and nobody could say who had paid for the stones; \
                   the older ones remembered a winter when the river had taken the road, the younger ones had heard of it from \
                   their fathers, and in the end they agreed to ask the engineer for another drawing before the summer; ";
    let french = "les membres du conseil ont parlé pendant une heure du pont, et personne ne savait qui avait payé les pierres; les \
                  plus âgés se souvenaient d'un hiver où la rivière avait emporté la route, les plus jeunes en avaient entendu \
                  parler par leurs pères, et ils ont fini par demander à l'ingénieur un autre plan avant l'été; ";
    let text = english.repeat(4) + french.repeat(4).trim_end();
    let found = found(&text);
    let codes: Vec<_> = found.iter().map(|span| span.language.code()).collect();
    assert_eq!(codes, ["en", "fr"]);
    assert!(text[found[1].start..].starts_with("les membres"));
}

#[test]
fn counts_only_paragraphs_that_are_not_blank() {
    let text = "The first one is in English.\n \n\nThe second one is in English too.\n";
    let numbers: Vec<_> = found(text).iter().map(|span| span.paragraph).collect();
    assert_eq!(numbers, [0, 1]);
}

#[test]
fn calls_a_document_in_two_languages_mul() {
    let text = "The museum is closed on Mondays and on public holidays.\n\
                Das Museum ist montags und an Feiertagen geschlossen.";
    let document = document_language(&found(text), text);
    assert_eq!(document.language, Language::MUL);
    assert_eq!(document.shares.len(), 2);
    assert!((document.shares.iter().map(|share| share.1).sum::<f32>() - 1.0).abs() < 1e-5);
}

#[test]
fn knows_nothing_of_an_empty_text() {
    assert!(found("").is_empty());
    assert!(found(" \n\n").is_empty());
    assert_eq!(identify("").language, Language::ZXX);
    assert_eq!(document_language(&[], "").language, Language::ZXX);
}

/// Lines of whole words, long and short, of few languages: most go on in that of the line before.
fn lines() -> impl Strategy<Value = String> {
    const WORDS: &[&str] = &[
        "the",
        "of",
        "and",
        "with",
        "morning",
        "whoever",
        "government",
        "neighbourhood",
        "und",
        "nicht",
        "Straße",
        "vorher",
        "Geschwindigkeit",
        "и",
        "не",
        "который",
        "правительство",
        "的",
        "中文",
        "ferry",
        "3.5",
        "a_b",
        "\n",
        "\n",
        "\n",
    ];
    prop::collection::vec(prop::sample::select(WORDS), 0..160).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn what_was_read_before_never_changes_a_result(texts in prop::collection::vec(lines(), 1..6)) {
        let mut scratch = Scratch::new();
        let mut kept = Vec::new();
        for text in &texts {
            spans_with(text, &SpanConfig::default(), &mut scratch, &mut kept);
            prop_assert_eq!(&kept, &found(text));
        }
    }

    #[test]
    fn spans_are_in_order_and_cover_every_letter(
        text in "([a-zA-Zéß,.;:() 0-9]{0,80}[ \n]|[а-яіїґ .;\n]{0,60}|[一-三ぁ-ん。\n]{0,30}|\\PC{0,20}){0,8}"
    ) {
        let found = found(&text);
        let mut at = 0;
        for span in &found {
            prop_assert!(span.start >= at && span.end > span.start);
            prop_assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
            prop_assert!(!text[at..span.start].contains(char::is_alphabetic));
            prop_assert!((0.0..=1.0).contains(&span.score));
            at = span.end;
        }
        prop_assert!(!text[at..].contains(char::is_alphabetic));
    }
}
