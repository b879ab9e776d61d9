//! `speed-repair`: bytes per second of processor time of each step, on one thread.

use std::hint::black_box;
use std::time::Duration;

use serde_json::Value;
use textmill_core::repair::{RepairConfig, Repaired, Rule, repair_characters};

use super::stream::{field, files, option, processor_time, read, settle};

/// `[--rounds=N] FILE.jsonl...`: field `damaged` or `text`, windows of 8 MiB; the fastest of the rounds (seven) counts.
pub fn speed(args: &[String]) -> Result<(), String> {
    const WINDOW: usize = 8 << 20;
    let rounds = option(args, "rounds").map_or(Ok(7), str::parse::<usize>);
    let rounds = rounds.map_err(|error| format!("--rounds: {error}"))?;
    let records: Vec<Value> = read(&files(args))?;
    let texts: Vec<&str> = records
        .iter()
        .map(
            |record| if field(record, "damaged").is_empty() { field(record, "text") } else { field(record, "damaged") },
        )
        .collect();
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    let config = RepairConfig { min_score: [0.5; Rule::ALL.len()], ..RepairConfig::default() };
    let mut best = [Duration::MAX; 4];
    let mut edits = 0;
    for _ in 0..rounds {
        let mut now = [Duration::ZERO; 4];
        edits = 0;
        let mut from = 0;
        while from < texts.len() {
            let mut size = 0;
            let mut to = from;
            while to < texts.len() && size < WINDOW {
                size += texts[to].len();
                to += 1;
            }
            let start = processor_time();
            let mut window: Vec<Repaired<'_>> =
                texts[from..to].iter().map(|text| repair_characters(text, &config)).collect();
            let characters = processor_time();
            let [learning, lines] = settle(&mut window, &config);
            let done = processor_time();
            edits += black_box(&window).iter().map(|text| text.edits.len()).sum::<usize>();
            let spent = |from: Duration, to: Duration| to.saturating_sub(from);
            let times = [spent(start, characters), learning, lines, spent(start, done)];
            now.iter_mut().zip(times).for_each(|(sum, time)| *sum += time);
            from = to;
        }
        best.iter_mut().zip(now).for_each(|(best, now)| *best = now.min(*best));
    }
    let mb = bytes as f64 / 1e6;
    let rate = |time: Duration| mb / time.as_secs_f64();
    println!(
        "{mb:.1} MB, {edits} edits; MB/s: characters {:.0}, learning {:.0}, lines {:.0}, all {:.0}",
        rate(best[0]),
        rate(best[1]),
        rate(best[2]),
        rate(best[3])
    );
    Ok(())
}
