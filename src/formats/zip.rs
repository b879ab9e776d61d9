//! ZIP: cut into entries by the headers in front of them, so that an archive can come through a pipe.
//!
//! The list at the end of an archive is not looked at. Entries that are stored, or packed with Deflate, bzip2, zstd
//! or xz, are read; what is encrypted or packed otherwise is rejected. Folders are passed over and counted.
//!
//! Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.

use memchr::memmem;

use super::cut::{Cut, Cutter, Entry, Part, Rejected};
use super::entry_name::harmless;
use super::reason::{PassReason, RejectReason};

/// What begins the header of an entry.
pub const ENTRY: &[u8] = b"PK\x03\x04";
/// What begins an archive without entries.
pub const EMPTY: &[u8] = b"PK\x05\x06";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
/// What begins the list at the end, and what may stand before it.
const AFTER_ENTRIES: [&[u8]; 4] = [b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08"];
/// Bytes of a header without name and extra fields.
const HEADER_BYTES: usize = 30;
/// A size that stands elsewhere.
const ELSEWHERE: u64 = 0xFFFF_FFFF;

/// Cuts an archive into its entries.
#[derive(Default)]
pub struct Zip {
    offset: u64,
    open: Option<Open>,
    /// Whether the list at the end has begun.
    ended: bool,
    /// What is passed over, and how many bytes at its beginning cannot be what comes next.
    lost: Option<(Rejected, usize)>,
}

/// The entry that was last begun.
struct Open {
    name: String,
    offset: u64,
    /// Whether its bytes have a header of their own, which says how they are packed, and a checksum of their own.
    has_own_header: bool,
    /// Whether its header does not tell how many bytes it takes.
    is_unbounded: bool,
    /// CRC-32 and length as the header has them; nothing, if they follow behind.
    stated: Option<(u32, u64)>,
    found: Option<(u32, u64)>,
}

struct Header<'a> {
    flags: u16,
    method: u16,
    crc32: u32,
    packed: u64,
    length: u64,
    name: &'a [u8],
    /// Bytes of the whole header.
    bytes: usize,
}

impl Cutter for Zip {
    fn cut(&mut self, bytes: &[u8], is_last: bool) -> Cut {
        if self.ended {
            return if bytes.is_empty() {
                if is_last { Cut::End } else { Cut::More(1) }
            } else {
                self.skip(bytes.len())
            };
        }
        if let Some((lost, without)) = self.lost.take() {
            return self.look_for_the_next(lost, without, bytes, is_last);
        }
        if bytes.is_empty() && !is_last {
            return Cut::More(4);
        }
        if let Some(open) = self.open.take() {
            return self.behind(open, bytes, is_last);
        }
        if bytes.len() < HEADER_BYTES && !is_last {
            return Cut::More(HEADER_BYTES);
        }
        if bytes.is_empty() {
            return Cut::End;
        }
        if AFTER_ENTRIES.iter().any(|mark| bytes.starts_with(mark)) {
            self.ended = true;
            return self.skip(4);
        }
        match Header::read(bytes) {
            Some(header) if header.bytes <= bytes.len() => self.entry(&header, bytes, is_last),
            Some(header) if !is_last => Cut::More(header.bytes),
            Some(_) => self.lose(RejectReason::Truncated, "the archive ends in the header of an entry", bytes, is_last),
            None => {
                let detail = "no header of an entry of a ZIP archive stands here";
                self.lose(RejectReason::ArchiveSyntax, detail, bytes, is_last)
            }
        }
    }

    fn entry_took(&mut self, bytes: u64) {
        self.offset += bytes;
    }

    fn entry_ended(&mut self, length: u64, crc32: u32, whole: bool) {
        match &mut self.open {
            Some(open) if whole && open.has_own_header => {}
            Some(open) if whole => open.found = Some((crc32, length)),
            // It failed, which has been said, and where it ends is not known.
            Some(open) if open.is_unbounded => {
                let detail = format!("the end of the entry `{}` cannot be found", open.name);
                let (offset, reason) = (self.offset, RejectReason::ArchiveSyntax);
                self.lost = Some((Rejected { offset, length: 0, reason, detail, bytes: Vec::new() }, 0));
                self.open = None;
            }
            _ => {}
        }
    }
}

impl Zip {
    fn skip(&mut self, n: usize) -> Cut {
        self.offset += n as u64;
        Cut::Skip(n)
    }

    fn lose(&mut self, reason: RejectReason, detail: &str, bytes: &[u8], is_last: bool) -> Cut {
        let lost = Rejected { offset: self.offset, length: 0, reason, detail: detail.to_owned(), bytes: Vec::new() };
        self.look_for_the_next(lost, 1, bytes, is_last)
    }

    /// Passes over what is none of an entry, up to the next header, or the list at the end.
    fn look_for_the_next(&mut self, mut lost: Rejected, without: usize, bytes: &[u8], is_last: bool) -> Cut {
        let from = without.min(bytes.len());
        let is_mark = |at: &usize| {
            bytes[*at..].starts_with(ENTRY) || AFTER_ENTRIES.iter().any(|mark| bytes[*at..].starts_with(mark))
        };
        let found = memmem::find_iter(&bytes[from..], b"PK").map(|at| from + at).find(is_mark);
        let n = match found {
            Some(at) => at,
            None if is_last => bytes.len(),
            None => bytes.len().saturating_sub(3),
        };
        lost.keep(&bytes[..n]);
        self.offset += n as u64;
        if found.is_some() || is_last {
            return Cut::Part(n, Part::Rejected(lost));
        }
        self.lost = Some((lost, without.saturating_sub(n)));
        if n > 0 { Cut::Skip(n) } else { Cut::More(bytes.len() + 1) }
    }

