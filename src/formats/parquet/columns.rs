//! Which columns the records of a run have, and of which types.
//!
//! Fields vary from record to record; the columns of a file do not. So the records that come before the first shard is
//! closed say which columns there are, and the rest of the run keeps to them: what a later record has beyond them, or
//! what does not fit their types, goes to `textmill.other_fields`, as JSON.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field as ArrowField, Schema, SchemaRef};
use serde::{Deserialize, Serialize};

use super::findings::findings_type;
use crate::formats::json::{self, Field};

/// Columns that a file has at most, beside `textmill`. A corpus whose records use field names as keys of a dictionary
/// would otherwise get a footer that is larger than its rows; further fields go to `textmill.other_fields`.
const MAX_COLUMNS: usize = 1000;

/// What `textmill` says of a record, as the plan has it: the same for all records of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// The language, its shares and the spans.
    pub languages: bool,
    /// Edits of each rule, counted.
    pub repairs: bool,
    /// Every edit.
    pub edits: bool,
}

/// The columns of all shards of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Columns {
    /// In the order in which the fields first came.
    pub(super) columns: Vec<Column>,
    /// The members of `textmill`.
    pub(super) findings: Findings,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Column {
    pub name: String,
    pub kind: Kind,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Kind {
    Boolean,
    /// Whole numbers from -2^63 to 2^63 - 1.
    Int64,
    /// Numbers of which some have a fraction or an exponent.
    Float64,
    /// Strings, and numbers or booleans as they are written.
    Text,
    /// Any value, as JSON; strings with their quotes.
    Json,
    /// What a file that was read says of its column.
    Declared(DataType),
}

impl Kind {
    fn data_type(&self) -> DataType {
        match self {
            Kind::Boolean => DataType::Boolean,
            Kind::Int64 => DataType::Int64,
            Kind::Float64 => DataType::Float64,
            Kind::Text | Kind::Json => DataType::Utf8,
            Kind::Declared(data_type) => data_type.clone(),
        }
    }
}

impl Columns {
    /// The columns and the struct `textmill`, as a schema.
    pub fn schema(&self) -> SchemaRef {
        let columns = self.columns.iter().map(|column| ArrowField::new(&column.name, column.kind.data_type(), true));
        let textmill = ArrowField::new("textmill", findings_type(self.findings), false);
        Arc::new(Schema::new(columns.chain([textmill]).collect::<Vec<_>>()))
    }
}

/// Finds out from records which columns they need.
pub struct Inference<'a> {
    /// What files that were read say of their columns, by the name that records give their source.
    declared: &'a HashMap<String, SchemaRef>,
    seen: Vec<Seen>,
    by_name: HashMap<String, usize>,
    fields: Vec<Field>,
    name: String,
}

struct Seen {
    name: String,
    /// The kinds of values, of those below.
    values: u8,
    declared: Option<DataType>,
}

const BOOLEAN: u8 = 1;
const INTEGER: u8 = 2;
/// An integer that a float does not hold exactly.
const LONG_INTEGER: u8 = 4;
const FLOAT: u8 = 8;
const STRING: u8 = 16;
const NESTED: u8 = 32;
/// A number beyond what columns of numbers hold.
const HUGE: u8 = 64;

