//! From lines to edits: each break is weighed by its layout, its words and the text it stands in.

use super::BreakConfig;
use super::flow::{self, Flow};
use super::gaps::{self, Gap};
use super::hyphens::{self, Sign};
use super::lines::{Begins, Ends, Line, capital_share, read_lines};
use super::marks::{Mark, find_marks};
use super::prior::{self, CutRate, Evidence};
use super::sides::{Sides, words_around};
use super::width;
use crate::repair::edit::{Edit, Readings};
use crate::repair::rule::Rule;
use crate::repair::words::{Local, Words};

/// What a break is made of, beside its line end.
#[derive(Clone, Copy, Debug)]
enum Made {
    /// Nothing else.
    Bare,
    /// A hyphen before it, which begins at this byte.
    Hyphen(Sign, usize),
    /// A cut mark.
    Mark(Mark),
}

/// One break and what is known about it.
#[derive(Clone, Copy, Debug)]
struct Break<'t> {
    /// After the last character before the break, a hyphen included.
    end: usize,
    /// First character after the break.
    start: usize,
    made: Made,
    sides: Sides<'t>,
    local: Local,
    evidence: Evidence,
    /// What stood here if not letters of one word.
    gap: Gap,
}

/// The edits of all breaks of `text`.
pub(super) fn find(text: &str, config: &BreakConfig, words: &Words<'_>) -> Vec<Edit> {
    let bytes = text.as_bytes();
    if memchr::memchr(b'\n', bytes).is_none() && memchr::memmem::find(bytes, b"[+++]").is_none() {
        return Vec::new();
    }
    let marks = find_marks(text);
    let lines = read_lines(text);
    let neighbours = lines.windows(2).any(|pair| !pair[0].is_blank() && !pair[1].is_blank());
    if marks.is_empty() && !neighbours {
        return Vec::new();
    }
    let widths = width::measure(&lines);
    let capitals = capital_share(text);
    let flow = flow::weigh(&lines, &widths, capitals);
    let fixed = widths.cut.filter(|_| flow.evidence > 0.0);
    let breaks = collect(text, &lines, &marks, &flow, capitals, fixed, words);
    let evidence: Vec<Evidence> =
        breaks.iter().filter(|b| matches!(b.made, Made::Bare)).map(|b| b.evidence).collect();
    let rate = prior::estimate(&evidence, marks.len(), fixed.is_some());
    let joins = hyphen_odds(&breaks, words);
    breaks.iter().filter_map(|b| edit_of(text, b, rate, joins, words, config)).collect()
}

/// All breaks that could be edited, in order.
fn collect<'t>(
    text: &'t str,
    lines: &[Line],
    marks: &[Mark],
    flow: &Flow,
    capitals: f32,
    fixed: Option<u32>,
    words: &Words<'_>,
) -> Vec<Break<'t>> {
    let mut breaks = Vec::new();
    let mut around = Vec::new();
    let mut marks = marks.iter().peekable();
    for (i, pair) in lines.windows(2).enumerate() {
        let (line, next) = (&pair[0], &pair[1]);
        while let Some(mark) = marks.next_if(|mark| mark.start <= line.end.max(line.start)) {
            breaks.push(at_mark(text, lines, mark, i, words, &mut around));
        }
        if marks.peek().is_some_and(|mark| mark.end <= line.end && mark.start >= next.start) {
            continue;
        }
        let (end, start) = (line.end, next.start);
        let hyphened = line.ends == Ends::Hyphen && !line.is_blank() && !next.is_blank();
        let sign = if hyphened { hyphens::sign_at(text, end) } else { None };
        // A word's two halves belong together even beside a line that stands for itself, as that of a table of contents.
        let halves = sign.is_some() && !line.rigid && matches!(next.begins, Begins::Lower | Begins::Upper | Begins::Uncased);
        if !halves && !width::may_wrap(line, next) {
            continue;
        }
        let made = sign.map_or(Made::Bare, |(sign, at)| Made::Hyphen(sign, at));
        let side_end = sign.map_or(end, |(_, at)| at);
        let sides = Sides::of(text, side_end, start);
        words_around(neighbourhood(text, lines, i), &mut around);
        let local = words.local(&around);
        let wrap = flow.wrap[i];
        // A line cut at a fixed column that is one short has lost the blank it ended with.
        let lost_blank = fixed == Some(line.columns + 1);
        let mut evidence = Evidence { wrap, looks: looks_of_cut(line, next, capitals), ..word_evidence(&sides, words, &local) };
        if lost_blank {
            evidence.word_odds = 0.0;
        }
        let gap = if sides.are_letters() || lost_blank { Gap::Space } else { gaps::between(text, line, end, start) };
        breaks.push(Break { end, start, made, sides, local, evidence, gap });
    }
    for mark in marks {
        breaks.push(at_mark(text, lines, mark, lines.len() - 1, words, &mut around));
    }
    breaks
}

