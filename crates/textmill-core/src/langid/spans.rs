//! The languages of a text, paragraph by paragraph, and within one where it changes.
//!
//! A paragraph is a line that is not blank. Start reading at [`spans`]; `segment` finds the changes inside a paragraph.

use std::ops::Range;

use super::decide::{LanguageGuess, decide, likeness, main_script};
use super::evidence::{Evidence, Mean, mean};
use super::language::Language;
use super::memory::Memory;
use super::model::MODEL;
use super::pieces::pieces;
use super::script::Script;
use super::segment::{Segment, segment};
use super::set::LanguageSet;
use super::shares::Shares;

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
const SHORT_LETTERS: u32 = 20;

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
        Scratch(Work {
            memory: Memory::for_text(bytes),
            whole: Evidence::NONE,
            again: Evidence::NONE,
            pieces: Vec::new(),
            segments: Vec::new(),
            found: Vec::new(),
        })
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
    found: Vec<(u32, LanguageGuess)>,
}

/// What a piece of a paragraph shows in the script of most of its letters.
pub(crate) struct Piece {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Whether only the first words were read.
    pub(crate) sampled: bool,
    pub(crate) script: Script,
    pub(crate) letters: u32,
    /// Letters in other scripts: the longest row of Latin ones, and the others counted twice.
    pub(crate) foreign: u32,
    pub(crate) features: u32,
    pub(crate) mean: Mean,
}

/// Letters of a script; those of Chinese and Japanese are counted together.
fn letters_of(script: Script, evidence: &Evidence) -> u32 {
    match script {
        Script::Hani | Script::Kana => {
            evidence.letters[Script::Hani as usize] + evidence.letters[Script::Kana as usize]
        }
        script => evidence.letters[script as usize],
    }
}

fn read_paragraph(
    text: &str,
    range: Range<usize>,
    paragraph: u32,
    config: &SpanConfig,
    work: &mut Work,
    out: &mut Vec<Span>,
) {
    let start = range.start;
    let line = &text[range];
    let whole = &mut work.whole;
    whole.clear();
    work.pieces.clear();
    let mut script = Script::Latn;
    let before = out.last().filter(|span| span.language.is_known() && span.score >= LIKELY).map(|span| span.language);
    let mut sure = false;
    for (count, piece) in pieces(line).enumerate() {
        let at = if (script as usize) < Script::MODELLED { script as usize } else { 0 };
        let (sums, features) = (whole.sums[at], whole.features[at]);
        let (letters, all, latin) = (letters_of(script, whole), whole.all_letters, whole.letters[0]);
        whole.latin_run = 0;
        sure = sure
            || matches!(count, 1 | 3)
                && line.len() - piece.start >= SAMPLED_BYTES
                && is_sure(whole, before, &config.languages);
        let part = sample(&line[piece.clone()], piece.start, sure);
        let (from, to) = (start + piece.start, start + piece.end);
        whole.read(text, from..from + part.len(), &mut work.memory);
        if part.len() < piece.len() && letters_of(script, whole) - letters < whole.all_letters - all {
            // Letters of another script: how many there are tells a name from a sentence.
            whole.read(text, from + part.len()..to, &mut work.memory);
        }
        if all == 0 {
            // The first piece is in the script of the paragraph, until another has more letters.
            script = main_script(whole).0;
        }
        let own = letters_of(script, whole) - if all == 0 { 0 } else { letters };
        let mut more = whole.sums[at];
        more.iter_mut().zip(sums).for_each(|(sum, before)| *sum -= before);
        let features = whole.features[at] - features;
        let mean = mean(&more, features);
        // Latin letters count as far as they stand in one row; those of other scripts are no name and count twice.
        let latin = if script == Script::Latn { 0 } else { whole.letters[0] - latin };
        let foreign = 2 * (whole.all_letters - all - own - latin) + latin.min(whole.latin_run);
        let (start, end) = (piece.start, piece.end);
        let sampled = part.len() < piece.len();
        work.pieces.push(Piece { start, end, sampled, script: Script::ALL[at], letters: own, foreign, features, mean });
        if own * 2 < whole.all_letters - all {
            script = main_script(whole).0;
        }
    }
    let guess = decide(whole, &config.languages);
    let letters = whole.all_letters;
    work.segments.clear();
    if config.inside_paragraphs {
        segment(line, guess, &config.languages, work);
    }
    if work.segments.len() < 2 {
        work.segments.clear();
        work.segments.push(Segment { start: 0, end: line.len(), letters, guess });
    }
    for part in &work.segments {
        let Segment { start: from, end: to, letters, guess } = *part;
        work.found.push((letters, guess));
        let (language, score) = accept(guess, letters, config);
        out.push(Span { start: start + from, end: start + to, paragraph, language, score });
    }
}

