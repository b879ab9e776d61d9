//! Scores the embedded model as the pipeline uses it: spans against gold spans, and its speed.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use textmill_core::langid::{Scratch, Span, SpanConfig, identify, spans_with};

use super::corpus::{records, string};

/// `evaluate-langid [--verbose | --table] GOLD.jsonl...`: accuracy by letters, borders, calibration; with every mistake,
/// or with the accuracy of each language.
pub fn evaluate(args: &[String]) -> Result<(), String> {
    let verbose = args.first().is_some_and(|arg| arg == "--verbose");
    let table = args.first().is_some_and(|arg| arg == "--table");
    let mut calibration = [[0.0_f64; 3]; 10];
    for file in &args[usize::from(verbose || table)..] {
        let rows = records(Path::new(file))?;
        let name = Path::new(file).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if rows.first().is_some_and(|row| row.get("spans").is_some()) {
            mixed(&name, &rows, verbose);
        } else {
            plain(&name, &rows, verbose, table, &mut calibration);
        }
    }
    println!("score        spans  mean score  right");
    for (bin, [count, score, right]) in calibration.iter().enumerate().filter(|row| row.1[0] > 0.0) {
        println!(
            "{:.1}–{:.1} {count:>10} {:>11.3} {:>6.3}",
            bin as f64 / 10.0,
            (bin + 1) as f64 / 10.0,
            score / count,
            right / count
        );
    }
    Ok(())
}

/// Languages that the second figure of each line does not hold apart.
fn family(code: &str) -> &str {
    match code {
        "hr" | "sr" | "bs" => "hbs",
        "id" | "ms" => "msa",
        code => code,
    }
}

fn plain(name: &str, rows: &[serde_json::Value], verbose: bool, table: bool, calibration: &mut [[f64; 3]; 10]) {
    let mut by_language: BTreeMap<&str, [f64; 3]> = BTreeMap::new();
    let mut wrong: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    let mut found = Vec::new();
    let mut scratch = Scratch::new();
    let mut named = 0;
    for row in rows {
        let (text, gold) = (string(row, "text"), string(row, "language"));
        spans_with(text, &SpanConfig::default(), &mut scratch, &mut found);
        let (mut right, mut merged, mut all) = (0.0, 0.0, 0.0);
        for span in &found {
            let letters =
                text[span.start..span.end].chars().filter(|letter| letter.is_alphabetic()).count().max(1) as f64;
            all += letters;
            let code = span.language.code();
            let ok = code == gold || gold == "zxx" && code == "und";
            right += if ok { letters } else { 0.0 };
            merged += if ok || family(code) == family(gold) { letters } else { 0.0 };
            if span.language.is_known() {
                named += 1;
                let bin = &mut calibration[((span.score * 10.0) as usize).min(9)];
                bin[0] += 1.0;
                bin[1] += f64::from(span.score);
                bin[2] += f64::from(u8::from(ok));
            }
        }
        let entry = by_language.entry(gold).or_default();
        entry[0] += right / f64::max(all, 1.0);
        entry[1] += merged / f64::max(all, 1.0);
        entry[2] += 1.0;
        if right * 2.0 < all {
            let code = found.iter().max_by_key(|span| span.end - span.start).map_or("-", |span| span.language.code());
            *wrong.entry((gold, code)).or_default() += 1;
            if verbose {
                println!("  {gold} {:?} {text:.200}", found.iter().map(|s| (s.language, s.score)).collect::<Vec<_>>());
            }
        }
    }
    let mean =
        |at: usize| by_language.values().map(|entry| entry[at] / entry[2]).sum::<f64>() / by_language.len() as f64;
    if table {
        for (language, entry) in &by_language {
            println!("{name} {language} {:.3}", entry[0] / entry[2]);
        }
    }
    let mut worst: Vec<_> = wrong.iter().collect();
    worst.sort_by_key(|entry| std::cmp::Reverse(entry.1));
    let pairs: Vec<String> = worst.iter().take(12).map(|((gold, got), n)| format!("{gold}→{got} {n}")).collect();
    println!(
        "{name:<13} {:>6} rows {:>3} languages: strict {:.4}, merged {:.4}, named {:.3}; {}",
        rows.len(),
        by_language.len(),
        mean(0),
        mean(1),
        f64::from(named) / rows.len() as f64,
        pairs.join(", ")
    );
}

