//! A state of an index with anything changed in it is refused, or makes an index that answers without a panic.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use textmill_core::dedup::{DedupConfig, Index, OwnedIndexState, Sketch, Sketcher};

static SOUND: LazyLock<(DedupConfig, OwnedIndexState, Vec<Sketch>)> = LazyLock::new(|| {
    let config = DedupConfig::default();
    let mut sketcher = Sketcher::new(&config).unwrap();
    let mut index = Index::new(&config).unwrap();
    let text = |number: usize| (0..30).map(|word| format!("w{}", number * 25 + word)).collect::<Vec<_>>().join(" ");
    let sketches: Vec<Sketch> = (0..40).map(|number| sketcher.sketch(&text(number))).collect();
    for sketch in &sketches[..30] {
        index.insert(sketch);
    }
    let state = index.state().to_owned();
    (config, state, sketches)
});

/// A change: which array, where in it, and what stands there afterwards, or how long the array is then.
type Change = (u8, u16, u32, bool);

fuzz_target!(|changes: Vec<Change>| {
    let (config, state, sketches) = &*SOUND;
    let mut state = state.clone();
    for (array, place, value, cuts) in changes {
        let place = usize::from(place);
        let n_tables = state.tables.len();
        match (array % 8, cuts) {
            (0, false) => change(&mut state.bases, place, u64::from(value)),
            (0, true) => state.bases.truncate(place),
            (1, false) => change(&mut state.offsets, place, value),
            (1, true) => state.offsets.truncate(place),
            (2 | 3, false) => change(&mut state.sets, place, value as u8),
            (2 | 3, true) => state.sets.truncate(place),
            (4, false) => change(&mut state.fingerprints, place, u128::from(value)),
            (4, true) => state.fingerprints.truncate(place),
            (5, false) => state.tables[place % n_tables].0 = u64::from(value),
            (5, true) => state.tables[place % n_tables].1.truncate(value as usize % 8),
            (which, _) => {
                let blocks = &mut state.tables[place % n_tables].1;
                let Some(len) = blocks.len().checked_sub(1) else { continue };
                let block = &mut blocks[(value as usize >> 8) % (len + 1)];
                let slot = place / n_tables % block.keys.len();
                if which == 6 { block.keys[slot] = value } else { block.documents[slot] = value % 64 }
            }
        }
    }
    let Ok(mut index) = Index::from_state(config, state) else { return };
    for sketch in sketches {
        index.insert(sketch);
    }
});

fn change<T>(array: &mut [T], place: usize, value: T) {
    let len = array.len().max(1);
    if let Some(slot) = array.get_mut(place % len) {
        *slot = value;
    }
}
