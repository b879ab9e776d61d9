//! What an index of many documents takes and how fast it is, in memory, on disk and as a Bloom filter, without any text:
//! `cargo bench --bench index -- exact 10000000 1GiB` prints one row. A process each, since the memory is the process's peak.
//!
//! Documents have keys without rhyme, as unlike documents have, and sets of 246 shingles. One in ten is a copy of one before,
//! so that what is found is looked up too.

#![allow(missing_docs, reason = "a bench")]

use std::time::Instant;

use serde_json::Map;
use textmill::config::parse_bytes;
use textmill::graph::ThreadTime;
use textmill::index::{KeptBloom, KeptIndex, Setting};
use textmill::summary::peak_rss_bytes;
use textmill_core::dedup::{
    BandLayout, BloomVerdict, DedupConfig, Sketch, Sketcher, Verdict, bloom_bytes, false_positive_rate,
};

/// What it means if something fails here.
const WHY: &str = "a bench that cannot go on has failed";
/// Sets that documents have in turn.
const SETS: usize = 4096;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let kind = arguments.first().map_or("exact", String::as_str);
    let n: u64 = arguments.get(1).map_or(200_000, |n| n.parse().expect(WHY));
    let memory = parse_bytes(arguments.get(2).map_or("1 GiB", String::as_str)).expect(WHY);
    let folder = tempfile::tempdir().expect(WHY);
    let path = arguments.get(3).map(|_| folder.path().join("kept"));
    let layout = if kind == "bloom" { BandLayout::Counted } else { BandLayout::Verified };
    let config = DedupConfig { layout, ..DedupConfig::default() };
    let mut sketcher = Sketcher::new(&config).expect(WHY);
    let sets: Vec<Box<[u8]>> = (0..SETS)
        .map(|set| {
            let text: String = (0..250).map(|word| format!("s{set}w{word}")).collect::<Vec<_>>().join(" ");
            sketcher.sketch(&text).shingle_set
        })
        .collect();
    let n_bands = config.bands().count;
    let setting = Setting {
        path: path.as_deref(),
        temporary: folder.path(),
        run_id: "bench",
        settings: Map::new(),
        memory_bytes: memory,
    };
    let before = peak_rss_bytes();
    let start = ThreadTime::now();
    let wall = Instant::now();
    let mut taken = None;
    let (mut kept, mut found) = (0_u64, 0_u64);
    let rest = if kind == "bloom" {
        let mut index = KeptBloom::open(&config, &setting, n * 9 / 10, false).expect(WHY);
        for number in 0..n {
            let seen = index.insert(&document(number, n_bands, &sets)) != BloomVerdict::Unique;
            *(if seen { &mut found } else { &mut kept }) += 1;
        }
        taken = Some((start.elapsed(), wall.elapsed()));
        let filter = index.index().filter();
        let asked = 2_000_000_u64;
        let unseen = (0..asked).filter(|&key| filter.may_hold((key % 32) as u32, mix(key ^ 0xabcd_ef01 << 40))).count();
        let stated = false_positive_rate(index.index().counts().1, bloom_bytes(n * 9 / 10, false));
        let wrong = (n..n + n / 4).filter(|number| number % 10 != 9);
        let wrong = wrong.filter(|&number| index.insert(&document(number, n_bands, &sets)) != BloomVerdict::Unique);
        let wrong = wrong.count();
        format!(
            "{:.5} of unseen keys found, {stated:.5} stated; {wrong} unseen documents taken for seen",
            unseen as f64 / asked as f64
        )
    } else {
        let mut index = KeptIndex::open(&config, &setting).expect(WHY);
        let mut id = Vec::new();
        for number in 0..n {
            let id_of = format!("\"crawl/{:08}.jsonl#{}\"", number / 1000, number % 1000);
            match index.insert(&document(number, n_bands, &sets), id_of.as_bytes()).expect(WHY) {
                Verdict::Unique { .. } => kept += 1,
                Verdict::ExactDuplicate { of } | Verdict::NearDuplicate { of, .. } => {
                    index.id(of, &mut id).expect(WHY);
                    found += 1;
                }
                Verdict::Empty => unreachable!("no document is empty"),
            }
        }
        let rest = format!("{} on disk, index says {}", index.frozen_documents(), index.memory_in_use());
        if path.is_some() {
            index.commit().expect(WHY);
        }
        rest
    };
    let (cpu, wall) = taken.unwrap_or_else(|| (start.elapsed(), wall.elapsed()));
    let (cpu, wall) = (cpu.as_secs_f64(), wall.as_secs_f64());
    let bytes = peak_rss_bytes() - before;
    let on_disk: u64 = path.map_or(0, |path| {
        std::fs::read_dir(path).expect(WHY).map(|entry| entry.expect(WHY).metadata().expect(WHY).len()).sum()
    });
    println!(
        "{kind} {n} documents, limit {memory}: {kept} kept, {found} found; {:.0} documents/s of processor time, {:.0} of wall time; \
         {bytes} bytes of memory, {:.1} a document kept; {:.1} on disk; {rest}",
        n as f64 / cpu,
        n as f64 / wall,
        bytes as f64 / kept as f64,
        on_disk as f64 / kept as f64,
    );
}

/// The document of that number; one in ten is the one of half its number.
fn document(number: u64, n_bands: usize, sets: &[Box<[u8]>]) -> Sketch {
    let own = if number % 10 == 9 { number / 20 * 10 } else { number };
    let band_keys = (0..n_bands as u64).map(|band| mix(own << 8 | band)).collect();
    let fingerprint = u128::from(mix(own << 8 | 0xc8)) << 64 | u128::from(mix(own << 8 | 0xc9));
    Sketch { fingerprint, n_tokens: 250, empty: false, band_keys, shingle_set: sets[own as usize % sets.len()].clone() }
}

/// The finalizer of the generator `SplitMix64`.
fn mix(mut key: u64) -> u64 {
    key = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    key = (key ^ key >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    key = (key ^ key >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    key ^ key >> 31
}
