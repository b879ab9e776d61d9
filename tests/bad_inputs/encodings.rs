//! Files in encodings that nobody declared.

use crate::case::{Case, Line, Row, check, emitted, good, line, rejected};

const RUSSIAN: [&str; 2] = [
    "Старый паром ходит через реку только летом, когда вода стоит низко.",
    "Осенью паромщик чинит канаты и ждёт первого снега у окна.",
];
const CHINESE: [&str; 2] =
    ["河边的老渡船只在夏天水位低的时候开，每天早上六点开始。", "到了秋天，船夫就在窗边修理绳索，等着第一场雪落下来。"];

fn lines_of(texts: &[&str]) -> Vec<Line> {
    texts.iter().map(|text| line("", format!("{{\"text\":\"{text}\"}}"), emitted(*text))).collect()
}

fn encoded(lines: &[Line], unit: impl Fn(&str) -> Vec<u8>) -> Vec<Line> {
    lines.iter().map(|line| Line { bytes: unit(std::str::from_utf8(&line.bytes).unwrap()), ..line.clone() }).collect()
}

fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(order).collect()
}

fn cp1251(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| match u32::from(c) {
            code @ 0x410..=0x44F => (code - 0x410 + 0xC0) as u8,
            0x451 => 0xB8,
            code => u8::try_from(code).unwrap(),
        })
        .collect()
}

/// Every file in another encoding.
pub fn all() -> Vec<Case> {
    let russian = lines_of(&RUSSIAN);
    let mut cases = vec![
        Case::of_lines("windows-1251 lines", "cp1251.jsonl", &encoded(&russian, cp1251)),
        // Each line is another encoding's: each is decoded alone.
        Case::of_lines(
            "a line in each encoding",
            "each.jsonl",
            &[good(1), encoded(&russian, cp1251)[0].clone(), russian[1].clone()],
        ),
    ];
    // What is transcoded while it is read has its offsets and bytes in UTF-8.
    for (name, order, mark) in [
        ("UTF-16LE with a mark", u16::to_le_bytes as fn(u16) -> [u8; 2], true),
        ("UTF-16BE with a mark", u16::to_be_bytes, true),
        ("UTF-16LE without a mark", u16::to_le_bytes, false),
        ("UTF-16BE without a mark", u16::to_be_bytes, false),
    ] {
        let mut lines: Vec<Line> = (0..20).map(good).collect();
        lines.insert(10, line("", "{\"text\":1}", crate::case::Fate::Rejected("text-type")));
        let case = Case::of_lines(name, &format!("{}.jsonl", name.replace(' ', "-")), &lines);
        let text = String::from_utf8(case.bytes.clone()).unwrap();
        let stored = utf16(&format!("{}{text}", if mark { "\u{FEFF}" } else { "" }), order);
        cases.push(case.stored(stored));
    }
    let page = RUSSIAN.join("\n\n");
    let document = |name: &str, bytes: Vec<u8>, text: &str| {
        let rows = vec![Row::Emitted { offset: 0, text: text.to_owned() }];
        Case::new(name, &format!("{}.txt", name.replace(' ', "-")), bytes, rows)
    };
    cases.push(document("a page in windows-1251", cp1251(&page), &page));
    cases.push(document("a page with a mark", format!("\u{FEFF}{page}").into_bytes(), &page));
    cases.push(document("a page with two marks", format!("\u{FEFF}\u{FEFF}{page}").into_bytes(), &page));
    for (name, order) in
        [("a page in UTF-16LE", u16::to_le_bytes as fn(u16) -> [u8; 2]), ("a page in UTF-16BE", u16::to_be_bytes)]
    {
        cases.push(document(name, utf16(&page, order), &page));
        cases.push(document(&format!("{name} with a mark"), utf16(&format!("\u{FEFF}{page}"), order), &page));
    }
    let mut cut = page.clone().into_bytes();
    cut.pop();
    cut.pop();
    let mut last = page.clone();
    last.truncate(last.len() - 3);
    // The page ends in a full stop, which is one byte: the letter before it is cut in half.
    cases.push(document("a page cut inside its last letter", cut, &format!("{last}\u{FFFD}")));
    cases.push(document("a page in GBK", CHINESE_GBK.to_vec(), &CHINESE.join("\n\n")));
    cases.push(document("a page of CR alone", page.replace('\n', "\r").into_bytes(), &page));
    cases.push(document("a page of CR and LF", page.replace('\n', "\r\n").into_bytes(), &page));
    cases.push(document("a page with NUL bytes", page.replace(". ", ".\0 ").into_bytes(), &page));
    let nuls = vec![0; 10_000];
    cases.push(Case::new("a page of NUL bytes", "nuls.txt", &nuls, vec![rejected("only-nuls", 0, 10_000, &nuls)]));
    cases.push(Case::new("an empty page", "empty.txt", "", Vec::new()));
    cases.push(Case::new("empty records", "empty.jsonl", "", Vec::new()));
    cases.push(Case { record_bytes: 0, ..Case::new("lines of nothing", "blank.jsonl", "\n\n \r\n\t\n", Vec::new()) });
    // Lines that end in CR alone are one line, which is not one object.
    let old = "{\"text\":\"one\"}\r{\"text\":\"two\"}\r";
    cases.push(Case::new(
        "records of CR alone",
        "mac.jsonl",
        old,
        vec![rejected("json-syntax", 0, old.len() as u64, old.as_bytes())],
    ));
    cases
}

/// The Chinese page in GBK.
const CHINESE_GBK: &[u8] =
    b"\xBA\xD3\xB1\xDF\xB5\xC4\xC0\xCF\xB6\xC9\xB4\xAC\xD6\xBB\xD4\xDA\xCF\xC4\xCC\xEC\xCB\xAE\xCE\xBB\xB5\xCD\
      \xB5\xC4\xCA\xB1\xBA\xF2\xBF\xAA\xA3\xAC\xC3\xBF\xCC\xEC\xD4\xE7\xC9\xCF\xC1\xF9\xB5\xE3\xBF\xAA\xCA\xBC\
      \xA1\xA3\n\n\xB5\xBD\xC1\xCB\xC7\xEF\xCC\xEC\xA3\xAC\xB4\xAC\xB7\xF2\xBE\xCD\xD4\xDA\xB4\xB0\xB1\xDF\xD0\
      \xDE\xC0\xED\xC9\xFE\xCB\xF7\xA3\xAC\xB5\xC8\xD7\xC5\xB5\xDA\xD2\xBB\xB3\xA1\xD1\xA9\xC2\xE4\xCF\xC2\xC0\
      \xB4\xA1\xA3";

#[test]
fn each_file_in_another_encoding_meets_its_fate() {
    for case in all() {
        check(&[case], &[]);
    }
}
