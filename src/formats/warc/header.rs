//! The named fields of a WARC record.

use super::super::reason::PassReason;

/// A header as it stands, read for what is asked.
pub struct Header<'a> {
    record_type: Option<&'a str>,
    length: Option<&'a str>,
    content_type: Option<&'a str>,
    id: Option<&'a str>,
    url: Option<&'a str>,
    date: Option<&'a str>,
    truncated: Option<&'a str>,
}

/// The length of the header that `bytes` begins with, the blank line included; line ends are CRLF or LF.
pub fn header_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr(b'\n', &bytes[at..])? + 1;
        match &bytes[at..] {
            [b'\n', ..] => return Some(at + 1),
            [b'\r', b'\n', ..] => return Some(at + 2),
            _ => {}
        }
    }
}

/// The lines of a header as names and values; lines that go on with a blank are not put together, for nothing that is
/// asked for is ever so long.
pub fn named_fields(header: &[u8]) -> impl Iterator<Item = (&[u8], &str)> {
    header.split(|&byte| byte == b'\n').filter_map(|line| {
        let colon = memchr::memchr(b':', line)?;
        let value = line[colon + 1..].trim_ascii();
        Some((line[..colon].trim_ascii(), std::str::from_utf8(value).ok()?))
    })
}

impl<'a> Header<'a> {
    /// Reads the lines of a header. Of a field that stands twice the first counts.
    pub fn read(bytes: &'a [u8]) -> Header<'a> {
        let mut header = Header {
            record_type: None,
            length: None,
            content_type: None,
            id: None,
            url: None,
            date: None,
            truncated: None,
        };
        for (name, value) in named_fields(bytes) {
            let place = match name.to_ascii_lowercase().as_slice() {
                b"warc-type" => &mut header.record_type,
                b"content-length" => &mut header.length,
                b"content-type" => &mut header.content_type,
                b"warc-record-id" => &mut header.id,
                b"warc-target-uri" => &mut header.url,
                b"warc-date" => &mut header.date,
                b"warc-truncated" => &mut header.truncated,
                _ => continue,
            };
            place.get_or_insert(value);
        }
        header
    }

    /// Bytes behind the header.
    pub fn content_length(&self) -> Option<u64> {
        let digits = self.length.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
        digits.parse().ok()
    }

    /// Why the record is none that is read, if it is not.
    pub fn passed_over(&self) -> Option<PassReason> {
        match self.record_type.map(str::to_ascii_lowercase).as_deref() {
            Some("conversion" | "resource") => None,
            Some("response") if self.content_type().is_some_and(|kind| kind.starts_with("text/dns")) => {
                Some(PassReason::WarcDns)
            }
            Some("response") => None,
            Some("request") => Some(PassReason::WarcRequest),
            Some("metadata") => Some(PassReason::WarcMetadata),
            Some("warcinfo") => Some(PassReason::WarcInfo),
            Some("revisit") => Some(PassReason::WarcRevisit),
            _ => Some(PassReason::WarcOther),
        }
    }

    /// Whether what follows is an answer of HTTP, with a header of its own.
    pub fn is_http(&self) -> bool {
        self.record_type.is_some_and(|kind| kind.eq_ignore_ascii_case("response"))
            && self.content_type().is_none_or(|kind| kind.starts_with("application/http"))
    }

    /// The media type of what follows, parameters included.
    pub fn content_type(&self) -> Option<&'a str> {
        self.content_type
    }

    /// The name of the record, without the brackets around it.
    pub fn id(&self) -> Option<&'a str> {
        self.id.map(without_brackets)
    }

    /// Where the page was; some writers have put brackets around it.
    pub fn url(&self) -> Option<&'a str> {
        self.url.map(without_brackets)
    }

    /// When it was there, as it is written.
    pub fn date(&self) -> Option<&'a str> {
        self.date
    }

    /// Why the crawler cut it short, if it did.
    pub fn truncated(&self) -> Option<&'a str> {
        self.truncated
    }
}

fn without_brackets(text: &str) -> &str {
    text.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')).unwrap_or(text)
}
