//! What a run came to: `summary.json` for programs, a short table for people.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Map, Value, json};
use textmill_core::repair::Rule;

use crate::config::Plan;
use crate::graph::{Books, Finished, IndexReport, Tally};

/// The run as `summary.json` has it.
pub fn to_json(finished: &Finished, plan: &Plan) -> Value {
    let Books { ledger, repairs, languages, times, index, .. } = &finished.books;
    let tally = |tally: Tally| json!({"records": tally.records, "bytes": tally.bytes});
    let with_reasons = |all: Tally, reasons: Map<String, Value>| json!({"records": all.records, "bytes": all.bytes, "reasons": reasons});
    let dropped = ledger.dropped.iter().map(|(reason, n)| (reason.name().to_owned(), tally(*n))).collect();
    let rejected = ledger.rejected.iter().map(|(reason, n)| (reason.name().to_owned(), tally(*n))).collect();
    let passed: Map<String, Value> =
        ledger.passed.iter().map(|(reason, n)| (reason.name().to_owned(), tally(*n))).collect();
    let mut repairs: Map<String, Value> = Rule::ALL
        .iter()
        .filter(|&&rule| repairs[rule as usize] > 0)
        .map(|&rule| (rule.name().to_owned(), json!(repairs[rule as usize])))
        .collect();
    let (paragraphs, paragraph_bytes) = ledger.repeated_paragraphs;
    if paragraphs > 0 {
        repairs.insert(Rule::RepeatedParagraphs.name().to_owned(), json!(paragraphs));
    }
    let languages: Map<String, Value> = languages
        .iter()
        .map(|(code, (records, bytes))| (code.clone(), json!({"records": records, "bytes": bytes})))
        .collect();
    let stages: Map<String, Value> = times
        .by_name()
        .iter()
        .map(|(name, time)| {
            ((*name).to_owned(), json!({"seconds": seconds(time.busy), "records": time.records, "bytes": time.bytes}))
        })
        .collect();
    let read = ledger.accounted();
    let raw = |id: &str| serde_json::from_str::<Value>(id).unwrap_or(Value::Null);
    let clusters: Vec<Value> = finished
        .books
        .clusters
        .iter()
        .map(|cluster| {
            let examples: Vec<Value> = cluster.examples.iter().map(|id| raw(id)).collect();
            json!({"kept": raw(&cluster.survivor), "removed": cluster.removed, "examples": examples})
        })
        .collect();
    json!({
        "textmill": env!("CARGO_PKG_VERSION"),
        "read": tally(read),
        "emitted": tally(ledger.emitted),
        "dropped": with_reasons(ledger.dropped_in_all(), dropped),
        "rejected": with_reasons(ledger.rejected_in_all(), rejected),
        "blank_bytes": ledger.blank_bytes,
        "passed_over": passed,
        "conserved": ledger.is_balanced(),
        "interrupted": finished.interrupted,
        "repairs": repairs,
        "repeated_paragraphs": {"paragraphs": paragraphs, "bytes": paragraph_bytes},
        "languages": languages,
        "removed_too_much": removed_too_much(&finished.books, plan).iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(),
        "largest_clusters": clusters,
        "stages": stages,
        "threads": plan.run.threads,
        "rows": {
            "emitted": ledger.rows.emitted.to_string(),
            "dropped": ledger.rows.dropped.to_string(),
            "rejected": ledger.rows.rejected.to_string(),
        },
        "index_bytes": index.memory_bytes,
        "index": index_report(index),
        "elapsed_s": seconds(finished.elapsed),
        "bytes_per_s": per_second(ledger.input_bytes, finished.elapsed),
        "peak_rss_bytes": peak_rss_bytes(),
    })
}

fn index_report(index: &IndexReport) -> Value {
    let mut report = json!({
        "documents": index.documents,
        "on_disk": index.frozen_documents,
        "of_earlier_runs": index.earlier_documents,
    });
    if let Some((rate, is_overfull)) = index.false_positives {
        report["verified"] = json!(false);
        report["false_positive_rate"] = json!(rate);
        report["holds_more_than_expected"] = json!(is_overfull);
    }
    report
}

