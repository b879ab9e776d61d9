//! From records to columns: lines of JSON, as the stream writes them, to a batch of Arrow.

use std::sync::Arc;

use arrow_array::builder::{ArrayBuilder, BooleanBuilder, Float64Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch, new_null_array};
use arrow_json::ReaderBuilder;
use arrow_schema::{ArrowError, DataType, Field as ArrowField, SchemaRef};

use super::columns::{Column, Columns, Kind};
use super::findings::FindingsBuilder;
use crate::formats::json::{self, Field};

/// Gathers records as columns.
pub(super) struct Rows {
    schema: SchemaRef,
    columns: Vec<(String, Values)>,
    findings: FindingsBuilder,
    /// What has no column, for the rows that have such: the members of an object, without its braces.
    other: Vec<Vec<u8>>,
    rows: usize,
    fields: Vec<Field>,
    scratch: String,
}

/// The values of one column.
enum Values {
    Boolean(BooleanBuilder),
    Int64(Int64Builder),
    Float64(Float64Builder),
    Text(StringBuilder),
    Json(StringBuilder),
    Declared(Declared),
}

/// Values of a type that the crate `arrow-json` knows, as JSON, each ended by a line end.
struct Declared {
    data_type: DataType,
    values: Vec<u8>,
    ends: Vec<usize>,
}

impl Rows {
    pub fn new(columns: &Columns) -> Rows {
        let values = |column: &Column| match &column.kind {
            Kind::Boolean => Values::Boolean(BooleanBuilder::new()),
            Kind::Int64 => Values::Int64(Int64Builder::new()),
            Kind::Float64 => Values::Float64(Float64Builder::new()),
            Kind::Text => Values::Text(StringBuilder::new()),
            Kind::Json => Values::Json(StringBuilder::new()),
            Kind::Declared(data_type) => {
                Values::Declared(Declared { data_type: data_type.clone(), values: Vec::new(), ends: Vec::new() })
            }
        };
        Rows {
            schema: columns.schema(),
            columns: columns.columns.iter().map(|column| (column.name.clone(), values(column))).collect(),
            findings: FindingsBuilder::new(columns.findings),
            other: Vec::new(),
            rows: 0,
            fields: Vec::new(),
            scratch: String::new(),
        }
    }

    /// Adds a record.
    pub fn push(&mut self, line: &str) {
        let mut fields = std::mem::take(&mut self.fields);
        fields.clear();
        // The stream writes objects; of anything else there would be a row without values.
        let _ = json::read_object(line, &mut fields);
        let mut other = Vec::new();
        let mut textmill = "{}";
        let mut expected = 0;
        for field in &fields {
            let (key, value) = (field.key.of(line), field.value.of(line));
            if key == "textmill" {
                textmill = value;
                continue;
            }
            let column = self.column_of(key, expected);
            let fits = column.is_some_and(|at| {
                let values = &mut self.columns[at].1;
                // A name that stands twice, written in two ways, has its first value in the column.
                values.len() == self.rows && values.push(value, &mut self.scratch)
            });
            if !fits {
                other.extend_from_slice(if other.is_empty() { b"\"" } else { b",\"" });
                other.extend_from_slice(format!("{key}\":{value}").as_bytes());
            }
            expected = column.map_or(expected, |at| at + 1);
        }
        self.rows += 1;
        let rows = self.rows;
        self.columns.iter_mut().filter(|(_, values)| values.len() < rows).for_each(|(_, values)| values.push_null());
        self.findings.push(textmill, &mut other);
        self.other.push(other);
        self.fields = fields;
    }

    /// The column of a field, looked for first where the last record of its shape had it.
    fn column_of(&mut self, key: &str, expected: usize) -> Option<usize> {
        if self.columns.get(expected).is_some_and(|(name, _)| name == key) {
            return Some(expected);
        }
        self.scratch.clear();
        json::unescape_into(key, &mut self.scratch);
        self.columns.iter().position(|(name, _)| *name == self.scratch)
    }

