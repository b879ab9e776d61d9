//! All kernels one after the other, on bytes in memory: what a worker does with a batch, without files and records.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use textmill_core::decode::{Hint, decode};
use textmill_core::dedup::{DedupConfig, Index, Sketcher};
use textmill_core::langid::{Scratch, SpanConfig, document_language, spans_with};
use textmill_core::repair::{RepairConfig, Rule, RuleSet, WordCounts, Words, repair_characters, repair_lines};

use super::damage;
use super::texts::{SCRIPTS, bytes};

/// Times `stream/<script>/clean` and `stream/<script>/hard-wrapped`.
pub fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("stream");
    // Its tables take 18 ms to lay out, once a process.
    let sketcher = Sketcher::new(&DedupConfig::default()).expect("the default configuration");
    for script in &SCRIPTS {
        let clean = script.pages();
        let wrapped: Vec<String> = clean.iter().map(|page| damage::hard_wrapped(page, script.space)).collect();
        for (damage, pages) in [("clean", &clean), ("hard-wrapped", &wrapped)] {
            assert_eq!(run(pages, &sketcher).len(), clean.len());
            group.throughput(Throughput::Bytes(bytes(pages)));
            group.bench_function(format!("{}/{damage}", script.name), |b| {
                b.iter(|| run(black_box(pages), &sketcher).len());
            });
        }
    }
    group.finish();
}

/// The pages cleaned, those that are duplicates left out.
fn run(pages: &[String], sketcher: &Sketcher) -> Vec<String> {
    let repair = RepairConfig { rules: RuleSet::all(), min_score: [0.5; Rule::ALL.len()] };
    let languages = SpanConfig::default();
    let dedup = DedupConfig::default();
    let mut sketcher = sketcher.clone();
    let mut index = Index::new(&dedup).expect("the default configuration");
    let mut counts = WordCounts::new();
    let decoded: Vec<_> = pages.iter().map(|page| decode(page.as_bytes(), &Hint::default())).collect();
    let mut repaired: Vec<_> = decoded.iter().map(|decoded| repair_characters(&decoded.text, &repair)).collect();
    repaired.iter().for_each(|page| counts.learn(&page.text));
    let words = Words::new(&counts);
    let (mut scratch, mut found) = (Scratch::new(), Vec::new());
    let mut kept = Vec::new();
    for page in &mut repaired {
        repair_lines(page, &repair, &words);
        spans_with(&page.text, &languages, &mut scratch, &mut found);
        black_box(document_language(&found, &page.text));
        let before = index.len();
        index.insert(&sketcher.sketch(&page.text));
        if index.len() > before {
            kept.push(page.text.clone().into_owned());
        }
    }
    kept
}
