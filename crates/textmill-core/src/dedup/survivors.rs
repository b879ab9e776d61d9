//! Which documents of a cluster survive: the first does, and takes with it what is similar to *it*; of the rest the next.
//!
//! A chain of documents, each like the next, so never pulls down what is unlike the survivor. Documents come in blocks, in the
//! order in which they would survive, and only one block is held: a cluster may be of any size.

use super::config::DedupConfig;
use super::leaders::Sets;
use super::overlap::{Comparer, Evidence};
use super::shingle_set::StoredSet;

/// After how many survivors of one cluster the rest of it is kept as it is.
const MOST_SURVIVORS: usize = 256;

/// The survivors of one cluster after the other.
pub struct Survivors {
    similarity_ppm: u64,
    numbers: Vec<u32>,
    comparer: Comparer,
    set: Vec<u8>,
}

impl Survivors {
    /// No cluster yet.
    pub fn new(config: &DedupConfig) -> Survivors {
        Survivors {
            similarity_ppm: config.similarity_ppm(),
            numbers: Vec::new(),
            comparer: Comparer::default(),
            set: Vec::new(),
        }
    }

    /// Begins with the next cluster.
    pub fn begin(&mut self) {
        self.numbers.clear();
    }

    /// Takes the next documents of the cluster, each with its set, in the order in which they would survive. `removed` is
    /// told which of them goes, for which survivor, and the evidence. Returns how many of them stay only since the cluster has
    /// 256 survivors.
    ///
    /// # Errors
    /// What `sets` or `removed` gives.
    pub fn take<S: Sets>(
        &mut self,
        mut block: Vec<(u32, &[u8])>,
        sets: &mut S,
        mut removed: impl FnMut(u32, u32, Evidence) -> Result<(), S::Error>,
    ) -> Result<usize, S::Error> {
        for place in 0..MOST_SURVIVORS {
            if block.is_empty() {
                break;
            }
            if place < self.numbers.len() {
                sets.read(self.numbers[place], &mut self.set)?;
            } else {
                let (number, set) = block.remove(0);
                self.numbers.push(number);
                self.set.clear();
                self.set.extend_from_slice(set);
            }
            self.remove_for(self.numbers[place], &mut block, &mut removed)?;
        }
        Ok(block.len())
    }

    /// Takes out of the block what is similar to the survivor whose set is at hand.
    fn remove_for<E>(
        &mut self,
        survivor: u32,
        block: &mut Vec<(u32, &[u8])>,
        removed: &mut impl FnMut(u32, u32, Evidence) -> Result<(), E>,
    ) -> Result<(), E> {
        let own = StoredSet::read(&self.set);
        let (mut loaded, mut result) = (false, Ok(()));
        block.retain(|&(number, set)| {
            let other = StoredSet::read(set);
            if !Comparer::may_reach(own, other, self.similarity_ppm) {
                return true;
            }
            if !loaded {
                self.comparer.load(own);
                loaded = true;
            }
            let Some(evidence) = self.comparer.compare_reaching(other, self.similarity_ppm) else { return true };
            if result.is_ok() {
                result = removed(number, survivor, evidence.reversed());
            }
            false
        });
        result
    }
}
