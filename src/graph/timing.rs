//! How long each stage worked, on how much.
//!
//! Time is what a processor spent on the stage's own thread, not what passed on the wall: the shares are the same on a
//! busy machine.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

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
    pub fn add(&mut self, start: ThreadTime, records: usize, bytes: usize) {
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

/// A moment on the clock of the thread that took it.
#[derive(Clone, Copy, Debug)]
pub struct ThreadTime(Duration);

impl ThreadTime {
    /// The processor time of this thread so far.
    pub fn now() -> ThreadTime {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        // The kernel gives neither a negative time nor a full second of nanoseconds.
        ThreadTime(Duration::new(now.tv_sec as u64, now.tv_nsec as u32))
    }

    /// What the thread spent since; the thread must be the same.
    pub fn elapsed(self) -> Duration {
        ThreadTime::now().0.saturating_sub(self.0)
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
