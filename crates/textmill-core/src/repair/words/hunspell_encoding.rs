//! The encoding of hunspell files: the `.aff` file names it behind `SET`, for itself and the `.dic` file.
//!
//! Many dictionaries are older than UTF-8 was usual. Names are those of hunspell(5) (`ISO8859-1`, `KOI8-R`,
//! `microsoft-cp1251`); without `SET` hunspell takes ISO 8859-1.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// The texts of both files, decoded.
///
/// # Errors
/// The name of an encoding that no decoder has.
pub(super) fn decode<'a>(aff: &'a [u8], dic: &'a [u8]) -> Result<[Cow<'a, str>; 2], String> {
    let encoding = match declared(aff) {
        Some(name) => by_name(name).ok_or_else(|| name.to_owned())?,
        // A file that says nothing and is valid UTF-8 is that: what is ASCII reads the same in both.
        None if std::str::from_utf8(dic).is_ok() => UTF_8,
        None => WINDOWS_1252,
    };
    Ok([aff, dic].map(|bytes| encoding.decode_with_bom_removal(bytes).0))
}

/// What stands behind `SET` in the first line that begins with it.
fn declared(aff: &[u8]) -> Option<&str> {
    let bytes = aff.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(aff);
    let line =
        bytes.split(|&byte| byte == b'\n').find(|line| line.starts_with(b"SET ") || line.starts_with(b"SET\t"))?;
    std::str::from_utf8(&line[4..]).ok()?.split_whitespace().next()
}

fn by_name(name: &str) -> Option<&'static Encoding> {
    let lower = name.to_ascii_lowercase();
    let label = match (lower.strip_prefix("microsoft-cp"), lower.strip_prefix("iso8859-")) {
        (Some(page), _) => format!("windows-{page}"),
        (None, Some(part)) => format!("iso-8859-{part}"),
        (None, None) if lower.starts_with("tis620") => "tis-620".to_owned(),
        (None, None) => lower,
    };
    Encoding::for_label(label.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dictionary_is_decoded_as_its_affix_file_says() {
        for (set, dic, want) in [
            ("SET ISO8859-1", &b"1\nM\xFChle"[..], "1\nMühle"),
            ("SET ISO8859-2\r", b"1\nm\xFDn", "1\nmýn"),
            ("# mill\nSET KOI8-R", b"1\n\xCD\xC5\xCC\xD8", "1\nмель"),
            ("SET microsoft-cp1251", b"1\n\xEC\xEB\xE8\xED", "1\nмлин"),
            ("\u{feff}SET UTF-8", "1\nмлин".as_bytes(), "1\nмлин"),
            ("TRY abc", "1\nMühle".as_bytes(), "1\nMühle"),
            ("TRY abc", b"1\nM\xFChle", "1\nMühle"),
        ] {
            let [_, decoded] = decode(set.as_bytes(), dic).expect("a known encoding");
            assert_eq!(decoded, want, "{set}");
        }
        assert_eq!(decode(b"SET EBCDIC\n", b"1\n"), Err("EBCDIC".to_owned()));
    }
}
