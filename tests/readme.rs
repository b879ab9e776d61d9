//! What the README says of the rules: each example of its table, run.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use textmill_core::repair::{
    RepairConfig, Repaired, Rule, RuleSet, WordCounts, Words, repair_characters, repair_lines,
};

#[test]
#[cfg_attr(not(feature = "lexicon"), ignore = "the examples are too short to be judged without the lexicon")]
fn each_rule_does_what_its_row_in_the_readme_says() {
    let readme = include_str!("../README.md");
    for rule in Rule::ALL {
        let start = format!("| `{}` |", rule.name());
        let row = readme.lines().find(|line| line.starts_with(&start)).unwrap();
        let cells: Vec<&str> = row.split(" | ").collect();
        let [before, after] =
            [cells[2], cells[3]].map(|cell| visible_to_real(cell.trim_end_matches(" |").trim_matches('`')));
        let repaired = repair(&before);
        assert_eq!(repaired.text, after, "{}", rule.name());
        let is_its_own = repaired.edits.iter().all(|edit| edit.rules.contains(rule));
        assert!(is_its_own && !repaired.edits.is_empty(), "{}: {:?}", rule.name(), repaired.edits);
    }
}

fn repair(text: &str) -> Repaired<'_> {
    let config = RepairConfig { rules: RuleSet::all(), min_score: [0.5; Rule::ALL.len()] };
    let mut counts = WordCounts::new();
    let mut repaired = repair_characters(text, &config);
    counts.learn(&repaired.text);
    repair_lines(&mut repaired, &config, &Words::new(&counts));
    repaired
}

/// The text of a cell with the characters that cannot be shown.
fn visible_to_real(cell: &str) -> String {
    let mut text = cell.replace('⏎', "\n").replace('␍', "\r").replace('␇', "\u{7}");
    while let Some(start) = text.find("<U+") {
        let end = start + text[start..].find('>').unwrap();
        let c = char::from_u32(u32::from_str_radix(&text[start + 3..end], 16).unwrap()).unwrap();
        text.replace_range(start..=end, c.encode_utf8(&mut [0; 4]));
    }
    text
}
