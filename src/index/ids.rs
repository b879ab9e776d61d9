//! The ids of records, as JSON, by their number.
//!
//! Neighbours have ids that begin alike: those of one file, above all. So an id is kept as the number of bytes that it shares
//! with the one before, and the rest; the first of each group is whole. Source: I. Witten, A. Moffat, T. Bell, "Managing
//! Gigabytes", 4.1, front coding.

/// Room is made in steps of this share of what is there; `Vec` alone would double, past what the index may take.
const GROWTH_DIVISOR: usize = 64;

/// Ids of which the first is whole. To find one, those of its group before it are read.
const GROUP: u32 = 16;

/// The ids of records, as JSON, by their number.
#[derive(Default)]
pub struct Ids {
    /// Of each id: bytes shared with the one before, bytes of the rest, the rest.
    bytes: Vec<u8>,
    /// Where each group begins.
    groups: Vec<u64>,
    count: u32,
    last: Vec<u8>,
}

impl Ids {
    /// Adds the id of the next record.
    pub fn push(&mut self, id: &[u8]) {
        let mut shared = 0;
        if self.count.is_multiple_of(GROUP) {
            reserve_tightly(&mut self.groups, 1);
            self.groups.push(self.bytes.len() as u64);
        } else {
            shared = self.last.iter().zip(id).take_while(|(a, b)| a == b).count();
        }
        let rest = &id[shared..];
        reserve_tightly(&mut self.bytes, rest.len() + 20);
        put_number(&mut self.bytes, shared);
        put_number(&mut self.bytes, rest.len());
        self.bytes.extend_from_slice(rest);
        self.last.truncate(shared);
        self.last.extend_from_slice(rest);
        self.count += 1;
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count.into()
    }

    /// Bytes they take.
    pub fn memory_bytes(&self) -> u64 {
        (self.bytes.capacity() + self.groups.capacity() * 8 + self.last.capacity()) as u64
    }

    /// Puts the id of a record in place of what was in `out`.
    pub fn read(&self, number: u32, out: &mut Vec<u8>) {
        let group = number / GROUP;
        let at = self.groups[group as usize] as usize;
        let mut reader = IdReader { ids: self, at, id: std::mem::take(out) };
        for _ in group * GROUP..=number {
            reader.next();
        }
        *out = reader.id;
    }

    /// Reads all of them, in order.
    pub fn reader(&self) -> IdReader<'_> {
        IdReader { ids: self, at: 0, id: Vec::new() }
    }
}

/// Reads one id after the other.
pub struct IdReader<'a> {
    ids: &'a Ids,
    at: usize,
    id: Vec<u8>,
}

impl IdReader<'_> {
    /// The next id.
    pub fn next(&mut self) -> Option<&[u8]> {
        let bytes = &self.ids.bytes;
        if self.at == bytes.len() {
            return None;
        }
        let (shared, rest) = (self.number(), self.number());
        self.id.truncate(shared);
        self.id.extend_from_slice(&bytes[self.at..self.at + rest]);
        self.at += rest;
        Some(&self.id)
    }

    fn number(&mut self) -> usize {
        let mut number = 0;
        for shift in (0..).step_by(7) {
            let byte = self.ids.bytes[self.at];
            self.at += 1;
            number |= usize::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                break;
            }
        }
        number
    }
}

/// Seven bits at a time, the lowest first; all bytes but the last have the highest bit.
fn put_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn reserve_tightly<T>(vec: &mut Vec<T>, more: usize) {
    if vec.capacity() - vec.len() < more {
        vec.reserve_exact(more.max(vec.len() / GROWTH_DIVISOR).max(64));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_id_comes_back(parts in prop::collection::vec(("a{0,3}", "[ab]{0,200}", 0_u32..300), 0..100)) {
            let given: Vec<String> = parts.iter().map(|(a, b, n)| format!("\"{a}{b}#{n}\"")).collect();
            let mut ids = Ids::default();
            given.iter().for_each(|id| ids.push(id.as_bytes()));
            prop_assert_eq!(ids.count(), given.len() as u64);
            let (mut reader, mut id) = (ids.reader(), b"before".to_vec());
            for (number, given) in given.iter().enumerate() {
                ids.read(number as u32, &mut id);
                prop_assert_eq!(&id, given.as_bytes());
                prop_assert_eq!(reader.next(), Some(given.as_bytes()));
            }
            prop_assert_eq!(reader.next(), None);
        }
    }

    #[test]
    fn ids_of_one_file_take_a_few_bytes_each() {
        let mut ids = Ids::default();
        (0..10_000)
            .for_each(|number| ids.push(format!("\"crawl/{:08}.jsonl#{}\"", number / 1000, number % 1000).as_bytes()));
        assert!(ids.memory_bytes() < 10_000 * 9, "{}", ids.memory_bytes());
    }
}
