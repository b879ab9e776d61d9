//! tar: files one after the other, each behind a block that names it. Cut into entries; nothing is ever unpacked.
//!
//! Plain, ustar, PAX and GNU archives are read, several one after the other as well, with or without blocks of zeros at the
//! end. Folders, links, devices and sparse files are passed over and counted. A block that is no header costs the
//! blocks up to the next one that is.
//!
//! Source: POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".

use super::cut::{Cut, Cutter, Entry, Part, Rejected};
use super::entry_name::harmless;
use super::reason::{PassReason, RejectReason};

/// What everything in an archive is rounded up to.
const BLOCK: usize = 512;
/// Bytes of a name or of extended fields beyond which an archive is not believed: 1 MiB, far beyond any path.
const MAX_EXTENDED_BYTES: u64 = 1 << 20;

/// Cuts an archive into its entries.
#[derive(Default)]
pub struct Tar {
    offset: u64,
    /// Bytes to be passed over before the next header.
    to_pass: u64,
    /// A name from a header of its own, for the next entry.
    long_name: Option<Vec<u8>>,
    /// Fields from a header of their own, for the next entry.
    extended: Extended,
    /// Whether a block of zeros was met since the last entry.
    ended: bool,
    /// Blocks that are no header.
    lost: Option<Rejected>,
}

#[derive(Default)]
struct Extended {
    path: Option<Vec<u8>>,
    size: Option<u64>,
    is_sparse: bool,
}

/// Whether `prefix` begins with the header of an entry.
pub fn begins(prefix: &[u8]) -> bool {
    prefix.first_chunk::<BLOCK>().is_some_and(|block| block[0] != 0 && is_header(block))
}

impl Cutter for Tar {
    fn cut(&mut self, bytes: &[u8], is_last: bool) -> Cut {
        if self.to_pass > 0 && !bytes.is_empty() {
            let n = usize::try_from(self.to_pass).unwrap_or(usize::MAX).min(bytes.len());
            self.to_pass -= n as u64;
            return self.skip(n);
        }
        let Some(block) = bytes.first_chunk::<BLOCK>() else {
            return match (is_last, bytes.len()) {
                (false, _) => Cut::More(BLOCK),
                (true, 0) => self.found().unwrap_or(Cut::End),
                (true, n) => self.lose(bytes, n),
            };
        };
        let is_empty = block.iter().all(|&byte| byte == 0);
        if !is_empty && !is_header(block) {
            return self.lose(bytes, BLOCK);
        }
        if let Some(found) = self.found() {
            return found;
        }
        self.ended = is_empty;
        if is_empty { self.skip(BLOCK) } else { self.entry(block, bytes, is_last) }
    }

    fn entry_took(&mut self, bytes: u64) {
        self.offset += bytes;
    }
}

impl Tar {
    fn skip(&mut self, n: usize) -> Cut {
        self.offset += n as u64;
        Cut::Skip(n)
    }

    /// Takes `n` bytes for none of any entry.
    fn lose(&mut self, bytes: &[u8], n: usize) -> Cut {
        let (offset, reason) = (self.offset, RejectReason::ArchiveSyntax);
        let begun = || Rejected { offset, length: 0, reason, detail: String::new(), bytes: Vec::new() };
        self.lost.get_or_insert_with(begun).keep(&bytes[..n]);
        self.offset += n as u64;
        Cut::Skip(n)
    }

    /// What was lost up to here, if anything was.
    fn found(&mut self) -> Option<Cut> {
        let Rejected { offset, length, bytes, .. } = self.lost.take()?;
        let (reason, detail) = if self.ended {
            (RejectReason::TrailingData, "bytes after the end of the archive")
        } else if length < BLOCK as u64 {
            (RejectReason::Truncated, "the archive ends in the header of an entry")
        } else {
            (RejectReason::ArchiveSyntax, "no header of an entry of a tar archive stands here")
        };
        let rejected = Rejected { offset, length, reason, detail: detail.to_owned(), bytes };
        Some(Cut::Part(0, Part::Rejected(rejected)))
    }

