//! One stream of texts: characters are repaired, words are learned, lines are repaired.

use std::fs;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;
use textmill_core::repair::{
    RepairConfig, Repaired, Rule, WordCounts, Words, apply, lines_are_sound, repair_characters, repair_lines,
};

/// The same as of `src/graph/settle.rs`.
const ROUNDS: usize = 8;

/// The records of files of JSON lines, in order.
pub fn read(paths: &[String]) -> Result<Vec<Value>, String> {
    let mut records = Vec::new();
    for path in paths {
        let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            records.push(serde_json::from_str(line).map_err(|error| format!("{path}: {error}"))?);
        }
    }
    Ok(records)
}

/// What of the arguments names files.
pub fn files(args: &[String]) -> Vec<String> {
    args.iter().filter(|arg| !arg.starts_with("--")).cloned().collect()
}

/// The value of an option written `--name=value`.
pub fn option<'a>(args: &'a [String], name: &str) -> Option<&'a str> {
    args.iter().find_map(|arg| arg.strip_prefix("--")?.strip_prefix(name)?.strip_prefix('='))
}

/// A field of a record that is a string, or nothing.
pub fn field<'v>(record: &'v Value, name: &str) -> &'v str {
    record.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The repaired texts, learned from all of them together, or each from itself.
pub fn repair<'t>(texts: &[&'t str], alone: bool) -> Vec<Repaired<'t>> {
    let config = RepairConfig { min_score: [0.5; Rule::ALL.len()], ..RepairConfig::default() };
    let mut repaired: Vec<Repaired<'t>> = texts.iter().map(|text| repair_characters(text, &config)).collect();
    let windows = if alone { 1 } else { repaired.len().max(1) };
    repaired.chunks_mut(windows).for_each(|window| {
        settle(window, &config);
    });
    repaired
}

/// Repairs the lines of a window until its own words have nothing to add, as `run` does, and tells the processor time of
/// learning and of repair.
pub fn settle(window: &mut [Repaired<'_>], config: &RepairConfig) -> [Duration; 2] {
    let start = processor_time();
    let mut sound_words = WordCounts::new();
    let mut counts = WordCounts::new();
    let mut open: Vec<(&mut Repaired<'_>, bool)> = Vec::new();
    for text in window {
        if lines_are_sound(&text.text) {
            sound_words.learn(&text.text);
        } else {
            counts.learn(&text.text);
            open.push((text, true));
        }
    }
    counts.merge(&sound_words);
    let mut learned = processor_time();
    let mut times = [learned.saturating_sub(start), Duration::ZERO];
    for _ in 0..ROUNDS {
        let words = Words::new(&counts);
        let mut changed = false;
        for (text, asked) in open.iter_mut().filter(|text| text.1) {
            let mended = repair_lines(text, config, &words);
            *asked = mended.asked;
            changed |= mended.changed;
        }
        let done = processor_time();
        times[1] += done.saturating_sub(learned);
        if !(changed && open.iter().any(|text| text.1)) {
            break;
        }
        counts = sound_words.clone();
        open.iter().for_each(|(text, _)| counts.learn(&text.text));
        learned = processor_time();
        times[0] += learned.saturating_sub(done);
    }
    times
}

/// Processor time of this thread.
pub fn processor_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// What must be so of every stream: each log replays to its text, and what was repaired is not repaired again.
pub fn check(texts: &[&str], repaired: &[Repaired<'_>]) -> String {
    let replay = texts.iter().zip(repaired).filter(|(text, after)| apply(text, &after.edits) != *after.text).count();
    let clean: Vec<&str> = repaired.iter().map(|after| &*after.text).collect();
    let again = repair(&clean, false).iter().filter(|after| !after.edits.is_empty()).count();
    format!("{replay} logs that do not replay, {again} of {} texts change again with counts learned anew", texts.len())
}
