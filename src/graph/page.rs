//! `decode` of documents that come by themselves: a file, or a page of a crawl with what its record says of it.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use textmill_core::decode::{Charset, Evidence, Hint, decode, utf8_string};

use super::batch::{RejectReason, Source};
use super::decode::{DecodedBatch, Document, Outcome, Text};
use super::kernels::{Kernels, fail_point, failed_on};
use crate::formats::cut::Page;
use crate::formats::http::{Media, Payload, charset_of, payload};
use crate::formats::json::{self, Field, Slice};

/// Bytes of a page that are kept where it is sound and only cannot be read: 4 KiB, its headers. What it holds can be
/// read again at its offset.
const HEAD_BYTES: usize = 4 << 10;

impl DecodedBatch {
    /// A document, which is `bytes`, or a part of them.
    pub fn page(&mut self, source: &Arc<Source>, offset: u64, bytes: Vec<u8>, page: Page, kernels: &Kernels) {
        let length = bytes.len() as u64;
        if bytes.iter().all(|&byte| byte == 0) {
            let detail = "nothing but NUL bytes".to_owned();
            return self.reject(source, offset, length, RejectReason::OnlyNuls, detail, &bytes);
        }
        let Page { body, number, fields, content_type, is_http } = page;
        if number.is_none() {
            return match decode_owned(bytes, kernels) {
                Ok(decoded) => self.push_page(source, offset, length, number, &fields, decoded),
                Err((panic, bytes)) => self.failed(source, offset, &panic, &bytes),
            };
        }
        let found = if is_http {
            let found = kernels.guard(|| payload(&bytes[body], kernels.max_record_bytes));
            found.unwrap_or_else(|panic| Err((RejectReason::InternalPanic, failed_on(&panic))))
        } else {
            Ok(Payload { body: Cow::Borrowed(&bytes[body]), status: None, content_type: &content_type })
        };
        let payload = match found {
            Ok(payload) => payload,
            Err((reason, detail)) => return self.reject(source, offset, length, reason, detail, &bytes),
        };
        let head = &bytes[..bytes.len().min(HEAD_BYTES)];
        match Media::of(payload.content_type, &payload.body) {
            Media::Text => {}
            Media::Html => {
                let detail =
                    "a page of HTML; read the WET file of the crawl, or take its text out with a tool before this one";
                let detail = detail.to_owned();
                return self.reject(source, offset, length, RejectReason::Html, detail, head);
            }
            Media::Other => {
                let detail = format!("no plain text, but `{}`", payload.content_type);
                return self.reject(source, offset, length, RejectReason::NotText, detail, head);
            }
        }
        let mut fields = fields;
        if let Some(status) = payload.status {
            // Writing to memory cannot fail.
            let mut member = String::new();
            let _ = write!(member, "{}\"http_status\":{status}", if fields.is_empty() { "" } else { "," });
            fields.extend_from_slice(member.as_bytes());
        }
        let declared = charset_of(payload.content_type).and_then(Charset::from_label);
        let decoded = kernels.guard(|| {
            fail_point("decode", &payload.body);
            decode(&payload.body, &Hint { declared, ..kernels.hint().clone() })
        });
        let decoded = match decoded {
            Ok(decoded) => decoded,
            Err(panic) => return self.failed(source, offset, &panic, &bytes),
        };
        let found = (decoded.text.into_owned(), decoded.encoding, decoded.evidence, decoded.malformed);
        self.push_page(source, offset, length, number, &fields, found);
    }

    /// Rejects a document in which decoding panicked.
    fn failed(&mut self, source: &Arc<Source>, offset: u64, panic: &str, bytes: &[u8]) {
        self.reject(source, offset, bytes.len() as u64, RejectReason::InternalPanic, failed_on(panic), bytes);
    }

    fn push_page(
        &mut self,
        source: &Arc<Source>,
        offset: u64,
        length: u64,
        line_number: Option<u64>,
        fields: &[u8],
        (mut text, encoding, evidence, malformed): (String, &'static str, Evidence, usize),
    ) {
        let slice = Slice { start: 0, end: text.len() as u32 };
        let first = self.fields.len();
        if !fields.is_empty() {
            // The fields stand behind the text, so that both are slices of one.
            let object = format!("{{{}}}", String::from_utf8_lossy(fields));
            let mut own = Vec::new();
            // What was written as members of an object is one.
            let _ = json::read_object(&object, &mut own);
            let shift = text.len();
            self.fields.extend(
                own.iter().map(|field| Field { key: field.key.shifted(shift), value: field.value.shifted(shift) }),
            );
            text.push_str(&object);
        }
        self.texts.push(text);
        self.outcomes.push(Outcome::Document(Box::new(Document {
            source: Arc::clone(source),
            offset,
            length,
            line_number,
            piece: self.texts.len() - 1,
            fields: first..self.fields.len(),
            relaxed: false,
            text: Text::Piece(slice),
            as_written: None,
            repaired: None,
            edits: Vec::new(),
            lines_are_sound: false,
            encoding,
            evidence,
            malformed,
        })));
    }
}

/// The text of a document, how its encoding was decided, and what was malformed.
type Found = (String, &'static str, Evidence, usize);

/// Decodes without copying what is UTF-8 already.
///
/// # Errors
/// The message of a panic, and the bytes.
fn decode_owned(bytes: Vec<u8>, kernels: &Kernels) -> Result<Found, (String, Vec<u8>)> {
    let decoded = kernels.guard(|| {
        fail_point("decode", &bytes);
        let decoded = decode(&bytes, kernels.hint());
        let is_unchanged = matches!(decoded.text, Cow::Borrowed(text) if text.len() == bytes.len());
        let text = (!is_unchanged).then(|| decoded.text.into_owned());
        (text, decoded.encoding, decoded.evidence, decoded.malformed)
    });
    match decoded {
        Ok((Some(text), encoding, evidence, malformed)) => Ok((text, encoding, evidence, malformed)),
        Ok((None, encoding, evidence, malformed)) => {
            let text = utf8_string(bytes).unwrap_or_else(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            Ok((text, encoding, evidence, malformed))
        }
        Err(panic) => Err((panic, bytes)),
    }
}
