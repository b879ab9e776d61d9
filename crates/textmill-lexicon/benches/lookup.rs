//! Time of one key and one lookup, for words and for what is none.

#![allow(missing_docs)] // The macro's function has none.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use textmill_lexicon::{key, lookup};

/// So many keys that the cells of one are seldom near those of the one before.
const N: u64 = 1 << 16;

fn lookups(c: &mut Criterion) {
    let mut group = c.benchmark_group("lexicon");
    let random: Vec<u64> = (0..N).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)).collect();
    let known: Vec<u64> =
        (0..).map(|i: u64| key(&base_26(i))).filter(|&key| !lookup(key).is_empty()).take(1 << 12).collect();
    assert!(random.iter().filter(|&&key| !lookup(key).is_empty()).count() < random.len() / 1000);
    for (name, keys) in [("lookup/none", random), ("lookup/words", known)] {
        group.throughput(Throughput::Elements(keys.len() as u64));
        group.bench_function(name, |b| {
            b.iter(|| keys.iter().map(|&key| u64::from(lookup(black_box(key)).of(8))).sum::<u64>());
        });
    }
    for (name, words) in [
        ("key/ascii", ["the", "Bridge", "stands", "over", "water"]),
        ("key/latin", ["für", "Brücke", "näher", "größte", "été"]),
        ("key/cyrillic", ["который", "Мост", "стоит", "над", "водой"]),
        ("key/arabic", ["الجسر", "فوق", "الماء", "من", "يقف"]),
    ] {
        group.throughput(Throughput::Elements(words.len() as u64));
        group.bench_function(name, |b| b.iter(|| words.map(|word| key(black_box(word)))));
    }
    group.finish();
}

/// The strings `a`, `b`, … `z`, `aa`, `ab`, …; many short ones are words.
fn base_26(mut number: u64) -> String {
    let mut word = String::new();
    loop {
        word.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
        if number == 0 {
            return word;
        }
        number -= 1;
    }
}

criterion_group!(benches, lookups);
criterion_main!(benches);
