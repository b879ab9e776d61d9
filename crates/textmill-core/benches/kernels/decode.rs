//! `decode`: UTF-8 clean and nearly clean, UTF-16 without a mark, a legacy encoding where the script has one.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use textmill_core::decode::{Hint, decode};

use super::texts::{SCRIPTS, bytes};
use super::{damage, texts};

/// Times `decode/<encoding>/<script>`.
pub fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("decode");
    for script in &SCRIPTS {
        let pages = script.pages();
        let utf8: Vec<Vec<u8>> = pages.iter().map(|page| page.clone().into_bytes()).collect();
        let mut encodings: Vec<(&str, Vec<Vec<u8>>)> = vec![("utf-8", utf8)];
        // In ASCII two bytes above it are no damage but a legacy encoding.
        if script.name != "ascii" {
            encodings.push(("utf-8-bad-bytes", pages.iter().map(|page| damage::bad_bytes(page)).collect()));
        }
        encodings.push(("utf-16le", pages.iter().map(|page| damage::utf16(page)).collect()));
        if let Some(label) = script.legacy {
            encodings.push((label, pages.iter().map(|page| damage::encoded(page, label)).collect()));
        }
        for (name, encoded) in encodings {
            check(name, script, &pages, &encoded);
            group.throughput(Throughput::Bytes(bytes(&encoded)));
            group.bench_function(format!("{name}/{}", script.name), |b| {
                b.iter(|| {
                    encoded.iter().map(|page| decode(black_box(page), &Hint::default()).text.len()).sum::<usize>()
                });
            });
        }
    }
    group.finish();
}

/// Every page is read as it was, but for the bytes that were made bad.
fn check(encoding: &str, script: &texts::Script, pages: &[String], encoded: &[Vec<u8>]) {
    for (page, bytes) in pages.iter().zip(encoded) {
        let decoded = decode(bytes, &Hint::default());
        if encoding == "utf-8-bad-bytes" {
            assert!(decoded.malformed > 0 && decoded.text.starts_with(&page[..page.find('\n').unwrap_or(0)]));
        } else {
            assert_eq!(decoded.text, *page, "{encoding}, {}", script.name);
        }
    }
}