fn mixed(name: &str, rows: &[serde_json::Value], verbose: bool) {
    let mut scratch = Scratch::new();
    let (mut mono, mut kept, mut several, mut exact, mut near) = (0, 0, 0, 0, 0);
    let mut found = Vec::new();
    for row in rows {
        let text = string(row, "text");
        let gold: Vec<(&str, usize)> = row["spans"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|span| (string(span, "language"), span["start"].as_u64().unwrap_or(0) as usize))
            .collect();
        spans_with(text, &SpanConfig::default(), &mut scratch, &mut found);
        let runs = runs(text, &found);
        if gold.len() == 1 {
            mono += 1;
            kept += u32::from(runs.len() == 1);
            if verbose && runs.len() > 1 {
                println!("  {gold:?} {runs:?} {text}");
            }
            continue;
        }
        several += 1;
        let right = runs.iter().map(|run| run.0).eq(gold.iter().map(|span| span.0));
        let close = runs.iter().zip(&gold).skip(1).all(|(run, span)| run.1.abs_diff(span.1) <= 20);
        exact += u32::from(right);
        near += u32::from(right && close);
        if verbose && !(right && close) {
            println!("  {gold:?} {runs:?} {text}");
        }
    }
    let share = |n: u32, of: u32| f64::from(n) / f64::from(of.max(1));
    println!(
        "{name:<13} {several} mixed: right spans {:.4}, all borders within 20 {:.4}; {mono} in one language: kept whole {:.4}",
        share(exact, several),
        share(near, several),
        share(kept, mono)
    );
}

/// Languages in order with the code point where each begins.
fn runs<'a>(text: &str, found: &[Span]) -> Vec<(&'a str, usize)> {
    let mut runs: Vec<(&str, usize)> = Vec::new();
    for span in found {
        let code = span.language.code();
        if runs.last().is_none_or(|run| run.0 != code) {
            runs.push((code, text[..span.start].chars().count()));
        }
    }
    runs
}

/// `speed-langid GOLD.jsonl...`: bytes per second of [`identify`] and of `spans_with` on the texts of each file, best of seven.
pub fn speed(args: &[String]) -> Result<(), String> {
    for file in args {
        let rows = records(Path::new(file))?;
        let texts: Vec<&str> = rows.iter().map(|row| string(row, "text")).collect();
        let bytes: usize = texts.iter().map(|text| text.len()).sum();
        let document = texts.join("\n");
        let mut found = Vec::new();
        let mut best = [f64::MAX; 3];
        let mut known = 0;
        let mut scratch = Scratch::new();
        let whole = SpanConfig { inside_paragraphs: false, ..SpanConfig::default() };
        for _ in 0..7 {
            let start = clock();
            known += texts.iter().filter(|text| identify(text).language.is_known()).count();
            best[0] = best[0].min(clock() - start);
            for (at, config) in [(1, &whole), (2, &SpanConfig::default())] {
                let start = clock();
                spans_with(&document, config, &mut scratch, &mut found);
                best[at] = best[at].min(clock() - start);
                known += found.len();
            }
        }
        let [one, lines, inside] = best.map(|seconds| bytes as f64 / seconds / 1e6);
        println!(
            "{:<14} {:>5} bytes a text: identify {one:>6.1} MB/s, spans {lines:>6.1}, with changes inside {inside:>6.1} ({known})",
            Path::new(file).file_stem().unwrap_or_default().to_string_lossy(),
            bytes / texts.len().max(1)
        );
    }
    Ok(())
}

/// Seconds that this thread has been on a core, where the system tells; else seconds on the clock.
///
/// On a machine with other work the clock measures the neighbours.
fn clock() -> f64 {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|line| line.split(' ').next().and_then(|first| first.parse::<f64>().ok()));
    nanoseconds.map_or_else(|| START.elapsed().as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
}
