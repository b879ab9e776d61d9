//! `speed-repair`: bytes per second of processor time of each step, on one thread.

use std::hint::black_box;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use serde_json::Value;
use textmill_core::repair::{RepairConfig, Repaired, Rule, WordCounts, Words, repair_characters, repair_lines};

use super::stream::{field, files, option, read};

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
            let mut counts = WordCounts::new();
            window.iter().for_each(|text| counts.learn(&text.text));
            let learned = processor_time();
            let words = Words::new(&counts);
            window.iter_mut().for_each(|text| repair_lines(text, &config, &words));
            let done = processor_time();
            edits += black_box(&window).iter().map(|text| text.edits.len()).sum::<usize>();
            for (sum, (from, to)) in
                now.iter_mut().zip([(start, characters), (characters, learned), (learned, done), (start, done)])
            {
                *sum += to.saturating_sub(from);
            }
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

/// Processor time of this thread.
fn processor_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}
