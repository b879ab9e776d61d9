//! The case files of the rules that repair characters: each input becomes its output, by edits that replay, and once only.

use std::path::Path;

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

/// The text after all these rules, in their order, and their edits as one log.
fn all_rules(text: &str) -> (String, Vec<Edit>) {
    let mut log = find_mojibake(text);
    let mut clean = apply(text, &log);
    for find in [|text: &str| find_characters(text, RuleSet::all()), find_unicode_form, find_spaces] {
        let edits = find(&clean);
        let next = apply(&clean, &edits);
        log = compose(log, edits, &clean);
        clean = next;
    }
    (clean, log)
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