    fn entry(&mut self, header: &Header<'_>, bytes: &[u8], is_last: bool) -> Cut {
        let follows_behind = header.flags & 8 != 0;
        let is_unbounded = follows_behind && header.packed == 0;
        let refused = if header.flags & 1 != 0 {
            Some("an encrypted entry cannot be read".to_owned())
        } else if !matches!(header.method, 0 | 8 | 12 | 93 | 95) {
            Some(format!("an entry packed by method {} cannot be read", header.method))
        } else if is_unbounded && header.method != 8 {
            Some("an entry that does not tell its length in its header cannot be read; pack it again".to_owned())
        } else {
            None
        };
        let name = harmless(&header.name.iter().map(|&b| if b == b'\\' { b'/' } else { b }).collect::<Vec<u8>>());
        if let Some(detail) = refused {
            return self.lose(RejectReason::ArchiveMethod, &format!("{detail}: `{name}`"), bytes, is_last);
        }
        let offset = self.offset;
        self.offset += header.bytes as u64;
        if header.name.ends_with(b"/") && header.packed == 0 {
            return Cut::Part(header.bytes, Part::Passed(PassReason::Folder));
        }
        let stated = (!follows_behind).then_some((header.crc32, header.length));
        let has_own_header = !matches!(header.method, 0 | 8);
        self.open = Some(Open { name: name.clone(), offset, has_own_header, is_unbounded, stated, found: None });
        let length = (!is_unbounded).then_some(header.packed);
        Cut::Part(header.bytes, Part::Entry(Entry { name, length, is_deflated: header.method == 8 }))
    }

    /// What stands behind an entry, and whether it is what the archive says.
    fn behind(&mut self, open: Open, bytes: &[u8], is_last: bool) -> Cut {
        let mut stated = open.stated;
        let mut n = 0;
        if stated.is_none() {
            if bytes.len() < 24 + 4 && !is_last {
                self.open = Some(open);
                return Cut::More(24 + 4);
            }
            let fields = bytes.strip_prefix(DESCRIPTOR).unwrap_or(bytes);
            let start = bytes.len() - fields.len();
            // Sizes take four bytes or eight: what follows must begin with a mark.
            for (bytes_each, total) in [(4, 12), (8, 20)] {
                let (Some(crc32), Some(length)) = (fields.get(..4), fields.get(4 + bytes_each..total)) else {
                    continue;
                };
                if fields.get(total..total + 2).is_none_or(|mark| mark == b"PK") {
                    stated = Some((le(crc32) as u32, le(length)));
                    n = start + total;
                    break;
                }
            }
        }
        let fault = match (open.found, stated) {
            (None, _) => None,
            (Some(_), None) => Some("no sizes stand behind the entry".to_owned()),
            (Some((_, found)), Some((_, stated))) if found != stated => {
                Some(format!("the entry unfolds to {found} bytes instead of {stated}"))
            }
            (Some((found, _)), Some((stated, _))) if found != stated => Some("its checksum is another".to_owned()),
            _ => None,
        };
        self.offset += n as u64;
        match fault {
            None if n == 0 => self.cut(bytes, is_last),
            None => Cut::Skip(n),
            Some(detail) => {
                let detail = format!("`{}` is not what was packed: {detail}", open.name);
                let (reason, offset) = (RejectReason::Corrupt, open.offset);
                Cut::Part(n, Part::Rejected(Rejected { offset, length: 0, reason, detail, bytes: Vec::new() }))
            }
        }
    }
}

impl Header<'_> {
    /// Reads the header that `bytes` begins with; its name only if it is there.
    fn read(bytes: &[u8]) -> Option<Header<'_>> {
        let fixed = bytes.get(..HEADER_BYTES).filter(|fixed| fixed.starts_with(ENTRY))?;
        let short = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
        let (name_len, extra_len) = (usize::from(short(26)), usize::from(short(28)));
        let name = bytes.get(HEADER_BYTES..HEADER_BYTES + name_len).unwrap_or_default();
        let mut header = Header {
            flags: short(6),
            method: short(8),
            crc32: le(&fixed[14..18]) as u32,
            packed: le(&fixed[18..22]),
            length: le(&fixed[22..26]),
            name,
            bytes: HEADER_BYTES + name_len + extra_len,
        };
        let mut extra = bytes.get(HEADER_BYTES + name_len..header.bytes).unwrap_or_default();
        while let Some((field, rest)) = extra.split_first_chunk::<4>() {
            let length = usize::from(u16::from_le_bytes([field[2], field[3]])).min(rest.len());
            if field[..2] == [1, 0] {
                let mut large = rest[..length].chunks_exact(8).map(le);
                for size in [&mut header.length, &mut header.packed] {
                    if *size == ELSEWHERE {
                        *size = large.next().unwrap_or(ELSEWHERE);
                    }
                }
            }
            extra = &rest[length..];
        }
        Some(header)
    }
}

fn le(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |all, &byte| all << 8 | u64::from(byte))
}

/// What a ZIP archive is that holds a document and its parts and not a collection, by its first entry.
pub fn is_one_document(prefix: &[u8]) -> Option<&'static str> {
    let header = Header::read(prefix)?;
    match header.name {
        b"[Content_Types].xml" | b"_rels/.rels" => Some("Office Open XML"),
        b"mimetype" => Some("EPUB or OpenDocument"),
        b"META-INF/" | b"META-INF/MANIFEST.MF" => Some("Java archive"),
        b"AndroidManifest.xml" => Some("Android package"),
        _ => None,
    }
}
