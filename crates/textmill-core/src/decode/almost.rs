//! Bytes that are not all UTF-8: a UTF-8 text with broken runs, lines in two charsets, or another charset.
//!
//! Lines are counted first. A line that is UTF-8 but for less than half of its sequences stays UTF-8, whatever the lines
//! around it are; only its broken runs are read otherwise (`stray.rs`). Lines that are not are read in one legacy charset,
//! detected over all of them.

use std::borrow::Cow;
use std::ops::Range;

use super::charset::Charset;
use super::detect::{Detection, detect, detect_runners_up};
use super::price::gain_of_legacy;
use super::sample::windows;
use super::stray::Strays;
use super::utf8::Shape;
use super::{Decoded, Evidence, Hint, whole};

/// Sound sequences in a line without a broken one from which it is taken for UTF-8 among lines in another charset.
///
/// One or two happen by chance in legacy text; so do three, about once in a million letters of windows-1251.
const SURE_SOUND: usize = 3;

/// Broken sequences that a line of UTF-8 may have even if it has fewer sound ones.
const FEW_BROKEN: usize = 4;

/// Decodes bytes that are not valid UTF-8.
pub(super) fn decode<'a>(bytes: &'a [u8], declared: Option<Charset>, hint: &Hint) -> Decoded<'a> {
    let census = Census::of(bytes);
    let declared = declared.filter(|&charset| charset != Charset::UTF_8);
    if census.utf8 > 20 * (census.legacy + census.doubtful_broken) || (census.legacy == 0 && census.utf8 > 0) {
        return in_utf8(bytes, None, hint);
    }
    if census.suspects.is_empty() && !census.cut_tail {
        return in_legacy(bytes, &detect(bytes, &windows(bytes), declared), declared, hint);
    }
    // Where few lines are in UTF-8, the sample may as well be from all of them.
    let pool = census.pool(bytes);
    let sampled = pool.as_deref().unwrap_or(bytes);
    let detection = detect(sampled, &windows(sampled), declared);
    let legacy = if pool.is_some() { best_on_all(sampled, &detection, declared).0 } else { detection.best() };
    let split = Split { legacy, bias: census.bias() };
    // What is won by reading some lines in UTF-8, and some not.
    let mut utf8_gain = 0;
    let mut legacy_gain = 0;
    for line in &census.suspects {
        let gain = split.gain_of_legacy(&bytes[line.clone()]);
        if gain > 0 {
            legacy_gain += gain;
        } else {
            utf8_gain -= gain;
        }
    }
    if split.bias >= 0 {
        legacy_gain += MIXED_GAIN * census.legacy as i64;
    }
    let enough = if census.utf8 == 0 { 2 * MIXED_GAIN } else { MIXED_GAIN };
    if legacy_gain > utf8_gain && utf8_gain < enough {
        let detection = if pool.is_some() { detect(bytes, &windows(bytes), declared) } else { detection };
        in_legacy(bytes, &detection, declared, hint)
    } else {
        in_utf8(bytes, (legacy_gain >= MIXED_GAIN).then_some(&split), hint)
    }
}

/// The legacy charset of a prefix of a text, where nothing speaks for UTF-8 and little for another charset.
pub(super) fn sure_legacy(prefix: &[u8]) -> Option<Charset> {
    if simdutf8::basic::from_utf8(prefix).is_ok() {
        return None;
    }
    let census = Census::of(prefix);
    if census.utf8 > 0 || census.legacy < SURE_LEGACY || census.suspects.len() > 1 {
        return None;
    }
    let detection = detect_runners_up(prefix, &windows(prefix), None);
    let (charset, _, malformed) = best_on_all(prefix, &detection, None);
    // The prefix may end within a character.
    (detection.is_sure() && charset == detection.best() && malformed <= 1).then_some(charset)
}

/// Broken sequences from which a prefix is surely not UTF-8.
const SURE_LEGACY: usize = 16;

/// How much lines in a second charset must win in all before a text is believed to be mixed, in quarters of a bit.
const MIXED_GAIN: i64 = 120;

/// Lines that are each in UTF-8 or in one legacy charset.
struct Split {
    legacy: Charset,
    /// What speaks for legacy before a line is read, in quarters of a bit.
    bias: i64,
}

impl Split {
    fn gain_of_legacy(&self, line: &[u8]) -> i64 {
        let shape = Shape::of(line);
        match kind_of(shape) {
            Kind::Ascii => 0,
            Kind::Legacy if !shape.is_suspect() && self.bias >= 0 => MIXED_GAIN,
            _ => gain_of_legacy(line, self.legacy) + self.bias,
        }
    }
}

/// All in one charset that is not UTF-8.
fn in_legacy<'a>(bytes: &'a [u8], detection: &Detection, declared: Option<Charset>, hint: &Hint) -> Decoded<'a> {
    if let Some(fallback) = hint.fallback.filter(|_| detection.is_blind()) {
        return whole(bytes, 0, fallback, Evidence::Fallback);
    }
    let (charset, text, malformed) = best_on_all(bytes, detection, declared);
    Decoded {
        text: Cow::Owned(text),
        encoding: charset.name(),
        second_encoding: None,
        evidence: if declared == Some(charset) { Evidence::Declared } else { Evidence::Detected },
        malformed,
        replaced: malformed,
        bom: false,
    }
}

