//! Which line ends are wraps inside a paragraph: a hidden Markov model over the lines of a block.
//!
//! Each line end is one of: a wrap at one of the text's widths, the end of a paragraph in text of that width, or the end of
//! a line in a run of lines that stand for themselves (verse, lists, addresses, whole paragraphs a line). The length of the
//! line against the width, the way it ends, the way the next begins and the change of indentation speak for one or
//! another; forward and backward sums give each reading's share. The text as a whole must be likelier with a width than
//! without, or nothing in it is a wrap.

use super::lines::{Begins, Ends, Line};
use super::width::{MAX_WIDTHS, Widths, reach};

/// States: for each width a wrap and a paragraph's end, and last the end of a line that stands for itself.
const MAX_STATES: usize = 2 * MAX_WIDTHS + 1;
type States = [f32; MAX_STATES];

/// What the layout says of each line end.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    /// For the end of each line, the probability that it is a wrap.
    pub(super) wrap: Vec<f32>,
    /// Natural logarithm of how much likelier the text is with its widths than without.
    pub(super) evidence: f32,
}

/// Nats that choosing a width costs: one of some sixty.
const WIDTH_COST: f32 = 4.0;
/// Nats by which a text must be likelier wrapped than not, beyond the cost of its widths.
const TEXT_PRIOR: f32 = 1.5;

/// Weighs the line ends of a text.
pub(super) fn weigh(lines: &[Line], widths: &Widths) -> Flow {
    let mut wrap = vec![0.0; lines.len()];
    let mut evidence = 0.0;
    if !widths.columns.is_empty() {
        let model = Model::new(widths);
        let mut from = 0;
        while from < lines.len() {
            let to = (from..lines.len()).find(|&i| lines[i].is_blank()).unwrap_or(lines.len());
            if to > from + 1 {
                evidence += model.weigh_block(&lines[from..to], &mut wrap[from..to]);
            }
            from = to + 1;
        }
        evidence -= WIDTH_COST + TEXT_PRIOR + 2.0 * (widths.columns.len() - 1) as f32;
        let share = 1.0 / (1.0 + (-evidence).exp());
        wrap.iter_mut().for_each(|p| *p *= share);
    }
    Flow { wrap, evidence }
}

struct Model<'a> {
    widths: &'a Widths,
    states: usize,
    start: States,
    next: [States; MAX_STATES],
}

impl Model<'_> {
    fn new(widths: &Widths) -> Model<'_> {
        let k = widths.columns.len();
        let lines = 2 * k;
        let each = 1.0 / k as f32;
        let mut start = [0.0; MAX_STATES];
        let mut next = [[0.0; MAX_STATES]; MAX_STATES];
        for w in 0..k {
            start[2 * w] = 0.62 * each;
            start[2 * w + 1] = 0.08 * each;
            next[2 * w][2 * w] = 0.87;
            next[2 * w][2 * w + 1] = 0.12;
            next[2 * w][lines] = 0.01;
            for other in 0..k {
                let same = if other == w { 0.7 } else { 0.3 / (k - 1) as f32 };
                let same = if k == 1 { 1.0 } else { same };
                next[2 * w + 1][2 * other] = 0.68 * same;
                next[2 * w + 1][2 * other + 1] = 0.12 * same;
            }
            next[2 * w + 1][lines] = 0.20;
            next[lines][2 * w] = 0.08 * each;
            next[lines][2 * w + 1] = 0.02 * each;
        }
        start[lines] = 0.30;
        next[lines][lines] = 0.90;
        Model { widths, states: 2 * k + 1, start, next }
    }

    /// Fills in the wraps of one block and returns the logarithm of its likelihood over that of lines for themselves.
    fn weigh_block(&self, lines: &[Line], wrap: &mut [f32]) -> f32 {
        let n = lines.len() - 1;
        let states = self.states;
        let mut emitted: Vec<States> = Vec::with_capacity(n);
        let mut forward: Vec<States> = Vec::with_capacity(n);
        let mut evidence = 0.0;
        for i in 0..n {
            let here = self.emit(&lines[i], &lines[i + 1]);
            let mut now = [0.0; MAX_STATES];
            for to in 0..states {
                let reached = match forward.last() {
                    None => self.start[to],
                    Some(before) => (0..states).map(|from| before[from] * self.next[from][to]).sum(),
                };
                now[to] = reached * here[to];
            }
            let sum: f32 = now[..states].iter().sum::<f32>().max(f32::MIN_POSITIVE);
            now[..states].iter_mut().for_each(|p| *p /= sum);
            evidence += sum.ln() - here[states - 1].ln();
            forward.push(now);
            emitted.push(here);
        }
        let mut backward = [1.0; MAX_STATES];
        for i in (0..n).rev() {
            let now = &forward[i];
            let sum: f32 = (0..states).map(|s| now[s] * backward[s]).sum::<f32>().max(f32::MIN_POSITIVE);
            wrap[i] = (0..states / 2).map(|w| now[2 * w] * backward[2 * w]).sum::<f32>() / sum;
            let mut earlier = [0.0; MAX_STATES];
            for (from, p) in earlier.iter_mut().enumerate().take(states) {
                *p = (0..states).map(|to| self.next[from][to] * emitted[i][to] * backward[to]).sum();
            }
            let largest = earlier[..states].iter().copied().fold(f32::MIN_POSITIVE, f32::max);
            earlier[..states].iter_mut().for_each(|p| *p /= largest);
            backward = earlier;
        }
        evidence
    }

    /// How likely each state shows this line end.
    fn emit(&self, line: &Line, next: &Line) -> States {
        let mut out = [0.0; MAX_STATES];
        let looks = looks(line, next);
        let rigid = line.rigid || next.rigid;
        for (w, &width) in self.widths.columns.iter().enumerate() {
            out[2 * w] = if rigid { 1e-12 } else { looks.wrap * length_of_wrap(line, next, width, self.widths.loose) };
            let room = if line.columns <= width { 1.0 / width as f32 } else { 1e-5 };
            out[2 * w + 1] = looks.end * room;
        }
        let spread = 60.0 + line.columns as f32;
        out[self.states - 1] = looks.line * 60.0 / (spread * spread);
        out
    }
}

