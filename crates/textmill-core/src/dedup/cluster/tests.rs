//! Which text of a cluster survives, and that the order of arrival does not matter.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::dedup::Sketcher;
use crate::dedup::overlap::Comparer;
use crate::dedup::shingle_set::StoredSet;

static SKETCHER: LazyLock<Sketcher> =
    LazyLock::new(|| Sketcher::new(&DedupConfig::default()).expect("the defaults are in range"));

/// A text of `len` words in which each word is of the base text or, where `changes` says, of no other text.
fn text(base: u32, len: usize, changes: &[usize], own: u32) -> String {
    let word = |i: usize| if changes.contains(&i) { format!("x{own}y{i}") } else { format!("b{base}w{i}") };
    (0..len).map(word).collect::<Vec<_>>().join(" ")
}

fn fates(texts: &[(u64, String)], keep: Keep) -> Vec<(u64, String)> {
    let config = DedupConfig::default();
    let mut sketcher = SKETCHER.clone();
    let mut clusters = Clusters::new(&config).expect("the defaults are in range");
    for (order, text) in texts {
        clusters.add(&sketcher.sketch(text), *order, text.len() as u64);
    }
    let answer = clusters.finish(keep);
    let order = |number: u32| texts[number as usize].0;
    let mut named: Vec<(u64, String)> = answer
        .fates
        .iter()
        .zip(texts)
        .map(|(fate, (own, _))| {
            let fate = match *fate {
                Fate::Kept => "kept".into(),
                Fate::Empty => "empty".into(),
                Fate::ExactDuplicate { of } => format!("exact {}", order(of)),
                Fate::NearDuplicate { of, evidence } => format!("near {} {}", order(of), evidence.similarity_ppm()),
            };
            (*own, fate)
        })
        .collect();
    named.sort();
    named
}

