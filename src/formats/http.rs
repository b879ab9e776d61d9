//! What an answer of HTTP carries, taken out of how it was sent.
//!
//! Crawlers disagree about whether they keep an answer as it came or as it was meant, and leave headers that are true of
//! neither. So `Transfer-Encoding` and `Content-Encoding` are followed where the bytes agree, and passed over where not.
//!
//! Source: RFC 9112, section 7.1 (chunks); RFC 9110, section 8.4 (content codings).

use std::borrow::Cow;
use std::io::Read;

use super::reason::RejectReason;
use super::warc::{header_end, named_fields};

/// What was sent.
#[derive(Debug, PartialEq, Eq)]
pub struct Payload<'a> {
    /// The bytes of the page.
    pub body: Cow<'a, [u8]>,
    /// The status, such as 200.
    pub status: Option<u16>,
    /// The media type, parameters included; empty where none is said.
    pub content_type: &'a str,
}

/// Reads an answer; one that unfolds to more than `max_bytes` is refused.
///
/// # Errors
/// The reason and the fault in words, if it is no answer, or its coding is damaged or unknown.
pub fn payload(bytes: &[u8], max_bytes: usize) -> Result<Payload<'_>, (RejectReason, String)> {
    if !bytes.starts_with(b"HTTP/") {
        return Err((RejectReason::HttpSyntax, "a response that does not begin with `HTTP/`".to_owned()));
    }
    let Some(end) = header_end(bytes) else {
        return Err((RejectReason::HttpSyntax, "a response that ends in its header".to_owned()));
    };
    let (header, mut body) = (&bytes[..end], Cow::Borrowed(&bytes[end..]));
    let status = header.split(|&byte| byte == b' ').nth(1).and_then(|word| word.get(..3));
    let status = status.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    let mut content_type = "";
    let mut codings = Vec::new();
    for (name, value) in named_fields(header) {
        match name.to_ascii_lowercase().as_slice() {
            b"content-type" => content_type = value,
            b"content-encoding" => codings.extend(value.split(',').map(|coding| coding.trim().to_ascii_lowercase())),
            b"transfer-encoding" if value.to_ascii_lowercase().contains("chunked") => {
                if let Some(whole) = without_chunks(&body) {
                    body = Cow::Owned(whole);
                }
            }
            _ => {}
        }
    }
    for coding in codings.iter().rev() {
        if let Some(plain) = without_coding(&body, coding, max_bytes)? {
            body = Cow::Owned(plain);
        }
    }
    Ok(Payload { body, status, content_type })
}

/// The chunks of `body` put together; nothing, if it is not in chunks. One that is cut off gives what it has.
fn without_chunks(body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::with_capacity(body.len());
    let mut rest = body;
    loop {
        let end = memchr::memchr(b'\n', rest.get(..rest.len().min(128))?)?;
        let size = rest[..end].split(|&byte| byte == b';').next()?.trim_ascii();
        let size = usize::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()?;
        rest = &rest[end + 1..];
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(&rest[..size.min(rest.len())]);
        rest = rest.get(size..).unwrap_or_default();
        rest = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")).unwrap_or(rest);
        if rest.is_empty() {
            return Some(whole);
        }
    }
}

/// The body without a coding; nothing, if it is not in it after all.
fn without_coding(body: &[u8], coding: &str, max_bytes: usize) -> Result<Option<Vec<u8>>, (RejectReason, String)> {
    let mut plain = Vec::new();
    let limit = max_bytes as u64 + 1;
    let read = match coding {
        "identity" | "" | "none" | "utf-8" => return Ok(None),
        "gzip" | "x-gzip" if body.starts_with(b"\x1F\x8B") => {
            flate2::bufread::MultiGzDecoder::new(body).take(limit).read_to_end(&mut plain)
        }
        // What HTTP calls deflate is zlib's format; some send it without its header.
        "deflate"
            if body.len() > 2 && body[0] & 15 == 8 && u16::from_be_bytes([body[0], body[1]]).is_multiple_of(31) =>
        {
            flate2::bufread::ZlibDecoder::new(body).take(limit).read_to_end(&mut plain)
        }
        "deflate" => match flate2::bufread::DeflateDecoder::new(body).take(limit).read_to_end(&mut plain) {
            Err(_) => return Ok(None),
            read => read,
        },
        "br" => match brotli_decompressor::Decompressor::new(body, 64 << 10).take(limit).read_to_end(&mut plain) {
            // There is no mark by which a body tells that it is in Brotli: one that is text is not.
            Err(_) if std::str::from_utf8(body).is_ok() => return Ok(None),
            read => read,
        },
        "zstd" if body.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) => match zstd::Decoder::with_buffer(body) {
            Ok(decoder) => decoder.take(limit).read_to_end(&mut plain),
            Err(error) => Err(error),
        },
        "gzip" | "x-gzip" | "zstd" => return Ok(None),
        other => return Err((RejectReason::NotText, format!("the content coding `{other}` is not known"))),
    };
    if plain.len() > max_bytes {
        let detail = format!("unfolds to more than `read.max_record_bytes` = {max_bytes}");
        return Err((RejectReason::TooLarge, detail));
    }
    match read {
        Ok(_) => Ok(Some(plain)),
        Err(error) => Err((RejectReason::Corrupt, format!("damaged {coding}: {error}"))),
    }
}

