//! Slow drift: how long each part of the stream takes, as a multiple of what a plain loop over the same bytes takes in
//! the same run, against the multiples that were recorded. A machine that is busy slows both.
//!
//! ```sh
//! cargo bench --bench drift                 # compares with benches/record/drift.tsv
//! cargo bench --bench drift -- --record     # writes it anew
//! ```
//!
//! The corpus is that of `cargo xtask corpus`. The reference and the part are timed in turn, and the least of each
//! counts, in processor time of the thread. Exact counts of instructions: `cargo xtask instructions`.

#![allow(unreachable_pub, reason = "the corpus is xtask's as well")]
#![allow(dead_code, reason = "the corpus is xtask's as well")]

#[path = "../xtask/src/figures/corpus.rs"]
mod corpus;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use corpus::{Damage, Page};
use rustix::time::{ClockId, clock_gettime};
use textmill::formats::json;
use textmill_core::decode::{Hint, decode};
use textmill_core::dedup::{DedupConfig, Index, Sketcher};
use textmill_core::langid::{SpanConfig, spans};
use textmill_core::repair::{RepairConfig, Rule, RuleSet, WordCounts, Words, repair_characters, repair_lines};

/// Rounds of which the fastest counts.
const ROUNDS: usize = 15;
/// A part that takes so much more than recorded is marked: above what two runs on a busy machine differ by.
const MARKED_RATIO: f64 = 1.10;

fn main() {
    let pages = corpus::corpus();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/record/drift.tsv");
    let recorded = read_record(&path);
    let now: Vec<(&str, f64)> = parts(&pages);
    if std::env::args().any(|arg| arg == "--record") {
        let mut out = "# part, its time as a multiple of the reference loop's; written by cargo bench --bench drift -- --record\n".to_owned();
        for (name, multiple) in now {
            let _ = writeln!(out, "{name}\t{multiple:.3}");
        }
        std::fs::write(&path, out).expect("benches/record can be written");
        return;
    }
    println!("{:24} {:>10} {:>10} {:>8}", "part", "recorded", "now", "ratio");
    for (name, multiple) in now {
        let Some(&before) = recorded.get(name) else {
            println!("{name:24} {:>10} {multiple:>10.3}", "-");
            continue;
        };
        let ratio = multiple / before;
        let mark = if ratio > MARKED_RATIO { "  slower" } else { "" };
        println!("{name:24} {before:>10.3} {multiple:>10.3} {ratio:>8.3}{mark}");
    }
}

fn read_record(path: &Path) -> BTreeMap<String, f64> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(n, m)| Some((n.to_owned(), m.parse().ok()?)))
        .collect()
}

/// The parts of the stream, each with its multiple.
fn parts(pages: &[Page]) -> Vec<(&'static str, f64)> {
    let clean: Vec<&str> = texts(pages, Damage::Clean);
    let wrapped = texts(pages, Damage::HardWrapped);
    let hyphenated = texts(pages, Damage::Hyphenated);
    let marked = texts(pages, Damage::CutMarks);
    let lines = String::from_utf8(corpus::jsonl(pages)).expect("JSON is UTF-8");
    let latin: Vec<Vec<u8>> = pages
        .iter()
        .filter(|page| page.script == "latin" && page.damage == Damage::Clean)
        .map(|page| page.text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect())
        .collect();
    let repair = RepairConfig { rules: RuleSet::all(), min_score: [0.5; Rule::ALL.len()] };
    let mut counts = WordCounts::new();
    pages.iter().for_each(|page| counts.learn(&page.text));
    let words = Words::new(&counts);
    let break_up = |texts: &[&str]| -> usize {
        texts
            .iter()
            .map(|text| {
                let mut repaired = repair_characters(text, &repair);
                repair_lines(&mut repaired, &repair, &words);
                repaired.edits.len()
            })
            .sum()
    };
    let languages = SpanConfig::default();
    let dedup = DedupConfig::default();
    let mut sketcher = Sketcher::new(&dedup).expect("the default configuration");
    let sketches: Vec<_> = clean.iter().map(|text| sketcher.sketch(text)).collect();
    vec![
        measure("json/read", &[&lines], || {
            let (mut fields, mut text) = (Vec::new(), String::new());
            lines
                .lines()
                .map(|line| {
                    fields.clear();
                    text.clear();
                    json::read_record(line, "text", &mut fields, &mut text).is_ok_and(|(_, text)| text.is_some())
                })
                .filter(|found| *found)
                .count()
        }),
        measure("json/write", &clean, || {
            let mut out = Vec::with_capacity(corpus::CORPUS_BYTES * 2);
            clean.iter().for_each(|text| json::write_string(text, &mut out));
            out.len()
        }),
        measure("decode/utf-8", &clean, || {
            clean.iter().map(|text| decode(text.as_bytes(), &Hint::default()).text.len()).sum()
        }),
        measure("decode/windows-1252", &latin, || {
            latin.iter().map(|page| decode(page, &Hint::default()).text.len()).sum()
        }),
        measure("repair/learn", &clean, || {
            let mut counts = WordCounts::new();
            clean.iter().for_each(|text| counts.learn(text));
            1
        }),
        measure("repair/clean", &clean, || break_up(&clean) + 1),
        measure("repair/hard-wrapped", &wrapped, || break_up(&wrapped)),
        measure("repair/hyphenated", &hyphenated, || break_up(&hyphenated)),
        measure("repair/cut-marks", &marked, || break_up(&marked)),
        measure("langid/spans", &clean, || {
            let mut found = Vec::new();
            clean
                .iter()
                .map(|text| {
                    found.clear();
                    spans(text, &languages, &mut found);
                    found.len()
                })
                .sum()
        }),
        measure("dedup/sketch", &clean, || clean.iter().map(|text| sketcher.sketch(text).band_keys.len()).sum()),
        measure("dedup/index", &clean, || {
            let mut index = Index::new(&dedup).expect("the default configuration");
            for sketch in &sketches {
                black_box(index.insert(sketch));
            }
            index.len()
        }),
    ]
}

fn texts(pages: &[Page], damage: Damage) -> Vec<&str> {
    pages.iter().filter(|page| page.damage == damage).map(|page| page.text.as_str()).collect()
}

/// The least time of `work` over the least time of the reference loop on the same bytes.
fn measure<T: AsRef<[u8]>>(name: &'static str, input: &[T], mut work: impl FnMut() -> usize) -> (&'static str, f64) {
    let mut least = [Duration::MAX; 2];
    for _ in 0..ROUNDS {
        let start = now();
        black_box(input.iter().map(|bytes| reference(bytes.as_ref())).fold(0, u64::wrapping_add));
        least[0] = least[0].min(now().saturating_sub(start));
        let start = now();
        assert!(black_box(work()) > 0, "{name} did nothing");
        least[1] = least[1].min(now().saturating_sub(start));
    }
    (name, least[1].as_secs_f64() / least[0].as_secs_f64())
}

/// The reference: a hash a byte at a time (FNV-1a), which no compiler makes faster than the multiplication it waits for.
fn reference(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

/// The processor time of this thread.
fn now() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}