    /// The records added since the last time, as a batch.
    ///
    /// # Errors
    /// What the crates say: a fault of this module.
    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let mut arrays = Vec::with_capacity(self.columns.len() + 1);
        for (name, values) in &mut self.columns {
            arrays.push(values.finish(name, &mut self.other)?);
        }
        let mut other = StringBuilder::new();
        for members in &self.other {
            let object = (!members.is_empty()).then(|| format!("{{{}}}", String::from_utf8_lossy(members)));
            other.append_option(object);
        }
        arrays.push(Arc::new(self.findings.finish(Arc::new(other.finish()))));
        self.other.clear();
        self.rows = 0;
        RecordBatch::try_new(Arc::clone(&self.schema), arrays)
    }
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Values::Boolean(values) => values.len(),
            Values::Int64(values) => values.len(),
            Values::Float64(values) => values.len(),
            Values::Text(values) | Values::Json(values) => values.len(),
            Values::Declared(values) => values.ends.len(),
        }
    }

    fn push_null(&mut self) {
        match self {
            Values::Boolean(values) => values.append_null(),
            Values::Int64(values) => values.append_null(),
            Values::Float64(values) => values.append_null(),
            Values::Text(values) | Values::Json(values) => values.append_null(),
            Values::Declared(values) => values.push("null"),
        }
    }

    /// Adds a value as it stands in JSON; `false`, and nothing added, if it is not of the column's type.
    fn push(&mut self, value: &str, scratch: &mut String) -> bool {
        if value == "null" {
            self.push_null();
            return true;
        }
        match self {
            Values::Boolean(values) => match value {
                "true" => values.append_value(true),
                "false" => values.append_value(false),
                _ => return false,
            },
            Values::Int64(values) => match value.parse() {
                Ok(number) => values.append_value(number),
                Err(_) => return false,
            },
            Values::Float64(values) => match value.parse::<f64>() {
                // `parse` takes names as well, which JSON has not.
                Ok(number) if number.is_finite() => values.append_value(number),
                _ => return false,
            },
            Values::Text(values) => match value.as_bytes().first() {
                Some(b'"') if memchr::memchr(b'\\', value.as_bytes()).is_some() => {
                    scratch.clear();
                    json::unescape_into(&value[1..value.len() - 1], scratch);
                    values.append_value(&*scratch);
                }
                Some(b'"') => values.append_value(&value[1..value.len() - 1]),
                Some(b'{' | b'[') => return false,
                _ => values.append_value(value),
            },
            Values::Json(values) => values.append_value(value),
            Values::Declared(values) => values.push(value),
        }
        true
    }

    fn finish(&mut self, name: &str, other: &mut [Vec<u8>]) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Values::Boolean(values) => Arc::new(values.finish()),
            Values::Int64(values) => Arc::new(values.finish()),
            Values::Float64(values) => Arc::new(values.finish()),
            Values::Text(values) | Values::Json(values) => Arc::new(values.finish()),
            Values::Declared(values) => values.finish(name, other)?,
        })
    }
}

impl Declared {
    fn push(&mut self, value: &str) {
        self.values.extend_from_slice(value.as_bytes());
        self.values.push(b'\n');
        self.ends.push(self.values.len());
    }

    /// All values as one array; those that are not of the type become null and go to `other`.
    fn finish(&mut self, name: &str, other: &mut [Vec<u8>]) -> Result<ArrayRef, ArrowError> {
        let (values, ends) = (std::mem::take(&mut self.values), std::mem::take(&mut self.ends));
        if let Ok(array) = self.decode(&values, ends.len()) {
            return Ok(array);
        }
        let mut fitting = Vec::with_capacity(values.len());
        let mut start = 0;
        for (row, end) in ends.iter().enumerate() {
            let value = &values[std::mem::replace(&mut start, *end)..*end];
            if self.decode(value, 1).is_ok() {
                fitting.extend_from_slice(value);
                continue;
            }
            fitting.extend_from_slice(b"null\n");
            let members = &mut other[row];
            members.extend_from_slice(if members.is_empty() { b"" } else { b"," });
            json::write_string(name, members);
            members.push(b':');
            members.extend_from_slice(value.trim_ascii_end());
        }
        self.decode(&fitting, ends.len())
    }

