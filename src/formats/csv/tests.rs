//! Tables that are sound, checked against a reader that many use, and tables that are not.

use proptest::prelude::*;

use super::super::cut::cut_all;
use super::*;

fn settings(separator: Option<u8>) -> Settings {
    Settings { max_record_bytes: 200, text_field: "text".to_owned(), separator, likely: None }
}

/// A row as an object, or the number of its fields, if it is ragged.
type Read = Result<String, usize>;

/// The rows, and what was rejected as a whole, by length.
fn rows(table: &str, chunk: usize) -> (Vec<Read>, Vec<(u64, RejectReason)>) {
    let (mut rows, mut rejected) = (Vec::new(), Vec::new());
    for (_, bytes, part) in cut_all(&mut Table::new(settings(None)), table.as_bytes(), chunk) {
        match part {
            Part::Records { ranges, reading: Reading::Row(columns), .. } => {
                let row = |range: Range<u32>| std::str::from_utf8(&bytes[range.start as usize..range.end as usize]);
                rows.extend(ranges.into_iter().map(|range| columns.to_object(row(range).unwrap())));
            }
            Part::Rejected(one) => rejected.push((one.length, one.reason)),
            other => panic!("{other:?}"),
        }
    }
    (rows, rejected)
}

#[track_caller]
fn check(table: &str, want: &[Result<&str, usize>]) {
    for chunk in [1, 2, 5, 1000] {
        let (found, rejected) = rows(table, chunk);
        let found: Vec<Result<&str, usize>> = found.iter().map(|row| row.as_deref().map_err(|n| *n)).collect();
        assert_eq!(found, want, "{chunk}");
        assert!(rejected.is_empty(), "{rejected:?}");
    }
}

#[test]
fn rows_become_objects_in_the_order_of_their_columns() {
    let table = "id,text,n\r\n1,\"a \"\"b\"\", c\",x\r\n\r\n2,\"two\nlines\",\n3,plain,\"\"";
    check(
        table,
        &[
            Ok(r#"{"id":"1","text":"a \"b\", c","n":"x"}"#),
            Ok(r#"{"id":"2","text":"two\nlines","n":""}"#),
            Ok(r#"{"id":"3","text":"plain","n":""}"#),
        ],
    );
}

/// Found by fuzzing.
#[test]
fn names_longer_than_a_row_may_be_are_the_same_however_they_arrive() {
    let long = "x".repeat(300);
    for table in [
        format!("{long},id,more\n1,2,3\n"),
        format!("id,\"{long}\",text\n1,2,3\n"),
        format!("id,\"two\nlines\",text\n1,2,3\n{long}"),
        format!("id,\"two\nlines,text\n1,2,3\n{long}"),
    ] {
        let found = |chunk| format!("{:?}", cut_all(&mut Table::new(settings(None)), table.as_bytes(), chunk));
        let details = |chunk| (rows(&table, chunk), found(chunk).split("detail").nth(1).map(str::to_owned));
        let whole = details(10_000);
        for chunk in [1, 7, 100, 190, 250] {
            assert_eq!(details(chunk), whole, "{chunk}: {table}");
        }
    }
}

#[test]
fn the_separator_is_found_in_the_first_row() {
    for separator in [",", ";", "\t", "|"] {
        let table = ["\u{FEFF}a", "\"text\"", "c\n1", "tide", "3\n"].join(separator);
        check(&table, &[Ok(r#"{"a":"1","text":"tide","c":"3"}"#)]);
    }
    check("sep=;\na;text\n1;x,y\n", &[Ok(r#"{"a":"1","text":"x,y"}"#)]);
    check("text\na, b; c\n", &[Ok(r#"{"text":"a, b; c"}"#)]);
}

#[test]
fn a_stray_quote_harms_its_own_row_alone() {
    let table = "id,text\n1,\"open and never closed\n2,\"sound\"\n3,a \"quoted\" word\n4,\"said\" he\n5,sound\n";
    check(
        table,
        &[
            Ok(r#"{"id":"1","text":"\"open and never closed"}"#),
            Ok(r#"{"id":"2","text":"sound"}"#),
            Ok(r#"{"id":"3","text":"a \"quoted\" word"}"#),
            Ok(r#"{"id":"4","text":"\"said\" he"}"#),
            Ok(r#"{"id":"5","text":"sound"}"#),
        ],
    );
    check(
        "id,text\n1,\"open\n2,sound\n3,close\",x\n",
        &[Ok(r#"{"id":"1","text":"\"open"}"#), Ok(r#"{"id":"2","text":"sound"}"#), Err(3)],
    );
}

#[test]
fn ragged_rows_tell_how_many_fields_they_have() {
    check("id,text\n1\n1,2,3\n1,2\n", &[Err(1), Err(3), Ok(r#"{"id":"1","text":"2"}"#)]);
    check("a,a,,text\n1,2,3,4\n", &[Ok(r#"{"a":"1","a_2":"2","column_3":"3","text":"4"}"#)]);
}

#[test]
fn a_row_that_is_too_long_is_passed_over() {
    let long = "x".repeat(500);
    for chunk in [1, 64, 10_000] {
        let (found, rejected) = rows(&format!("id,text\n1,{long}\n2,\"{long}\"\n3,short\n"), chunk);
        let good: Vec<_> = found.iter().filter(|row| row.as_ref().is_ok_and(|row| row.len() < 100)).collect();
        assert_eq!((found.len() + rejected.len(), good.len()), (3, 1), "{chunk} {found:?} {rejected:?}");
    }
}

#[test]
fn a_table_without_a_text_is_rejected_as_a_whole() {
    for chunk in [1, 1000] {
        let (found, rejected) = rows("id,content\n1,2\n3,4\n", chunk);
        assert_eq!((found.len(), rejected), (0, vec![(19, RejectReason::TextMissing)]));
    }
}

proptest! {
    #[test]
    fn sound_tables_are_read_as_by_the_crate_csv(
        cells in prop::collection::vec(prop::collection::vec("[a\"\n,;é ]{0,6}", 3), 0..8),
        chunk in 1..50_usize,
    ) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["id", "text", "rest"]).unwrap();
        cells.iter().for_each(|row| writer.write_record(row).unwrap());
        let table = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let want: Vec<String> = csv::Reader::from_reader(table.as_bytes())
            .into_records()
            .map(|row| {
                let row = row.unwrap();
                let quoted = |i: usize| serde_json::to_string(&row[i]).unwrap();
                format!("{{\"id\":{},\"text\":{},\"rest\":{}}}", quoted(0), quoted(1), quoted(2))
            })
            .collect();
        let (found, rejected) = rows(&table, chunk);
        prop_assert!(rejected.is_empty());
        prop_assert_eq!(found, want.into_iter().map(Ok).collect::<Vec<_>>());
    }
}
