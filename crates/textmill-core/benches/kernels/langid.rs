//! `langid`: the spans of pages in one language, and of pages whose paragraphs change it.

use std::hint::black_box;

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use textmill_core::langid::{Scratch, SpanConfig, document_language, spans_with};

use super::texts::{SCRIPTS, bytes};

/// Times `langid/spans/<script>` and `langid/spans/mixed`.
pub fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("langid");
    for script in &SCRIPTS {
        one(&mut group, script.name, &script.pages(), script.language);
    }
    let mixed: Vec<String> = SCRIPTS[0].pages().iter().zip(SCRIPTS[1].pages()).map(|(en, fr)| mix(en, &fr)).collect();
    one(&mut group, "mixed", &mixed, "mul");
    group.finish();
}

fn one(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, pages: &[String], language: &str) {
    let config = SpanConfig::default();
    let (mut scratch, mut found) = (Scratch::new(), Vec::new());
    for page in pages {
        spans_with(page, &config, &mut scratch, &mut found);
        assert_eq!(document_language(&found, page).language.code(), language, "{name}");
    }
    group.throughput(Throughput::Bytes(bytes(pages)));
    group.bench_function(format!("spans/{name}"), |b| {
        b.iter(|| {
            let spans_of = |page: &String| {
                spans_with(black_box(page), &config, &mut scratch, &mut found);
                found.len()
            };
            pages.iter().map(spans_of).sum::<usize>()
        });
    });
}

/// The paragraphs of two pages in turn, joined in one.
fn mix(first: &str, second: &str) -> String {
    let pairs = first.trim_end().split("\n\n").zip(second.trim_end().split("\n\n"));
    pairs.map(|(first, second)| format!("{first} {second}")).collect::<Vec<_>>().join("\n\n") + "\n"
}
