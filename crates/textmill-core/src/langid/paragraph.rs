//! Reads one paragraph, piece by piece, and no more of it than its language takes to be sure.
//!
//! Most paragraphs are in the language of the one before. There the short words are asked first, which nearly all are
//! remembered ([`Tokens::Short`]): if they leave no doubt, and no piece of them disagrees, nothing else is read. Any other
//! paragraph is read from its beginning, and less of it once it is sure. Start at [`read_paragraph`].

use std::ops::Range;

use super::decide::{LanguageGuess, decide, main_script};
use super::evidence::{Evidence, Mean, mean};
use super::language::Language;
use super::model::{DIM, MODEL};
use super::pieces::pieces;
use super::reader::Tokens;
use super::script::Script;
use super::segment::{Segment, is_mixed, segment};
use super::set::LanguageSet;
use super::shares::Shares;
use super::spans::{SHORT_LETTERS, Span, SpanConfig, Work, accept};
use super::together::{MOST_PIECES, Near, Told, read_together};

/// What a piece of a paragraph shows in the script of most of its letters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Piece {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Whether only some of its words were read.
    pub(crate) sampled: bool,
    pub(crate) script: Script,
    pub(crate) letters: u32,
    /// Letters in other scripts: the longest row of Latin ones, and the others counted twice.
    pub(crate) foreign: u32,
    pub(crate) features: u32,
    pub(crate) mean: Mean,
}

