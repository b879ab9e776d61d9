//! What a stream of bytes is, told from its first bytes: a compression, a binary format, lines of JSON or text.

use super::json;

/// A way of compressing a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Gzip, one or more members (RFC 1952).
    Gzip,
    /// Zstandard, one or more frames (RFC 8878).
    Zstd,
}

impl Compression {
    /// The compression whose magic bytes begin `prefix`.
    ///
    /// Source: RFC 1952, section 2.3.1; RFC 8878, sections 3.1.1 and 3.1.2 (skippable frames).
    pub fn of_bytes(prefix: &[u8]) -> Option<Compression> {
        match prefix {
            [0x1F, 0x8B, 8, ..] => Some(Compression::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Some(Compression::Zstd),
            _ => None,
        }
    }

    /// The compression that a file's name claims.
    pub fn of_name(name: &str) -> Option<Compression> {
        match extension(name) {
            "gz" | "gzip" => Some(Compression::Gzip),
            "zst" | "zstd" => Some(Compression::Zstd),
            _ => None,
        }
    }
}

/// A name without the ending of its compression.
pub fn without_compression(name: &str) -> &str {
    match Compression::of_name(name) {
        Some(_) => name.rsplit_once('.').map_or(name, |(stem, _)| stem),
        None => name,
    }
}

/// What stands after the last dot of the last part of a path, or nothing.
fn extension(name: &str) -> &str {
    let last = name.rsplit('/').next().unwrap_or(name);
    last.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// How the bytes of a file divide into records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Jsonl,
    /// The file is one document.
    Plain,
}

impl Format {
    /// The format of a file, by its name, and where that is silent by its first bytes.
    pub fn of(name: &str, prefix: &[u8]) -> Format {
        match extension(without_compression(name)).to_ascii_lowercase().as_str() {
            "jsonl" | "ndjson" | "json" => Format::Jsonl,
            "txt" | "text" | "md" | "html" | "htm" => Format::Plain,
            _ if begins_with_an_object(prefix) => Format::Jsonl,
            _ => Format::Plain,
        }
    }
}

/// Whether the first line that is not blank is a JSON object, or the long beginning of one.
fn begins_with_an_object(prefix: &[u8]) -> bool {
    let prefix = prefix.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(prefix);
    let prefix = prefix.trim_ascii_start();
    if !prefix.starts_with(b"{") {
        return false;
    }
    let end = memchr::memchr(b'\n', prefix).unwrap_or(prefix.len());
    let line = String::from_utf8_lossy(&prefix[..end]);
    match json::read_object(&line, &mut Vec::new()) {
        Ok(_) => true,
        Err(error) => error.kind == json::JsonErrorKind::UnexpectedEnd && line.trim_end().len() > 1 && error.at > 2,
    }
}

/// The name of the binary format that `prefix` begins, where it is one that holds no plain text.
///
/// Source: the magic numbers of the formats' own specifications.
pub fn binary_format(prefix: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 16] = [
        (b"%PDF-", "PDF"),
        (b"PK\x03\x04", "ZIP"),
        (b"PK\x05\x06", "ZIP"),
        (b"\x7FELF", "ELF"),
        (b"\x89PNG\r\n\x1A\n", "PNG"),
        (b"\xFF\xD8\xFF", "JPEG"),
        (b"GIF87a", "GIF"),
        (b"GIF89a", "GIF"),
        (b"BZh", "bzip2"),
        (b"\xFD7zXZ\0", "xz"),
        (b"7z\xBC\xAF\x27\x1C", "7z"),
        (b"Rar!\x1A\x07", "RAR"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "OLE"),
        (b"SQLite format 3\0", "SQLite"),
        (b"PAR1", "Parquet"),
        (b"\0asm", "WebAssembly"),
    ];
    MAGIC.iter().find(|(magic, _)| prefix.starts_with(magic)).map(|&(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_decides_before_the_bytes() {
        assert_eq!(Format::of("a/b.jsonl.zst", b"text"), Format::Jsonl);
        assert_eq!(Format::of("a/b.txt", b"{\"text\":\"x\"}\n"), Format::Plain);
        assert_eq!(Format::of("-", b"\xEF\xBB\xBF {\"text\":\"x\"}\n"), Format::Jsonl);
        assert_eq!(Format::of("-", b"{\"text\":\"a very long line that the prefix cuts"), Format::Jsonl);
        assert_eq!(Format::of("page", b"{\n  indented\n}"), Format::Plain);
        assert_eq!(Format::of("a.b/page", b"Some text."), Format::Plain);
    }

    #[test]
    fn compression_is_known_by_its_magic_bytes() {
        assert_eq!(Compression::of_bytes(b"\x1F\x8B\x08\x00"), Some(Compression::Gzip));
        assert_eq!(Compression::of_bytes(b"\x50\x2A\x4D\x18rest"), Some(Compression::Zstd));
        assert_eq!(Compression::of_bytes(b"\x1F\x8B"), None);
        assert_eq!(without_compression("x.jsonl.gz"), "x.jsonl");
    }
}
