//! The struct `textmill` as columns: the same members as in JSON, but for `languages` and `repairs`, whose names differ
//! from record to record; these are lists of pairs, which every reader of Parquet knows.

use std::borrow::Cow;

use arrow_array::builder::{ArrayBuilder, Float64Builder, Int64Builder, ListBuilder, StringBuilder, StructBuilder};
use arrow_array::{ArrayRef, StructArray};
use arrow_schema::{DataType, Field as ArrowField, Fields};
use serde::Deserialize;

use super::columns::Findings;
use crate::formats::json::{self, Field};

fn required(name: &str, data_type: DataType) -> ArrowField {
    ArrowField::new(name, data_type, false)
}

fn list_of(name: &str, members: Fields) -> ArrowField {
    required(name, DataType::List(ArrowField::new("element", DataType::Struct(members), false).into()))
}

fn share_members() -> Fields {
    [required("language", DataType::Utf8), required("share", DataType::Float64)].into_iter().collect()
}

fn span_members() -> Fields {
    let numbers = ["start", "end", "paragraph"].map(|name| required(name, DataType::Int64));
    numbers.into_iter().chain([required("language", DataType::Utf8), required("score", DataType::Float64)]).collect()
}

fn repair_members() -> Fields {
    [required("rule", DataType::Utf8), required("edits", DataType::Int64)].into_iter().collect()
}

fn edit_members() -> Fields {
    let numbers = ["start", "end"].map(|name| required(name, DataType::Int64));
    let texts = ["before", "after", "rule"].map(|name| required(name, DataType::Utf8));
    let rest = [
        // More rules than the first, and what speaks for each reading, as JSON; few edits have them.
        ArrowField::new("rules", DataType::Utf8, true),
        required("score", DataType::Float64),
        ArrowField::new("readings", DataType::Utf8, true),
    ];
    numbers.into_iter().chain(texts).chain(rest).collect()
}

/// The type of the column `textmill`.
pub(super) fn findings_type(findings: Findings) -> DataType {
    let mut members = vec![
        required("source", DataType::Utf8),
        required("offset", DataType::Int64),
        required("encoding", DataType::Utf8),
        required("encoding_evidence", DataType::Utf8),
        required("malformed", DataType::Int64),
    ];
    if findings.languages {
        members.push(required("language", DataType::Utf8));
        members.push(required("language_score", DataType::Float64));
        members.push(list_of("languages", share_members()));
        members.push(list_of("spans", span_members()));
    }
    if findings.repairs {
        members.push(list_of("repairs", repair_members()));
    }
    if findings.edits {
        members.push(list_of("edits", edit_members()));
    }
    members.push(ArrowField::new("other_fields", DataType::Utf8, true));
    DataType::Struct(members.into())
}

/// A span as the stream writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Span<'a> {
    start: i64,
    end: i64,
    paragraph: i64,
    language: &'a str,
    score: f64,
}

/// An edit as the stream writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit<'a> {
    start: i64,
    end: i64,
    #[serde(borrow)]
    before: Cow<'a, str>,
    #[serde(borrow)]
    after: Cow<'a, str>,
    rule: &'a str,
    #[serde(borrow)]
    rules: Option<&'a serde_json::value::RawValue>,
    score: f64,
    #[serde(borrow)]
    readings: Option<&'a serde_json::value::RawValue>,
}

type Structs = ListBuilder<StructBuilder>;

fn structs(members: Fields) -> Structs {
    let element = ArrowField::new("element", DataType::Struct(members.clone()), false);
    ListBuilder::new(StructBuilder::from_fields(members, 0)).with_field(element)
}

/// Gathers the column `textmill`.
pub(super) struct FindingsBuilder {
    findings: Findings,
    source: StringBuilder,
    offset: Int64Builder,
    encoding: StringBuilder,
    evidence: StringBuilder,
    malformed: Int64Builder,
    language: StringBuilder,
    score: Float64Builder,
    languages: Structs,
    spans: Structs,
    repairs: Structs,
    edits: Structs,
    members: Vec<Field>,
    scratch: String,
}

impl FindingsBuilder {
    pub fn new(findings: Findings) -> FindingsBuilder {
        FindingsBuilder {
            findings,
            source: StringBuilder::new(),
            offset: Int64Builder::new(),
            encoding: StringBuilder::new(),
            evidence: StringBuilder::new(),
            malformed: Int64Builder::new(),
            language: StringBuilder::new(),
            score: Float64Builder::new(),
            languages: structs(share_members()),
            spans: structs(span_members()),
            repairs: structs(repair_members()),
            edits: structs(edit_members()),
            members: Vec::new(),
            scratch: String::new(),
        }
    }

    /// Adds the object of one record; members that have no column are appended to `other` as members of an object.
    pub fn push(&mut self, object: &str, other: &mut Vec<u8>) {
        let rows = self.source.len();
        let mut members = std::mem::take(&mut self.members);
        members.clear();
        let _ = json::read_object(object, &mut members);
        let mut rest: Vec<u8> = Vec::new();
        for member in &members {
            let (key, value) = (member.key.of(object), member.value.of(object));
            if self.member(key, value).is_none() {
                rest.extend_from_slice(if rest.is_empty() { b"{" } else { b"," });
                rest.extend_from_slice(format!("\"{key}\":{value}").as_bytes());
            }
        }
        if !rest.is_empty() {
            other.extend_from_slice(if other.is_empty() { b"" } else { b"," });
            other.extend_from_slice(b"\"textmill\":");
            other.extend_from_slice(&rest);
            other.push(b'}');
        }
        self.members = members;
        self.fill(rows + 1);
    }

