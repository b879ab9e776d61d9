//! The threads on which the stages do their work: as many as `run.threads` says, for the whole of a run.
//!
//! A thread takes the next piece of work as soon as it is done with one, and sleeps only if there is none. Where a thread is woken
//! for each piece, the system looks for a core each time, and two of them may wait for one core while the other is idle.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

type Job = Box<dyn FnOnce() + Send>;

/// Threads that do what they are given, first come, first served. They end once this is dropped and all of it is done.
pub struct Workers {
    shared: Arc<Shared>,
    runtime: Handle,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    more: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    is_closed: bool,
}

impl Workers {
    /// Begins `n` threads, for work that belongs to the runtime of the caller.
    ///
    /// # Errors
    /// The system's error if it gives no thread.
    pub fn new(n: usize) -> io::Result<Workers> {
        let workers = Workers { shared: Arc::default(), runtime: Handle::current() };
        for _ in 0..n {
            let (shared, runtime) = (Arc::clone(&workers.shared), workers.runtime.clone());
            let work = move || {
                let _entered = runtime.enter();
                while let Some(job) = shared.next() {
                    job();
                }
            };
            Builder::new().name("textmill-worker".to_owned()).spawn(work)?;
        }
        Ok(workers)
    }

    /// Has a thread do `work` once it is its turn. It must wait for nothing that another piece of work is to do.
    ///
    /// A panic in it is one of the task.
    pub fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        let (done, result) = oneshot::channel();
        // Whoever waited may be gone.
        let job = Box::new(move || drop(done.send(catch_unwind(AssertUnwindSafe(work)))));
        self.shared.lock().jobs.push_back(job);
        self.shared.more.notify_one();
        self.runtime.spawn(async move {
            match result.await {
                Ok(Ok(value)) => value,
                Ok(Err(panic)) => resume_unwind(panic),
                Err(gone) => resume_unwind(Box::new(gone.to_string())),
            }
        })
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.more.notify_all();
    }
}

impl Shared {
    /// The next piece of work, waited for; `None` if there will be no more.
    fn next(&self) -> Option<Job> {
        let mut queue = self.lock();
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            if queue.is_closed {
                return None;
            }
            queue = self.more.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// No work is done while it is locked, so that no panic can leave it half changed.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_comes_back_in_the_order_in_which_it_was_given_and_panics_stay_its_own() {
        let workers = Workers::new(3).unwrap();
        let tasks: Vec<_> = (0..100)
            .map(|n| {
                workers.run(move || {
                    assert_ne!(n, 50);
                    n
                })
            })
            .collect();
        drop(workers);
        for (n, task) in tasks.into_iter().enumerate() {
            let done = task.await;
            assert_eq!(done.ok(), (n != 50).then_some(n));
        }
    }
}