/// The charset that is best on all of the bytes and not only in the sample; the text in it, and what is malformed there.
fn best_on_all(bytes: &[u8], detection: &Detection, declared: Option<Charset>) -> (Charset, String, usize) {
    let read = |charset: Charset, detection: &Detection| {
        let mut text = String::new();
        let malformed = charset.decode_into(bytes, &mut text);
        let n_wrong = malformed + n_controls(bytes, charset);
        (detection.cost_with(charset, n_wrong), n_wrong, (charset, text, malformed))
    };
    let mut best = read(detection.best(), detection);
    if best.1 > 0 {
        let detection = detect_runners_up(bytes, &windows(bytes), declared);
        best = read(detection.best(), &detection);
        for other in detection.runners_up().map(|charset| read(charset, &detection)) {
            if other.0 < best.0 {
                best = other;
            }
        }
    }
    best.2
}

/// How many bytes are control characters of a charset of the ISO 8859 family, which text never has.
fn n_controls(bytes: &[u8], charset: Charset) -> usize {
    if !charset.name().starts_with("ISO-8859-") {
        return 0;
    }
    bytes.iter().filter(|byte| (0x80..0xA0).contains(*byte)).count()
}

/// UTF-8 with broken runs, and some lines perhaps in another charset.
fn in_utf8<'a>(bytes: &'a [u8], split: Option<&Split>, hint: &Hint) -> Decoded<'a> {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    let mut malformed = 0;
    let mut replaced = 0;
    let mut second = None;
    let mut strays = Strays::of(bytes, hint.fallback);
    for line in lines(bytes) {
        if let Some(split) = split.filter(|split| split.gain_of_legacy(line) > 0) {
            // What is whole to a lenient reader of UTF-8 may still be none in the other charset.
            let unread = split.legacy.decode_into(line, &mut text);
            malformed += Shape::of(line).malformed.max(unread);
            replaced += unread;
            second = Some(split.legacy);
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

impl Shape {
    /// Whether a line may be in UTF-8 although it is not plainly so: some of it is sound.
    fn is_suspect(self) -> bool {
        self.sound > 0 && self.broken() <= FEW_BROKEN.max(self.sound)
    }
}

/// How much of a text is what.
#[derive(Default)]
struct Census {
    /// Sound sequences in lines of UTF-8.
    utf8: usize,
    /// Broken sequences in doubtful lines.
    doubtful_broken: usize,
    /// Broken sequences in legacy lines.
    legacy: usize,
    /// Whether some line ends within a sequence.
    cut_tail: bool,
    /// Lines whose charset has to be weighed; where UTF-8 prevails, all that are not ASCII.
    suspects: Vec<Range<usize>>,
}

/// How much of the legacy lines is looked at where there is much else, in bytes.
const POOL_BYTES: usize = 64 * 1024;

impl Census {
    fn of(bytes: &[u8]) -> Census {
        let mut census = Census::default();
        let mut plain = Vec::new();
        let mut at = 0;
        for line in lines(bytes) {
            let range = at..at + line.len();
            at = range.end;
            let (least_malformed, most_sound) = Shape::glance(line);
            if least_malformed > (FEW_BROKEN + 1).max(most_sound + 1) {
                census.legacy += least_malformed;
                plain.push(range);
                continue;
            }
            let shape = Shape::of(line);
            census.cut_tail |= shape.cut_tail;
            match kind_of(shape) {
                Kind::Ascii => continue,
                Kind::Utf8 => census.utf8 += shape.sound,
                Kind::Doubtful => census.doubtful_broken += shape.broken(),
                Kind::Legacy => census.legacy += shape.broken(),
            }
            if shape.is_suspect() {
                census.suspects.push(range);
            } else {
                plain.push(range);
            }
        }
        if census.cut_tail || (census.bias() < 0 && !census.suspects.is_empty()) {
            census.suspects.append(&mut plain);
        }
        census
    }

    /// The odds of a line by what most lines are, in quarters of a bit.
    fn bias(&self) -> i64 {
        let odds = (self.legacy + 1) as f64 / (self.utf8 + 1) as f64;
        (8.0 * odds.log2()).clamp(-80.0, 80.0) as i64
    }

    /// The legacy lines alone, where there is enough else to mislead.
    fn pool(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        if self.legacy > 20 * self.utf8 {
            return None;
        }
        let mut pool = Vec::new();
        let wanted = if self.legacy > 0 { Kind::Legacy } else { Kind::Doubtful };
        for line in lines(bytes).filter(|line| kind_of(Shape::of(line)) == wanted) {
            pool.extend_from_slice(line);
            if pool.len() > POOL_BYTES {
                break;
            }
        }
        Some(pool)
    }
}

/// The lines with their ends.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = memchr::memchr_iter(b'\n', bytes).map(|at| at + 1).chain([bytes.len()]);
    ends.scan(0, |from, end| Some(&bytes[std::mem::replace(from, end)..end])).filter(|line| !line.is_empty())
}
