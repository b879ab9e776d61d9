//! The languages of a text, paragraph by paragraph, and within one where it changes.
//!
//! A paragraph is a line that is not blank. Start reading at [`spans`]; `segment` finds the changes inside a paragraph.

use std::ops::Range;

use super::decide::{LanguageGuess, likeness};
use super::evidence::Evidence;
use super::language::Language;
use super::memory::Memory;
use super::paragraph::{Piece, read_paragraph};
use super::reader::Tokens;
use super::script::Script;
use super::segment::Segment;
use super::set::LanguageSet;

/// One paragraph, or the part of one that is in one language.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// First byte, on a character boundary.
    pub start: usize,
    /// First byte after the span, on a character boundary.
    pub end: usize,
    /// Number of the paragraph within the text, from 0; blank lines do not count.
    pub paragraph: u32,
    /// The language; `und` where it could not be determined, `zxx` where there is none.
    pub language: Language,
    /// Probability that the language is right, 0..=1.
    pub score: f32,
}

/// How spans are found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpanConfig {
    /// The languages that may be found.
    pub languages: LanguageSet,
    /// A language with a lower score becomes `und`.
    pub min_score: f32,
    /// Whether a paragraph may hold several languages.
    pub inside_paragraphs: bool,
}

impl Default for SpanConfig {
    /// Every language, [`MIN_SCORE`], changes inside paragraphs.
    fn default() -> Self {
        SpanConfig { languages: LanguageSet::all(), min_score: MIN_SCORE, inside_paragraphs: true }
    }
}

/// The lowest score of a language that is named, if the configuration does not say otherwise.
pub const MIN_SCORE: f32 = 0.25;

/// Below how many letters a span takes the language of a neighbour, if it has one and nothing speaks against it.
pub(crate) const SHORT_LETTERS: u32 = 20;

/// Finds the spans of a text in order, in place of what was in `out`.
///
/// They do not overlap, and every letter of the text is in one.
///
/// # Examples
/// ```
/// use textmill_core::langid::{SpanConfig, spans};
///
/// let text = "The council met on Tuesday and voted for the new bridge over the river.\n\n\
///             Le conseil s'est réuni mardi et a voté pour le nouveau pont sur la rivière.";
/// let mut found = Vec::new();
/// spans(text, &SpanConfig::default(), &mut found);
/// let codes: Vec<_> = found.iter().map(|span| (span.paragraph, span.language.code())).collect();
/// assert_eq!(codes, [(0, "en"), (1, "fr")]);
/// ```
pub fn spans(text: &str, config: &SpanConfig, out: &mut Vec<Span>) {
    spans_with(text, config, &mut Scratch::for_text(text.len()), out);
}

/// Finds the spans of a text as [`spans`] does, with room to work in that is kept from text to text.
pub fn spans_with(text: &str, config: &SpanConfig, scratch: &mut Scratch, out: &mut Vec<Span>) {
    let work = &mut scratch.0;
    out.clear();
    // What a text left that was given up half-way.
    work.found.clear();
    let mut paragraph = 0;
    let mut line_start = 0;
    for line_end in memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]) {
        let line = &text[line_start..line_end];
        let start = line_start + line.len() - line.trim_start().len();
        let line = line.trim();
        if !line.is_empty() {
            read_paragraph(text, start..start + line.len(), paragraph, config, work, out);
            paragraph += 1;
        }
        line_start = line_end + 1;
    }
    settle_short(text, work, config, out);
}

/// Room to work in, where the words that were met are remembered: 1.1 MB for a thread that reads many texts.
///
/// It makes reading faster and never changes a result.
pub struct Scratch(Work);

impl Scratch {
    /// Room for reading many texts.
    pub fn new() -> Scratch {
        Scratch::for_text(usize::MAX / 2)
    }

    /// Room for reading one text of so many bytes.
    pub fn for_text(bytes: usize) -> Scratch {
        Scratch(Work::for_text(bytes))
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Scratch::new()
    }
}

/// Room to work in, and what is known of each span beyond its language.
pub(crate) struct Work {
    pub(crate) memory: Memory,
    /// Of the paragraph.
    pub(crate) whole: Evidence,
    /// Of a piece that is read again.
    pub(crate) again: Evidence,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) segments: Vec<Segment>,
    /// Of each span, its number of letters and what was found before the threshold.
    pub(crate) found: Vec<(u32, LanguageGuess)>,
    /// The script of the last paragraph.
    pub(crate) script: Script,
    /// Pieces that are read together.
    pub(crate) near: Vec<Range<usize>>,
}

impl Work {
    /// Room for reading one text of so many bytes.
    pub(crate) fn for_text(bytes: usize) -> Work {
        Work {
            memory: Memory::for_text(bytes),
            whole: Evidence::NONE,
            again: Evidence::NONE,
            pieces: Vec::new(),
            segments: Vec::new(),
            found: Vec::new(),
            script: Script::Other,
            near: Vec::new(),
        }
    }
}

/// The language as reported: `und` if its score is too low or it has too few letters to tell.
pub(crate) fn accept(guess: LanguageGuess, letters: u32, config: &SpanConfig) -> (Language, f32) {
    let least = if letters < SHORT_LETTERS { config.min_score * 0.8 } else { config.min_score };
    if guess.language == Language::UND || guess.score >= least {
        (guess.language, guess.score)
    } else {
        (Language::UND, 1.0 - guess.score)
    }
}

/// Gives short spans the language of a near span with one, unless their own letters speak strongly against it.
fn settle_short(text: &str, work: &mut Work, config: &SpanConfig, out: &mut [Span]) {
    let firm: Vec<bool> =
        out.iter().zip(&work.found).map(|(span, found)| found.0 >= SHORT_LETTERS && span.language.is_known()).collect();
    for at in 0..out.len() {
        let (letters, guess) = work.found[at];
        if letters >= SHORT_LETTERS || letters == 0 || guess.language == Language::ZXX {
            continue;
        }
        let before = (at.saturating_sub(NEAR)..at).rev().find(|&other| firm[other]);
        let after = (at + 1..out.len().min(at + 1 + NEAR)).find(|&other| firm[other]);
        if before.is_none() && after.is_none() {
            continue;
        }
        // One letter fewer makes the neighbour half as likely again.
        let factor = 64.0 * ((SHORT_LETTERS - letters) as f32 * 0.6).exp2();
        let settle = |span: &mut Span, neighbour: Span, odds: f32| {
            span.language = neighbour.language;
            span.score = (odds / (odds + 1.0)).min(neighbour.score);
        };
        let neighbours = [before, after].map(|other| other.map(|other| out[other]));
        let agreeing = neighbours.iter().flatten().find(|neighbour| neighbour.language == guess.language);
        if let Some(neighbour) = agreeing {
            // Nothing is likelier than what was found.
            settle(&mut out[at], *neighbour, factor);
            continue;
        }
        let evidence = &mut work.again;
        evidence.clear();
        evidence.read(text, out[at].start..out[at].end, Tokens::All, &mut work.memory);
        let mut best = 0.0;
        for neighbour in neighbours.into_iter().flatten() {
            let odds = factor * likeness(evidence, neighbour.language, &config.languages);
            if odds > 1.0 && odds > best {
                best = odds;
                settle(&mut out[at], neighbour, odds);
            }
        }
    }
    work.found.clear();
}

/// How many spans away a neighbour may be.
const NEAR: usize = 4;
