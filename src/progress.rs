//! What a person sees while the stream runs: a bar on stderr.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::config;

/// Shared by the stages; the bar itself is drawn four times a second.
#[derive(Clone)]
pub struct Progress {
    shared: Arc<Shared>,
}

struct Shared {
    /// Bytes of the files that are done.
    done: AtomicU64,
    /// Bytes taken of the file that is read now.
    current: Mutex<Arc<AtomicU64>>,
    records: AtomicU64,
    bar: ProgressBar,
}

impl Progress {
    /// A bar, if there shall be one. Its length is set when it is known.
    pub fn new(when: config::Progress) -> Progress {
        let shown = match when {
            config::Progress::Always => true,
            config::Progress::Never => false,
            config::Progress::Auto => std::io::stderr().is_terminal(),
        };
        let target = if shown { ProgressDrawTarget::stderr_with_hz(4) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let shared = Shared { done: AtomicU64::new(0), current: Mutex::default(), records: AtomicU64::new(0), bar };
        Progress { shared: Arc::new(shared) }
    }

    /// Whether anyone sees it.
    pub fn is_shown(&self) -> bool {
        !self.shared.bar.is_hidden()
    }

    /// Says how many bytes there are to read.
    pub fn set_total(&self, bytes: u64) {
        self.shared.bar.set_length(bytes);
        let style = "{bar:30} {percent:>3}%  {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left  {msg}";
        self.shared.bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    }

    /// Says that a stream begins, and where the bytes taken from it are counted.
    pub fn begin(&self, taken: Arc<AtomicU64>) {
        let mut current = self.shared.current.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.done.fetch_add(current.load(Ordering::Relaxed), Ordering::Relaxed);
        *current = taken;
    }

    /// Adds records that left the stream.
    pub fn records(&self, n: u64) {
        self.shared.records.fetch_add(n, Ordering::Relaxed);
    }

    /// Draws the bar until the run ends. Returns at once if nobody sees it.
    pub async fn draw(self) {
        if !self.is_shown() {
            return;
        }
        loop {
            let current = self.shared.current.lock().unwrap_or_else(PoisonError::into_inner).load(Ordering::Relaxed);
            self.shared.bar.set_position(self.shared.done.load(Ordering::Relaxed) + current);
            self.shared.bar.set_message(format!("{} records", self.shared.records.load(Ordering::Relaxed)));
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// Takes the bar off the screen.
    pub fn finish(&self) {
        self.shared.bar.finish_and_clear();
    }
}
