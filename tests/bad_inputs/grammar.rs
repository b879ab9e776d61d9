//! The grammar of JSON (RFC 8259), kind by kind: what is in it passes to the last byte, what is not is rejected.

use crate::case::{Case, Fate, Line, check, emitted_with, good_text, line};

/// Values that are JSON, as they must come out.
const VALID: [&str; 52] = [
    "0",
    "-0",
    "-1",
    "12",
    "1.5",
    "-0.25",
    "1e5",
    "1E5",
    "1e+5",
    "1e-5",
    "1.5e-10",
    "0e1",
    "0.0",
    "20e1",
    "1E400",
    "-1e-400",
    "100000000000000000000000000",
    "true",
    "false",
    "null",
    "\"\"",
    "\"a\"",
    "\" \"",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"\\u0041\\u00e9\\u20AC\"",
    "\"\\ud83d\\ude00\"",
    "\"\\uDBFF\\uDFFF\"",
    "\"\\u0000\"",
    "\"\\ufffe\\uffff\"",
    "\"\\u2028\\u2029\"",
    "\"é€😀\"",
    "\"\u{2028}\u{2029}\"",
    "\"\u{7f}\"",
    "\"//\"",
    "\"/* */\"",
    "\"[{]}\"",
    "[]",
    "[ ]",
    "[1]",
    "[1,2]",
    "[ 1 , 2 ]",
    "[null,true,\"x\"]",
    "[[],[[]]]",
    "[{}]",
    "{}",
    "{ }",
    "{\"a\":1}",
    "{ \"a\" : 1 }",
    "{\"\":0}",
    "{\"a\":{\"b\":[{}]}}",
    "{\"a\\n\":\"\\\"\"}",
    "{\"a\":\"b\",\"a\":\"c\"}",
];

/// Values that are not JSON, nor among the liberties that are taken.
const INVALID: [&str; 75] = [
    "",
    "+1",
    "01",
    "-01",
    "00",
    "1.",
    ".5",
    "-.5",
    "1.e5",
    "1e",
    "1e+",
    "1E-",
    "1.5e",
    "-",
    "--1",
    "1-",
    "1+1",
    "0x10",
    "1_000",
    "1 000",
    "1,5x",
    "1a",
    "1e1.5",
    "1e5e5",
    "0.1.2",
    "１",
    "nan",
    "Nan",
    "inf",
    "+Infinity",
    "- Infinity",
    "-NaN",
    "infinity",
    "True",
    "FALSE",
    "nul",
    "nulll",
    "tru",
    "truefalse",
    "undefined",
    "None",
    "'a'",
    "`a`",
    "a",
    "\"a",
    "a\"",
    "\"a\"b\"",
    "\"\\x41\"",
    "\"\\a\"",
    "\"\\'\"",
    "\"\\0\"",
    "\"\\u\"",
    "\"\\u00\"",
    "\"\\u00g0\"",
    "\"\\U0041\"",
    "\"\\",
    "[",
    "]",
    "[1",
    "[1,",
    "[,1]",
    "[1,,2]",
    "[1,]",
    "[1 2]",
    "[1;2]",
    "[1}",
    "{",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{,}",
    "{a:1}",
    "{1:1}",
    "{\"a\"=1}",
    "{\"a\":1]",
];

/// Whole lines that are not an object.
const INVALID_LINES: [&str; 20] = [
    "[]",
    "\"\"",
    "1",
    "null",
    "true",
    "}",
    "{]",
    "{}}",
    "{{}}",
    "{\"text\":\"a\"}x",
    "x{\"text\":\"a\"}",
    "{\"text\":\"a\"};",
    "{\"text\":\"a\"}\u{a0}",
    "\u{2060}{\"text\":\"a\"}",
    "{\"text\" \"a\"}",
    "{\"text\"::\"a\"}",
    "{:\"a\"}",
    "{text:\"a\"}",
    "{\"text\":\"a\" \"b\":1}",
    "// {\"text\":\"a\"}",
];

fn valid(value: &str) -> Line {
    let text = good_text(1);
    let member = format!("\"v\":{value}");
    // Names that stand twice inside a field are the field's own business.
    line(
        format!("valid {value}"),
        format!("{{\"text\":\"{text}\",{member},\"w\":1}}"),
        emitted_with(&text, &[&format!("{member},\"w\":1")]),
    )
}

fn invalid(value: &str) -> Line {
    let text = good_text(1);
    line(
        format!("invalid {value}"),
        format!("{{\"text\":\"{text}\",\"v\":{value},\"w\":1}}"),
        Fate::Rejected("json-syntax"),
    )
}

/// Every line of the grammar, valid or not.
pub fn all() -> Vec<Line> {
    let lines = INVALID_LINES.iter().map(|text| line(format!("invalid {text}"), text, Fate::Rejected("json-syntax")));
    VALID.iter().map(|value| valid(value)).chain(INVALID.iter().map(|value| invalid(value))).chain(lines).collect()
}

#[test]
fn what_is_json_passes_untouched_and_what_is_not_is_rejected() {
    let cases: Vec<Case> = all()
        .iter()
        .enumerate()
        .map(|(i, bad)| Case::of_lines(&bad.name, &format!("{i:03}.jsonl"), std::slice::from_ref(bad)))
        .collect();
    check(&cases, &[]);
}

#[test]
fn blanks_stand_wherever_they_may() {
    let text = good_text(1);
    for blank in [" ", "\t", "\r", "  \t\r "] {
        let spaced = format!(
            "{blank}{{{blank}\"text\"{blank}:{blank}\"{text}\"{blank},{blank}\"v\"{blank}:{blank}[{blank}1{blank},{blank}2{blank}]{blank}}}{blank}"
        );
        check(
            &[Case::of_lines("blanks", "a.jsonl", &[line("blanks", spaced, emitted_with(&text, &["\"v\":["]))])],
            &[],
        );
    }
    for no_blank in ["\u{b}", "\u{c}", "\u{a0}", "\u{2003}", "\u{3000}"] {
        let spaced = format!("{{\"text\":{no_blank}\"{text}\"}}");
        check(
            &[Case::of_lines("no blank", "a.jsonl", &[line("no blank", spaced, Fate::Rejected("json-syntax"))])],
            &[],
        );
    }
}