/// Reads the paragraph at `range` and adds its spans.
pub(crate) fn read_paragraph(
    text: &str,
    range: Range<usize>,
    paragraph: u32,
    config: &SpanConfig,
    work: &mut Work,
    out: &mut Vec<Span>,
) {
    let firm = |span: &&Span| span.language.is_known() && span.score >= LIKELY;
    let before = out.iter().rev().take(NEAR).find(firm).map(|span| span.language);
    let unknown = out.last().is_some_and(|span| span.language == Language::UND)
        && work.found.last().is_some_and(|found| found.0 >= SHORT_LETTERS);
    let likely = if unknown { Some(Language::UND) } else { before };
    if let Some(guess) = likely.and_then(|language| read_on(text, range.clone(), language, config, work)) {
        work.found.push((SHORT_LETTERS, guess));
        let (language, score) = accept(guess, SHORT_LETTERS, config);
        out.push(Span { start: range.start, end: range.end, paragraph, language, score });
        return;
    }
    let start = range.start;
    let line = &text[range];
    work.whole.clear();
    work.pieces.clear();
    let mut script = Script::Latn;
    let mut sure = false;
    for (count, piece) in pieces(line).enumerate() {
        sure = sure
            || matches!(count, 1 | 3)
                && line.len() - piece.start >= SAMPLED_BYTES
                && is_sure(&work.whole, before, &config.languages);
        let (part, which) = if sure && piece.start < SHORT_WORDS_BYTES && !script.is_unspaced() {
            (piece.len(), Tokens::Short)
        } else {
            (sample(&line[piece.clone()], piece.start, sure).len(), Tokens::All)
        };
        read_piece(text, start, piece, part, which, &mut script, work);
    }
    let whole = &work.whole;
    let guess = decide(whole, &config.languages);
    let letters = whole.all_letters;
    work.script = main_script(whole).0;
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

/// Reads the short words of a paragraph that follows one in `language`; `None` if they leave a doubt whether it goes on.
fn read_on(
    text: &str,
    range: Range<usize>,
    language: Language,
    config: &SpanConfig,
    work: &mut Work,
) -> Option<LanguageGuess> {
    let line = &text[range.clone()];
    if line.len() < STEADY_BYTES || work.script.is_unspaced() {
        return None;
    }
    work.whole.clear();
    work.pieces.clear();
    if !read_short_words(text, range, work) {
        return None;
    }
    let (main, share) = main_script(&work.whole);
    if main != work.script || share < FIRM || work.whole.erased * 2 > work.whole.all_letters {
        return None;
    }
    let guess = if let Some(head) = MODEL.heads.get(main as usize) {
        let logits = head.logits(&work.whole.mean(main), &config.languages);
        if language.is_known() && head.ahead_of_unknown(&logits) < SURE_NATS {
            return None;
        }
        let best = Shares::of_logits(head, &logits).best();
        (best.language == language && best.score >= STEADY)
            .then_some(LanguageGuess { score: best.score * share.sqrt(), ..best })?
    } else {
        let guess = decide(&work.whole, &config.languages);
        (guess.language == language).then_some(guess)?
    };
    (!config.inside_paragraphs || !is_mixed(line, guess, &config.languages, work)).then_some(guess)
}

/// Adds what the short words of a paragraph say; whether no piece of it has more letters of other scripts than of its own.
fn read_short_words(text: &str, range: Range<usize>, work: &mut Work) -> bool {
    let start = range.start;
    let line = &text[range];
    let mut script = work.script;
    let mut pieces = pieces(line).peekable();
    let mut near = std::mem::take(&mut work.near);
    near.clear();
    near.extend(std::iter::from_fn(|| pieces.next_if(|piece| piece.start < SHORT_WORDS_BYTES)));
    let goes_on = read_near(text, start, &near, &mut script, work);
    work.near = near;
    goes_on
        && pieces.all(|piece| {
            let part = sample(&line[piece.clone()], piece.start, true).len();
            read_piece(text, start, piece, part, Tokens::Short, &mut script, work);
            !is_foreign(work)
        })
}

/// The same of some pieces of which every short word is read, several pieces at a time.
fn read_near(text: &str, start: usize, pieces: &[Range<usize>], script: &mut Script, work: &mut Work) -> bool {
    let mut told = [Told::NOTHING; MOST_PIECES];
    let mut rest = pieces;
    while !rest.is_empty() {
        let near = Near { text, start, pieces: rest, script: *script };
        let n = read_together(near, &mut work.memory, &mut told);
        let mut done = 0;
        // A piece of more words than fit is read by itself.
        for piece in &rest[..n.max(1)] {
            let told = &told[done];
            let is_told = done < n && told.is_plain && work.whole.all_letters + told.letters > 0;
            done += 1;
            if is_told {
                add_piece(piece.clone(), told, near.script, work);
                continue;
            }
            read_piece(text, start, piece.clone(), piece.len(), Tokens::Short, script, work);
            if is_foreign(work) {
                return false;
            }
            // What was told is of another script.
            if *script != near.script {
                break;
            }
        }
        rest = &rest[done..];
    }
    true
}

/// Adds what the short words of a piece say, all of them in the script of the paragraph.
fn add_piece(piece: Range<usize>, told: &Told, script: Script, work: &mut Work) {
    let whole = &mut work.whole;
    let at = if (script as usize) < Script::MODELLED { script as usize } else { 0 };
    let mut sums = [0; DIM];
    for ((whole, sum), &told) in whole.sums[at].iter_mut().zip(&mut sums).zip(&told.sums) {
        *sum = i32::from(told);
        *whole += *sum;
    }
    whole.features[at] += told.features;
    whole.letters[script as usize] += told.letters;
    whole.all_letters += told.letters;
    whole.latin_run = if script == Script::Latn { told.letters } else { 0 };
    work.pieces.push(Piece {
        start: piece.start,
        end: piece.end,
        sampled: true,
        script: Script::ALL[at],
        letters: told.letters,
        foreign: 0,
        features: told.features,
        mean: mean(&sums, told.features),
    });
}

/// Whether the last piece has more letters of other scripts than of that of its paragraph.
fn is_foreign(work: &Work) -> bool {
    work.pieces.last().is_some_and(|piece| piece.foreign * 2 > piece.letters)
}

/// Adds what a piece of the paragraph that begins at `start` says, of which `part` bytes are read; `script` is that of the
/// paragraph so far.
fn read_piece(
    text: &str,
    start: usize,
    piece: Range<usize>,
    part: usize,
    which: Tokens,
    script: &mut Script,
    work: &mut Work,
) {
    let whole = &mut work.whole;
    let at = if (*script as usize) < Script::MODELLED { *script as usize } else { 0 };
    let (sums, features) = (whole.sums[at], whole.features[at]);
    let (letters, all, latin) = (letters_of(*script, whole), whole.all_letters, whole.letters[0]);
    whole.latin_run = 0;
    let (from, to) = (start + piece.start, start + piece.end);
    whole.read(text, from..from + part, which, &mut work.memory);
    if part < piece.len() && letters_of(*script, whole) - letters < whole.all_letters - all {
        // Letters of another script: how many there are tells a name from a sentence.
        whole.read(text, from + part..to, which, &mut work.memory);
    }
    if all == 0 {
        // The first piece is in the script of the paragraph, until another has more letters.
        *script = main_script(whole).0;
    }
    let own = letters_of(*script, whole) - if all == 0 { 0 } else { letters };
    let mut more = whole.sums[at];
    more.iter_mut().zip(sums).for_each(|(sum, before)| *sum -= before);
    let features = whole.features[at] - features;
    let mean = mean(&more, features);
    // Latin letters count as far as they stand in one row; those of other scripts are no name and count twice.
    let latin = if *script == Script::Latn { 0 } else { whole.letters[0] - latin };
    let foreign = 2 * (whole.all_letters - all - own - latin) + latin.min(whole.latin_run);
    let Range { start, end } = piece;
    let sampled = part < piece.len() || which == Tokens::Short;
    work.pieces.push(Piece { start, end, sampled, script: Script::ALL[at], letters: own, foreign, features, mean });
    if own * 2 < whole.all_letters - all {
        *script = main_script(whole).0;
    }
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

/// How much must be left of a paragraph for a sample of it to be worth asking whether the language is sure, in bytes.
const SAMPLED_BYTES: usize = 160;

/// Whether what was read of a paragraph leaves no doubt of its language, that of the span before speaking for itself.
fn is_sure(whole: &Evidence, before: Option<Language>, set: &LanguageSet) -> bool {
    let (script, share) = main_script(whole);
    let Some(head) = MODEL.heads.get(script as usize) else { return share >= 1.0 };
    let logits = head.logits(&whole.mean(script), set);
    let best = Shares::of_logits(head, &logits).best();
    let least = if before == Some(best.language) { FIRM } else { VERY_SURE };
    share >= FIRM && best.language.is_known() && best.score >= least && head.ahead_of_unknown(&logits) >= SURE_NATS
}

/// How many spans back a language may have been named that a paragraph is likely to be in, too.
const NEAR: usize = 8;
/// The score of a language that the next paragraph is likely to be in, too.
const LIKELY: f32 = 0.75;
/// The score that is enough in a paragraph whose language is that of the one before.
const FIRM: f32 = 0.9;
/// The same if only its short words were read.
const STEADY: f32 = 0.96;
/// The score from which on little more is read of a paragraph that begins a text, or changes the language.
const VERY_SURE: f32 = 0.995;
/// By how many nats a language must then be ahead of unknown ones.
const SURE_NATS: f32 = 3.0;
/// Fewest bytes of a paragraph whose short words are asked first.
const STEADY_BYTES: usize = 48;
/// Up to which byte of a paragraph every short word is read, once its language is sure.
const SHORT_WORDS_BYTES: usize = 1024;

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Texts in one script, now and then with something else in them.
    fn texts() -> impl Strategy<Value = String> {
        let odd = "[a-f0-9]{1,20}[).;]? |[а-яa-z]{1,9}[ .,]|[a-z]{4} |[一-三ぁ-ん]{1,9} |\\PC{0,9} ";
        let word = ["[a-zçğışöüA-Z]{1,9}[ ,.]{1,2}", "[а-я]{1,9}[ .,]", "[अ-ह]{1,7} ", "[α-ω]{1,7} "];
        prop::sample::select(word.to_vec()).prop_flat_map(move |word| {
            prop::collection::vec(prop_oneof![40 => word, 1 => odd], 1..200).prop_map(|words| words.concat())
        })
    }

    proptest! {
        #[test]
        fn short_words_read_together_say_what_they_say_piece_by_piece(text in texts(), script in prop::sample::select(vec![Script::Latn, Script::Cyrl, Script::Deva, Script::Grek])) {
            let (mut work, mut slow) = (Work::for_text(0), Work::for_text(0));
            work.script = script;
            let goes_on = read_short_words(&text, 0..text.len(), &mut work);
            let (mut script, mut all) = (script, true);
            for piece in pieces(&text) {
                let part = if piece.start < SHORT_WORDS_BYTES {
                    piece.len()
                } else {
                    sample(&text[piece.clone()], piece.start, true).len()
                };
                read_piece(&text, 0, piece, part, Tokens::Short, &mut script, &mut slow);
                all = !is_foreign(&slow);
                if !all {
                    break;
                }
            }
            prop_assert_eq!(goes_on, all);
            prop_assert_eq!(&work.pieces, &slow.pieces);
            prop_assert_eq!(work.whole, slow.whole);
        }
    }
}