/// The charset that a media type declares.
pub fn charset_of(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| value.trim().trim_matches(['"', '\'']))
    })
}

/// What a page is, by its media type and, where none is said, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// Text as it is.
    Text,
    /// HTML.
    Html,
    /// Anything else.
    Other,
}

impl Media {
    /// What a page is.
    pub fn of(content_type: &str, body: &[u8]) -> Media {
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            "text/plain" | "text/markdown" => Media::Text,
            "text/html" | "application/xhtml+xml" => Media::Html,
            "" | "unk" | "application/unknown" => {
                let start = body.trim_ascii_start();
                let begins = |tag: &[u8]| start.len() >= tag.len() && start[..tag.len()].eq_ignore_ascii_case(tag);
                if begins(b"<!doctype html") || begins(b"<html") {
                    Media::Html
                } else if super::sniff::binary_format(body).is_some() || body[..body.len().min(1024)].contains(&0) {
                    Media::Other
                } else {
                    Media::Text
                }
            }
            _ => Media::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn body(header: &str, body: &[u8]) -> Result<String, RejectReason> {
        let answer = [format!("HTTP/1.1 200 OK\r\n{header}\r\n\r\n").as_bytes(), body].concat();
        let found = payload(&answer, 1000).map_err(|(reason, _)| reason)?;
        assert_eq!(found.status, Some(200));
        Ok(String::from_utf8_lossy(&found.body).into_owned())
    }

    fn packed(text: &str) -> [Vec<u8>; 3] {
        let level = flate2::Compression::fast();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), level);
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), level);
        let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), level);
        let writers: [&mut dyn Write; 3] = [&mut gzip, &mut zlib, &mut raw];
        writers.into_iter().for_each(|writer| writer.write_all(text.as_bytes()).unwrap());
        [gzip.finish().unwrap(), zlib.finish().unwrap(), raw.finish().unwrap()]
    }

    #[test]
    fn what_was_packed_for_the_way_is_unpacked() {
        let [gzip, zlib, raw] = packed("The tide was out.");
        let want = Ok("The tide was out.".to_owned());
        assert_eq!(body("Content-Encoding: gzip", &gzip), want);
        assert_eq!(body("content-encoding:deflate", &zlib), want);
        assert_eq!(body("Content-Encoding: deflate", &raw), want);
        assert_eq!(body("Content-Encoding: zstd", &zstd::encode_all(&b"The tide was out."[..], 1).unwrap()), want);
        let stored = [&[0x0B, 0x08, 0x80][..], b"The tide was out.", &[0x03]].concat();
        assert_eq!(body("Content-Encoding: br", &stored), want);
        let chunks = b"4;x=y\r\nThe \r\nD\r\ntide was out.\r\n0\r\n\r\n";
        assert_eq!(body("Transfer-Encoding: chunked", chunks), want);
    }

    #[test]
    fn headers_that_are_not_true_of_the_bytes_are_passed_over() {
        for header in ["Transfer-Encoding: chunked", "Content-Encoding: gzip", "Content-Encoding: br", "X: y"] {
            assert_eq!(body(header, b"The tide was out."), Ok("The tide was out.".to_owned()), "{header}");
        }
    }

    #[test]
    fn what_cannot_be_unpacked_says_why() {
        let [gzip, ..] = packed(&"The tide was out. ".repeat(200));
        assert_eq!(body("Content-Encoding: gzip", &gzip), Err(RejectReason::TooLarge));
        let [gzip, ..] = packed("The tide was out. ");
        assert_eq!(body("Content-Encoding: gzip", &gzip[..20]), Err(RejectReason::Corrupt));
        assert_eq!(body("Content-Encoding: compress", b"x"), Err(RejectReason::NotText));
        assert_eq!(payload(b"<html>", 10).map(|_| ()).map_err(|(reason, _)| reason), Err(RejectReason::HttpSyntax));
    }

    #[test]
    fn media_types_and_charsets_are_read() {
        assert_eq!(charset_of("text/html; Charset=\"koi8-r\""), Some("koi8-r"));
        assert_eq!(charset_of("text/plain"), None);
        assert_eq!(Media::of("Text/HTML;x", b""), Media::Html);
        assert_eq!(Media::of("", b" <!DOCTYPE html>"), Media::Html);
        assert_eq!(Media::of("", b"The tide"), Media::Text);
        assert_eq!(Media::of("", b"%PDF-1.7"), Media::Other);
        assert_eq!(Media::of("image/png", b"The tide"), Media::Other);
    }
}