impl<'a> Inference<'a> {
    /// Nothing seen yet.
    pub fn new(declared: &'a HashMap<String, SchemaRef>) -> Inference<'a> {
        Inference { declared, seen: Vec::new(), by_name: HashMap::new(), fields: Vec::new(), name: String::new() }
    }

    /// Learns from a record: one line of JSON as the stream writes it.
    pub fn record(&mut self, line: &str) {
        let mut fields = std::mem::take(&mut self.fields);
        fields.clear();
        // The stream writes objects; anything else has no columns.
        let _ = json::read_object(line, &mut fields);
        let schema = if self.declared.is_empty() { None } else { self.schema_of_source(line, &fields) };
        for field in &fields {
            let key = field.key.of(line);
            if key == "textmill" {
                continue;
            }
            self.name.clear();
            json::unescape_into(key, &mut self.name);
            let at = match self.by_name.get(&self.name) {
                Some(&at) => at,
                None if self.seen.len() == MAX_COLUMNS => continue,
                None => {
                    self.by_name.insert(self.name.clone(), self.seen.len());
                    self.seen.push(Seen { name: self.name.clone(), values: 0, declared: None });
                    self.seen.len() - 1
                }
            };
            let declared = schema.and_then(|schema| schema.field_with_name(&self.name).ok());
            let seen = &mut self.seen[at];
            match declared {
                Some(declared) => seen.declare(declared.data_type()),
                None => seen.values |= kind_of_value(field.value.of(line)),
            }
        }
        self.fields = fields;
    }

    fn schema_of_source(&self, line: &str, fields: &[Field]) -> Option<&'a SchemaRef> {
        let textmill = fields.iter().find(|field| field.key.of(line) == "textmill")?.value.of(line);
        let mut members = Vec::new();
        json::read_object(textmill, &mut members).ok()?;
        let source = members.iter().find(|field| field.key.of(textmill) == "source")?.value.of(textmill);
        self.declared.get(&serde_json::from_str::<String>(source).ok()?)
    }

    /// The columns; those of the id and the text are there even if no record was.
    pub fn finish(self, id_field: &str, text_field: &str, findings: Findings) -> Columns {
        let mut columns: Vec<Column> =
            self.seen.into_iter().map(|seen| Column { kind: seen.kind(), name: seen.name }).collect();
        for (at, name) in [id_field, text_field].into_iter().enumerate() {
            if !columns.iter().any(|column| column.name == name) {
                columns.insert(at, Column { name: name.to_owned(), kind: Kind::Text });
            }
        }
        if let Some(text) = columns.iter_mut().find(|column| column.name == text_field) {
            text.kind = Kind::Text;
        }
        Columns { columns, findings }
    }
}

impl Seen {
    fn declare(&mut self, data_type: &DataType) {
        let Some(data_type) = plain(data_type) else {
            self.values |= STRING;
            return;
        };
        match &self.declared {
            None => self.declared = Some(data_type),
            Some(known) if *known == data_type => {}
            Some(_) => self.values |= kind_of_type(&data_type),
        }
    }

    fn kind(&self) -> Kind {
        match &self.declared {
            Some(declared) if self.values == 0 && *declared != DataType::Utf8 => Kind::Declared(declared.clone()),
            Some(declared) => kind_of_values(self.values | kind_of_type(declared)),
            None => kind_of_values(self.values),
        }
    }
}

/// The least kind of column that holds all these values.
fn kind_of_values(values: u8) -> Kind {
    match values {
        BOOLEAN => Kind::Boolean,
        _ if values & NESTED != 0 => Kind::Json,
        _ if values != 0 && values & !(INTEGER | LONG_INTEGER) == 0 => Kind::Int64,
        _ if values != 0 && values & !(INTEGER | FLOAT) == 0 => Kind::Float64,
        // Strings, a mixture, or nothing but null.
        _ => Kind::Text,
    }
}

fn kind_of_value(value: &str) -> u8 {
    /// Integers up to this are exact as floats.
    const EXACT: u64 = 1 << 53;
    match value.as_bytes().first() {
        None | Some(b'n') => 0,
        Some(b't' | b'f') => BOOLEAN,
        Some(b'"') => STRING,
        Some(b'{' | b'[') => NESTED,
        Some(_) if value.contains(['.', 'e', 'E']) => match value.parse::<f64>() {
            Ok(number) if number.is_finite() => FLOAT,
            _ => HUGE,
        },
        Some(_) => match value.parse::<i64>() {
            Ok(number) if number.unsigned_abs() <= EXACT => INTEGER,
            Ok(_) => LONG_INTEGER,
            Err(_) => HUGE,
        },
    }
}

/// What values of a declared type look like as JSON.
fn kind_of_type(data_type: &DataType) -> u8 {
    match data_type {
        DataType::Null => 0,
        DataType::Boolean => BOOLEAN,
        DataType::Int8 | DataType::Int16 | DataType::Int32 => INTEGER,
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => INTEGER,
        DataType::Int64 => LONG_INTEGER,
        DataType::UInt64 => HUGE,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => FLOAT,
        _ if data_type.is_nested() => NESTED,
        _ => STRING,
    }
}

