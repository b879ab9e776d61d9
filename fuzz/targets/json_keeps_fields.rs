//! The reader of JSON lines takes what `serde_json` takes, with the same fields in the same order, to the last digit; what
//! it takes beyond that is JSON once it is written strictly.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;
use textmill::formats::json::{Field, read_object, unescape_into, write_strict, write_string};

fuzz_target!(|line: &str| {
    let mut fields: Vec<Field> = Vec::new();
    let theirs = serde_json::from_str::<BTreeMap<String, Box<RawValue>>>(line);
    let Ok(liberties) = read_object(line, &mut fields) else {
        assert!(fields.is_empty());
        // Nested deeper than 127 levels, `serde_json` gives up; deeper than 512, this reader.
        let depth = line.bytes().filter(|byte| b"[{".contains(byte)).count();
        assert!(theirs.is_err() || depth > 512, "refused: {line:?}");
        return;
    };
    for field in &fields {
        let value = field.value.of(line);
        if value.starts_with('"') {
            let mut text = String::new();
            let inner = &value[1..value.len() - 1];
            let found = unescape_into(inner, &mut text);
            let mut written = Vec::new();
            write_string(&text, &mut written);
            assert_eq!(serde_json::from_slice::<String>(&written).unwrap(), text);
            let is_strict = !inner.bytes().any(|byte| byte < 0x20);
            assert!(!found.as_written || !is_strict || written == value.as_bytes(), "{value:?}");
        }
        let mut strict = Vec::new();
        write_strict(value, &mut strict);
        let strict = String::from_utf8(strict).unwrap();
        let deep = value.bytes().filter(|byte| b"[{".contains(byte)).count() > 100;
        assert!(deep || serde_json::from_str::<&RawValue>(&strict).is_ok(), "{value:?} -> {strict:?}");
        assert!(liberties.need_rewriting() || strict == value, "{value:?} -> {strict:?}");
    }
    // A name that stands twice, written in two ways, is one to them and two to us.
    let plain = !line.contains("\\");
    if let (Ok(theirs), true) = (theirs, plain) {
        let ours: BTreeMap<&str, &str> = fields.iter().map(|f| (f.key.of(line), f.value.of(line))).collect();
        assert_eq!(ours.len(), fields.len());
        let theirs: BTreeMap<&str, &str> = theirs.iter().map(|(key, value)| (key.as_str(), value.get())).collect();
        assert_eq!(ours, theirs);
    }
});