#[test]
fn the_heaviest_of_a_cluster_survives_if_asked() {
    let texts =
        [(0, text(1, 200, &[], 0)), (1, text(1, 204, &[], 0)), (2, text(1, 204, &[], 0)), (3, text(2, 90, &[], 0))];
    let kept = |keep| {
        fates(&texts, keep)
            .iter()
            .map(|(_, fate)| fate.split(' ').take(2).collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
    };
    assert_eq!(kept(Keep::First), ["kept", "near 0", "near 0", "kept"]);
    assert_eq!(kept(Keep::Heaviest), ["near 1", "kept", "exact 1", "kept"]);
}

#[test]
fn a_chain_never_pulls_down_what_is_unlike_the_survivor() {
    let link = |i: usize| (i * 18..i * 18 + 200).map(|word| format!("w{word}")).collect::<Vec<_>>().join(" ");
    let texts: Vec<(u64, String)> = (0..6).map(|i| (i as u64, link(i))).collect();
    let words: Vec<String> = fates(&texts, Keep::First).into_iter().map(|(_, fate)| fate[..4].to_string()).collect();
    assert_eq!(words, ["kept", "near", "kept", "near", "kept", "near"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn the_order_of_arrival_does_not_matter(
        documents in prop::collection::vec((0_u32..4, prop::collection::vec(0_usize..120, 0..4), 0_u32..3), 2..24),
        seed in any::<u64>(),
        heaviest in any::<bool>(),
    ) {
        let mut texts: Vec<(u64, String)> = documents.iter().enumerate()
            .map(|(i, (base, changes, own))| (i as u64 * 7, text(*base, 120, changes, *own))).collect();
        let keep = if heaviest { Keep::Heaviest } else { Keep::First };
        let sorted = fates(&texts, keep);
        texts.sort_by_key(|(order, _)| (order + 1).wrapping_mul(seed | 1));
        prop_assert_eq!(fates(&texts, keep), sorted);
    }
}

/// The evidence for a pair, told from the second, if the two are similar enough.
fn evidence(own: &Sketch, other: &Sketch) -> Option<Evidence> {
    let (own, other) = (StoredSet::read(&own.shingle_set), StoredSet::read(&other.shingle_set));
    let similarity_ppm = DedupConfig::default().similarity_ppm();
    let mut comparer = Comparer::default();
    comparer.load(own);
    let found = Comparer::may_reach(own, other, similarity_ppm).then(|| comparer.compare(other));
    found.filter(|evidence| evidence.reaches(similarity_ppm)).map(Evidence::reversed)
}

/// The answer for documents in order, by its definition: every bucket compared with its leaders, and of each cluster one
/// survivor chosen after the other.
fn fates_reference(sketches: &[Sketch], weight: impl Fn(usize) -> u64, keep: Keep) -> Vec<Fate> {
    let n = sketches.len();
    let same = |a: usize, b: usize| sketches[a].fingerprint == sketches[b].fingerprint;
    let choose = |documents: &[usize]| match keep {
        Keep::First => documents[0],
        Keep::Heaviest => *documents.iter().rev().max_by_key(|&&number| weight(number)).expect("there is one"),
    };
    let first: Vec<usize> = (0..n).map(|number| (0..n).find(|&other| same(other, number)).expect("itself")).collect();
    let group = |of: usize| choose(&(0..n).filter(|&number| same(number, of)).collect::<Vec<_>>());
    let mut cluster: Vec<usize> = (0..n).collect();
    for band in 0..DedupConfig::default().bands().count {
        let keyed = |number: &usize| first[*number] == *number && !sketches[*number].band_keys.is_empty();
        for key in (0..n).filter(keyed).map(|number| sketches[number].band_keys[band]).collect::<Vec<_>>() {
            let mut leaders: Vec<usize> = Vec::new();
            for number in (0..n).filter(keyed).filter(|&number| sketches[number].band_keys[band] == key) {
                let like = |&&leader: &&usize| evidence(&sketches[number], &sketches[leader]).is_some();
                let linked: Vec<usize> = leaders.iter().filter(like).copied().collect();
                if linked.is_empty() && leaders.len() < DedupConfig::default().bucket_documents {
                    leaders.push(number);
                }
                for leader in linked {
                    let (one, other) = (cluster[leader], cluster[number]);
                    cluster.iter_mut().filter(|of| **of == other).for_each(|of| *of = one);
                }
            }
        }
    }
    let mut near: Vec<Option<Fate>> = vec![None; n];
    for of in 0..n {
        let mut rest: Vec<usize> = (0..n).filter(|&number| cluster[number] == of && first[number] == number).collect();
        while rest.len() > 1 {
            let survivor = choose(&rest.iter().map(|&first| group(first)).collect::<Vec<_>>());
            rest.retain(|&number| {
                near[number] = evidence(&sketches[first[survivor]], &sketches[number])
                    .filter(|_| number != first[survivor])
                    .map(|evidence| Fate::NearDuplicate { of: survivor as u32, evidence });
                number != first[survivor] && near[number].is_none()
            });
        }
    }
    let exact = |number: usize, survivor: usize| {
        if survivor == number { Fate::Kept } else { Fate::ExactDuplicate { of: survivor as u32 } }
    };
    (0..n)
        .map(|number| match near[first[number]] {
            _ if sketches[number].empty => Fate::Empty,
            Some(near) => near,
            None => exact(number, group(number)),
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn clusters_are_what_the_definition_says(
        documents in prop::collection::vec((0_u32..4, prop::collection::vec(0_usize..80, 0..7), 0_u32..3), 1..40),
        shared_bands in 0_usize..12,
        heaviest in any::<bool>(),
    ) {
        let keep = if heaviest { Keep::Heaviest } else { Keep::First };
        let weight = |number: usize| number as u64 * 7 % 5;
        let mut sketcher = SKETCHER.clone();
        let mut sketches: Vec<Sketch> = documents.iter()
            .map(|(base, changes, own)| sketcher.sketch(&text(*base, 80, changes, *own))).collect();
        sketches.push(sketcher.sketch(" "));
        let mut clusters = Clusters::new(&DedupConfig::default()).expect("the defaults are in range");
        for (number, sketch) in sketches.iter_mut().enumerate() {
            // Keys that all documents have.
            let shared = shared_bands.min(sketch.band_keys.len());
            sketch.band_keys[..shared].fill(1);
            clusters.add(sketch, number as u64, weight(number));
        }
        prop_assert_eq!(clusters.finish(keep).fates, fates_reference(&sketches, weight, keep));
    }
}