    /// Adds one member's value; `None` if it has no column or is not of its type.
    fn member(&mut self, key: &str, value: &str) -> Option<()> {
        let Findings { languages, repairs, edits } = self.findings;
        match key {
            "source" => text(&mut self.source, value, &mut self.scratch),
            "encoding" => text(&mut self.encoding, value, &mut self.scratch),
            "encoding_evidence" => text(&mut self.evidence, value, &mut self.scratch),
            "language" if languages => text(&mut self.language, value, &mut self.scratch),
            "offset" => Some(self.offset.append_value(value.parse().ok()?)),
            "malformed" => Some(self.malformed.append_value(value.parse().ok()?)),
            "language_score" if languages => Some(self.score.append_value(value.parse().ok()?)),
            "languages" if languages => pairs(&mut self.languages, value, |shares, share| {
                shares.field_builder::<Float64Builder>(1)?.append_value(share.parse().ok()?);
                Some(())
            }),
            "repairs" if repairs => pairs(&mut self.repairs, value, |rules, edits| {
                rules.field_builder::<Int64Builder>(1)?.append_value(edits.parse().ok()?);
                Some(())
            }),
            "spans" if languages => self.spans(value),
            "edits" if edits => self.edits(value),
            _ => None,
        }
    }

    fn spans(&mut self, value: &str) -> Option<()> {
        for span in serde_json::from_str::<Vec<Span<'_>>>(value).ok()? {
            let row = self.spans.values();
            for (at, number) in [span.start, span.end, span.paragraph].into_iter().enumerate() {
                row.field_builder::<Int64Builder>(at)?.append_value(number);
            }
            row.field_builder::<StringBuilder>(3)?.append_value(span.language);
            row.field_builder::<Float64Builder>(4)?.append_value(span.score);
            row.append(true);
        }
        self.spans.append(true);
        Some(())
    }

    fn edits(&mut self, value: &str) -> Option<()> {
        for edit in serde_json::from_str::<Vec<Edit<'_>>>(value).ok()? {
            let row = self.edits.values();
            for (at, number) in [edit.start, edit.end].into_iter().enumerate() {
                row.field_builder::<Int64Builder>(at)?.append_value(number);
            }
            for (at, text) in [(2, &*edit.before), (3, &*edit.after), (4, edit.rule)] {
                row.field_builder::<StringBuilder>(at)?.append_value(text);
            }
            row.field_builder::<StringBuilder>(5)?.append_option(edit.rules.map(serde_json::value::RawValue::get));
            row.field_builder::<Float64Builder>(6)?.append_value(edit.score);
            row.field_builder::<StringBuilder>(7)?.append_option(edit.readings.map(serde_json::value::RawValue::get));
            row.append(true);
        }
        self.edits.append(true);
        Some(())
    }

    /// Makes every column `rows` long: a member that a record lacks is empty, zero or an empty list.
    fn fill(&mut self, rows: usize) {
        for texts in [&mut self.source, &mut self.encoding, &mut self.evidence, &mut self.language] {
            (texts.len()..rows).for_each(|_| texts.append_value(""));
        }
        for numbers in [&mut self.offset, &mut self.malformed] {
            (numbers.len()..rows).for_each(|_| numbers.append_value(0));
        }
        (self.score.len()..rows).for_each(|_| self.score.append_value(0.0));
        for lists in [&mut self.languages, &mut self.spans, &mut self.repairs, &mut self.edits] {
            (lists.len()..rows).for_each(|_| lists.append(true));
        }
    }

    /// The column, with `other` as its last member; the builder is empty afterwards.
    pub fn finish(&mut self, other: ArrayRef) -> StructArray {
        let DataType::Struct(members) = findings_type(self.findings) else {
            // `findings_type` gives a struct and nothing else.
            unreachable!("findings are a struct")
        };
        let builders: [(&str, &mut dyn ArrayBuilder); 11] = [
            ("source", &mut self.source),
            ("offset", &mut self.offset),
            ("encoding", &mut self.encoding),
            ("encoding_evidence", &mut self.evidence),
            ("malformed", &mut self.malformed),
            ("language", &mut self.language),
            ("language_score", &mut self.score),
            ("languages", &mut self.languages),
            ("spans", &mut self.spans),
            ("repairs", &mut self.repairs),
            ("edits", &mut self.edits),
        ];
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(members.len());
        for (name, builder) in builders {
            let array = builder.finish();
            if members.iter().any(|member| member.name() == name) {
                arrays.push(array);
            }
        }
        arrays.push(other);
        StructArray::new(members, arrays, None)
    }
}

fn text(column: &mut StringBuilder, value: &str, scratch: &mut String) -> Option<()> {
    let raw = value.strip_prefix('"')?.strip_suffix('"')?;
    if raw.contains('\\') {
        scratch.clear();
        json::unescape_into(raw, scratch);
        column.append_value(&*scratch);
    } else {
        column.append_value(raw);
    }
    Some(())
}

/// Adds an object as a list of pairs of name and value.
fn pairs(column: &mut Structs, object: &str, append: impl Fn(&mut StructBuilder, &str) -> Option<()>) -> Option<()> {
    let mut members = Vec::new();
    json::read_object(object, &mut members).ok()?;
    for member in &members {
        let row = column.values();
        append(row, member.value.of(object))?;
        row.field_builder::<StringBuilder>(0)?.append_value(member.key.of(object));
        row.append(true);
    }
    column.append(true);
    Some(())
}
