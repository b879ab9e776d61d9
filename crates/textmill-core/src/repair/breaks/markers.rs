//! Lines that stand for themselves: markers of lists, rows of tables, code, quoted mail, rules.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// Bytes of the list marker at the start of a line, its blank included; 0 if there is none.
///
/// A marker is a bullet, a dash, a number or a letter with a full stop or bracket, a footnote number in brackets; then a
/// blank.
pub(super) fn marker_length(content: &str) -> usize {
    let Some(first) = content.chars().next() else { return 0 };
    let bullet = match first {
        '-' | '*' | '•' | '–' | '—' | '‣' | '◦' | '·' | '▪' | '■' | '●' | '○' | '►' | '\u{f0b7}' | '+' | 'o' | '§'
        | '⁃' | '−' | '✓' | '➢' | '❖' | '―' | '□' | '◆' | '→' => first.len_utf8(),
        _ => 0,
    };
    if bullet > 0 {
        let rest = &content[bullet..];
        // `o ` is a bullet of typewriters only with more than one blank after it: it is a word in many languages.
        let blank = if first == 'o' { rest.starts_with("  ") } else { rest.starts_with([' ', '\t', '\u{a0}']) };
        if blank {
            return bullet + 1;
        }
        // Speech may begin right after a long dash.
        return if matches!(first, '—' | '―' | '–') && rest.chars().next().is_some_and(char::is_alphanumeric) {
            bullet
        } else {
            0
        };
    }
    numbered(content)
}

/// `1.`, `12)`, `(3)`, `[4]`, `a)`, `iv.`, `2.3.1` and a blank.
fn numbered(content: &str) -> usize {
    let bytes = content.as_bytes();
    if bytes[0].is_ascii_alphabetic() && !bytes.iter().take(5).any(|b| matches!(b, b')' | b']')) {
        return 0;
    }
    let opened = usize::from(matches!(bytes[0], b'(' | b'['));
    let mut at = opened;
    let digits = bytes[at..].iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count().min(12);
    if digits > 0 && bytes[at].is_ascii_digit() {
        let dotted = bytes[at..at + digits].contains(&b'.');
        at += digits;
        let number = digits - usize::from(bytes[at - 1] == b'.');
        let closed = bytes.get(at).is_some_and(|b| matches!(b, b')' | b']'));
        at += usize::from(closed);
        if !(dotted || closed) || number > 8 {
            return 0;
        }
        return blank_after(bytes, at);
    }
    let letters = bytes[at..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let roman = bytes[at..at + letters].iter().all(|b| matches!(b.to_ascii_lowercase(), b'i' | b'v' | b'x'));
    if letters == 1 || (letters <= 4 && letters > 1 && roman) {
        at += letters;
        // A letter and a full stop may be an initial (`J. Smith`); only a bracket is certain.
        if bytes.get(at).is_some_and(|b| matches!(b, b')' | b']')) {
            return blank_after(bytes, at + 1);
        }
    }
    0
}

fn blank_after(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        None => at,
        Some(b' ' | b'\t' | 0xC2) => at + 1,
        Some(_) => 0,
    }
}

/// What of that which rows of tables are made of a text has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    /// Tabs.
    pub(super) tabs: bool,
    /// Runs of three blanks.
    pub(super) gaps: bool,
    /// Leader dots.
    pub(super) leaders: bool,
}

impl Rows {
    pub(super) fn of(text: &[u8]) -> Rows {
        Rows {
            tabs: memchr::memchr(b'\t', text).is_some(),
            gaps: BLANKS.find(text).is_some(),
            leaders: has_leaders(text),
        }
    }
}

/// Whether a line stands for itself whatever is around it. `rows` is what the text has of rows of tables.
pub(super) fn is_rigid(content: &str, rows: Rows) -> bool {
    let bytes = content.as_bytes();
    if matches!(bytes[0], b'>' | b'|' | b'<' | b'\\' | b'{' | b'}' | b'$' | b'@' | b'=' | b'~') {
        return true;
    }
    if bytes.starts_with(b"// ") || bytes.starts_with(b"/*") || bytes.starts_with(b"# ") || bytes.starts_with(b"##") {
        return true;
    }
    // Macros of troff: a full stop or an apostrophe, and two letters.
    if matches!(bytes[0], b'.' | b'\'') && bytes.get(1).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'\\') {
        let name = bytes[1..].iter().take_while(|b| b.is_ascii_alphabetic() || **b == b'\\' || **b == b'"').count();
        if name <= 3 && (bytes[0] == b'.' || bytes[1].is_ascii_uppercase()) {
            return true;
        }
    }
    ends_like_code(bytes) || is_row(bytes, rows) || is_rule(content)
}

/// A brace; or a semicolon after a bracket or quotation mark, if the line has but few words.
fn ends_like_code(bytes: &[u8]) -> bool {
    /// Blanks that a statement of a program seldom exceeds and a line of prose nearly always has.
    const FEW: usize = 4;
    let terse = || memchr::memchr_iter(b' ', bytes).take(FEW + 1).count() <= FEW;
    match bytes {
        [.., b'{' | b'}' | b'\\' | b'|'] => true,
        [.., before, b';'] => matches!(before, b')' | b'}' | b'"' | b'\'') && terse(),
        [.., before, b':'] => *before == b')' && terse(),
        _ => false,
    }
}

/// A row of a table: a tab, two gaps of three blanks or more, or leader dots before a page number.
fn is_row(bytes: &[u8], rows: Rows) -> bool {
    if rows.tabs && memchr::memchr(b'\t', bytes).is_some() {
        return true;
    }
    let mut gaps = 0;
    if rows.gaps {
        for at in BLANKS.find_iter(bytes) {
            // A longer gap is found again one blank further; count it once.
            gaps += u32::from(at == 0 || bytes[at - 1] != b' ' || gaps == 0);
        }
    }
    gaps >= 2 || gaps == 1 && MANY_BLANKS.find(bytes).is_some() || rows.leaders && has_leaders(bytes)
}

/// Whether there are any leader dots.
fn has_leaders(bytes: &[u8]) -> bool {
    LEADERS.iter().any(|leader| leader.find(bytes).is_some())
}

static BLANKS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"   "));
static MANY_BLANKS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"     "));
/// The dots between a heading and its page number.
static LEADERS: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| [Finder::new(b". . ."), Finder::new(b".....")]);

/// A line drawn of one character: `-----`, `=====`, `* * *`.
fn is_rule(content: &str) -> bool {
    !content.chars().any(char::is_alphanumeric) && content.chars().nth(2).is_some()
}
