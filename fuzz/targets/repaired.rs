//! What holds for the repair of any text.

use textmill_core::repair::{RepairConfig, Repaired, WordCounts, Words, apply, repair_characters, repair_lines};

/// The edits, applied to the text, give the repaired text, and repairing that again changes nothing.
#[track_caller]
pub fn replays_and_is_idempotent(text: &str) {
    let config = RepairConfig::default();
    let mut repaired = repair_characters(text, &config);
    let again = repair_characters(&repaired.text, &config);
    assert!(again.edits.is_empty(), "characters: {:?} -> {:?}: {:?}", text, repaired.text, again.edits);

    let mut counts = WordCounts::new();
    counts.learn(&repaired.text);
    let words = Words::new(&counts);
    repair_lines(&mut repaired, &config, &words);
    assert!(repaired.edits.windows(2).all(|pair| pair[0].end <= pair[1].start), "{:?}", repaired.edits);
    assert_eq!(apply(text, &repaired.edits), repaired.text);

    let mut again = Repaired::new(&repaired.text);
    repair_lines(&mut again, &config, &words);
    assert!(again.edits.is_empty(), "lines: {:?} -> {:?}: {:?}", text, repaired.text, again.edits);
}
