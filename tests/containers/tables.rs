//! Tables as text, and JSON in other shapes than one object a line.

use crate::case::{Case, Row, check, details, good_text, rejected};
use crate::harness::str_of;

/// A file of pieces one after the other, each with its fate: a text, or a reason to be rejected.
fn case(name: &str, file: &str, pieces: &[(&str, Option<Result<&str, &str>>)]) -> Case {
    let mut bytes = Vec::new();
    let mut rows = Vec::new();
    let mut record_bytes = 0;
    for (piece, fate) in pieces {
        let offset = bytes.len() as u64;
        let length = piece.len() as u64;
        match fate {
            Some(Ok(text)) => rows.push(Row::Emitted { offset, text: (*text).to_owned() }),
            Some(Err(reason)) => rows.push(rejected(reason, offset, length, piece.as_bytes())),
            None => {}
        }
        record_bytes += if fate.is_some() { length } else { 0 };
        bytes.extend_from_slice(piece.as_bytes());
    }
    Case { record_bytes, ..Case::new(name, file, bytes, rows) }
}

#[test]
fn rows_become_records_with_the_fields_of_their_columns() {
    let pieces = [
        ("id,text,price\r\n", None),
        ("7,The ferry left.,1.50\r\n", Some(Ok("The ferry left."))),
        ("\r\n", None),
        ("8,\"It came back, \"\"late\"\".\",\n", Some(Ok("It came back, \"late\"."))),
        ("9,short\n", Some(Err("table-row"))),
        ("10,\"open,1\n", Some(Ok("\"open"))),
        ("11,\"Two\nlines.\",2\n", Some(Ok("Two\nlines."))),
        ("12,last,3", Some(Ok("last"))),
    ];
    let folder = check(&[case("a table", "boats.csv", &pieces)], &["--set=repair.enabled=false"]);
    let records = folder.shards("out");
    let first = serde_json::to_string(&records[0]).unwrap();
    assert!(first.starts_with(r#"{"id":"7","text":"The ferry left.","price":"1.50","textmill""#), "{first}");
    assert_eq!(details(&folder)[0].1, "row 3: 2 fields instead of 3");
}

#[test]
fn tables_are_read_in_any_encoding_and_with_any_separator() {
    let text = "Le café était fermé à midi, dit le pêcheur, et il resta là jusqu'au soir près du phare abandonné.";
    let table = |separator: &str| format!("numéro{separator}text\n1{separator}\"{text}\"\n");
    let latin: Vec<u8> = table(";").chars().map(|c| c as u8).collect();
    let utf16: Vec<u8> = table("\t").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, bytes, file) in [
        ("with a mark", format!("\u{FEFF}{}", table(",")).into_bytes(), "a.csv"),
        ("by tabs", table("\t").into_bytes(), "a.tsv"),
        ("by semicolons in windows-1252", latin, "a.csv"),
        ("by tabs in UTF-16", utf16, "a.csv"),
        ("by bars", table("|").into_bytes(), "a.csv"),
    ] {
        let folder = crate::harness::Folder::new();
        folder.put(file, bytes);
        let run = folder.run(["run", "--no-config", file, "-o", "-"]).ended_with(0);
        let records = run.records();
        assert_eq!(records.len(), 1, "{name}: {}", run.stderr);
        assert_eq!((str_of(&records[0], "text"), str_of(&records[0], "numéro")), (text, "1"), "{name}");
    }
}

#[test]
fn a_table_without_the_column_says_which_there_are() {
    let table = "id,content\n1,The ferry left.\n";
    let folder = check(&[case("no text", "boats.csv", &[(table, Some(Err("text-missing")))])], &[]);
    assert_eq!(details(&folder)[0].1, "no column `text`; set read.text_field to one of `id`, `content`");
    let run = folder.run(["run", "--no-config", "in", "-o", "-", "--set=read.text_field=content"]).ended_with(0);
    assert_eq!(run.records()[0]["content"], "The ferry left.");
}

#[test]
fn quotes_that_nobody_closes_swallow_nothing() {
    let long = "x".repeat(3 << 20);
    let quoted = format!("2,\"{long}\n");
    let pieces = [
        ("id,text\n", None),
        ("1,sound\n", Some(Ok("sound"))),
        (quoted.as_str(), Some(Err("too-large"))),
        ("3,sound too\n", Some(Ok("sound too"))),
    ];
    let case = case("a field of three megabytes", "boats.csv", &pieces);
    check(std::slice::from_ref(&case), &[]);
    check(&[case], &["--set=read.batch_bytes=1 KiB"]);
}

#[test]
fn arrays_and_values_over_several_lines_are_read() {
    let text = |number| Some(Ok(Box::leak(good_text(number).into_boxed_str()) as &str));
    let object = |number: usize| -> &'static str {
        Box::leak(format!("{{\n  \"n\": {number}.10,\n  \"text\": \"{}\"\n}}", good_text(number)).into_boxed_str())
    };
    let (one, two, three) = (object(1), object(2), object(3));
    let array = [
        ("[", None),
        (one, text(1)),
        (",\n", None),
        ("17", Some(Err("json-syntax"))),
        (", ", None),
        (two, text(2)),
        (",", None),
        ("{\"text\":7}", Some(Err("text-type"))),
        ("]\n", None),
    ];
    let stream = [(one, text(1)), ("\n", None), (two, text(2)), (three, text(3)), ("\n", None)];
    for (file, pieces) in [("a.json", &array[..]), ("b.jsonl", &array[..]), ("c.json", &stream[..])] {
        let folder = check(&[case("JSON", file, pieces)], &[]);
        let output = String::from_utf8(folder.read("out/shard-00000.jsonl")).unwrap();
        assert!(output.starts_with(&format!("{{\"id\":\"in/{file}#1\",\"n\":1.10,\"text\":")), "{output}");
    }
    // On one line, and cut off.
    let pieces = [
        ("[", None),
        (one, text(1)),
        (",", None),
        ("{\"text\":\"The fer", Some(Err("json-syntax"))),
        ("", Some(Err("truncated"))),
    ];
    check(&[case("a cut array", "cut.json", &pieces)], &[]);
}

#[test]
fn a_value_that_is_too_long_is_passed_over() {
    let long = format!("{{\"text\":\"{}\"}}", "x".repeat(3 << 20));
    let pieces = [
        ("[", None),
        ("{\"text\":\"sound\"}", Some(Ok("sound"))),
        (",", None),
        (long.as_str(), Some(Err("too-large"))),
        (",", None),
        ("{\"text\":\"sound too\"}", Some(Ok("sound too"))),
        ("]", None),
    ];
    let case = case("a long value", "a.json", &pieces);
    check(std::slice::from_ref(&case), &[]);
    check(&[case], &["--set=read.batch_bytes=1 KiB"]);
}
