//! Finds where the language changes inside a paragraph.
//!
//! Most paragraphs are in one language, and their pieces say so: then nothing more is done. Where pieces disagree, the
//! paragraph is cut into units at sentence and clause edges, and the cheapest path through the languages that any piece
//! spoke for gives the segments (Viterbi). A segment stays only if its own evidence is sure of its language.

use super::decide::{LanguageGuess, decide, main_script, share_of};
use super::evidence::Evidence;
use super::language::Language;
use super::model::MODEL;
use super::script::Script;
use super::set::LanguageSet;
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
/// Fewest letters of a segment.
const SEGMENT_LETTERS: u32 = 16;
/// The score of a whole paragraph below which it is looked into even if no piece disagrees.
const SURE: f32 = 0.85;
/// The score from which on a piece counts that names another language than its paragraph.
const DISAGREES: f32 = 0.5;
/// Longest unit, in bytes, before it is cut at the next word.
const UNIT_BYTES: usize = 48;
/// Most languages that are followed through a paragraph.
const CANDIDATES: usize = 6;
/// What a change of language costs, in nats: between sentences, between clauses, between words.
const CHANGE: [f32; 3] = [4.0, 5.5, 8.0];

/// Fills `work.segments` if the paragraph holds several languages; leaves it empty if it does not.
pub(crate) fn segment(line: &str, whole: &Evidence, guess: LanguageGuess, set: &LanguageSet, work: &mut Work) {
    if work.pieces.len() < 2 && line.len() < 80 || whole.all_letters() < LEAST_LETTERS {
        return;
    }
    if guess.score > SURE && !disagrees(guess.language, set, work) {
        return;
    }
    let mut units = units(line, work);
    let candidates = candidates(guess.language, &units, set, work);
    if candidates.len < 2 {
        return;
    }
    for unit in &mut units {
        price(unit, &candidates, set, work);
    }
    let labels = cheapest_path(&units, candidates.len);
    collect(line, &units, &labels, &candidates, set, work);
}

struct Candidates {
    list: [Language; CANDIDATES],
    len: usize,
}

/// Whether a piece speaks for another language than the paragraph as a whole.
fn disagrees(main: Language, set: &LanguageSet, work: &mut Work) -> bool {
    let Work { pieces, logits, .. } = work;
    pieces.iter().any(|piece| {
        piece.evidence.all_letters() >= SEGMENT_LETTERS && {
            let found = decide(&piece.evidence, set, logits);
            found.language != main && found.score > DISAGREES
        }
    })
}

/// The languages that the units speak for most, that of the whole paragraph among them.
fn candidates(main: Language, units: &[Unit], set: &LanguageSet, work: &mut Work) -> Candidates {
    let mut weights = [0.0_f32; Language::COUNT + 2];
    for unit in units {
        let found = decide(&unit.evidence, set, &mut work.logits);
        weights[found.language.index()] += found.score * unit.evidence.all_letters().min(40) as f32;
    }
    let mut candidates = Candidates { list: [Language::UND; CANDIDATES], len: 0 };
    if main.is_known() {
        weights[main.index()] = f32::MAX;
    }
    while candidates.len < CANDIDATES {
        let heaviest = Language::all().max_by(|a, b| weights[a.index()].total_cmp(&weights[b.index()]));
        let Some(language) = heaviest.filter(|language| weights[language.index()] >= 6.0) else { break };
        weights[language.index()] = 0.0;
        candidates.list[candidates.len] = language;
        candidates.len += 1;
    }
    candidates
}

/// The smallest part of a paragraph that gets one language.
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
        evidence.read(&line[start..at], &mut work.letters);
        let letters = evidence.all_letters();
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    Sentence,
    Clause,
    Word,
}

/// Where the next word ends, the white space behind it included, and what kind of edge that is.
fn next_edge(line: &str, from: usize) -> (usize, Edge) {
    let mut mark = Edge::Word;
    let mut chars = line[from..].char_indices().peekable();
    let mut letters = false;
    let mut digits = false;
    while let Some((offset, letter)) = chars.next() {
        match letter {
            '.' | '!' | '?' | '…' => mark = if digits && !letters { Edge::Word } else { Edge::Sentence },
            '。' | '！' | '？' | '।' | '؟' | '۔' | '።' => return (from + offset + letter.len_utf8(), Edge::Sentence),
            ';' | ':' | ')' | ']' | '»' | '“' | '”' | '—' | '–' | '|' | '/' => {
                if mark == Edge::Word {
                    mark = Edge::Clause;
                }
            }
            '(' | '[' | '«' | '„' | '"' => {}
            '、' | '，' | '；' | '：' => return (from + offset + letter.len_utf8(), Edge::Clause),
            ' ' | '\t' | '\u{a0}' => {
                if chars.peek().is_some_and(|next| next.1 == ' ') {
                    continue;
                }
                return (from + offset + letter.len_utf8(), mark);
            }
            _ => {
                digits |= letter.is_numeric();
                letters |= letter.is_alphabetic();
                if letter.is_alphanumeric() {
                    mark = Edge::Word;
                }
                // Scripts without spaces are cut every sixteen characters.
                if offset >= UNIT_BYTES {
                    return (from + offset + letter.len_utf8(), Edge::Word);
                }
            }
        }
    }
    (line.len(), mark)
}

/// Sets the cost of each candidate for one unit.
fn price(unit: &mut Unit, candidates: &Candidates, set: &LanguageSet, work: &mut Work) {
    let letters = &unit.evidence.letters;
    for (cost, &language) in unit.costs.iter_mut().zip(&candidates.list[..candidates.len]) {
        *cost = 0.0;
        for script in Script::ALL {
            let count = letters[script as usize];
            if count == 0 {
                continue;
            }
            let head = MODEL.heads.get(script as usize);
            let own = match head {
                Some(head) => head.classes.contains(&language) || language.code() == "ja" && script == Script::Hani,
                None => MODEL.owners[script as usize] == language,
            };
            if !own {
                // Names in Latin letters stand in text of every script.
                *cost += if script == Script::Latn { 0.15 } else { 0.5 } * count.min(40) as f32;
            } else if let Some(head) = head {
                let share = share_of(head, &unit.evidence.mean(script), language, set, &mut work.logits);
                let weight = (count as f32 / 20.0).min(1.0);
                *cost -= weight * share.max(1e-4).ln();
            }
        }
    }
}

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

/// Makes segments of the units, and keeps them if each is sure of its own language.
fn collect(line: &str, units: &[Unit], labels: &[u8], candidates: &Candidates, set: &LanguageSet, work: &mut Work) {
    let mut at = 0;
    while at < units.len() {
        let label = labels[at];
        let start = units[at].start;
        let mut evidence = Evidence::NONE;
        while at < units.len() && labels[at] == label {
            evidence.add(&units[at].evidence);
            at += 1;
        }
        let end = units.get(at).map_or(line.len(), |unit| unit.start);
        let language = candidates.list[usize::from(label)];
        let found = decide(&evidence, set, &mut work.logits);
        let letters = evidence.all_letters();
        let least = if main_script(&evidence).0 == Script::Latn { SEGMENT_LETTERS } else { 6 };
        let sure = found.language == language && found.score >= 0.6 && letters >= least;
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
