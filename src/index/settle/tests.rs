//! A corpus on disk is settled as one in memory is, in whatever memory there is and whatever its documents share.

use proptest::prelude::*;
use textmill_core::dedup::{Clustering, Clusters, Fate, Sketch, Sketcher};

use super::*;
use crate::index::{Ids, SettledFate};

/// A text of 80 words, some of them of no other text.
fn text(base: u32, changes: &[usize], own: u32) -> String {
    let word = |i: usize| if changes.contains(&i) { format!("x{own}y{i}") } else { format!("b{base}w{i}") };
    (0..80).map(word).collect::<Vec<_>>().join(" ")
}

fn fates(answer: &Clustering) -> Vec<SettledFate> {
    let fate = |fate: &Fate| match *fate {
        Fate::Kept => SettledFate::Kept,
        Fate::Empty => SettledFate::Empty,
        Fate::ExactDuplicate { of } => SettledFate::ExactDuplicate(of),
        Fate::NearDuplicate { of, evidence } => SettledFate::NearDuplicate(of, evidence.similarity()),
    };
    answer.fates.iter().map(fate).collect()
}

/// The documents in batches of that size on a shelf.
fn shelve(sketches: &[Sketch], config: &DedupConfig, batch: usize) -> Shelf {
    let mut shelf = Shelf::create(&std::env::temp_dir()).unwrap();
    for (first, part) in sketches.chunks(batch).enumerate() {
        let (mut clusters, mut ids) = (Clusters::new(config).unwrap(), Ids::default());
        for (i, sketch) in part.iter().enumerate() {
            let number = first * batch + i;
            clusters.add(sketch, i as u64, weight(number));
            ids.push(number.to_string().as_bytes());
        }
        shelf.put(clusters, &ids).unwrap();
    }
    shelf
}

fn weight(number: usize) -> u64 {
    number as u64 * 7 % 5
}

/// Settles in memory and on disk, and compares; returns how many were removed.
fn check(sketches: &[Sketch], keep: Keep, batch: usize, buffer_bytes: u64) -> usize {
    let config = DedupConfig::default();
    let mut all = Clusters::new(&config).unwrap();
    for (number, sketch) in sketches.iter().enumerate() {
        all.add(sketch, number as u64, weight(number));
    }
    let whole = all.finish(keep);
    let shelf = shelve(sketches, &config, batch);
    let settled = settle_in(&shelf, &config, keep, 4, buffer_bytes).unwrap();
    let mut next = settled.fates.all().unwrap();
    let found: Vec<SettledFate> = sketches.iter().map(|_| next().unwrap()).collect();
    assert_eq!(found, fates(&whole));
    let largest = whole.clusters.iter().take(4).map(|cluster| LargeCluster::new(cluster.survivor, &cluster.removed));
    assert_eq!(settled.clusters, largest.collect::<Vec<_>>());
    let mut id = Vec::new();
    shelf.id(sketches.len() as u32 - 1, &mut id).unwrap();
    assert_eq!(id, (sketches.len() - 1).to_string().into_bytes());
    found.iter().filter(|&&fate| fate != SettledFate::Kept).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_corpus_on_disk_is_settled_as_one_in_memory(
        documents in prop::collection::vec((0_u32..9, prop::collection::vec(0_usize..80, 0..4), 0_u32..3), 1..60),
        blank in any::<bool>(),
        shared_bands in 0_usize..4,
        batch in 1_usize..20,
        buffer_bytes in 0_u64..5_000,
        heaviest in any::<bool>(),
    ) {
        let keep = if heaviest { Keep::Heaviest } else { Keep::First };
        let mut sketcher = Sketcher::new(&DedupConfig::default()).unwrap();
        let sketch = |(base, changes, own): &(u32, Vec<usize>, u32)| sketcher.sketch(&text(*base, changes, *own));
        let mut sketches: Vec<Sketch> = documents.iter().map(sketch).collect();
        sketches.iter_mut().for_each(|sketch| sketch.band_keys[..shared_bands].fill(1));
        if blank {
            sketches.insert(sketches.len() / 2, sketcher.sketch(" "));
            sketches.push(sketcher.sketch("\n"));
        }
        check(&sketches, keep, batch, buffer_bytes);
    }
}

/// Text `i` of a chain in which each is like the next, and in ten steps nothing is left of the first.
fn link_of_a_chain(chain: usize, i: usize) -> String {
    (i * 8..i * 8 + 80).map(|word| format!("c{chain}w{word}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_cluster_larger_than_memory_is_settled_in_blocks() {
    let mut sketcher = Sketcher::new(&DedupConfig::default()).unwrap();
    // One cluster of 900 with more than 256 survivors, and one of 100; each document shares a key with all others.
    let places = (0..1000).map(|i| if i % 10 == 3 { (1, i / 10) } else { (0, i * 7919 % 1000) });
    let mut sketches: Vec<Sketch> = places.map(|(chain, i)| sketcher.sketch(&link_of_a_chain(chain, i))).collect();
    for sketch in &mut sketches {
        sketch.band_keys[..2].fill(1);
    }
    for keep in [Keep::First, Keep::Heaviest] {
        let removed = check(&sketches, keep, 300, 2_000);
        assert!((300..700).contains(&removed), "{removed}");
    }
}

#[test]
fn too_little_memory_is_told_before_it_is_taken() {
    let config = DedupConfig::default();
    let mut sketcher = Sketcher::new(&config).unwrap();
    let sketches: Vec<Sketch> = (0..200).map(|own| sketcher.sketch(&text(1, &[own as usize % 80], own))).collect();
    let shelf = shelve(&sketches, &config, 50);
    let enough = 200 * BYTES_PER_DOCUMENT + LEAST_BYTES;
    assert!(settle(&shelf, &config, Keep::First, 4, enough - 1).unwrap().is_none());
    assert!(settle(&shelf, &config, Keep::First, 4, enough).unwrap().is_some());
}
