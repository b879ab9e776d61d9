//! Pages broken as scrapers and typesetters break them.

use super::texts::Chance;

/// Columns at which lines are wrapped.
const COLUMNS: usize = 68;

/// Lines wrapped at the last space before the margin; anywhere in a script without spaces.
pub fn hard_wrapped(page: &str, space: &str) -> String {
    by_paragraphs(page, |paragraph| {
        if space.is_empty() {
            let chars: Vec<char> = paragraph.chars().collect();
            return chars.chunks(COLUMNS / 2).map(String::from_iter).collect::<Vec<_>>().join("\n");
        }
        wrap(paragraph, |_, _| None)
    })
}

/// Lines wrapped at the margin, words of six letters and more cut there with a hyphen.
pub fn hyphenated(page: &str) -> String {
    by_paragraphs(page, |paragraph| {
        wrap(paragraph, |word, room| {
            let chars: Vec<char> = word.chars().collect();
            let at = room.checked_sub(1).filter(|at| (2..=chars.len().saturating_sub(3)).contains(at))?;
            let is_cuttable = chars.len() >= 6 && chars[..=at].iter().all(|c| c.is_alphabetic());
            is_cuttable.then(|| (String::from_iter(&chars[..at]) + "-", String::from_iter(&chars[at..])))
        })
    })
}

/// A cut mark every two hundred characters or so, in the middle of words and between them, on a new line.
pub fn cut_marked(page: &str) -> String {
    let mut chance = Chance(page.len() as u64);
    by_paragraphs(page, |paragraph| {
        let mut out = String::new();
        let mut left = 150;
        for c in paragraph.chars() {
            left -= 1;
            if left == 0 {
                out.push_str("\n...[+++]");
                left = 150 + chance.below(100);
            }
            out.push(c);
        }
        out
    })
}

/// UTF-8 read as windows-1252, as far as that gives characters.
pub fn mojibake(page: &str) -> String {
    page.split_inclusive(' ')
        .map(|word| {
            let (read, _, _) = encoding_rs::WINDOWS_1252.decode(word.as_bytes());
            read.into_owned()
        })
        .collect()
}

/// Bytes in a legacy encoding.
pub fn encoded(page: &str, label: &str) -> Vec<u8> {
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).expect("a label of the Encoding Standard");
    let (bytes, _, has_unmappable) = encoding.encode(page);
    assert!(!has_unmappable, "{label} does not hold the page");
    bytes.into_owned()
}

/// UTF-16LE without a byte order mark.
pub fn utf16(page: &str) -> Vec<u8> {
    page.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// UTF-8 with a byte in the middle that cannot be, and the last character cut.
pub fn bad_bytes(page: &str) -> Vec<u8> {
    let middle = page.len() / 2;
    let space = page.as_bytes()[middle..].iter().position(|&byte| byte == b'\n').map_or(middle, |at| middle + at);
    let mut bytes = page.as_bytes().to_vec();
    bytes.insert(space, 0xE9);
    bytes.extend_from_slice(&"é".as_bytes()[..1]);
    bytes
}

fn by_paragraphs(page: &str, mut damage: impl FnMut(&str) -> String) -> String {
    let paragraphs: Vec<String> = page.trim_end().split("\n\n").map(&mut damage).collect();
    paragraphs.join("\n\n") + "\n"
}

/// Wraps a paragraph; `cut` may take a word apart, given the room that is left on the line.
fn wrap(paragraph: &str, cut: impl Fn(&str, usize) -> Option<(String, String)>) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in paragraph.split(' ') {
        let len = word.chars().count();
        let gap = usize::from(column > 0);
        if column + gap + len <= COLUMNS {
            out.extend((column > 0).then_some(' '));
            out.push_str(word);
            column += gap + len;
        } else if let Some((left, right)) = cut(word, COLUMNS.saturating_sub(column + gap)) {
            out.extend((column > 0).then_some(' '));
            out.push_str(&left);
            out.push('\n');
            out.push_str(&right);
            column = right.chars().count();
        } else {
            out.push('\n');
            out.push_str(word);
            column = len;
        }
    }
    out
}
