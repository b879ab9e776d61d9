//! Stored sets are read as they were written, and no bytes fail.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn hashes(seeds: &[u64]) -> Vec<u64> {
    seeds.iter().map(|seed| super::super::token::hash_token(&seed.to_le_bytes())).collect()
}

proptest! {
    #[test]
    fn a_stored_set_is_read_as_it_was(seeds in prop::collection::vec(0_u64..4000, 1..6000)) {
        let hashes = hashes(&seeds);
        let mut bytes = vec![];
        let head = SetEncoder::default().encode::<Baseline>(&hashes, false, &mut bytes);
        let kept: BTreeSet<u64> = hashes.iter().copied().filter(|hash| hash.leading_zeros() >= u32::from(head.level)).collect();
        prop_assert_eq!(head.kept as usize, kept.len());
        let expected: BTreeSet<u64> = kept.iter().map(|hash| hash >> (64 - head.resolution())).collect();
        let stored = StoredSet::read(&bytes);
        prop_assert_eq!(stored.head, head);
        let mut read = Vec::new();
        stored.for_each_bucket(|bucket| read.push(bucket));
        prop_assert_eq!(read, expected.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn no_bytes_fail(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        StoredSet::read(&bytes).for_each_bucket(|_| {});
    }
}

#[test]
fn a_shingle_takes_about_six_bits() {
    let hashes = hashes(&(0..300).collect::<Vec<_>>());
    let mut bytes = vec![];
    SetEncoder::default().encode::<Baseline>(&hashes, false, &mut bytes);
    assert!((200..250).contains(&bytes.len()), "{}", bytes.len());
}
