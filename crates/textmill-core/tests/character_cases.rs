//! The case files of the rules that repair characters: each input becomes its output, by edits that replay, and once only.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use proptest::prelude::*;
use textmill_core::repair::characters::find_characters;
use textmill_core::repair::mojibake::find_mojibake;
use textmill_core::repair::spaces::find_spaces;
use textmill_core::repair::unicode_form::find_unicode_form;
use textmill_core::repair::{Edit, Rule, RuleSet, apply, compose};

/// Runs every case of a rule; `known-failure` cases hold what the rule does today.
fn check(rule: Rule, find: impl Fn(&str) -> Vec<Edit>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/cases/repair/{}.json", rule.name()));
    let cases = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let cases: Vec<serde_json::Value> = serde_json::from_str(&cases).unwrap();
    assert!(!cases.is_empty());
    let mut failures = Vec::new();
    for case in &cases {
        let field = |name: &str| case[name].as_str().unwrap_or_else(|| panic!("{case} has no {name}"));
        let (name, kind, input, output) = (field("name"), field("kind"), field("input"), field("output"));
        assert!(matches!(kind, "positive" | "negative" | "known-failure"), "{name}: {kind}");
        assert!(kind != "negative" || input == output, "{name}: a negative case must not change");
        let edits = find(input);
        assert!(edits.iter().all(|edit| edit.rule == rule), "{name}: {edits:?}");
        assert!(edits.windows(2).all(|pair| pair[0].end <= pair[1].start), "{name}: {edits:?}");
        let clean = apply(input, &edits);
        if clean != output {
            failures.push(format!("{name}:\n  input    {input:?}\n  expected {output:?}\n  found    {clean:?}"));
        }
        let again = apply(&clean, &find(&clean));
        assert_eq!(again, clean, "{name}: cleaning twice is not cleaning once");
        let (clean, log) = all_rules(input);
        assert_eq!(apply(input, &log), clean, "{name}: the log of all rules does not replay");
        assert_eq!(all_rules(&clean).0, clean, "{name}: all rules twice are not all rules once");
    }
    assert!(failures.is_empty(), "{} of {} cases\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// The text after all these rules, in their order, again and again until none finds anything, and their edits as one log.
///
/// One rule can show the next place for one before it (a control inside a sequence of mojibake), so once is not enough.
fn all_rules(text: &str) -> (String, Vec<Edit>) {
    let mut log = Vec::new();
    let mut clean = text.to_owned();
    for _ in 0..8 {
        let before = clean.clone();
        for find in [find_mojibake, |text: &str| find_characters(text, RuleSet::all()), find_unicode_form, find_spaces]
        {
            let edits = find(&clean);
            let next = apply(&clean, &edits);
            log = compose(log, edits, &clean);
            clean = next;
        }
        if clean == before {
            return (clean, log);
        }
    }
    panic!("the rules do not come to an end on {text:?}");
}

fn check_one_of_characters(rule: Rule) {
    check(rule, |text| find_characters(text, RuleSet::none().with(rule)));
}

#[test]
fn mojibake_cases_hold() {
    check(Rule::Mojibake, find_mojibake);
}

#[test]
fn line_terminator_cases_hold() {
    check_one_of_characters(Rule::LineTerminators);
}

#[test]
fn control_character_cases_hold() {
    check_one_of_characters(Rule::ControlChars);
}

#[test]
fn invisible_character_cases_hold() {
    check_one_of_characters(Rule::InvisibleChars);
}

#[test]
fn ligature_cases_hold() {
    check_one_of_characters(Rule::Ligatures);
}

#[test]
fn unicode_form_cases_hold() {
    check(Rule::UnicodeForm, find_unicode_form);
}

#[test]
fn space_cases_hold() {
    check(Rule::Spaces, find_spaces);
}

/// Characters that trouble one of these rules, and some that make the rules meet.
fn troublesome() -> impl Strategy<Value = String> {
    let parts: Vec<&str> = vec![
        "Ã",
        "Â",
        "â",
        "€",
        "™",
        "©",
        "¼",
        "\u{a0}",
        "\u{ad}",
        "\u{80}",
        "\u{85}",
        "\u{92}",
        "Р",
        "С",
        "°",
        "√",
        "├",
        "┐",
        "A\u{303}",
        "e",
        "\u{301}",
        "\u{323}",
        "\r",
        "\n",
        "\u{c}",
        "\u{2028}",
        "\0",
        "\u{1b}[1m",
        "\u{200b}",
        "\u{200d}",
        "\u{202e}",
        "\u{feff}",
        "\u{fb01}",
        " ",
        "  ",
        "\t",
        "\u{2003}",
        "\u{3000}",
        "«",
        "»",
        ":",
        "a",
        "s",
        "ш",
        "ש",
        "ក",
        "क",
        "👩",
        "\u{fffd}",
        "?",
        "|",
    ];
    prop::collection::vec(prop::sample::select(parts), 0..20).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn all_rules_together_come_to_an_end_and_replay(text in troublesome()) {
        let (clean, log) = all_rules(&text);
        prop_assert_eq!(apply(&text, &log), clean.clone());
        prop_assert_eq!(all_rules(&clean), (clean, vec![]));
    }
}
