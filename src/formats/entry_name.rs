//! Names of files as records say them: without loss, and harmless wherever they are shown or used.

/// A file name as text: bytes that are not UTF-8, control characters, and a `%` that would read as an escape, become `%`
/// and two hexadecimal digits.
pub fn escaped(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut at = 0;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            let looks_escaped =
                c == '%' && bytes[at + 1..].iter().take(2).filter(|b| b.is_ascii_hexdigit()).count() == 2;
            at += c.len_utf8();
            if c.is_control() || looks_escaped {
                out.extend(c.to_string().bytes().map(|byte| format!("%{byte:02X}")));
            } else {
                out.push(c);
            }
        }
        at += chunk.invalid().len();
        out.extend(chunk.invalid().iter().map(|byte| format!("%{byte:02X}")));
    }
    out
}

/// The name of an entry of an archive, as a path that leads nowhere else: no `..`, no `/` at its beginning.
pub fn harmless(bytes: &[u8]) -> String {
    let parts = bytes.split(|&byte| byte == b'/').filter(|part| !part.is_empty() && *part != b".");
    let parts: Vec<String> =
        parts.map(|part| if part == b".." { "%2E%2E".to_owned() } else { escaped(part) }).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_without_loss() {
        for (bytes, want) in
            [(&b"caf\xC3\xA9 50%.txt"[..], "café 50%.txt"), (b"a\xFFb\n%41", "a%FFb%0A%2541"), (b"\x1B[31m", "%1B[31m")]
        {
            assert_eq!(escaped(bytes), want);
        }
    }

    #[test]
    fn names_lead_nowhere_else() {
        for (bytes, want) in [
            (&b"../../etc/passwd"[..], "%2E%2E/%2E%2E/etc/passwd"),
            (b"/etc//./passwd/", "etc/passwd"),
            (b"a/..b/c\0", "a/..b/c%00"),
            (b"", ""),
        ] {
            assert_eq!(harmless(bytes), want);
        }
    }
}
