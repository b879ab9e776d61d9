//! The cases of the four rules that repair breaks in text, and what holds for every text.

#![cfg(feature = "lexicon")]

use std::path::PathBuf;

use proptest::prelude::*;
use textmill_core::repair::{BreakConfig, Edit, Rule, RuleSet, WordCounts, Words, apply, find_breaks};

/// Repairs a text that stands alone: all that is known of words comes from it and from the lexicon.
fn repair_alone(text: &str, config: &BreakConfig) -> (Vec<Edit>, String) {
    let mut counts = WordCounts::new();
    counts.learn(text);
    let edits = find_breaks(text, config, &Words::new(&counts));
    let repaired = apply(text, &edits);
    (edits, repaired)
}

fn check_cases(rule: Rule) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/cases/repair/{}.json", rule.name()));
    let json = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let cases: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}"));
    let mut failures = Vec::new();
    for case in &cases {
        let field = |name: &str| case[name].as_str().unwrap_or_else(|| panic!("{case} has no {name}"));
        let (input, output) = (field("input"), field("output"));
        match field("kind") {
            "negative" => assert_eq!(input, output, "a negative case changes nothing"),
            "positive" => assert_ne!(input, output, "a positive case changes something"),
            "known-failure" => {}
            other => panic!("{other} is no kind of case"),
        }
        let (edits, repaired) = repair_alone(input, &BreakConfig::default());
        if repaired != output {
            failures.push(format!("{}\n  wanted {output:?}\n  got    {repaired:?}\n  {edits:?}", field("name")));
        }
        let (again, _) = repair_alone(&repaired, &BreakConfig::default());
        if !again.is_empty() {
            failures.push(format!("{}: repaired again: {again:?}", field("name")));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {} cases of {} fail:\n{}",
        failures.len(),
        cases.len(),
        rule.name(),
        failures.join("\n")
    );
}

#[test]
fn cases_of_cut_marks_come_out_as_written() {
    check_cases(Rule::CutMarks);
}

#[test]
fn cases_of_line_end_hyphens_come_out_as_written() {
    check_cases(Rule::LineEndHyphens);
}

#[test]
fn cases_of_broken_words_come_out_as_written() {
    check_cases(Rule::BrokenWords);
}

#[test]
fn cases_of_hard_wraps_come_out_as_written() {
    check_cases(Rule::HardWraps);
}

#[test]
fn a_rule_that_is_off_makes_no_edit() {
    let text = "The council spoke about the imp\n...[+++]ortance of the mill, which was pre-\npared for the winter.";
    for off in [Rule::CutMarks, Rule::LineEndHyphens] {
        let config = BreakConfig { rules: RuleSet::all().without(off), ..BreakConfig::default() };
        let (edits, _) = repair_alone(text, &config);
        assert!(!edits.is_empty() && edits.iter().all(|edit| edit.rule != off));
    }
}

/// Texts of words, blanks, hyphens and marks, broken anywhere.
fn broken_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => "(the|mill|stood|at|end|of|village|where|road|crosses|water|nobody|importance)",
        2 => "[a-zA-Z]{1,6}",
        6 => Just(" ".to_owned()),
        3 => Just("\n".to_owned()),
        1 => Just("-\n".to_owned()),
        1 => Just("\n...[+++]".to_owned()),
        1 => "[.,;:()\"'0-9/>*|•—é漢\u{ad}\u{a0}\t]",
    ];
    prop::collection::vec(piece, 0..80).prop_map(|pieces| pieces.concat())
}

/// Texts of anything that lines and words are told by, in any order, so that often there are no lines or no words.
fn odd_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "\\PC{0,3}",
        4 => "[\n\u{a0} \t]{1,3}",
        3 => "(\\.\\.\\.|…)?\\[\\+\\+\\+\\]",
        3 => "[-\u{ad}\u{2010}\u{2011}]{1,2}\n?",
        2 => "[가나다요습니]{1,4}",
        2 => "[a-zäж\u{301}\u{200d}ក漢]{1,5}",
        1 => "[(1a*•–][.)]? ?",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn odd_texts_come_out_and_need_no_more_repair(text in odd_text()) {
        let (config, counts) = (BreakConfig::default(), WordCounts::new());
        let words = Words::new(&counts);
        let repaired = apply(&text, &find_breaks(&text, &config, &words));
        prop_assert_eq!(find_breaks(&repaired, &config, &words), vec![]);
    }

    #[test]
    fn edits_are_sorted_disjoint_and_carry_what_was_weighed(text in broken_text()) {
        let (edits, _) = repair_alone(&text, &BreakConfig::default());
        for pair in edits.windows(2) {
            prop_assert!(pair[0].end <= pair[1].start);
        }
        for edit in &edits {
            prop_assert!(text.is_char_boundary(edit.start) && text.is_char_boundary(edit.end));
            let weighed = edit.readings.map(|r| r.joined + r.hyphenated + r.spaced + r.kept);
            prop_assert!(weighed.is_some_and(|sum| (sum - 1.0).abs() < 1e-3));
        }
    }

    #[test]
    fn the_repaired_text_needs_no_repair(text in broken_text()) {
        let mut counts = WordCounts::new();
        counts.learn(&text);
        let words = Words::new(&counts);
        let repaired = apply(&text, &find_breaks(&text, &BreakConfig::default(), &words));
        prop_assert_eq!(find_breaks(&repaired, &BreakConfig::default(), &words), vec![]);
    }

    #[test]
    fn solid_text_stays(text in broken_text()) {
        let (_, repaired) = repair_alone(&text, &BreakConfig::default());
        let solid = |text: &str| {
            let text = text.replace("...[+++]", "").replace("[+++]", "");
            text.chars().filter(|c| !c.is_whitespace() && !"-\u{ad}".contains(*c)).collect::<String>()
        };
        prop_assert_eq!(solid(&text), solid(&repaired));
    }
}
