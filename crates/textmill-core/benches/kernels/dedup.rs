//! `dedup`: sketches of pages, and the index that they are put into.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput};
use textmill_core::dedup::{DedupConfig, Index, Sketch, Sketcher, Verdict};

use super::texts::{SCRIPTS, bytes};

/// Times `dedup/sketch/<script>` and `dedup/index`.
pub fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("dedup");
    let config = DedupConfig::default();
    let mut sketcher = Sketcher::new(&config).expect("the default configuration");
    for script in &SCRIPTS {
        let pages = script.pages();
        let mut index = Index::new(&config).expect("the default configuration");
        for page in &pages {
            index.insert(&sketcher.sketch(page));
            let louder = page.to_uppercase();
            assert!(
                matches!(index.insert(&sketcher.sketch(&louder)), Verdict::ExactDuplicate { .. }),
                "{}",
                script.name
            );
        }
        group.throughput(Throughput::Bytes(bytes(&pages)));
        group.bench_function(format!("sketch/{}", script.name), |b| {
            b.iter(|| pages.iter().map(|page| sketcher.sketch(black_box(page)).band_keys.len()).sum::<usize>());
        });
    }
    let sketches: Vec<Sketch> =
        SCRIPTS.iter().flat_map(super::texts::Script::pages).map(|page| sketcher.sketch(&page)).collect();
    group.throughput(Throughput::Elements(sketches.len() as u64));
    group.bench_function("index", |b| {
        b.iter_batched_ref(
            || Index::new(&config).expect("the default configuration"),
            |index| sketches.iter().map(|sketch| index.insert(black_box(sketch))).last(),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}