/// The lines before and after the end of line `i` whose words tell the language: one each, or three if they are short.
fn neighbourhood<'t>(text: &'t str, lines: &[Line], i: usize) -> [&'t str; 2] {
    /// Bytes that hold ten words or more.
    const ENOUGH: usize = 80;
    let (mut first, mut last) = (i, i + 1);
    while first > 0 && i - first < 2 && lines[i].end - lines[first].start < ENOUGH && !lines[first - 1].is_blank() {
        first -= 1;
    }
    while last + 1 < lines.len() && last - i < 3 && lines[last].end - lines[i + 1].start < ENOUGH && !lines[last + 1].is_blank() {
        last += 1;
    }
    [&text[lines[first].start..lines[i].end], &text[lines[i + 1].start..lines[last].end]]
}

fn at_mark<'t>(
    text: &'t str,
    lines: &[Line],
    mark: &Mark,
    line: usize,
    words: &Words<'_>,
    around: &mut Vec<&'t str>,
) -> Break<'t> {
    let (end, start) = (mark.end, mark.start);
    let from = text[..end].rfind('\n').map_or(0, |at| at + 1);
    let to = memchr::memchr(b'\n', &text.as_bytes()[start..]).map_or(text.len(), |at| start + at);
    words_around([&text[from..end], &text[start..to]], around);
    let local = words.local(around);
    let sides = Sides::of(text, end, start);
    let here = Line { start: from, end, ..lines[line.min(lines.len() - 1)] };
    let evidence = Evidence { wrap: 0.0, looks: 1.0, ..word_evidence(&sides, words, &local) };
    let gap = if sides.are_letters() { Gap::Space } else { gaps::between(text, &here, end, start) };
    Break { end, start, made: Made::Mark(*mark), sides, local, evidence, gap }
}

/// The odds of one word over two, from the words alone.
fn word_evidence(sides: &Sides<'_>, words: &Words<'_>, local: &Local) -> Evidence {
    let none = Evidence { word_odds: 0.0, whole_known: false, wrap: 0.0, looks: 1.0 };
    if !sides.are_letters() {
        return none;
    }
    if sides.are_code() {
        // No question of words: in a text that was cut, inside an address is as likely a place as any.
        return Evidence { word_odds: 1.0, ..none };
    }
    if !sides.cases_agree() || local.known < 0.5 {
        return none;
    }
    let [left, right, whole] = sides.words(words).map(|word| words.weigh(&word, local));
    let odds = (whole.ln - left.ln - right.ln).clamp(-30.0, 30.0).exp();
    Evidence { word_odds: odds, whole_known: whole.known, ..none }
}

/// Odds of a cut over a line end that stays, from how the lines look: short lines are cut less often.
fn looks_of_cut(line: &Line, next: &Line, capitals: f32) -> f32 {
    let length: f32 = match line.columns {
        0..30 => 0.01,
        30..45 => 0.04,
        45..60 => 0.25,
        _ => 1.3,
    };
    flow::looks_of_cut(line, next, capitals) * length
}

