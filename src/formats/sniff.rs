//! What a stream of bytes is, told from its first bytes: a compression, a binary format, lines of JSON or text.

use super::{json, tar, values, zip};

/// A way of compressing a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Gzip, one or more members (RFC 1952).
    Gzip,
    /// Zstandard, one or more frames (RFC 8878).
    Zstd,
    /// bzip2, one or more streams.
    Bzip2,
    /// xz, one or more streams.
    Xz,
    /// lz4, one or more frames.
    Lz4,
}

impl Compression {
    /// The compression whose magic bytes begin `prefix`.
    ///
    /// Source: RFC 1952, section 2.3.1; RFC 8878, sections 3.1.1 and 3.1.2 (skippable frames); the format descriptions
    /// of bzip2, of xz 1.2.1, section 2.1.1.1, and of lz4 frames 1.6.4.
    pub fn of_bytes(prefix: &[u8]) -> Option<Compression> {
        match prefix {
            [0x1F, 0x8B, 8, ..] => Some(Compression::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Some(Compression::Zstd),
            // A block follows, or the end of a stream without any.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => Some(Compression::Bzip2),
            [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Some(Compression::Xz),
            [0x04, 0x22, 0x4D, 0x18, ..] => Some(Compression::Lz4),
            _ => None,
        }
    }

    /// The compression that a file's name claims.
    pub fn of_name(name: &str) -> Option<Compression> {
        match extension(name) {
            "gz" | "gzip" => Some(Compression::Gzip),
            "zst" | "zstd" => Some(Compression::Zstd),
            "bz2" => Some(Compression::Bzip2),
            "xz" => Some(Compression::Xz),
            "lz4" => Some(Compression::Lz4),
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
    /// JSON values one after the other or in an array, on as many lines as they like.
    Json,
    /// Fields separated by commas, or by what the first row shows.
    Csv,
    /// Fields separated by tabs.
    Tsv,
    /// Web pages as crawlers keep them.
    Warc,
    /// Files one after the other.
    Tar,
    /// Files one after the other, each packed by itself.
    Zip,
    /// The file is one document.
    Plain,
}

impl Format {
    /// The format of a file that holds other files, by its first bytes.
    ///
    /// Such a file is opened whatever the name says, and whatever the user says of the files in it.
    pub fn of_archive(prefix: &[u8]) -> Option<Format> {
        let is_zip = prefix.starts_with(zip::ENTRY) || prefix.starts_with(zip::EMPTY);
        match zip::is_one_document(prefix) {
            None if is_zip => Some(Format::Zip),
            None if tar::begins(prefix) => Some(Format::Tar),
            _ => None,
        }
    }

    /// The format of a file, by its name, and where that is silent by its first bytes.
    pub fn of(name: &str, prefix: &[u8]) -> Format {
        match extension(without_compression(name)).to_ascii_lowercase().as_str() {
            _ if prefix.starts_with(b"WARC/") => Format::Warc,
            "jsonl" | "ndjson" | "json" if values::begins(prefix) => Format::Json,
            "jsonl" | "ndjson" | "json" => Format::Jsonl,
            "csv" => Format::Csv,
            "tsv" | "tab" => Format::Tsv,
            "warc" | "wet" => Format::Warc,
            "tar" | "tgz" | "tzst" if prefix.iter().all(|&byte| byte == 0) => Format::Tar,
            "txt" | "text" | "md" | "html" | "htm" => Format::Plain,
            _ if begins_with_an_object(prefix) => Format::Jsonl,
            _ if values::begins(prefix) => Format::Json,
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
    const MAGIC: [(&[u8], &str); 15] = [
        (b"%PDF-", "PDF"),
        (b"\x7FELF", "ELF"),
        (b"\x89PNG\r\n\x1A\n", "PNG"),
        (b"\xFF\xD8\xFF", "JPEG"),
        (b"GIF87a", "GIF"),
        (b"GIF89a", "GIF"),
        (b"\0\x05\x16\x07", "AppleDouble"),
        (b"\x1F\x9D", "compress"),
        (b"filedesc://", "ARC"),
        (b"7z\xBC\xAF\x27\x1C", "7z"),
        (b"Rar!\x1A\x07", "RAR"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "OLE"),
        (b"SQLite format 3\0", "SQLite"),
        (b"PAR1", "Parquet"),
        (b"\0asm", "WebAssembly"),
    ];
    let known = MAGIC.iter().find(|(magic, _)| prefix.starts_with(magic)).map(|&(_, name)| name);
    known.or_else(|| zip::is_one_document(prefix))
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
        assert_eq!(Format::of("a.jsonl", b"[{\"text\":\"x\"},\n{}]"), Format::Json);
        assert_eq!(Format::of("page", b"[{\"text\":\"x\"},\n{}]"), Format::Json);
        assert_eq!(Format::of("a.CSV.gz", b"id,text"), Format::Csv);
        assert_eq!(Format::of("page.txt", b"WARC/1.0\r\n"), Format::Warc);
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
