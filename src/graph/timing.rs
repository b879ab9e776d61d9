//! How long each stage worked, on how much.

use std::time::{Duration, Instant};

/// Work of one stage: time on a worker, records and bytes of text.
#[derive(Clone, Copy, Debug, Default)]
pub struct StageTime {
    /// Time spent, summed over the workers.
    pub busy: Duration,
    /// Records that went through.
    pub records: u64,
    /// Bytes that went through.
    pub bytes: u64,
}

impl StageTime {
    /// Adds what was done since `start`.
    pub fn add(&mut self, start: Instant, records: usize, bytes: usize) {
        self.busy += start.elapsed();
        self.records += records as u64;
        self.bytes += bytes as u64;
    }

    fn merge(&mut self, other: StageTime) {
        self.busy += other.busy;
        self.records += other.records;
        self.bytes += other.bytes;
    }
}

/// The stages of the stream, in order.
#[derive(Clone, Copy, Debug, Default)]
pub struct StageTimes {
    /// Reading and decompressing.
    pub read: StageTime,
    /// Bytes to text.
    pub decode: StageTime,
    /// Repair, learning included.
    pub repair: StageTime,
    /// Languages.
    pub langid: StageTime,
    /// Signatures and index.
    pub dedup: StageTime,
    /// Writing records.
    pub emit: StageTime,
}

impl StageTimes {
    /// The time from which [`StageTime::add`] counts.
    pub fn start(&self) -> Instant {
        Instant::now()
    }

    /// Adds the times of another batch.
    pub fn merge(&mut self, other: &StageTimes) {
        let StageTimes { read, decode, repair, langid, dedup, emit } = other;
        self.read.merge(*read);
        self.decode.merge(*decode);
        self.repair.merge(*repair);
        self.langid.merge(*langid);
        self.dedup.merge(*dedup);
        self.emit.merge(*emit);
    }

    /// The stages with their names.
    pub fn by_name(&self) -> [(&'static str, StageTime); 6] {
        let StageTimes { read, decode, repair, langid, dedup, emit } = *self;
        [("read", read), ("decode", decode), ("repair", repair), ("langid", langid), ("dedup", dedup), ("emit", emit)]
    }
}
