//! The table of band keys: one flat, sorted, gapped array for each band.
//!
//! A slot holds 32 bits of a key and the number of a document. Slots are ordered by both, each at or after its home, the
//! place in the array proportional to the key; so a search reads one short run of memory, an insertion moves a few slots,
//! growing is one sequential pass, and the array can be written, mapped and merged as it is. Full at 0.9.
//!
//! Source: O. Amble, D. Knuth, "Ordered hash tables", 1974; M. Bender, M. Hu, "An adaptive packed-memory array", 2007.

/// Slots beyond the last home, so that runs at the end have room.
const TAIL: usize = 256;

/// Slots in use per thousand at which the array grows.
const FULL_PER_MILLE: usize = 900;

/// By what share the array grows: a sixth.
const GROWTH_DIVISOR: usize = 6;

/// The keys of one band. A slot is `key << 32 | document + 1`, or 0 if it is free.
#[derive(Clone, Debug, Default)]
pub(crate) struct BandTable {
    slots: Vec<u64>,
    n_homes: usize,
    used: usize,
}

impl BandTable {
    /// A table with room for that many documents before it grows.
    pub(crate) fn with_capacity(documents: usize) -> BandTable {
        let n_homes = (documents * 1000 / FULL_PER_MILLE + 1).max(64);
        BandTable { slots: vec![0; n_homes + TAIL], n_homes, used: 0 }
    }

    /// The table of those slots; none if it is not one, or names documents that there are not.
    pub(crate) fn from_slots(n_homes: usize, slots: Vec<u64>, n_documents: usize) -> Option<BandTable> {
        if n_homes < 64 || slots.len() <= n_homes {
            return None;
        }
        let mut table = BandTable { slots: Vec::new(), n_homes, used: 0 };
        let mut last = 0;
        let mut free_before = 0;
        for (place, &slot) in slots.iter().enumerate() {
            if slot == 0 {
                free_before = place + 1;
                continue;
            }
            let home = table.home((slot >> 32) as u32);
            let named = slot as u32 as usize;
            if slot < last || named == 0 || named > n_documents || home > place || home < free_before {
                return None;
            }
            last = slot;
            table.used += 1;
        }
        table.slots = slots;
        Some(table)
    }

    /// Number of homes: keys are spread over the first so many slots.
    pub(crate) fn n_homes(&self) -> usize {
        self.n_homes
    }

    /// The slots as they lie in memory.
    pub(crate) fn slots(&self) -> &[u64] {
        &self.slots
    }

    /// Bytes it takes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.slots.capacity() * size_of::<u64>()
    }

    #[inline(always)]
    fn home(&self, key: u32) -> usize {
        (u128::from(key) * self.n_homes as u128 >> 32) as usize
    }

    /// Brings the home of a key into the cache.
    #[inline(always)]
    pub(crate) fn prefetch(&self, key: u32) {
        #[cfg(target_arch = "x86_64")]
        if let Some(slot) = self.slots.get(self.home(key)) {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            // SAFETY: prefetching reads nothing that the program sees, and the address is that of a slot.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(slot).cast()) };
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = key;
    }

    /// Calls `visit` with each document listed under the key, ascending.
    #[inline(always)]
    pub(crate) fn for_each(&self, key: u32, mut visit: impl FnMut(u32)) {
        for &slot in &self.slots[self.home(key)..] {
            let listed = (slot >> 32) as u32;
            if slot == 0 || listed > key {
                break;
            }
            if listed == key {
                visit(slot as u32 - 1);
            }
        }
    }

    /// Lists the document under the key.
    pub(crate) fn insert(&mut self, key: u32, document: u32) {
        if self.used * 1000 >= self.n_homes * FULL_PER_MILLE {
            self.grow();
        }
        self.place(u64::from(key) << 32 | u64::from(document + 1));
        self.used += 1;
    }

    fn place(&mut self, slot: u64) {
        let home = self.home((slot >> 32) as u32);
        let before = self.slots[home..].iter().take_while(|&&other| other != 0 && other < slot).count();
        let at = home + before;
        let shifted = self.slots[at..].iter().take_while(|&&other| other != 0).count();
        if at + shifted == self.slots.len() {
            self.slots.resize(self.slots.len() + TAIL, 0);
        }
        self.slots.copy_within(at..at + shifted, at + 1);
        self.slots[at] = slot;
    }

    /// Spreads the slots, in their order, over more homes.
    #[cold]
    fn grow(&mut self) {
        let n_homes = self.n_homes.max(64) + self.n_homes / GROWTH_DIVISOR;
        let mut slots = vec![0; n_homes + TAIL];
        let mut next = 0;
        for &slot in self.slots.iter().filter(|&&slot| slot != 0) {
            let home = (u128::from(slot >> 32) * n_homes as u128 >> 32) as usize;
            next = home.max(next);
            if next >= slots.len() {
                slots.resize(next + TAIL, 0);
            }
            slots[next] = slot;
            next += 1;
        }
        self.slots = slots;
        self.n_homes = n_homes;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_table_lists_what_a_map_lists(keys in prop::collection::vec(prop_oneof![0_u32..40, any::<u32>(), 4_294_967_200..=u32::MAX], 0..2000)) {
            let mut table = BandTable::with_capacity(0);
            let mut map: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            for (document, &key) in keys.iter().enumerate() {
                table.insert(key, document as u32);
                map.entry(key).or_default().push(document as u32);
            }
            for key in keys.iter().copied().chain([7, 50]) {
                let mut listed = Vec::new();
                table.for_each(key, |document| listed.push(document));
                prop_assert_eq!(listed, map.get(&key).cloned().unwrap_or_default());
            }
            let used: Vec<u64> = table.slots().iter().copied().filter(|&slot| slot != 0).collect();
            prop_assert!(used.is_sorted());
        }
    }
}
