//! Which text of a cluster survives, and that the order of arrival does not matter.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::dedup::Sketcher;

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
