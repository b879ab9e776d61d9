//! Finds where the language changes inside a paragraph.
//!
//! Most paragraphs are in one language, and their pieces say so: then nothing more is done. Where pieces disagree, the
//! paragraph is cut into units at sentence and clause edges, and the cheapest path through the languages that any piece
//! spoke for gives the segments (Viterbi). A segment stays only if its own evidence is sure of its language.

use super::decide::{LanguageGuess, decide, main_script, share};
use super::edge::{Edge, next_edge};
use super::evidence::{Evidence, Mean, scale};
use super::language::Language;
use super::model::MODEL;
use super::reader::Tokens;
use super::script::Script;
use super::set::LanguageSet;
use super::shares::Shares;
use super::spans::Work;

/// A part of a paragraph in one language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) letters: u32,
    pub(crate) guess: LanguageGuess,
}

/// Fewest letters of a paragraph that is looked into.
const LEAST_LETTERS: u32 = 50;
/// Fewest letters of a segment in Latin letters in a paragraph of another script.
const TERM_LETTERS: u32 = 28;
/// Lowest score of a piece that names a language, and the score of a segment that only its neighbours speak for.
const LIKELY: f32 = 0.5;
/// Lowest score of a segment on its own.
const SURE: f32 = 0.65;
/// By how many nats a segment must be ahead of its neighbours if it does not name its language itself.
const AHEAD: f32 = 8.0;
/// The same in a paragraph that is in no known language as a whole.
const FAR_AHEAD: f32 = 24.0;
/// Fewest letters of a segment.
const SEGMENT_LETTERS: u32 = 16;
/// Letters in another script in one piece from which on a paragraph is looked into; a name has fewer.
const FOREIGN_LETTERS: u32 = 20;
/// By how many nats a piece puts another language before that of its paragraph, for the paragraph to be looked into.
const DISAGREES: f32 = 2.0;
/// By how many nats a piece says less for the language of its paragraph than the whole, before others are asked.
const LESS: f32 = 1.5;
/// The score of unknown languages from which on only pieces that do not look like the whole are asked.
const SURE_UNKNOWN: f32 = 0.9;
/// By how many nats a piece must be ahead of unknown languages for a paragraph in none to be looked into.
const LEAST_AHEAD: f32 = 0.5;
/// Longest unit, in bytes, before it is cut at the next word.
const UNIT_BYTES: usize = 48;
/// Most languages that are followed through a paragraph.
const CANDIDATES: usize = 6;
/// What a change of language costs, in nats: between sentences, between clauses, between words.
const CHANGE: [f32; 3] = [4.0, 5.0, 7.0];

/// Fills `work.segments` if the paragraph holds several languages; leaves it empty if it does not.
pub(crate) fn segment(line: &str, guess: LanguageGuess, set: &LanguageSet, work: &mut Work) {
    if work.pieces.len() < 2 && line.len() < 80
        || work.whole.all_letters < LEAST_LETTERS
        || !is_mixed(line, guess, set, work)
    {
        return;
    }
    let mut units = units(line, work);
    let candidates = candidates(guess.language, &units, set);
    if candidates.len < 2 {
        return;
    }
    for unit in &mut units {
        price(unit, &candidates);
    }
    let labels = cheapest_path(&units, candidates.len);
    if labels.windows(2).all(|pair| pair[0] == pair[1]) {
        return;
    }
    let (units, labels) = by_words(line, &units, &labels, &candidates, work);
    let script = main_script(&work.whole).0;
    collect(line, script, guess.language.is_known(), &units, &labels, &candidates, set, work);
}

/// Whether a piece of a paragraph speaks for another language than the whole, which is then worth being looked into.
///
/// A paragraph that is not surely in an unknown language may be in two known ones: then every piece of it is asked.
pub(crate) fn is_mixed(line: &str, guess: LanguageGuess, set: &LanguageSet, work: &mut Work) -> bool {
    work.pieces.iter().any(|piece| piece.foreign >= FOREIGN_LETTERS)
        || if guess.language.is_known() || guess.language == Language::UND && guess.score >= SURE_UNKNOWN {
            disagrees(line, guess.language, set, work)
        } else {
            work.pieces.iter().any(|piece| names_one(piece.script, piece.letters, &piece.mean, set))
        }
}

