//! Which documents of a bucket are linked: each is compared with a few leaders, whatever the size of the bucket.
//!
//! The first document of a bucket is a leader; each further one is compared with the leaders so far, and linked to those
//! that it is similar to; if there is none, it is a leader too, up to [`DedupConfig::bucket_documents`]. Where the sets lie
//! is not known here, and no more than those of the leaders are held.

use super::config::DedupConfig;
use super::links::Links;
use super::overlap::Comparer;
use super::shingle_set::StoredSet;

/// Documents of a bucket that wait for the first that is not linked to them; 4 KiB of numbers.
const WAITING: usize = 1024;

/// Gives the shingle sets of documents, wherever they lie.
pub trait Sets {
    /// What may go wrong.
    type Error;

    /// Puts the set of a document in place of what was in `out`.
    ///
    /// # Errors
    /// That it cannot be had.
    fn read(&mut self, number: u32, out: &mut Vec<u8>) -> Result<(), Self::Error>;
}

/// The leaders of one bucket after the other.
pub struct Leaders {
    similarity_ppm: u64,
    most: usize,
    /// Those of the bucket at hand; what comes after the first `count` is room.
    chosen: Vec<(u32, Vec<u8>)>,
    count: usize,
    /// Its documents so far, while all of them are linked already.
    waiting: Vec<u32>,
    all_linked: bool,
    comparer: Comparer,
    own: Vec<u8>,
}

impl Leaders {
    /// No bucket yet.
    pub fn new(config: &DedupConfig) -> Leaders {
        Leaders {
            similarity_ppm: config.similarity_ppm(),
            most: config.bucket_documents,
            chosen: Vec::new(),
            count: 0,
            waiting: Vec::new(),
            all_linked: true,
            comparer: Comparer::default(),
            own: Vec::new(),
        }
    }

    /// Begins with the next bucket.
    pub fn begin(&mut self) {
        self.count = 0;
        self.waiting.clear();
        self.all_linked = true;
    }

    /// Takes the next document of the bucket, in the order of documents. A bucket whose documents are all linked already
    /// is not looked at: nothing could come of it.
    ///
    /// # Errors
    /// What `sets` gives.
    pub fn take<S: Sets>(&mut self, number: u32, sets: &mut S, links: &mut Links) -> Result<(), S::Error> {
        if self.all_linked {
            let is_linked = self.waiting.first().is_none_or(|&first| links.root(first) == links.root(number));
            if is_linked && self.waiting.len() < WAITING {
                self.waiting.push(number);
                return Ok(());
            }
            self.all_linked = false;
            for waiting in std::mem::take(&mut self.waiting) {
                self.compare(waiting, sets, links)?;
            }
        }
        self.compare(number, sets, links)
    }

    fn compare<S: Sets>(&mut self, number: u32, sets: &mut S, links: &mut Links) -> Result<(), S::Error> {
        let mut own = std::mem::take(&mut self.own);
        sets.read(number, &mut own)?;
        let set = StoredSet::read(&own);
        let (mut led, mut loaded) = (false, false);
        for (leader, other) in &self.chosen[..self.count] {
            let other = StoredSet::read(other);
            if !Comparer::may_reach(set, other, self.similarity_ppm) {
                continue;
            }
            if !loaded {
                self.comparer.load(set);
                loaded = true;
            }
            if self.comparer.compare_reaching(other, self.similarity_ppm).is_some() {
                links.join(*leader, number);
                led = true;
            }
        }
        if !led && self.count < self.most {
            if self.count == self.chosen.len() {
                self.chosen.push((0, Vec::new()));
            }
            let place = &mut self.chosen[self.count];
            place.0 = number;
            std::mem::swap(&mut place.1, &mut own);
            self.count += 1;
        }
        self.own = own;
        Ok(())
    }
}
