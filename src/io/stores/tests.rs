//! Stores in memory stand for the others here; `tests/stores` asks one that speaks S3.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use object_store::memory::InMemory;
use object_store::throttle::{ThrottleConfig, ThrottledStore};
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};

use super::object::{Found, find_in};
use super::*;
use crate::config::Staged;
use crate::io::inputs::{Entry, InputFile, Place};

fn url(text: &str) -> StoreUrl {
    StoreUrl::parse(text).unwrap().unwrap()
}

fn store(inner: impl ObjectStore) -> Store {
    Store { inner: Arc::new(inner), url: url("s3://bucket/") }
}

fn put(store: &Store, key: &str, bytes: Vec<u8>) {
    let key = Key::parse(key).unwrap();
    requests().unwrap().block_on(store.inner.put(&key, PutPayload::from(bytes))).unwrap();
}

fn find_all(store: &Store, place: &str, pattern: Option<&str>) -> Result<Vec<Found>, StoreError> {
    find_in(store, &url(place), pattern.map(|pattern| glob::Pattern::new(pattern).unwrap()).as_ref())
}

fn names(found: &[Found]) -> Vec<&str> {
    found.iter().map(|(_, name)| name.as_str()).collect()
}

fn entries(found: &[Found]) -> std::vec::IntoIter<Entry> {
    let file =
        |(object, name): &Found| Entry::File(InputFile { place: Place::Object(object.clone()), name: name.clone() });
    found.iter().map(file).collect::<Vec<_>>().into_iter()
}

/// Bytes that are nowhere the same.
fn bytes(n: usize, seed: u32) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..n).map(|_| next()).collect()
}

#[test]
fn objects_are_sorted_as_files_are_and_marks_of_folders_are_none() {
    let store = store(InMemory::new());
    for key in ["in/b.txt", "in/a/2", "in/a/10", "in/a.txt", "in/B", "inn", "in/empty.txt"] {
        let length = usize::from(key != "in/empty.txt");
        put(&store, key, vec![b'x'; length]);
    }
    // What is written `in/` and `in/a/` by tools that want to see folders.
    put(&store, "in", Vec::new());
    put(&store, "in/a", Vec::new());
    let found = find_all(&store, "s3://bucket/in/", None).unwrap();
    assert_eq!(names(&found), ["B", "a/10", "a/2", "a.txt", "b.txt", "empty.txt"]);
}

#[test]
fn a_pattern_takes_objects_and_all_of_a_folder_that_it_matches() {
    let store = store(InMemory::new());
    for key in ["in/x1/a.txt", "in/x1/deep/b.txt", "in/x2", "in/y/x3", "in/x1.txt"] {
        put(&store, key, b"text".to_vec());
    }
    let found = |pattern| find_all(&store, "s3://bucket/in/", Some(pattern)).unwrap();
    assert_eq!(names(&found("x*")), ["x1/a.txt", "x1/deep/b.txt", "x1.txt", "x2"]);
    assert_eq!(names(&found("**/x3")), ["y/x3"]);
    assert_eq!(names(&found("*.txt")), ["x1.txt"]);
    assert_eq!(names(&found("z*")), [""; 0]);
}

#[test]
fn an_object_is_itself_before_it_is_a_folder_and_nothing_is_told() {
    let store = store(InMemory::new());
    put(&store, "in", b"text".to_vec());
    put(&store, "in/a", b"text".to_vec());
    assert_eq!(names(&find_all(&store, "s3://bucket/in", None).unwrap()), [""]);
    assert_eq!(names(&find_all(&store, "s3://bucket/in/", None).unwrap()), ["a"]);
    let error = find_all(&store, "s3://bucket/im", None).unwrap_err();
    assert!(error.is_missing());
    assert_eq!(error.to_string(), "`s3://bucket/im`: no object has this name, and no folder; check its name");
}

#[test]
fn bytes_come_in_their_order_however_much_is_on_its_way() {
    let slow = ThrottleConfig { wait_get_per_call: Duration::from_millis(2), ..ThrottleConfig::default() };
    let store = store(ThrottledStore::new(InMemory::new(), slow));
    let sizes = [0, 1, 700_000, (8 << 20) - 1, 8 << 20, (20 << 20) + 5, 3, 0];
    let wanted: Vec<Vec<u8>> = sizes.iter().zip(0..).map(|(&n, seed)| bytes(n, seed)).collect();
    for (at, wanted) in wanted.iter().enumerate() {
        put(&store, &format!("in/{at}"), wanted.clone());
    }
    let found = find_all(&store, "s3://bucket/in/", None).unwrap();
    for max_bytes in [1 << 20, 9 << 20, 64 << 20] {
        let mut ahead = Ahead::new(entries(&found), max_bytes);
        for wanted in &wanted {
            assert!(matches!(ahead.next_entry(), Some(Entry::File(_))));
            let mut got = Vec::new();
            ahead.read_to_end(&mut got).unwrap();
            assert!(got == *wanted, "{} bytes of {}, {max_bytes} ahead", got.len(), wanted.len());
        }
        assert!(ahead.next_entry().is_none());
    }
    // What is not read to its end is let go.
    let mut ahead = Ahead::new(entries(&found), 64 << 20);
    for wanted in &wanted {
        ahead.next_entry();
        let mut begin = Vec::new();
        (&mut ahead).take(5).read_to_end(&mut begin).unwrap();
        assert_eq!(begin, wanted[..wanted.len().min(5)]);
    }
}