/// The type without what is a matter of memory alone: dictionaries, views, long offsets. `None` for types that the
/// columns of another file cannot be made of again.
pub(super) fn plain(data_type: &DataType) -> Option<DataType> {
    let field =
        |field: &Arc<ArrowField>| Some(Arc::new(field.as_ref().clone().with_data_type(plain(field.data_type())?)));
    Some(match data_type {
        DataType::Dictionary(_, value) => plain(value)?,
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView => DataType::Binary,
        DataType::Null => DataType::Utf8,
        DataType::List(item) | DataType::LargeList(item) | DataType::ListView(item) | DataType::LargeListView(item) => {
            DataType::List(field(item)?)
        }
        DataType::FixedSizeList(item, length) => DataType::FixedSizeList(field(item)?, *length),
        DataType::Struct(members) => DataType::Struct(members.iter().map(field).collect::<Option<Vec<_>>>()?.into()),
        DataType::Map(entries, sorted) => DataType::Map(field(entries)?, *sorted),
        DataType::Interval(_) | DataType::Union(..) | DataType::RunEndEncoded(..) => return None,
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINDINGS: Findings = Findings { languages: false, repairs: false, edits: false };

    fn kinds(lines: &[&str]) -> Vec<(String, Kind)> {
        let declared = HashMap::new();
        let mut inference = Inference::new(&declared);
        lines.iter().for_each(|line| inference.record(line));
        let columns = inference.finish("id", "text", FINDINGS).columns;
        columns.into_iter().map(|Column { name, kind }| (name, kind)).collect()
    }

    #[test]
    fn a_column_is_the_least_type_that_holds_all_its_values() {
        for (values, want) in [
            (&["true", "null", "false"][..], Kind::Boolean),
            (&["1", "-9223372036854775808"], Kind::Int64),
            (&["1", "2.5", "1e3"], Kind::Float64),
            (&["9007199254740993", "2.5"], Kind::Text),
            (&["9223372036854775808"], Kind::Text),
            (&["1e400"], Kind::Text),
            (&["7", "\"7\""], Kind::Text),
            (&["true", "1"], Kind::Text),
            (&["null"], Kind::Text),
            (&["\"a\"", "[1]"], Kind::Json),
            (&["{\"a\":1}"], Kind::Json),
        ] {
            let lines: Vec<String> = values.iter().map(|value| format!("{{\"v\":{value}}}")).collect();
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            assert_eq!(kinds(&lines)[2], ("v".to_owned(), want), "{values:?}");
        }
    }

    #[test]
    fn columns_stand_in_the_order_of_their_first_record() {
        let found = kinds(&[r#"{"id":1,"b":2,"text":"x","a":0}"#, r#"{"id":2,"\u0063":true,"a":1}"#]);
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["id", "b", "text", "a", "c"]);
        assert_eq!(kinds(&[]).iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["id", "text"]);
    }

    #[test]
    fn what_files_declare_holds_unless_they_disagree() {
        let schema = |data_type| Arc::new(Schema::new(vec![ArrowField::new("v", data_type, true)]));
        let declared = HashMap::from([
            ("a".to_owned(), schema(DataType::Int16)),
            ("b".to_owned(), schema(DataType::Float32)),
            ("c".to_owned(), schema(DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::LargeUtf8)))),
        ]);
        for (sources, want) in [
            (&["a", "a"][..], Kind::Declared(DataType::Int16)),
            (&["a", "b"], Kind::Float64),
            (&["a", "other"], Kind::Int64),
            (&["c"], Kind::Text),
            (&["b", "c"], Kind::Text),
        ] {
            let mut inference = Inference::new(&declared);
            for source in sources {
                inference.record(&format!(r#"{{"v":1,"textmill":{{"source":"{source}"}}}}"#));
            }
            let columns = inference.finish("id", "text", FINDINGS).columns;
            assert_eq!(columns.into_iter().find(|column| column.name == "v").unwrap().kind, want, "{sources:?}");
        }
    }
}