/// How much must be left of a paragraph for a sample of it to be worth asking whether the language is sure, in bytes.
const SAMPLED_BYTES: usize = 160;

/// Whether what was read of a paragraph leaves no doubt of its language, that of the span before speaking for itself.
fn is_sure(whole: &Evidence, before: Option<Language>, set: &LanguageSet) -> bool {
    let (script, share) = main_script(whole);
    let Some(head) = MODEL.heads.get(script as usize) else { return share >= 1.0 };
    let shares = Shares::of(head, &whole.mean(script), set);
    let best = shares.best();
    let least = if before == Some(best.language) { FIRM } else { VERY_SURE };
    share >= FIRM && best.language.is_known() && best.score >= least && shares.ahead_of_unknown >= SURE_NATS
}

/// The score of a language that the next paragraph is likely to be in, too.
const LIKELY: f32 = 0.75;
/// The score that is enough in a paragraph whose language is that of the one before.
const FIRM: f32 = 0.9;
/// The score from which on little more is read of a paragraph that begins a text, or changes the language.
const VERY_SURE: f32 = 0.995;
/// By how many nats a language must then be ahead of unknown ones.
const SURE_NATS: f32 = 3.0;

/// What is read of a piece: all of it near the beginning of a paragraph, then the first words of each, of a paragraph
/// whose language is sure fewer of them.
fn sample(piece: &str, start: usize, sure: bool) -> &str {
    let bytes = piece.as_bytes();
    let ascii = bytes[0].is_ascii();
    let most = match (sure, ascii) {
        (true, true) => SURE_BYTES,
        (true, false) => SURE_BYTES * 3 / 2,
        (false, true) if start >= WHOLE_BYTES => SAMPLE_BYTES,
        _ => return piece,
    };
    if piece.len() <= most {
        return piece;
    }
    match memchr::memchr(b' ', &bytes[most..]) {
        Some(found) => &piece[..most + found],
        None if sure && !ascii => {
            let end = (most..piece.len()).find(|&at| piece.is_char_boundary(at)).unwrap_or(piece.len());
            &piece[..end]
        }
        None => piece,
    }
}

/// Up to which byte of a paragraph every word is read, if its language is not sure before.
const WHOLE_BYTES: usize = 256;
/// How much of each later piece is read, up to the next space, in bytes.
const SAMPLE_BYTES: usize = 40;
/// How much of each later piece is read of a paragraph whose language is sure, in bytes.
const SURE_BYTES: usize = 40;

/// The language as reported: `und` if its score is too low or it has too few letters to tell.
fn accept(guess: LanguageGuess, letters: u32, config: &SpanConfig) -> (Language, f32) {
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
        let evidence = &mut work.again;
        evidence.clear();
        evidence.read(text, out[at].start..out[at].end, &mut work.memory);
        // One letter fewer makes the neighbour half as likely again.
        let factor = 64.0 * ((SHORT_LETTERS - letters) as f32 * 0.6).exp2();
        let mut best = 0.0;
        for other in [before, after].into_iter().flatten() {
            let odds = factor * likeness(evidence, out[other].language, &config.languages);
            if odds > 1.0 && odds > best {
                best = odds;
                out[at].language = out[other].language;
                out[at].score = (odds / (odds + 1.0)).min(out[other].score);
            }
        }
    }
    work.found.clear();
}

/// How many spans away a neighbour may be.
const NEAR: usize = 4;
