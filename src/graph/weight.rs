//! The number in a record that says which of several copies stays (`dedup.keep = "max:FIELD"`).

use serde_json::Value;

/// The number in the field of that name or, where there is none, of that path: `meta.score` is `score` in the object `meta`.
pub fn read_number<'a>(fields: impl Iterator<Item = (&'a str, &'a str)> + Clone, path: &str) -> Option<f64> {
    let value_of = |name: &str| fields.clone().find(|(key, _)| *key == name).map(|(_, value)| value);
    if let Some(value) = value_of(path) {
        return value.trim().parse().ok().filter(|number: &f64| number.is_finite());
    }
    let (first, rest) = path.split_once('.')?;
    let object: Value = serde_json::from_str(value_of(first)?).ok()?;
    let inner = rest.split('.').try_fold(&object, |object, name| object.get(name));
    object.get(rest).or(inner)?.as_f64()
}

/// An integer that is greater for a greater number: decisions compare integers.
pub fn ordered(number: f64) -> u64 {
    let bits = (number + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// Names of the fields of a record that hold a number.
pub fn number_fields(line: &[u8]) -> Vec<String> {
    let record: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(line).unwrap_or_default();
    record.into_iter().filter(|(_, value)| value.is_number()).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_by_name_and_by_path() {
        let fields = [("id", "\"7\""), ("score", "0.5"), ("a.b", "3"), ("meta", "{\"score\":-2e3,\"in\":{\"n\":4}}")];
        let number = |path| read_number(fields.iter().copied(), path);
        assert_eq!(number("score"), Some(0.5));
        assert_eq!(number("a.b"), Some(3.0));
        assert_eq!(number("meta.score"), Some(-2000.0));
        assert_eq!(number("meta.in.n"), Some(4.0));
        for missing in ["id", "scores", "meta", "meta.n", "score.x", "x.y"] {
            assert_eq!(number(missing), None, "{missing}");
        }
    }

    #[test]
    fn integers_are_in_the_order_of_the_numbers() {
        let numbers = [f64::MIN, -3.5, -1e-9, 0.0, 1e-9, 2.0, 2.5, f64::MAX];
        assert!(numbers.is_sorted_by(|a, b| ordered(*a) < ordered(*b)));
        assert_eq!(ordered(-0.0), ordered(0.0));
        assert!(ordered(f64::MIN) > 0);
    }
}