#[test]
fn an_object_without_parts_is_read_as_a_stream() {
    let store = store(InMemory::new());
    let wanted = bytes(3_000_000, 7);
    put(&store, "in/a", wanted.clone());
    let mut found = find_all(&store, "s3://bucket/in/", None).unwrap();
    found[0].0.is_ranged = false;
    let mut ahead = Ahead::new(entries(&found), 1 << 20);
    ahead.next_entry();
    let mut got = Vec::new();
    ahead.read_to_end(&mut got).unwrap();
    assert!(got == wanted);
}

#[test]
fn an_object_that_is_another_by_now_is_told_and_not_read() {
    let store = store(InMemory::new());
    put(&store, "in/a", b"then".to_vec());
    put(&store, "in/b", b"same".to_vec());
    let found = find_all(&store, "s3://bucket/in/", None).unwrap();
    put(&store, "in/a", b"now!".to_vec());
    for is_ranged in [true, false] {
        let mut found = found.clone();
        found[0].0.is_ranged = is_ranged;
        let mut ahead = Ahead::new(entries(&found), 1 << 20);
        ahead.next_entry();
        let error = ahead.read(&mut [0; 8]).unwrap_err();
        let error = error.get_ref().unwrap().downcast_ref::<StoreError>().unwrap();
        assert!(error.is_changed() && error.is_of_one_object());
        assert!(error.to_string().starts_with("`s3://bucket/in/a`: the object changed"), "{error}");
        ahead.next_entry();
        let mut rest = String::new();
        ahead.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "same");
    }
    let versions: Vec<String> = find_all(&store, "s3://bucket/in/", None)
        .unwrap()
        .iter()
        .chain(&found)
        .map(|(object, _)| object.version())
        .collect();
    assert_ne!(versions[0], versions[2]);
    assert_eq!(versions[1], versions[3]);
}

#[test]
fn files_come_to_a_store_under_their_names_small_ones_and_those_in_parts() {
    let slow = ThrottleConfig { wait_put_per_call: Duration::from_millis(20), ..ThrottleConfig::default() };
    for inner in [store(InMemory::new()), store(ThrottledStore::new(InMemory::new(), slow))] {
        let made = tempfile::tempdir().unwrap();
        let staged = Staged { url: url("s3://bucket/out"), folder: made.path().to_owned() };
        let folder = StoreFolder { store: inner.clone(), asked: inner.clone(), staged };
        let files = [("shard-00000.jsonl", 11), ("en/shard-00000.jsonl", (24 << 20) + 1), ("empty.jsonl", 0)];
        for ((name, n), seed) in files.into_iter().zip(1..) {
            let path = made.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, bytes(n, seed)).unwrap();
            assert!(folder.takes(&path));
            folder.put(&path).unwrap();
        }
        assert!(!folder.takes(&std::env::temp_dir().join("elsewhere.jsonl")));
        let found = folder.list().unwrap();
        assert_eq!(names(&found), ["empty.jsonl", "en/shard-00000.jsonl", "shard-00000.jsonl"]);
        let mut ahead = Ahead::new(entries(&found), 64 << 20);
        for (n, seed) in [(0, 3), ((24 << 20) + 1, 2), (11, 1)] {
            ahead.next_entry();
            let mut got = Vec::new();
            ahead.read_to_end(&mut got).unwrap();
            assert!(got == bytes(n, seed));
        }
        let mut copy = tempfile::tempfile().unwrap();
        found[1].0.copy_to(&mut copy).unwrap();
        assert_eq!(copy.metadata().unwrap().len(), (24 << 20) + 1);
        assert_eq!(folder.get("shard-00000.jsonl").unwrap().unwrap(), bytes(11, 1));
        assert_eq!(folder.get("shard-00001.jsonl").unwrap(), None);
        folder.remove(found.into_iter().map(|(object, _)| object).collect()).unwrap();
        assert!(folder.list().unwrap().is_empty());
    }
}