struct Candidates {
    list: [Language; CANDIDATES],
    len: usize,
}

/// Whether a piece speaks for another language than the paragraph as a whole; where the paragraph is in none, for any.
///
/// Only a piece that says less for the language than the whole does is looked at with every class of the head.
fn disagrees(line: &str, main: Language, set: &LanguageSet, work: &mut Work) -> bool {
    let Work { pieces, memory, whole, again: all, .. } = work;
    let script = main_script(whole).0;
    let Some(head) = MODEL.heads.get(script as usize) else { return false };
    let mean = whole.mean(script);
    let Some(row) = head.row_of(main, &mean, set) else { return false };
    let product = |mean: &Mean| row.iter().zip(mean).map(|(&w, &x)| i32::from(w) * i32::from(x)).sum::<i32>();
    let behind = (LESS / head.step) as i32;
    // What one feature of the whole says, and so many of a piece if they say the same.
    let weight = |features: u32| features as f32 * scale(features);
    let one = product(&mean) as f32 / weight(whole.features[script as usize].max(1));
    let is_other = |letters: u32, mean: &Mean| {
        if !main.is_known() {
            return names_one(script, letters, mean, set);
        }
        let logits = head.logits(mean, set);
        let own = head.logit_of(main, &logits).unwrap_or(f32::MIN);
        own < logits.top as f32 * head.step - DISAGREES
    };
    pieces.iter().any(|piece| {
        if piece.script != script
            || product(&piece.mean) >= (one * weight(piece.features)) as i32 - behind
            || piece.letters < if piece.sampled { SEGMENT_LETTERS / 2 } else { SEGMENT_LETTERS }
        {
            return false;
        }
        // The first words may not look like it; what do all of them say?
        is_other(SEGMENT_LETTERS, &piece.mean)
            && (!piece.sampled || {
                all.clear();
                all.read(line, piece.start..piece.end, Tokens::All, memory);
                is_other(all.letters[script as usize], &all.mean(script))
            })
    })
}

/// Whether a piece of a paragraph in no known language looks as if it were in one.
fn names_one(script: Script, letters: u32, mean: &Mean, set: &LanguageSet) -> bool {
    let Some(head) = MODEL.heads.get(script as usize) else { return false };
    letters >= SEGMENT_LETTERS && {
        let logits = head.logits(mean, set);
        head.ahead_of_unknown(&logits) >= LEAST_AHEAD && {
            let best = Shares::of_logits(head, &logits).best();
            best.language.is_known() && best.score >= LIKELY
        }
    }
}

/// Languages that no single sentence tells apart for certain: a paragraph is not cut between them.
const KIN: &[&[&str]] = &[
    &["bs", "hr", "sr"],
    &["id", "ms"],
    &["da", "nb", "nn"],
    &["fo", "is"],
    &["ss", "xh", "zu"],
    &["st", "tn"],
    &["yue", "zh"],
    &["hi", "sa"],
    &["de", "gsw", "lb"],
];

fn is_kin(a: Language, b: Language) -> bool {
    KIN.iter().any(|kin| kin.contains(&a.code()) && kin.contains(&b.code()))
}

/// Whether a language that no sentence tells from its kin was found, and is sure with them taken together.
fn is_one_of_kin(evidence: &Evidence, found: LanguageGuess, language: Language, set: &LanguageSet) -> bool {
    let Some(kin) = KIN.iter().find(|kin| kin.contains(&language.code()) && kin.contains(&found.language.code()))
    else {
        return false;
    };
    let script = main_script(evidence).0;
    let Some(head) = MODEL.heads.get(script as usize) else { return false };
    let shares = Shares::of(head, &evidence.mean(script), set);
    kin.iter().filter_map(|code| Language::from_code(code)).map(|language| shares.share(language)).sum::<f32>() >= SURE
}

