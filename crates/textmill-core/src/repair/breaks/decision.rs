//! From lines to edits: each break is weighed by its layout, its words and the text it stands in.

use std::cell::Cell;

use super::flow::{self, Flow};
use super::gaps::{self, Gap};
use super::hyphens::{self, Sign};
use super::lines::{Begins, Ends, Line, capital_share, read_lines};
use super::looks;
use super::marks::{Mark, find_marks};
use super::prior::{self, CutRate, Evidence};
use super::sides::{Sides, words_around};
use super::width;
use super::{BreakConfig, CUT_MARK, Found};
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

/// One break and what its lines say of it.
#[derive(Clone, Copy, Debug)]
struct Break {
    /// After the last character before the break, a hyphen included.
    end: usize,
    /// First character after the break.
    start: usize,
    /// The line before the break.
    line: usize,
    made: Made,
    /// The line was cut at a fixed column and is one short: it lost the blank it ended with.
    lost_blank: bool,
    /// A sentence ends before the break and another begins behind it, or so it looks.
    sentence: bool,
    /// The words were asked already.
    asked: bool,
    evidence: Evidence,
}

/// A text with all that its lines say, ready to be asked about words.
struct Scene<'t, 'w> {
    text: &'t str,
    lines: Vec<Line>,
    words: Words<'w>,
    /// Whether words were asked about anything.
    asked: Cell<bool>,
}

/// The edits of all breaks of `text`, from one look.
pub(super) fn find(text: &str, config: &BreakConfig, words: &Words<'_>) -> Found {
    let bytes = text.as_bytes();
    if memchr::memchr(b'\n', bytes).is_none() && memchr::memmem::find(bytes, CUT_MARK.as_bytes()).is_none() {
        return Found::default();
    }
    let marks = find_marks(text);
    let (lines, long) = read_lines(text);
    if marks.is_empty() && lines.is_empty() {
        return Found::default();
    }
    let widths = width::measure(&lines);
    let capitals = capital_share(text);
    let long = widths.columns.first().map_or(0, |&width| long.count(text, width));
    let flow = flow::weigh(&lines, &widths, capitals, long);
    let fixed = widths.cut.filter(|_| flow.evidence > 0.0);
    let mut breaks = collect(text, &lines, &marks, &flow, capitals, fixed);
    let scene = Scene { text, lines, words: *words, asked: Cell::new(false) };
    let mut language = Language::default();
    let rate = scene.cut_rate(&mut breaks, marks.len(), fixed.is_some(), &mut language);
    let mut edits = Vec::with_capacity(breaks.len());
    edits.extend(breaks.iter().filter_map(|b| scene.edit_of(b, rate, &mut language, config)));
    Found { edits, asked: scene.asked.get() }
}

/// All breaks that could be edited, in order.
fn collect(text: &str, lines: &[Line], marks: &[Mark], flow: &Flow, capitals: f32, fixed: Option<u32>) -> Vec<Break> {
    let mut breaks = Vec::with_capacity(lines.len() + marks.len());
    let mut marks = marks.iter().peekable();
    let none = Evidence { word_odds: 0.0, whole_known: false, wrap: 0.0, looks: 1.0 };
    let at_mark = |mark: &Mark, line| Break {
        end: mark.end,
        start: mark.start,
        line,
        made: Made::Mark(*mark),
        lost_blank: false,
        sentence: false,
        asked: false,
        evidence: none,
    };
    for (i, pair) in lines.windows(2).enumerate() {
        let (line, next) = (&pair[0], &pair[1]);
        while let Some(mark) = marks.next_if(|mark| mark.start <= line.end.max(line.start)) {
            breaks.push(at_mark(mark, i));
        }
        if marks.peek().is_some_and(|mark| mark.end <= line.end && mark.start >= next.start) {
            continue;
        }
        let (end, start) = (line.end, next.start);
        let hyphened = line.ends == Ends::Hyphen && !line.is_blank() && !next.is_blank();
        let sign = if hyphened { hyphens::sign_at(text, end) } else { None };
        // A word's two halves belong together even beside a line that stands for itself, as that of a table of contents.
        let halves =
            sign.is_some() && !line.rigid && matches!(next.begins, Begins::Lower | Begins::Upper | Begins::Uncased);
        if !halves && !width::may_wrap(line, next) {
            continue;
        }
        let made = sign.map_or(Made::Bare, |(sign, at)| Made::Hyphen(sign, at));
        let evidence = Evidence { wrap: flow.wrap[i], looks: looks::looks_of_cut(line, next, capitals), ..none };
        let lost_blank = fixed == Some(line.columns + 1);
        let sentence = line.ends == Ends::Sentence && next.begins != Begins::Lower;
        breaks.push(Break { end, start, line: i, made, lost_blank, sentence, asked: false, evidence });
    }
    breaks.extend(marks.map(|mark| at_mark(mark, lines.len().saturating_sub(1))));
    breaks
}