/// Probability of a wrapped line's length, given the width and the next line's first word.
fn length_of_wrap(line: &Line, next: &Line, width: u32, loose: bool) -> f32 {
    let reach = reach(next);
    let columns = line.columns;
    let (exact, near, far) = if loose { (0.6, 0.33, 0.069) } else { (0.985, 0.010, 0.003) };
    if columns <= width && columns + reach >= width {
        return exact / (reach + 1) as f32;
    }
    let off = if columns > width { columns - width } else { width - columns - reach };
    let tolerance = width / 14 + 1;
    if off <= tolerance {
        near / (2 * tolerance) as f32
    } else if off <= 3 * tolerance {
        far / (4 * tolerance) as f32
    } else {
        0.002 / 400.0
    }
}

/// How likely the looks of a line end are under each kind of state.
struct Looks {
    wrap: f32,
    end: f32,
    line: f32,
}

/// Odds of a cut at a random place over the end of a line that stands for itself, from the looks of both lines.
pub(super) fn looks_of_cut(line: &Line, next: &Line) -> f32 {
    let looks = looks(line, next);
    looks.wrap / looks.line
}

fn looks(line: &Line, next: &Line) -> Looks {
    let ended = match line.ends {
        Ends::Word | Ends::Unspaced => Looks { wrap: 0.78, end: 0.10, line: 0.50 },
        Ends::Comma => Looks { wrap: 0.11, end: 0.02, line: 0.15 },
        Ends::Sentence => Looks { wrap: 0.06, end: 0.78, line: 0.28 },
        Ends::Colon => Looks { wrap: 0.01, end: 0.09, line: 0.05 },
        Ends::Hyphen => Looks { wrap: 0.04, end: 0.005, line: 0.02 },
    };
    let begun = match next.begins {
        Begins::Lower => {
            if line.ends == Ends::Sentence {
                Looks { wrap: 0.15, end: 0.03, line: 0.12 }
            } else {
                Looks { wrap: 0.74, end: 0.06, line: 0.25 }
            }
        }
        Begins::Upper => {
            if line.ends == Ends::Sentence {
                Looks { wrap: 0.72, end: 0.74, line: 0.55 }
            } else {
                Looks { wrap: 0.15, end: 0.70, line: 0.50 }
            }
        }
        Begins::Uncased | Begins::Unspaced => Looks { wrap: 0.90, end: 0.85, line: 0.75 },
        Begins::Digit => Looks { wrap: 0.04, end: 0.05, line: 0.08 },
        Begins::Opener => Looks { wrap: 0.05, end: 0.10, line: 0.06 },
        Begins::Closer => Looks { wrap: 0.01, end: 0.002, line: 0.01 },
        Begins::Marker => Looks { wrap: 0.001, end: 0.08, line: 0.15 },
        Begins::Symbol => Looks { wrap: 0.01, end: 0.02, line: 0.04 },
    };
    let moved = if next.indent == line.indent {
        Looks { wrap: 0.90, end: 0.70, line: 0.65 }
    } else if next.indent > line.indent {
        // A list's first line hangs out to the left of the others.
        let hanging = if line.begins == Begins::Marker { 0.30 } else { 0.03 };
        Looks { wrap: hanging, end: 0.15, line: 0.20 }
    } else {
        Looks { wrap: 0.05, end: 0.15, line: 0.15 }
    };
    Looks {
        wrap: ended.wrap * begun.wrap * moved.wrap,
        end: ended.end * begun.end * moved.end,
        line: ended.line * begun.line * moved.line,
    }
}
