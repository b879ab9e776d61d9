//! The case files of `tests/cases/decode`, and properties of every input.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("two hex digits")).collect()
}

fn check(file: &str) {
    let path = format!("{}/../../tests/cases/decode/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let json = std::fs::read_to_string(&path).expect("the case file is there");
    let json: Value = serde_json::from_str(&json).expect("the case file is JSON");
    let mut wrong = Vec::new();
    for case in json["cases"].as_array().expect("a list of cases") {
        let bytes = bytes_of(case["bytes"].as_str().expect("hex"));
        let label = |key: &str| case[key].as_str().map(|label| Charset::from_label(label).expect("a known label"));
        let hint = Hint { forced: label("forced"), declared: label("declared"), fallback: None };
        let found = decode(&bytes, &hint);
        let right = found.text == case["text"].as_str().expect("a text")
            && found.encoding == case["encoding"].as_str().expect("a name")
            && found.evidence.name() == case["evidence"].as_str().expect("a name")
            && case["malformed"].as_u64().is_none_or(|expected| found.malformed as u64 == expected)
            && found.replaced as u64 == case["replaced"].as_u64().expect("a count")
            && case["second"].as_str().is_none_or(|expected| found.second_encoding == Some(expected))
            && found.bom == case["bom"].as_bool().unwrap_or_default();
        if !right {
            wrong.push(format!("{}: {found:?}", case["name"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn finds_legacy_charsets() {
    check("legacy");
}

#[test]
fn finds_unicode_with_and_without_a_mark() {
    check("unicode");
}

#[test]
fn keeps_what_is_sound_of_broken_utf8() {
    check("malformed");
}

#[test]
fn believes_a_label_where_the_bytes_agree() {
    check("declared");
}

#[test]
fn borrows_clean_text() {
    assert!(matches!(decode("déjà".as_bytes(), &Hint::default()).text, Cow::Borrowed("déjà")));
    assert!(matches!(decode(b"\xEF\xBB\xBFplain", &Hint::default()).text, Cow::Borrowed("plain")));
}

#[test]
fn reads_labels_with_quotes_and_typos() {
    let name = |label: &str| Charset::from_label(label).map(Charset::name);
    for (label, expected) in [
        ("utf8;", "UTF-8"),
        ("\"UTF-8\"", "UTF-8"),
        (" 'windows_1251' ", "windows-1251"),
        ("CP1250", "windows-1250"),
        ("win-1254", "windows-1254"),
        ("ISO8859-15", "ISO-8859-15"),
        ("latin1", "windows-1252"),
        ("x-sjis", "Shift_JIS"),
        ("cp437", "IBM437"),
        ("x-mac-ce", "x-mac-ce"),
        ("hz-gb-2312", "HZ-GB-2312"),
        ("utf-32", "UTF-32LE"),
    ] {
        assert_eq!(name(label), Some(expected), "{label}");
    }
    assert_eq!(name("nonsense"), None);
    assert_eq!(name("x-user-defined"), None);
    assert_eq!(name(""), None);
}

#[test]
fn sniffs_what_is_certain_only() {
    let utf16: Vec<u8> = "{\"text\": \"слово\"}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(sniff(&utf16), Some(Charset::UTF_16LE));
    assert_eq!(sniff(b"\xEF\xBB\xBF{}"), Some(Charset::UTF_8));
    assert_eq!(sniff(b"{\"text\": \"plain\"}"), None);
    assert_eq!(sniff("{\"text\": \"déjà\"}".as_bytes()), None);
    let mut cyrillic = Vec::new();
    for _ in 0..40 {
        // "слово и дело" in windows-1251.
        cyrillic.extend_from_slice(b"{\"text\": \"\xF1\xEB\xEE\xE2\xEE \xE8 \xE4\xE5\xEB\xEE\"}\n");
    }
    assert_eq!(sniff(&cyrillic), Charset::from_label("windows-1251"));
}

/// Bytes like those of texts: ASCII, UTF-8, single bytes, pairs, escapes.
fn text_bytes() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        3 => "[a-z .\n]{0,12}".prop_map(String::into_bytes),
        3 => "[éłжω中かא가]{0,6}".prop_map(String::into_bytes),
        2 => prop::collection::vec(0x80_u8..=0xFF, 0..6),
        1 => prop::collection::vec(any::<u8>(), 0..6),
        1 => prop::sample::select(vec![&b"\x1B$B"[..], b"\x1B(B", b"~{", b"~}", b"\x0E", b"\x0F", b"\xED\xA0\xBD\xED\xB8\x80"])
            .prop_map(<[u8]>::to_vec),
    ];
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

fn any_charset() -> impl Strategy<Value = Charset> {
    let mut labels = vec![
        "utf-8",
        "utf-16le",
        "utf-16be",
        "utf-32le",
        "utf-32be",
        "windows-1252",
        "koi8-u",
        "shift_jis",
        "euc-jp",
        "gbk",
        "gb18030",
        "big5",
        "euc-kr",
        "iso-2022-jp",
        "iso-2022-kr",
        "hz-gb-2312",
        "johab",
        "macintosh",
    ];
    labels.extend(Charset::pages().map(Charset::name));
    prop::sample::select(labels).prop_map(|label| Charset::from_label(label).expect("a known label"))
}

#[test]
fn a_line_in_another_charset_counts_what_cannot_be_read_in_it() {
    let bytes = b"\xE01\x0E\n\xD0\xB6\xCF\x89\xE3\x81\x8B\n\xED\xA0\xBD\xED\xB8\x80";
    let found = decode(bytes, &Hint::default());
    assert_eq!(found.text.matches('\u{FFFD}').count(), found.replaced, "{:?}", found.text);
    assert!(found.replaced <= found.malformed, "{found:?}");
}

proptest! {
    #[test]
    fn decodes_every_input(bytes in text_bytes()) {
        let found = decode(&bytes, &Hint::default());
        prop_assert!(Charset::from_label(found.encoding).is_some(), "{}", found.encoding);
        prop_assert!(found.replaced <= found.malformed);
        if let Ok(text) = std::str::from_utf8(&bytes)
            && found.evidence == Evidence::Utf8 {
                prop_assert_eq!(found.text, text);
            }
    }

    #[test]
    fn chunking_never_matters(bytes in text_bytes(), charset in any_charset(), cuts in prop::collection::vec(0..80_usize, 0..6)) {
        let mut whole = String::new();
        let n_whole = charset.new_decoder().decode(&bytes, &mut whole, true);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.sort_unstable();
        let mut decoder = charset.new_decoder();
        let mut chunked = String::new();
        let mut n_chunked = 0;
        let mut from = 0;
        for cut in cuts {
            n_chunked += decoder.decode(&bytes[from..cut], &mut chunked, false);
            from = cut;
        }
        n_chunked += decoder.decode(&bytes[from..], &mut chunked, true);
        prop_assert_eq!(&chunked, &whole);
        prop_assert_eq!(n_chunked, n_whole);
    }

    #[test]
    fn a_forced_charset_gives_what_its_decoder_gives(bytes in text_bytes(), charset in any_charset()) {
        let mut streamed = String::new();
        let malformed = charset.new_decoder().decode(&bytes, &mut streamed, true);
        let forced = decode(&bytes, &Hint { forced: Some(charset), ..Hint::default() });
        prop_assert_eq!(forced.text, streamed);
        prop_assert_eq!(forced.malformed, malformed);
    }
}