/// The odds, before words are looked at, that a hyphen at a line end of this text was set by the line break.
fn hyphen_odds(_breaks: &[Break<'_>], _words: &Words<'_>) -> f32 {
    1.0
}

/// The edit of one break, if a reading other than the line end that stays is sure enough.
fn edit_of(text: &str, b: &Break<'_>, rate: CutRate, joins: f32, words: &Words<'_>, config: &BreakConfig) -> Option<Edit> {
    match b.made {
        Made::Mark(mark) => mark_edit(text, b, mark, config),
        Made::Hyphen(sign, at) => {
            let readings = hyphens::weigh(&b.sides, sign, words, &b.local, joins, b.evidence.wrap.max(0.3));
            hyphen_edit(b, at, readings, config)
        }
        Made::Bare => bare_edit(b, rate, config),
    }
}

fn hyphen_edit(b: &Break<'_>, at: usize, readings: Readings, config: &BreakConfig) -> Option<Edit> {
    let (start, replacement, score) = largest(&readings, [(at, ""), (b.end, ""), (b.end, " ")])?;
    finish(start, b.start, replacement, Rule::LineEndHyphens, score, readings, config)
}

/// The likeliest reading's edit: where it starts, what it puts, how likely it is. `None` if the line end stays.
fn largest(readings: &Readings, edits: [(usize, &'static str); 3]) -> Option<(usize, &'static str, f32)> {
    let scores = [readings.joined, readings.hyphenated, readings.spaced];
    let (best, &score) = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    (score > readings.kept).then_some((edits[best].0, edits[best].1, score))
}

fn bare_edit(b: &Break<'_>, rate: CutRate, config: &BreakConfig) -> Option<Edit> {
    let [joined, spaced, kept] = prior::readings(&b.evidence, rate);
    let cut = rate.of_wraps * b.evidence.wrap + rate.of_ends * (1.0 - b.evidence.wrap) > 0.25;
    let nothing = b.gap == Gap::Nothing || (b.gap == Gap::NothingIfCut && cut);
    let (joined, spaced) = if nothing { (joined + spaced, 0.0) } else { (joined, spaced) };
    let sum = (joined + spaced + kept).max(f32::MIN_POSITIVE);
    let readings = Readings { joined: joined / sum, hyphenated: 0.0, spaced: spaced / sum, kept: kept / sum };
    let (_, replacement, score) = largest(&readings, [(b.end, ""), (b.end, ""), (b.end, " ")])?;
    let rule = if replacement.is_empty() && b.gap != Gap::Nothing { Rule::BrokenWords } else { Rule::HardWraps };
    finish(b.end, b.start, replacement, rule, score, readings, config)
}

fn mark_edit(text: &str, b: &Break<'_>, mark: Mark, config: &BreakConfig) -> Option<Edit> {
    let edge = b.end == 0 || b.start == text.len();
    if edge || mark.paragraph {
        // Nothing on one side, or a paragraph break beside the mark: only the mark goes.
        let replacement = if edge { "" } else { "\n\n" };
        let readings = Readings { kept: 1.0, ..Readings::default() };
        return finish(b.end, b.start, replacement, Rule::CutMarks, 0.95, readings, config);
    }
    /// Of the spaces of a passage at a mark, the share that the cut lost.
    const LOST: f32 = 0.15;
    let joined = if mark.spaced {
        0.0
    } else if b.sides.are_letters() {
        let odds = b.evidence.word_odds * (1.0 - LOST) / LOST;
        if b.evidence.word_odds == 0.0 { if b.sides.cases_agree() { 0.7 } else { 0.02 } } else { odds / (1.0 + odds) }
    } else if b.gap == Gap::Space {
        0.05
    } else {
        0.95
    };
    let readings = Readings { joined, hyphenated: 0.0, spaced: 1.0 - joined, kept: 0.0 };
    let (_, replacement, score) = largest(&readings, [(b.end, ""), (b.end, ""), (b.end, " ")])?;
    finish(b.end, b.start, replacement, Rule::CutMarks, score, readings, config)
}

fn finish(
    start: usize,
    end: usize,
    replacement: &'static str,
    rule: Rule,
    score: f32,
    readings: Readings,
    config: &BreakConfig,
) -> Option<Edit> {
    config.allows(rule, score).then(|| Edit { readings: Some(readings), ..Edit::new(start, end, replacement, rule, score) })
}
