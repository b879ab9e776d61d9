//! Unicode's own test of normalization, if its file is on this machine.
//!
//! The file comes with Unicode's data (Debian: package `unicode-data`, compressed by bzip2), or `NORMALIZATION_TEST` names it. Columns are source, NFC, NFD, NFKC, NFKD; the test
//! holds `unicode-form` to the first three, and to leaving every character alone that the file's part 1 does not name.

#![allow(clippy::unwrap_used)]

use std::collections::HashSet;

use textmill_core::repair::apply;
use textmill_core::repair::unicode_form::find_unicode_form;

const FILE: &str = "/usr/share/unicode/NormalizationTest.txt";

#[test]
fn unicode_form_passes_the_normalization_test_of_unicode() {
    let file = std::env::var("NORMALIZATION_TEST").unwrap_or_else(|_| FILE.to_owned());
    let Ok(data) = std::fs::read_to_string(&file) else {
        println!("skipped: {file} is not there");
        return;
    };
    let nfc = |text: &str| apply(text, &find_unicode_form(text));
    let mut named = HashSet::new();
    let (mut rows, mut part) = (0, 0);
    for line in data.lines() {
        if let Some(number) = line.strip_prefix("@Part") {
            part = number.split(' ').next().unwrap().parse().unwrap();
        }
        if line.starts_with(['#', '@']) || line.is_empty() {
            continue;
        }
        let columns: Vec<String> = line.split(';').take(5).map(from_hex).collect();
        let [source, composed, decomposed, compatible, decomposed_compatible] = &columns[..] else { panic!("{line}") };
        for text in [source, composed, decomposed] {
            assert_eq!(&nfc(text), composed, "{line}");
        }
        for text in [compatible, decomposed_compatible] {
            assert_eq!(&nfc(text), compatible, "{line}");
        }
        if part == 1 {
            named.extend(source.chars());
        }
        rows += 1;
    }
    let others = ('\0'..=char::MAX).filter(|c| !named.contains(c));
    let mut alone = 0;
    for c in others {
        let text = c.to_string();
        // A file of an older version does not know the characters that newer data decompose.
        if !find_unicode_form(&text).is_empty() {
            println!("not in part 1, but changed: {c:?}");
            continue;
        }
        alone += 1;
    }
    println!("{rows} rows, {alone} other characters left alone");
    assert!(rows > 10_000);
}

/// Text of a column: code points in hexadecimal, with spaces between.
fn from_hex(column: &str) -> String {
    column.split(' ').map(|code| char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap()).collect()
}