/// Columns that lines of a page hardly exceed.
const PAGE: u32 = 140;
/// Nats by which a known half speaks against an unknown whole, beyond the words' probabilities.
const DOUBT: f32 = 1.6;
/// Natural logarithm of odds that leave no doubt.
const SURE: f32 = 7.0;

/// The language last looked at, and up to which byte it holds.
#[derive(Default)]
struct Language<'t> {
    local: Option<Local>,
    line: usize,
    until: usize,
    around: Vec<&'t str>,
}

impl<'t> Scene<'t, '_> {
    /// The share of the breaks that cut words, asking about as few words as will do; fills in the words' evidence.
    fn cut_rate(&self, breaks: &mut [Break], marks: usize, fixed: bool, language: &mut Language<'t>) -> CutRate {
        /// Breaks that are asked first. A text that was cut shows it in them.
        const SAMPLE: usize = 64;
        /// Wholes that are looked up together.
        const AT_ONCE: usize = 8;
        /// Breaks of a text so short that each must be asked about.
        const FEW: usize = 12;
        let bare = breaks.iter().filter(|b| matches!(b.made, Made::Bare)).count();
        if marks == 0 && !fixed {
            let stride = bare.div_ceil(SAMPLE).max(1);
            let sampled = (0..breaks.len()).filter(|&i| matches!(breaks[i].made, Made::Bare)).step_by(stride);
            let mut sampled = sampled.filter_map(|i| {
                let sides = Sides::of(self.text, breaks[i].end, breaks[i].start);
                (sides.are_letters() && sides.cases_agree()).then_some((i, sides))
            });
            let mut to_ask = Vec::new();
            while let Some(first) = sampled.next() {
                self.asked.set(true);
                let mut some = [first; AT_ONCE];
                let n = 1 + some[1..].iter_mut().zip(&mut sampled).map(|(place, next)| *place = next).count();
                let known = self.words.know_wholes(some.map(|(_, sides)| [sides.left, sides.right]));
                // Only a whole that is known shows a text that was cut, and two common words are cut halves of a third too
                // seldom to show it, unless the text is short.
                let common = |sides: &Sides<'_>| {
                    bare > FEW && self.words.is_common(sides.left) && self.words.is_common(sides.right)
                };
                let clear = some.iter().zip(known).take(n).filter(|((_, sides), known)| *known && !common(sides));
                to_ask.extend(clear.map(|((i, _), _)| *i));
            }
            for &i in &to_ask {
                self.ask(&mut breaks[i], language);
                breaks[i].asked = true;
            }
            if !prior::is_suspect(to_ask.iter().map(|&i| &breaks[i].evidence)) {
                return CutRate::default();
            }
        }
        for b in breaks.iter_mut().filter(|b| !b.asked && !matches!(b.made, Made::Hyphen(..))) {
            self.ask(b, language);
        }
        let of_bare = breaks.iter().filter(|b| matches!(b.made, Made::Bare)).map(|b| b.evidence);
        prior::estimate(&of_bare.collect::<Vec<_>>(), marks, fixed)
    }

    /// Fills in what the words say about a break.
    fn ask(&self, b: &mut Break, language: &mut Language<'t>) {
        if b.lost_blank {
            return;
        }
        let sides = Sides::of(self.text, b.end, b.start);
        if !sides.are_letters() {
            return;
        }
        if sides.are_code() {
            // No question of words: in a text that was cut, inside an address is as likely a place as any.
            b.evidence.word_odds = 1.0;
            return;
        }
        if !sides.cases_agree() {
            return;
        }
        self.asked.set(true);
        let local = self.local(b, language);
        if local.known < 0.5 {
            return;
        }
        let [left, right, whole] = sides.words(&self.words).map(|word| word.weigh(&local));
        // Where the whole is unknown and a half is not, one word more speaks for two.
        let bare = matches!(b.made, Made::Bare);
        let doubt = if bare && !whole.known && (left.known || right.known) { DOUBT } else { 0.0 };
        let ln_odds = (whole.ln - left.ln - right.ln - doubt).clamp(-30.0, 30.0);
        // Hangul is wrapped inside words as well as between them, its words are short, and with their endings most are in no
        // list: two that are unknown say nothing of a third.
        let hangul = sides.left.ends_with(|c| matches!(c, '가'..='힣'));
        let doubtful = hangul && (!whole.known || ln_odds < SURE);
        b.evidence.word_odds = if doubtful { 0.0 } else { ln_odds.exp() };
        b.evidence.whole_known = whole.known;
    }

    /// The language at a break, looked at anew where the last look is more than some lines away.
    fn local(&self, b: &Break, language: &mut Language<'t>) -> Local {
        /// Bytes for which one look holds, unless a blank line comes between.
        const HOLDS: usize = 600;
        if let Some(local) = language.local {
            let near = b.end < language.until && b.line >= language.line;
            // None where every line break belongs to a mark.
            let mut between = self.lines.iter().skip(language.line).take((b.line + 1).saturating_sub(language.line));
            if near && !between.any(Line::is_blank) {
                return local;
            }
        }
        words_around(self.neighbourhood(b), &mut language.around);
        let held = language.local.filter(|local| Words::holds(local, &language.around));
        let local = held.unwrap_or_else(|| self.words.local(&language.around));
        (language.local, language.line, language.until) = (Some(local), b.line, b.end + HOLDS);
        local
    }

    /// The lines before and after a break whose words tell the language: one each, or three if they are short.
    fn neighbourhood(&self, b: &Break) -> [&'t str; 2] {
        /// Bytes that hold ten words or more.
        const ENOUGH: usize = 80;
        let lines = &self.lines;
        if matches!(b.made, Made::Mark(_)) || b.line + 1 >= lines.len() {
            let from = self.text[..b.end].rfind('\n').map_or(0, |at| at + 1);
            let to = memchr::memchr(b'\n', &self.text.as_bytes()[b.start..]).map_or(self.text.len(), |at| b.start + at);
            return [&self.text[from..b.end], &self.text[b.start..to]];
        }
        let (mut first, mut last) = (b.line, b.line + 1);
        while first > 0
            && b.line - first < 2
            && lines[b.line].end - lines[first].start < ENOUGH
            && !lines[first - 1].is_blank()
        {
            first -= 1;
        }
        while last + 1 < lines.len()
            && last - b.line < 3
            && lines[last].end - lines[b.line + 1].start < ENOUGH
            && !lines[last + 1].is_blank()
        {
            last += 1;
        }
        [&self.text[lines[first].start..lines[b.line].end], &self.text[lines[b.line + 1].start..lines[last].end]]
    }

    /// What stood at a break if not letters of one word.
    fn gap(&self, b: &Break) -> Gap {
        let sides = Sides::of(self.text, b.end, b.start);
        if sides.are_letters() || b.lost_blank {
            return Gap::Space;
        }
        let from = match b.made {
            Made::Mark(_) => self.text[..b.end].rfind('\n').map_or(0, |at| at + 1),
            _ => self.lines[b.line].start,
        };
        gaps::between(&self.text[from..b.end], &self.text[b.start..])
    }

    /// The edit of one break, if a reading other than the line end that stays is sure enough.
    fn edit_of(&self, b: &Break, rate: CutRate, language: &mut Language<'t>, config: &BreakConfig) -> Option<Edit> {
        match b.made {
            Made::Mark(mark) => self.mark_edit(&self.with_crossing(b, language), mark, config),
            Made::Hyphen(sign, at) => {
                let sides = Sides::of(self.text, at, b.start);
                self.asked.set(true);
                let local = self.local(b, language);
                // A hyphen at a line end speaks for a wrap that the layout does not see, but not behind a whole paragraph.
                let unseen = if self.lines[b.line].columns > PAGE { 0.05 } else { 0.3 };
                let readings = hyphens::weigh(&sides, sign, &self.words, &local, b.evidence.wrap.max(unseen));
                hyphen_edit(b, sign, at, readings, config)
            }
            Made::Bare => self.bare_edit(b, rate, config),
        }
    }

    /// The break, with what known words that reach over it say of a whole that is none itself.
    fn with_crossing(&self, b: &Break, language: &mut Language<'t>) -> Break {
        /// Nats for each letter that a word reaches over the break, and against one word if none does.
        const EACH_LETTER: f32 = 0.3;
        const NONE: f32 = 0.3;
        let mut b = *b;
        if b.evidence.word_odds > 0.0 && !b.evidence.whole_known {
            let sides = Sides::of(self.text, b.end, b.start);
            if !sides.are_code() {
                let local = self.local(&b, language);
                let letters: f32 = self.words.crossing(sides.left, sides.right, &local).iter().sum();
                b.evidence.word_odds *= (EACH_LETTER * letters - NONE).exp();
            }
        }
        b
    }

    /// The edit of a break with nothing but a line end.
    fn bare_edit(&self, b: &Break, rate: CutRate, config: &BreakConfig) -> Option<Edit> {
        /// How much worse it is to take a line end that was meant than to leave one that was not.
        const TAKEN_WRONGLY: f32 = 4.9;
        /// The same behind a whole sentence, where paragraphs end.
        const SENTENCE_TAKEN_WRONGLY: f32 = 6.0;
        let [joined, spaced, kept] = prior::readings(&b.evidence, rate);
        let kept = match (b.sentence, rate.of_ends > 0.0) {
            (true, _) => kept * SENTENCE_TAKEN_WRONGLY,
            (false, false) => kept * TAKEN_WRONGLY,
            (false, true) => kept,
        };
        if joined + spaced < kept {
            return None;
        }
        let gap = self.gap(b);
        let cut = rate.of_wraps * b.evidence.wrap + rate.of_ends * (1.0 - b.evidence.wrap) > 0.25;
        let nothing = gap == Gap::Nothing || (gap == Gap::NothingIfCut && cut);
        let (joined, spaced) = if nothing { (joined + spaced, 0.0) } else { (joined, spaced) };
        let sum = (joined + spaced + kept).max(f32::MIN_POSITIVE);
        let readings = Readings { joined: joined / sum, hyphenated: 0.0, spaced: spaced / sum, kept: kept / sum };
        let (_, replacement, score) = largest(&readings, [(b.end, ""), (b.end, ""), (b.end, " ")])?;
        let rule = if replacement.is_empty() && gap != Gap::Nothing { Rule::BrokenWords } else { Rule::HardWraps };
        finish(b.end, b.start, replacement, rule, score, readings, config)
    }

    /// The edit of a break with a cut mark: the mark always goes.
    fn mark_edit(&self, b: &Break, mark: Mark, config: &BreakConfig) -> Option<Edit> {
        /// Of the spaces of a passage at a mark, the share that the cut lost.
        const LOST: f32 = 0.15;
        let edge = b.end == 0 || b.start == self.text.len();
        if edge || mark.paragraph {
            // Nothing on one side, or a paragraph break beside the mark: only the mark goes.
            let replacement = if edge { "" } else { "\n\n" };
            let readings = Readings { kept: 1.0, ..Readings::default() };
            return finish(b.end, b.start, replacement, Rule::CutMarks, 0.95, readings, config);
        }
        let sides = Sides::of(self.text, b.end, b.start);
        let odds = b.evidence.word_odds * (1.0 - LOST) / LOST;
        let joined = if mark.spaced {
            0.0
        } else if sides.are_letters() {
            match (b.evidence.word_odds > 0.0, sides.cases_agree()) {
                (true, _) => odds / (1.0 + odds),
                (false, true) => 0.7,
                (false, false) => 0.02,
            }
        } else if self.gap(b) == Gap::Space {
            0.05
        } else {
            0.95
        };
        let readings = Readings { joined, hyphenated: 0.0, spaced: 1.0 - joined, kept: 0.0 };
        let (_, replacement, score) = largest(&readings, [(b.end, ""), (b.end, ""), (b.end, " ")])?;
        finish(b.end, b.start, replacement, Rule::CutMarks, score, readings, config)
    }
}

fn hyphen_edit(b: &Break, sign: Sign, at: usize, readings: Readings, config: &BreakConfig) -> Option<Edit> {
    let after_hyphen = if sign == Sign::Fixed { at } else { b.end };
    let (start, replacement, score) = largest(&readings, [(at, ""), (after_hyphen, ""), (after_hyphen, " ")])?;
    finish(start, b.start, replacement, Rule::LineEndHyphens, score, readings, config)
}

/// The likeliest reading's edit: where it starts, what it puts, how likely it is. `None` if the line end stays.
fn largest(readings: &Readings, edits: [(usize, &'static str); 3]) -> Option<(usize, &'static str, f32)> {
    let scores = [readings.joined, readings.hyphenated, readings.spaced];
    let (best, &score) = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    (score > readings.kept).then_some((edits[best].0, edits[best].1, score))
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
    config
        .allows(rule, score)
        .then(|| Edit { readings: Some(readings), ..Edit::new(start, end, replacement, rule, score) })
}