    /// What the header in `block` begins.
    fn entry(&mut self, block: &[u8; BLOCK], bytes: &[u8], is_last: bool) -> Cut {
        let kind = block[156];
        let Some(stated) = number(&block[124..136]) else {
            // Its length is none: nothing tells where the next one begins, but that it looks like a header.
            return self.lose(bytes, BLOCK);
        };
        if matches!(kind, b'L' | b'x') && stated <= MAX_EXTENDED_BYTES {
            let whole = BLOCK + (stated as usize).next_multiple_of(BLOCK);
            if bytes.len() < whole && !is_last {
                return Cut::More(whole);
            }
            let content = &bytes[BLOCK..bytes.len().min(BLOCK + stated as usize)];
            if kind == b'L' {
                self.long_name = Some(content.split(|&byte| byte == 0).next().unwrap_or_default().to_vec());
            } else {
                self.extended.read(content);
            }
            return self.skip(whole.min(bytes.len()));
        }
        let Extended { path, size, is_sparse } = std::mem::take(&mut self.extended);
        let long_name = self.long_name.take();
        // Fields for all entries that follow, and names of links, change nothing that is read.
        let length = if matches!(kind, b'g' | b'K' | b'L' | b'x') { stated } else { size.unwrap_or(stated) };
        let has_content = matches!(kind, b'0' | 0 | b'7' | b'S' | b'g' | b'K' | b'L' | b'x') || !kind.is_ascii_digit();
        let length = if has_content { length } else { 0 };
        let padding = length.wrapping_neg() % BLOCK as u64;
        let own = own_name(block);
        let name = path.or(long_name).unwrap_or(own);
        self.offset += BLOCK as u64;
        let passed = match kind {
            b'0' | 0 | b'7' if is_sparse => PassReason::Special,
            b'0' | 0 | b'7' if name.ends_with(b"/") => PassReason::Folder,
            b'0' | 0 | b'7' => {
                self.to_pass = padding;
                let entry = Entry { name: harmless(&name), length: Some(length), is_deflated: false };
                return Cut::Part(BLOCK, Part::Entry(entry));
            }
            b'5' => PassReason::Folder,
            b'1' | b'2' => PassReason::Link,
            b'g' | b'K' => {
                self.to_pass = length.saturating_add(padding);
                return Cut::Skip(BLOCK);
            }
            _ => PassReason::Special,
        };
        self.to_pass = length.saturating_add(padding);
        Cut::Part(BLOCK, Part::Passed(passed))
    }
}

impl Extended {
    /// Reads records of the form `length name=value`, of which the length counts itself.
    fn read(&mut self, mut content: &[u8]) {
        while let Some(space) = memchr::memchr(b' ', &content[..content.len().min(20)]) {
            let length = std::str::from_utf8(&content[..space]).ok().and_then(|digits| digits.parse::<usize>().ok());
            let Some(record) = length.and_then(|length| content.get(space + 1..length)) else { return };
            content = &content[space + 1 + record.len()..];
            let record = record.strip_suffix(b"\n").unwrap_or(record);
            let Some(equals) = memchr::memchr(b'=', record) else { continue };
            let (name, value) = (&record[..equals], &record[equals + 1..]);
            match name {
                b"path" => self.path = Some(value.to_vec()),
                b"size" => self.size = std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok()),
                _ => self.is_sparse |= name.starts_with(b"GNU.sparse."),
            }
        }
    }
}

/// Whether the sum of a block's bytes is the one that it states; some writers have taken bytes as signed.
fn is_header(block: &[u8; BLOCK]) -> bool {
    let Some(stated) = number(&block[148..156]) else { return false };
    let counted = |at: usize| if (148..156).contains(&at) { b' ' } else { block[at] };
    let unsigned: u64 = (0..BLOCK).map(|at| u64::from(counted(at))).sum();
    let signed: i64 = (0..BLOCK).map(|at| i64::from(counted(at) as i8)).sum();
    stated == unsigned || i64::try_from(stated) == Ok(signed)
}

/// A number as headers have it: octal digits with blanks around, or, where the first bit is set, base 256.
fn number(field: &[u8]) -> Option<u64> {
    if field[0] & 0x80 != 0 {
        let (high, low) = field.split_at(field.len() - field.len().min(8));
        let is_small = high.iter().enumerate().all(|(at, &byte)| byte == if at == 0 { 0x80 } else { 0 });
        return (is_small && !high.is_empty()).then(|| low.iter().fold(0, |all, &byte| all << 8 | u64::from(byte)));
    }
    let digits = field.split(|&byte| byte == 0).next()?.trim_ascii();
    digits.iter().try_fold(0_u64, |all, &digit| {
        matches!(digit, b'0'..=b'7').then(|| all.checked_mul(8)?.checked_add(u64::from(digit - b'0')))?
    })
}

/// The name in a header; ustar has a second field for the beginning of a long one.
fn own_name(block: &[u8; BLOCK]) -> Vec<u8> {
    let text = |field: &[u8]| field.split(|&byte| byte == 0).next().unwrap_or_default().to_vec();
    let name = text(&block[..100]);
    let prefix = if &block[257..263] == b"ustar\0" { text(&block[345..500]) } else { Vec::new() };
    if prefix.is_empty() { name } else { [prefix, name].join(&b'/') }
}
