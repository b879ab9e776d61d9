//! The charset that a page or an XML document says it is in.
//!
//! Looks at the first 1024 bytes, as browsers do, for `<?xml … encoding="…"`, `<meta charset=…>` and
//! `<meta http-equiv … content="…; charset=…">`. It does not parse HTML: the label must stand inside the tag's `<…>`.

use super::charset::Charset;

/// How many bytes a declaration has to begin in. Source: WHATWG HTML, "prescan a byte stream to determine its encoding".
const PRESCAN_BYTES: usize = 1024;

/// The charset that the head of `bytes` declares.
pub(super) fn declared(bytes: &[u8]) -> Option<Charset> {
    let head = &bytes[..bytes.len().min(PRESCAN_BYTES)];
    let mut rest = head;
    while let Some(open) = memchr::memchr(b'<', rest) {
        rest = &rest[open + 1..];
        let end = memchr::memchr(b'>', rest).unwrap_or(rest.len());
        let tag = &rest[..end];
        let name = if tag.len() >= 4 && tag[..4].eq_ignore_ascii_case(b"?xml") {
            "encoding"
        } else if tag.len() >= 4 && tag[..4].eq_ignore_ascii_case(b"meta") {
            "charset"
        } else {
            continue;
        };
        if let Some(charset) = value_of(name, tag).and_then(|label| Charset::from_label(&label)) {
            // A page whose tags can be read is not in UTF-16, whatever it says.
            let wide = charset.name().starts_with("UTF-16") || charset.name().starts_with("UTF-32");
            return Some(if wide { Charset::UTF_8 } else { charset });
        }
    }
    None
}

/// What stands after `name` and `=` in the tag.
fn value_of(name: &str, tag: &[u8]) -> Option<String> {
    let at = tag.windows(name.len()).position(|window| window.eq_ignore_ascii_case(name.as_bytes()))?;
    let rest = tag[at + name.len()..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let quoted = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
    let len = quoted.iter().take_while(|byte| !matches!(byte, b'"' | b'\'' | b' ' | b'>' | b'/' | b'?')).count();
    Some(String::from_utf8_lossy(&quoted[..len]).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(head: &str) -> Option<&'static str> {
        declared(head.as_bytes()).map(Charset::name)
    }

    #[test]
    fn reads_the_usual_declarations() {
        assert_eq!(name("<html><meta charset=windows-1251>"), Some("windows-1251"));
        assert_eq!(name("<META CHARSET='sjis' />"), Some("Shift_JIS"));
        assert_eq!(
            name("<meta http-equiv=Content-Type content=\"text/html; charset=iso-8859-2\">"),
            Some("ISO-8859-2")
        );
        assert_eq!(name("<?xml version=\"1.0\" encoding=\"cp852\"?>"), Some("IBM852"));
        assert_eq!(name("<meta charset=\"utf8;\">"), Some("UTF-8"));
        assert_eq!(name("<meta charset=utf-16>"), Some("UTF-8"));
    }

    #[test]
    fn finds_nothing_where_nothing_is_said() {
        assert_eq!(name("charset=koi8-r"), None);
        assert_eq!(name("<meta name=x content=y><meta charset=nonsense>"), None);
        assert_eq!(name("<"), None);
    }
}