/// The languages that the units speak for most, that of the whole paragraph among them.
fn candidates(main: Language, units: &[Unit], set: &LanguageSet) -> Candidates {
    let mut weights = [0.0_f32; Language::COUNT + 2];
    for unit in units {
        let found = decide(&unit.evidence, set);
        weights[found.language.index()] += found.score * unit.evidence.all_letters.min(40) as f32;
    }
    let mut candidates = Candidates { list: [Language::UND; CANDIDATES], len: 0 };
    if main.is_known() {
        weights[main.index()] = f32::MAX;
    }
    while candidates.len < CANDIDATES {
        let heaviest = Language::all().max_by(|a, b| weights[a.index()].total_cmp(&weights[b.index()]));
        let Some(language) = heaviest.filter(|language| weights[language.index()] >= 6.0) else { break };
        weights[language.index()] = 0.0;
        if candidates.list[..candidates.len].iter().any(|other| is_kin(*other, language)) {
            continue;
        }
        candidates.list[candidates.len] = language;
        candidates.len += 1;
    }
    candidates
}

/// The smallest part of a paragraph that gets one language.
#[derive(Clone, Copy)]
struct Unit {
    start: usize,
    /// Cost of a change before this unit.
    change: f32,
    evidence: Evidence,
    /// Cost of each candidate, in nats.
    costs: [f32; CANDIDATES],
}

/// Cuts a paragraph into units, without their costs.
fn units(line: &str, work: &mut Work) -> Vec<Unit> {
    let bytes = line.as_bytes();
    let mut units: Vec<Unit> = Vec::new();
    let mut start = 0;
    let mut edge = 0;
    let mut at = 0;
    while at < bytes.len() {
        let (next, found) = next_edge(line, at);
        at = next;
        if found == Edge::Word && at - start < UNIT_BYTES && at < bytes.len() {
            continue;
        }
        let mut evidence = Evidence::NONE;
        evidence.read(line, start..at, Tokens::All, &mut work.memory);
        let letters = evidence.all_letters;
        // A unit with next to no letters belongs to the next one: `51.` to what it numbers.
        if letters < 3 && at < bytes.len() {
            continue;
        }
        units.push(Unit { start, change: CHANGE[edge], evidence, costs: [0.0; CANDIDATES] });
        start = at;
        edge = found as usize;
    }
    units
}

/// Sets the cost of each candidate for one unit: by how much the evidence puts it behind the best of them, in nats.
///
/// The logits grow with the root of the number of features; what adds up from unit to unit grows with their number.
fn price(unit: &mut Unit, candidates: &Candidates) {
    for script in Script::ALL {
        let count = unit.evidence.letters[script as usize];
        if count == 0 {
            continue;
        }
        let mut costs = [0.0; CANDIDATES];
        if let Some(head) = MODEL.heads.get(script as usize) {
            let logits = head.logits(&unit.evidence.mean(script), &LanguageSet::all());
            let own = candidates.list.map(|language| head.logit_of(language, &logits));
            let best = own[..candidates.len].iter().flatten().copied().fold(f32::MIN, f32::max);
            let factor = 1.0 / (scale(unit.evidence.features[script as usize]) * FEATURES_A_NAT.sqrt());
            for (cost, &logit) in costs.iter_mut().zip(&own) {
                // A language of another script: names in Latin letters stand in text of every script.
                let foreign = if script == Script::Latn { 0.35 } else { 0.5 } * count.min(60) as f32;
                *cost = logit.map_or(foreign, |logit| ((best - logit) * factor).min(MOST_NATS));
            }
        } else {
            for (cost, &language) in costs.iter_mut().zip(&candidates.list) {
                *cost = if MODEL.owners[script as usize] == language { 0.0 } else { 0.5 * count.min(60) as f32 };
            }
        }
        unit.costs.iter_mut().zip(costs).for_each(|(cost, more)| *cost += more);
    }
}

/// Number of features whose logits are taken as they are.
const FEATURES_A_NAT: f32 = 180.0;
/// Most that one unit speaks against a language.
const MOST_NATS: f32 = 10.0;

/// The candidate of each unit along the path that costs least.
fn cheapest_path(units: &[Unit], n_candidates: usize) -> Vec<u8> {
    let mut total = [0.0_f32; CANDIDATES];
    let mut back: Vec<[u8; CANDIDATES]> = Vec::with_capacity(units.len());
    for unit in units {
        let cheapest = (0..n_candidates).min_by(|&a, &b| total[a].total_cmp(&total[b])).unwrap_or(0);
        let mut from = [0_u8; CANDIDATES];
        let mut next = [0.0; CANDIDATES];
        for label in 0..n_candidates {
            let stay = total[label];
            let change = total[cheapest] + unit.change;
            from[label] = if stay <= change { label } else { cheapest } as u8;
            next[label] = stay.min(change) + unit.costs[label];
        }
        total = next;
        back.push(from);
    }
    let mut label = (0..n_candidates).min_by(|&a, &b| total[a].total_cmp(&total[b])).unwrap_or(0) as u8;
    let mut labels = vec![0; units.len()];
    for at in (0..units.len()).rev() {
        labels[at] = label;
        label = back[at][usize::from(label)];
    }
    labels
}

