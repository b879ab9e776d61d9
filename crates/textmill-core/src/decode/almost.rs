//! Bytes that are not all UTF-8: a UTF-8 text with broken runs, lines in two charsets, or another charset.
//!
//! Lines are counted first. A line that is UTF-8 but for less than half of its sequences stays UTF-8, whatever the lines
//! around it are; only its broken runs are read otherwise (`stray.rs`). Lines that are not are read in one legacy charset,
//! detected over all of them.

use std::borrow::Cow;

use super::charset::Charset;
use super::detect::{detect, prefers_legacy};
use super::sample::windows;
use super::stray::Strays;
use super::utf8::Shape;
use super::{Decoded, Evidence, Hint, whole};

/// Sound sequences in a line without a broken one from which it is taken for UTF-8 among lines in another charset.
///
/// One or two happen by chance in legacy text; so do three, about once in a million letters of windows-1251.
const SURE_SOUND: usize = 3;

/// Decodes bytes that are not valid UTF-8.
pub(super) fn decode<'a>(bytes: &'a [u8], declared: Option<Charset>, hint: &Hint) -> Decoded<'a> {
    let census = Census::of(bytes);
    let declared = declared.filter(|&charset| charset != Charset::UTF_8);
    if census.utf8 > 20 * (census.legacy + census.doubtful_broken) || (census.legacy == 0 && census.utf8 > 0) {
        return in_utf8(bytes, None, hint);
    }
    if census.utf8 + census.doubtful == 0 && !census.cut_tail {
        return in_legacy(bytes, declared, hint);
    }
    let mut pool = Vec::new();
    for line in lines(bytes).filter(|line| matches!(kind_of(Shape::of(line)), Kind::Legacy | Kind::Doubtful)) {
        pool.extend_from_slice(line);
    }
    let legacy = detect(&pool, &windows(&pool), declared).best();
    // Some lines of legacy text look like UTF-8 by chance, and the other way round.
    let mut n_legacy = 0;
    let mut n_utf8 = 0;
    for line in lines(bytes).filter(|line| !line.is_ascii()) {
        if prefers_legacy(line, legacy) {
            n_legacy += 1;
        } else {
            n_utf8 += 1;
        }
    }
    match (n_legacy, n_utf8) {
        (_, 0) => in_legacy(bytes, declared, hint),
        (0, _) => in_utf8(bytes, None, hint),
        _ => in_utf8(bytes, Some(legacy), hint),
    }
}

/// All in one charset that is not UTF-8.
fn in_legacy<'a>(bytes: &'a [u8], declared: Option<Charset>, hint: &Hint) -> Decoded<'a> {
    let detection = detect(bytes, &windows(bytes), declared);
    let charset = detection.best();
    if let Some(fallback) = hint.fallback.filter(|_| detection.is_blind()) {
        return whole(bytes, 0, fallback, Evidence::Fallback);
    }
    let evidence = if declared == Some(charset) { Evidence::Declared } else { Evidence::Detected };
    let decoded = whole(bytes, 0, charset, evidence);
    if decoded.malformed == 0 {
        return decoded;
    }
    // The sample did not show what the whole does.
    let mut best = (detection.cost_with(charset, decoded.malformed), decoded);
    for other in detection.runners_up() {
        let decoded = whole(bytes, 0, other, Evidence::Detected);
        let cost = detection.cost_with(other, decoded.malformed);
        if cost < best.0 {
            best = (cost, decoded);
        }
    }
    best.1
}

/// UTF-8 with broken runs, and some lines perhaps in another charset.
fn in_utf8<'a>(bytes: &'a [u8], legacy: Option<Charset>, hint: &Hint) -> Decoded<'a> {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    let mut malformed = 0;
    let mut replaced = 0;
    let mut second = None;
    let mut strays = Strays::of(bytes, hint.fallback);
    for line in lines(bytes) {
        if let Some(legacy) = legacy.filter(|&legacy| !line.is_ascii() && prefers_legacy(line, legacy)) {
            malformed += Shape::of(line).malformed;
            replaced += legacy.decode_into(line, &mut text);
            second = Some(legacy);
        } else {
            let counts = strays.decode_line(line, &mut text);
            malformed += counts.malformed;
            replaced += counts.replaced;
        }
    }
    Decoded {
        text: Cow::Owned(text),
        encoding: Charset::UTF_8.name(),
        second_encoding: second.or(strays.used()).map(Charset::name),
        evidence: if second.is_some() { Evidence::Mixed } else { Evidence::AlmostUtf8 },
        malformed,
        replaced,
        bom: false,
    }
}

/// What a line is by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ascii,
    Utf8,
    /// UTF-8 by so few sequences that it may be chance, or with as many broken ones.
    Doubtful,
    Legacy,
}

fn kind_of(line: Shape) -> Kind {
    match (line.sound, line.broken()) {
        (0, 0) if line.cut_tail => Kind::Doubtful,
        (0, 0) => Kind::Ascii,
        (sound, broken) if broken > sound => Kind::Legacy,
        (sound, broken) if sound >= SURE_SOUND && broken * 2 <= sound => Kind::Utf8,
        _ => Kind::Doubtful,
    }
}

/// How much of a text is what.
#[derive(Default)]
struct Census {
    /// Sound sequences in lines of UTF-8.
    utf8: usize,
    /// Sound sequences in doubtful lines.
    doubtful: usize,
    /// Broken sequences in doubtful lines.
    doubtful_broken: usize,
    /// Broken sequences in legacy lines.
    legacy: usize,
    /// Whether some line ends within a sequence.
    cut_tail: bool,
}

impl Census {
    fn of(bytes: &[u8]) -> Census {
        let mut census = Census::default();
        for line in lines(bytes) {
            let shape = Shape::of(line);
            census.cut_tail |= shape.cut_tail;
            match kind_of(shape) {
                Kind::Ascii => {}
                Kind::Utf8 => census.utf8 += shape.sound,
                Kind::Doubtful => {
                    census.doubtful += shape.sound;
                    census.doubtful_broken += shape.broken();
                }
                Kind::Legacy => census.legacy += shape.broken(),
            }
        }
        census
    }
}

/// The lines with their ends.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|&byte| byte == b'\n')
}
