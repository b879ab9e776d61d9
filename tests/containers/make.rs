//! Makes containers.

use std::io::Write;

use crate::case::good_text;

/// A WARC record with its length as it is, and the two line ends behind it.
pub fn warc_record(kind: &str, number: usize, content_type: &str, content: &[u8]) -> Vec<u8> {
    warc_record_of_length(kind, number, content_type, content, content.len())
}

/// A WARC record that says to be so long.
pub fn warc_record_of_length(kind: &str, number: usize, content_type: &str, content: &[u8], length: usize) -> Vec<u8> {
    let header = format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{number:012}>\r\n\
         WARC-Date: 2025-03-04T05:06:07Z\r\nWARC-Target-URI: https://harbour.example/boats/{number}\r\n\
         Content-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
    );
    [header.as_bytes(), content, b"\r\n\r\n"].concat()
}

/// A WET record with a sentence.
pub fn wet(number: usize) -> Vec<u8> {
    warc_record("conversion", number, "text/plain", good_text(number).as_bytes())
}

/// An answer of HTTP.
pub fn http(headers: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n").as_bytes(), body].concat()
}

/// The header of an entry of a tar archive.
pub fn tar_header(name: &[u8], kind: u8, size: &[u8]) -> [u8; 512] {
    let mut block = [0; 512];
    block[..name.len()].copy_from_slice(name);
    block[100..107].copy_from_slice(b"0000644");
    block[124..124 + size.len()].copy_from_slice(size);
    block[136..147].copy_from_slice(b"14000000000");
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block
}

/// An entry of a tar archive.
pub fn tar_entry(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
    let header = tar_header(name.as_bytes(), kind, format!("{:011o}", content.len()).as_bytes());
    let padding = vec![0; content.len().wrapping_neg() % 512];
    [&header[..], content, &padding].concat()
}

/// A gzip member of stored blocks: the same bytes on any machine, where an encoder's depend on its instructions.
pub fn gzip_stored(bytes: &[u8]) -> Vec<u8> {
    let mut out = b"\x1F\x8B\x08\0\0\0\0\0\0\xFF".to_vec();
    let blocks = bytes.chunks(0xFFFF);
    let last = blocks.len().saturating_sub(1);
    for (i, block) in blocks.enumerate() {
        let length = block.len() as u16;
        out.push(u8::from(i == last));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    out.extend(crc.sum().to_le_bytes());
    out.extend((bytes.len() as u32).to_le_bytes());
    out
}

/// An entry of a ZIP archive, with its sizes in front of it or behind.
pub fn zip_entry(name: &str, content: &[u8], deflate: bool, behind: bool) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(content);
    let packed = if deflate {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    } else {
        content.to_vec()
    };
    let sizes = |out: &mut Vec<u8>| {
        out.extend(crc.sum().to_le_bytes());
        out.extend((packed.len() as u32).to_le_bytes());
        out.extend((content.len() as u32).to_le_bytes());
    };
    let mut out = b"PK\x03\x04\x14\0".to_vec();
    out.extend([if behind { 8 } else { 0 }, 0, if deflate { 8 } else { 0 }, 0, 0, 0, 0, 0]);
    if behind {
        out.extend([0; 12]);
    } else {
        sizes(&mut out);
    }
    out.extend((name.len() as u16).to_le_bytes());
    out.extend([0, 0]);
    out.extend(name.as_bytes());
    out.extend(&packed);
    if behind {
        out.extend(b"PK\x07\x08");
        sizes(&mut out);
    }
    out
}

/// The list at the end of a ZIP archive, as far as it is looked at.
pub fn zip_end() -> Vec<u8> {
    [&b"PK\x05\x06"[..], &[0; 18]].concat()
}