    fn decode(&self, values: &[u8], rows: usize) -> Result<ArrayRef, ArrowError> {
        if rows == 0 {
            return Ok(new_null_array(&self.data_type, 0));
        }
        let field = ArrowField::new("value", self.data_type.clone(), true);
        let mut decoder = ReaderBuilder::new_with_field(field).with_batch_size(rows).build_decoder()?;
        let read = decoder.decode(values)?;
        let batch = decoder.flush()?.filter(|batch| read >= values.trim_ascii_end().len() && batch.num_rows() == rows);
        let short = || ArrowError::JsonError("a value is not finished".to_owned());
        Ok(Arc::clone(batch.ok_or_else(short)?.column(0)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use arrow_array::Array;
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Float64Type, Int64Type};
    use arrow_schema::Schema;

    use super::super::columns::{Findings, Inference};
    use super::*;

    const FINDINGS: Findings = Findings { languages: true, repairs: true, edits: true };

    fn batch(taught: &[&str], lines: &[&str], declared: &HashMap<String, SchemaRef>) -> RecordBatch {
        let mut inference = Inference::new(declared);
        taught.iter().for_each(|line| inference.record(line));
        let mut rows = Rows::new(&inference.finish("id", "text", FINDINGS));
        lines.iter().for_each(|line| rows.push(line));
        rows.finish().unwrap()
    }

    fn other(batch: &RecordBatch) -> Vec<Option<&str>> {
        let textmill = batch.column_by_name("textmill").unwrap().as_struct();
        textmill.column_by_name("other_fields").unwrap().as_string::<i32>().iter().collect()
    }

    #[test]
    fn what_does_not_fit_a_column_is_kept_beside_it() {
        let batch = batch(
            &[r#"{"id":"a","text":"x","n":1,"f":0.5,"b":true,"t":"s","j":{"k":1}}"#],
            &[
                r#"{"id":"a","text":"a\nb","n":-7,"f":2,"b":false,"t":"\u00e9","j":[1]}"#,
                r#"{"text":"y","id":"b","n":1.5,"f":"x","b":0,"t":[1],"new":null,"j":"s"}"#,
                r#"{"id":"c","text":"z"}"#,
            ],
            &HashMap::new(),
        );
        assert_eq!(batch.column(1).as_string::<i32>().iter().collect::<Vec<_>>(), [Some("a\nb"), Some("y"), Some("z")]);
        assert_eq!(batch.column(2).as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), [Some(-7), None, None]);
        assert_eq!(batch.column(3).as_primitive::<Float64Type>().iter().collect::<Vec<_>>(), [Some(2.0), None, None]);
        assert_eq!(batch.column(4).as_boolean().iter().collect::<Vec<_>>(), [Some(false), None, None]);
        assert_eq!(batch.column(5).as_string::<i32>().iter().collect::<Vec<_>>(), [Some("é"), None, None]);
        assert_eq!(batch.column(6).as_string::<i32>().iter().collect::<Vec<_>>(), [Some("[1]"), Some("\"s\""), None]);
        let want = r#"{"n":1.5,"f":"x","b":0,"t":[1],"new":null}"#;
        assert_eq!(other(&batch), [None, Some(want), None]);
    }

    #[test]
    fn declared_columns_keep_their_types_and_what_is_not_of_them_is_kept_beside() {
        let list = DataType::List(ArrowField::new("item", DataType::Int16, true).into());
        let schema = Schema::new(vec![ArrowField::new("v", list.clone(), true)]);
        let declared = HashMap::from([("p".to_owned(), Arc::new(schema))]);
        let taught = r#"{"v":[1],"textmill":{"source":"p"}}"#;
        let batch = batch(&[taught], &[r#"{"v":[1,null]}"#, r#"{"v":"none"}"#, "{}"], &declared);
        let column = batch.column_by_name("v").unwrap();
        assert_eq!(column.data_type(), &list);
        assert_eq!((0..3).map(|row| column.is_valid(row)).collect::<Vec<_>>(), [true, false, false]);
        assert_eq!(other(&batch), [None, Some(r#"{"v":"none"}"#), None]);
    }

    #[test]
    fn findings_become_columns_and_what_is_unknown_is_kept() {
        let textmill = concat!(
            r#"{"source":"a \"b\"","offset":7,"encoding":"UTF-8","encoding_evidence":"utf-8","malformed":1,"#,
            r#""language":"mul","language_score":0.5,"languages":{"en":0.5,"fr":0.5},"#,
            r#""spans":[{"start":0,"end":3,"paragraph":0,"language":"en","score":0.9}],"repairs":{"spaces":2},"#,
            r#""edits":[{"start":0,"end":1,"before":"\t","after":" ","rule":"spaces","rules":["spaces","x"],"score":1}],"#,
            r#""later":[1]}"#
        );
        let line = format!(r#"{{"id":"a","text":"x","textmill":{textmill}}}"#);
        let batch = batch(&[&line], &[&line, "{}"], &HashMap::new());
        assert_eq!(other(&batch), [Some(r#"{"textmill":{"later":[1]}}"#), None]);
        let textmill = batch.column_by_name("textmill").unwrap().as_struct();
        assert_eq!(textmill.column_by_name("source").unwrap().as_string::<i32>().value(0), "a \"b\"");
        let spans = textmill.column_by_name("spans").unwrap().as_list::<i32>();
        assert_eq!((spans.value_length(0), spans.value_length(1)), (1, 0));
        let edits = textmill.column_by_name("edits").unwrap().as_list::<i32>().value(0);
        let before = edits.as_struct().column_by_name("before").unwrap();
        assert_eq!(before.as_string::<i32>().value(0), "\t");
    }
}