/// Cuts the two units at each border into words and looks for the cheapest path again, so that the border may lie
/// between any two words.
fn by_words(
    line: &str,
    units: &[Unit],
    labels: &[u8],
    candidates: &Candidates,
    work: &mut Work,
) -> (Vec<Unit>, Vec<u8>) {
    let mut out = Vec::with_capacity(units.len() + 32);
    let near = |at: usize| {
        let differs = |other: usize| labels.get(other).is_some_and(|label| *label != labels[at]);
        differs(at + 1) || at > 0 && differs(at - 1)
    };
    for (at, unit) in units.iter().enumerate() {
        let end = units.get(at + 1).map_or(line.len(), |next| next.start);
        if !near(at) {
            out.push(*unit);
            continue;
        }
        let (mut start, mut change) = (unit.start, unit.change);
        while start < end {
            let (next, edge) = next_edge(line, start);
            let next = next.min(end);
            let mut word = Unit { start, change, evidence: Evidence::NONE, costs: [0.0; CANDIDATES] };
            word.evidence.read(line, start..next, Tokens::All, &mut work.memory);
            price(&mut word, candidates);
            out.push(word);
            (start, change) = (next, CHANGE[edge as usize]);
        }
    }
    let labels = cheapest_path(&out, candidates.len);
    (out, labels)
}

/// Makes segments of the units, and keeps them if each is sure of its own language.
#[allow(clippy::too_many_arguments, reason = "what the one caller has at hand")]
fn collect(
    line: &str,
    main: Script,
    main_is_known: bool,
    units: &[Unit],
    labels: &[u8],
    candidates: &Candidates,
    set: &LanguageSet,
    work: &mut Work,
) {
    let mut at = 0;
    while at < units.len() {
        let label = usize::from(labels[at]);
        let start = units[at].start;
        // The labels on both sides, and by how many nats this one is ahead of the nearer of them.
        let first = at;
        while at < units.len() && usize::from(labels[at]) == label {
            at += 1;
        }
        let around = [first.checked_sub(1), Some(at)].into_iter().flatten().filter_map(|other| labels.get(other));
        let cost = |label: usize| units[first..at].iter().map(|unit| unit.costs[label]).sum::<f32>();
        let ahead = around.map(|&other| cost(usize::from(other)) - cost(label)).fold(f32::MAX, f32::min);
        let mut evidence = Evidence::NONE;
        units[first..at].iter().for_each(|unit| evidence.add(&unit.evidence));
        let end = units.get(at).map_or(line.len(), |unit| unit.start);
        let language = candidates.list[label];
        let mut found = decide(&evidence, set);
        let letters = evidence.all_letters;
        let named = found.language == language && found.score >= SURE || is_one_of_kin(&evidence, found, language, set);
        let script = main_script(&evidence).0;
        // Names and terms in Latin letters stand in text of every script, in rows and with brackets around them.
        let term = script == Script::Latn && main != Script::Latn;
        let least = if term {
            TERM_LETTERS
        } else if script == Script::Latn {
            SEGMENT_LETTERS
        } else {
            6
        };
        let ahead = ahead >= if main_is_known { AHEAD } else { FAR_AHEAD } && !term;
        if !named && ahead {
            found = LanguageGuess { language, score: share(&evidence, language, set).max(LIKELY) };
        }
        let sure = letters >= least && (named || ahead);
        match work.segments.last_mut() {
            // What is not sure of itself goes to the segment before, and what follows may join that.
            Some(last) if !sure || last.guess.language == language => {
                last.end = end;
                last.letters += letters;
            }
            _ => work.segments.push(Segment { start, end, letters, guess: found }),
        }
    }
    trim(line, &mut work.segments);
}

/// Takes the white space at the ends of segments out.
fn trim(line: &str, segments: &mut [Segment]) {
    for part in segments {
        part.end = part.start + line[part.start..part.end].trim_end().len();
    }
}
