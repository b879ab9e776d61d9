//! Numbers of bytes as people write them: `65536`, `"64 KiB"`, `"1.5 GB"`.

/// Each unit with its bytes, longest first within a system, so that printing takes the largest that divides.
const UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

/// The number of bytes in a text such as `64 KiB`.
///
/// # Errors
/// Why it is none, to be put after the text.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let cut = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(text.len());
    let (number, unit) = (text[..cut].replace('_', ""), text[cut..].trim());
    let factor = match unit {
        "" => 1,
        "KB" => 1_000,
        _ => match UNITS.iter().find(|(name, _)| *name == unit) {
            Some((_, factor)) => *factor,
            None => return Err(format!("has the unknown unit \"{unit}\"{}", meant(&number, unit))),
        },
    };
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(factor).ok_or_else(|| "is more than 64 bits can hold".to_owned());
    }
    let fraction = number.parse::<f64>().map_err(|_| "does not begin with a number".to_owned())?;
    let bytes = fraction * factor as f64;
    // 2^53: up to here a float holds every whole number.
    if bytes.fract() != 0.0 || bytes > 9_007_199_254_740_992.0 {
        return Err("is not a whole number of bytes".to_owned());
    }
    Ok(bytes as u64)
}

/// What a unit that is none may have been meant to be.
fn meant(number: &str, unit: &str) -> String {
    let first = unit.chars().next().map(|c| c.to_ascii_uppercase());
    let known = |initial| UNITS.iter().find(|(name, _)| name.ends_with("iB") && name.starts_with(initial));
    match first.and_then(known) {
        Some((name, _)) if !number.is_empty() => format!("; did you mean \"{number} {name}\"?"),
        _ => "; the units are B, kB, MB, GB, TB, KiB, MiB, GiB, TiB".to_owned(),
    }
}

/// The number in the largest unit of 1024s that divides it, as TOML: `262144` is `"256 KiB"`.
pub(super) fn print_bytes(bytes: u64) -> String {
    let unit = UNITS[..4].iter().find(|(_, factor)| bytes >= *factor && bytes.is_multiple_of(*factor));
    match unit {
        Some((name, factor)) => format!("\"{} {name}\"", bytes / factor),
        None => bytes.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_either_system_of_units() {
        let sizes = [
            ("0", 0),
            ("65536", 65_536),
            ("65_536", 65_536),
            ("64 MiB", 67_108_864),
            ("64MiB", 67_108_864),
            ("64 MB", 64_000_000),
            ("2 kB", 2_000),
            ("2 KB", 2_000),
            ("1.5 KiB", 1_536),
            ("7 B", 7),
        ];
        for (text, bytes) in sizes {
            assert_eq!(parse_bytes(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn a_unit_that_says_neither_system_is_an_error_with_a_suggestion() {
        let why = |text| parse_bytes(text).err().unwrap_or_default();
        assert_eq!(why("64M"), "has the unknown unit \"M\"; did you mean \"64 MiB\"?");
        assert!(why("5 lightyears").ends_with("the units are B, kB, MB, GB, TB, KiB, MiB, GiB, TiB"));
        assert_eq!(why("MiB"), "does not begin with a number");
        assert_eq!(why(""), "does not begin with a number");
        assert_eq!(why("1.0001 KiB"), "is not a whole number of bytes");
        assert_eq!(why("99999999 TiB"), "is more than 64 bits can hold");
    }

    #[test]
    fn a_printed_size_reads_as_the_same_size() {
        for bytes in [0, 1, 1023, 1024, 1536, 262_144, 1 << 30, (1 << 30) + 1, u64::MAX] {
            assert_eq!(parse_bytes(print_bytes(bytes).trim_matches('"')), Ok(bytes));
        }
    }
}