/// The sources of which more than `dedup.max_removed_ratio` was dropped, with the ratio; small ones do not count.
pub fn removed_too_much(books: &Books, plan: &Plan) -> Vec<(String, f64)> {
    /// Records below which a ratio says nothing about a source.
    const LEAST_RECORDS: u64 = 100;
    let judged = books.sources.iter().filter(|(_, (records, _))| *records >= LEAST_RECORDS);
    let ratios = judged.map(|(name, (records, dropped))| (name.clone(), *dropped as f64 / *records as f64));
    ratios.filter(|(_, ratio)| *ratio > plan.dedup.max_removed_ratio).collect()
}

/// The run as a person reads it.
pub fn to_table(finished: &Finished, plan: &Plan) -> String {
    let Books { ledger, repairs, languages, .. } = &finished.books;
    let mut out = String::new();
    let mut row = |name: &str, tally: Tally, note: String| {
        let size = human_bytes(tally.bytes);
        // Writing to a string cannot fail.
        let _ = writeln!(out, "  {name:9} {:>10} {:>10}  {note}", tally.records, size);
    };
    let list = |reasons: Vec<(String, u64)>| {
        reasons.iter().map(|(name, n)| format!("{name} {n}")).collect::<Vec<_>>().join(", ")
    };
    row("read", ledger.accounted(), String::new());
    row("emitted", ledger.emitted, String::new());
    row(
        "dropped",
        ledger.dropped_in_all(),
        list(ledger.dropped.iter().map(|(name, n)| (name.name().to_owned(), n.records)).collect()),
    );
    row(
        "rejected",
        ledger.rejected_in_all(),
        list(ledger.rejected.iter().map(|(name, n)| (name.name().to_owned(), n.records)).collect()),
    );
    if !ledger.passed.is_empty() {
        let passed = list(ledger.passed.iter().map(|(reason, n)| (reason.name().to_owned(), n.records)).collect());
        let _ = writeln!(out, "  passed    {passed}");
    }
    let made: Vec<(String, u64)> = Rule::ALL
        .iter()
        .map(|&rule| (rule.name().to_owned(), repairs[rule as usize]))
        .chain([(Rule::RepeatedParagraphs.name().to_owned(), ledger.repeated_paragraphs.0)])
        .filter(|(_, n)| *n > 0)
        .collect();
    if !made.is_empty() {
        let _ = writeln!(out, "  repairs   {}", list(made));
    }
    let mut by_size: Vec<(&String, &(u64, u64))> = languages.iter().filter(|(code, _)| !code.is_empty()).collect();
    by_size.sort_by_key(|(code, (_, bytes))| (std::cmp::Reverse(*bytes), code.as_str()));
    if !by_size.is_empty() {
        let shown = by_size
            .iter()
            .take(12)
            .map(|(code, (records, _))| format!("{code} {records}"))
            .collect::<Vec<_>>()
            .join(", ");
        let more = if by_size.len() > 12 { format!(" and {} more", by_size.len() - 12) } else { String::new() };
        let _ = writeln!(out, "  languages {shown}{more}");
    }
    for (source, ratio) in removed_too_much(&finished.books, plan) {
        let limit = plan.dedup.max_removed_ratio;
        let _ = writeln!(
            out,
            "  WARNING   {ratio:.2} of `{source}` was dropped, more than dedup.max_removed_ratio = {limit}: look at what its pages share"
        );
    }
    let rate = human_bytes(per_second(ledger.input_bytes, finished.elapsed));
    let rss = human_bytes(peak_rss_bytes());
    let _ = writeln!(
        out,
        "  {:.2} s, {rate}/s, peak memory {rss}, index {}",
        finished.elapsed.as_secs_f64(),
        human_bytes(finished.books.index.memory_bytes)
    );
    out
}

/// Bytes in the largest unit that leaves a whole number before the point.
pub fn human_bytes(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", units[unit]) }
}

fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e6
}

fn per_second(bytes: u64, time: Duration) -> u64 {
    (bytes as f64 / time.as_secs_f64().max(1e-9)) as u64
}

/// The most memory that the process held, as Linux counts it; 0 where that is not known.
///
/// Source: proc(5), `VmHWM` in `/proc/self/status`.
pub fn peak_rss_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
