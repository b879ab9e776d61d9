//! What the inputs hold, with the bytes of objects on their way before they are asked for.
//!
//! Large objects come in parts, several at a time; small ones several at a time as well. So the time that a store takes to
//! answer is spent once and not for each. However the parts arrive, they are given in their order.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::mem;

use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::bytes::{Buf, Bytes};

use super::{Object, StoreError, requests};
use crate::io::inputs::{Entry, Place};

/// Bytes of an object that are asked for at once: 8 MiB, as large as the guides of the stores recommend.
const PART_BYTES: u64 = 8 << 20;
/// Requests that are under way, or answered and not yet read.
const MAX_REQUESTS: usize = 32;
/// Pieces of a stream that wait, where a server gives no parts.
const WAITING_PIECES: usize = 64;

/// Entries in their order. Reading gives the bytes of the one that came last, if it is an object.
pub struct Ahead<I> {
    entries: I,
    current: Parts,
    /// Entries whose turn has not come.
    waiting: VecDeque<(Entry, Parts)>,
    /// What is under way or waits to be read: requests, and bytes.
    requests: usize,
    bytes: u64,
    max_bytes: u64,
}

/// The bytes of an entry, as far as they were asked for.
#[derive(Default)]
struct Parts {
    /// `None` for what is no object.
    object: Option<Object>,
    /// Where what was not asked for begins.
    next: u64,
    under_way: VecDeque<(u64, JoinHandle<Result<Bytes, StoreError>>)>,
    /// What is read next.
    chunk: Bytes,
    /// The object as a stream, once it is read so.
    stream: Option<mpsc::Receiver<Result<Bytes, StoreError>>>,
}

impl<I: Iterator<Item = Entry>> Ahead<I> {
    /// The entries, with at most so many bytes of objects on their way.
    pub fn new(entries: I, max_bytes: usize) -> Ahead<I> {
        Ahead {
            entries,
            current: Parts::default(),
            waiting: VecDeque::new(),
            requests: 0,
            bytes: 0,
            max_bytes: max_bytes as u64,
        }
    }

    /// The next entry. What was not read of the one before is let go.
    pub fn next_entry(&mut self) -> Option<Entry> {
        for (length, task) in mem::take(&mut self.current).under_way {
            task.abort();
            self.answered(length);
        }
        let (entry, parts) = match self.waiting.pop_front() {
            Some(waiting) => waiting,
            None => self.entries.next().map(begun)?,
        };
        self.current = parts;
        self.ask();
        Some(entry)
    }

    /// Asks for parts, in their order, as long as there is room.
    fn ask(&mut self) {
        let part_bytes = PART_BYTES.min(self.max_bytes);
        loop {
            let all = std::iter::once(&mut self.current).chain(self.waiting.iter_mut().map(|(_, parts)| parts));
            let Some(parts) = all.into_iter().find(|parts| parts.has_more()) else {
                // Files of the machine are not looked for ahead.
                let last = self.waiting.back().map_or(&self.current, |(_, parts)| parts);
                if last.object.is_none() || self.waiting.len() == MAX_REQUESTS {
                    return;
                }
                let Some(entry) = self.entries.next() else { return };
                self.waiting.push_back(begun(entry));
                continue;
            };
            let Some(object) = &parts.object else { return };
            let length = (object.size() - parts.next).min(part_bytes);
            let is_full = self.requests == MAX_REQUESTS || self.bytes + length > self.max_bytes;
            if is_full && self.requests > 0 {
                return;
            }
            // The threads were begun when the object was found.
            let Ok(threads) = requests() else { return };
            let (object, range) = (object.clone(), parts.next..parts.next + length);
            parts.next += length;
            parts.under_way.push_back((length, threads.spawn(async move { object.part(range).await })));
            self.requests += 1;
            self.bytes += length;
        }
    }

    fn answered(&mut self, length: u64) {
        self.requests -= 1;
        self.bytes -= length;
    }

    /// The bytes that come next, none at the end.
    fn next_chunk(&mut self) -> Result<Bytes, StoreError> {
        if let Some((length, task)) = self.current.under_way.pop_front() {
            self.answered(length);
            let chunk = waited(&self.current, task)?;
            self.ask();
            return Ok(chunk);
        }
        match &self.current.object {
            Some(object) if !object.is_ranged => {
                let stream = self.current.stream.get_or_insert_with(|| streamed(object.clone()));
                stream.blocking_recv().unwrap_or(Ok(Bytes::new()))
            }
            _ => Ok(Bytes::new()),
        }
    }
}

impl<I: Iterator<Item = Entry>> Read for Ahead<I> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.current.chunk.is_empty() {
            self.current.chunk = self.next_chunk().map_err(io::Error::other)?;
        }
        let n = self.current.chunk.len().min(buf.len());
        self.current.chunk.copy_to_slice(&mut buf[..n]);
        Ok(n)
    }
}

impl<I> Drop for Ahead<I> {
    fn drop(&mut self) {
        let waiting = self.waiting.iter().map(|(_, parts)| parts);
        let tasks = std::iter::once(&self.current).chain(waiting).flat_map(|parts| &parts.under_way);
        tasks.for_each(|(_, task)| task.abort());
    }
}

impl Parts {
    /// Whether something of it can be asked for.
    fn has_more(&self) -> bool {
        self.object.as_ref().is_some_and(|object| object.is_ranged && self.next < object.size())
    }
}

fn begun(entry: Entry) -> (Entry, Parts) {
    let object = match &entry {
        Entry::File(file) => match &file.place {
            Place::Object(object) => Some(object.clone()),
            Place::Path(_) => None,
        },
        Entry::Stdin | Entry::Skipped(_) => None,
    };
    (entry, Parts { object, ..Parts::default() })
}

/// Waits for a part.
fn waited(parts: &Parts, task: JoinHandle<Result<Bytes, StoreError>>) -> Result<Bytes, StoreError> {
    let Some(object) = &parts.object else { return Ok(Bytes::new()) };
    let local = |error: io::Error| StoreError::local(&object.url(), &error);
    let answer = requests().map_err(local)?.block_on(task);
    answer.unwrap_or_else(|lost| Err(local(io::Error::other(lost))))
}

/// The whole of an object, from its first byte on.
fn streamed(object: Object) -> mpsc::Receiver<Result<Bytes, StoreError>> {
    let (to, stream) = mpsc::channel(WAITING_PIECES);
    if let Ok(threads) = requests() {
        threads.spawn(async move {
            let mut bytes = match object.whole().await {
                Ok(bytes) => bytes,
                Err(error) => futures_util::stream::iter([Err(error)]).boxed(),
            };
            while let Some(piece) = bytes.next().await {
                // An empty piece would be taken for the end.
                if !piece.as_ref().is_ok_and(Bytes::is_empty) && to.send(piece).await.is_err() {
                    return;
                }
            }
        });
    }
    stream
}
