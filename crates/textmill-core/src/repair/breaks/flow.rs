//! Which line ends are wraps inside a paragraph: a hidden Markov model over the lines of a block.
//!
//! Each line end is one of: a wrap at one of the text's widths, the end of a paragraph in text of that width, or the end of
//! a line in a run of lines that stand for themselves (verse, lists, addresses, whole paragraphs a line). The length of the
//! line against the width, the way it ends, the way the next begins and the change of indentation speak for one or
//! another; forward and backward sums give each reading's share. The text as a whole must be likelier with a width than
//! without, or nothing in it is a wrap.

use super::lines::{Begins, Ends, Line};
use super::width::{MAX_WIDTHS, Widths, reach};

/// States: for each width a wrap and a paragraph's end; then the kinds of lines that stand for themselves.
const MAX_STATES: usize = 2 * MAX_WIDTHS + LINE_KINDS;
/// Lines that all begin with a capital (verse, headings, sentences); lines of all sorts (lists, addresses, code); lines
/// that look like wrapped prose but for their lengths (verse without capitals).
const LINE_KINDS: usize = 3;
/// How likely a run of lines is of each kind.
const LINE_SHARE: [f32; LINE_KINDS] = [0.4, 0.4, 0.2];
type States = [f32; MAX_STATES];

/// What the layout says of each line end.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    /// For the end of each line, the probability that it is a wrap.
    pub(super) wrap: Vec<f32>,
    /// Natural logarithm of how much likelier the text is with its widths than without.
    pub(super) evidence: f32,
}

/// Nats by which a text must be likelier wrapped than not, beyond the cost of its widths.
const TEXT_PRIOR: f32 = 1.5;

/// Weighs the line ends of a text. `capitals` is the share of words that begin with a capital inside sentences.
pub(super) fn weigh(lines: &[Line], widths: &Widths, capitals: f32) -> Flow {
    let mut flow = Flow { wrap: vec![0.0; lines.len()], evidence: 0.0 };
    if widths.columns.is_empty() {
        return flow;
    }
    // How often a paragraph ends without a blank line after it is the text's own habit.
    let mut ends = 0.08;
    for _ in 0..2 {
        let model = Model::new(widths, capitals, ends);
        flow.evidence = 0.0;
        let (mut ended, mut from) = (0.0, 0);
        while from < lines.len() {
            let to = (from..lines.len()).find(|&i| lines[i].is_blank()).unwrap_or(lines.len());
            if to > from + 1 {
                let block = model.weigh_block(&lines[from..to], &mut flow.wrap[from..to]);
                flow.evidence += block.0;
                ended += block.1;
            }
            from = to + 1;
        }
        let wrapped: f32 = flow.wrap.iter().sum();
        ends = ((ended + 0.5) / (ended + wrapped + 8.0)).clamp(0.005, 0.4);
    }
    flow.evidence -= TEXT_PRIOR + width_cost(widths.columns[0]);
    let share = 1.0 / (1.0 + (-flow.evidence).exp());
    flow.wrap.iter_mut().for_each(|p| *p *= share);
    flow
}

/// Nats that choosing a width costs: most pages are set to one of some twenty widths.
fn width_cost(width: u32) -> f32 {
    if (60..=80).contains(&width) { 3.4 } else { 6.5 }
}

struct Model<'a> {
    widths: &'a Widths,
    capitals: f32,
    states: usize,
    start: States,
    next: [States; MAX_STATES],
}

impl Model<'_> {
    fn new(widths: &Widths, capitals: f32, ends: f32) -> Model<'_> {
        /// How likely a block or paragraph is set to a width that is not the text's first.
        const OTHER_WIDTH: f32 = 0.001;
        let k = widths.columns.len();
        let states = 2 * k + LINE_KINDS;
        let mut start = [0.0; MAX_STATES];
        let mut next = [[0.0; MAX_STATES]; MAX_STATES];
        for w in 0..k {
            let each = if w == 0 { 1.0 - OTHER_WIDTH * (k - 1) as f32 } else { OTHER_WIDTH };
            start[2 * w] = 0.65 * (1.0 - ends) * each;
            start[2 * w + 1] = 0.65 * ends * each;
            next[2 * w][2 * w] = 0.99 - ends;
            next[2 * w][2 * w + 1] = ends;
            for kind in 0..LINE_KINDS {
                let line = 2 * k + kind;
                next[2 * w][line] = 0.01 * LINE_SHARE[kind];
                next[2 * w + 1][line] = 0.20 * LINE_SHARE[kind];
                next[line][2 * w] = 0.08 * each * (1.0 - ends);
                next[line][2 * w + 1] = 0.08 * each * ends;
            }
            for other in 0..k {
                let change = if other == w { 1.0 - OTHER_WIDTH * (k - 1) as f32 } else { OTHER_WIDTH };
                next[2 * w + 1][2 * other] = 0.80 * (1.0 - ends) * change;
                next[2 * w + 1][2 * other + 1] = 0.80 * ends * change;
            }
        }
        for kind in 0..LINE_KINDS {
            let line = 2 * k + kind;
            start[line] = 0.35 * LINE_SHARE[kind];
            for other in 0..LINE_KINDS {
                next[line][2 * k + other] = if other == kind { 0.90 } else { 0.01 };
            }
        }
        Model { widths, capitals, states, start, next }
    }

    /// Fills in the wraps of one block; returns the logarithm of its likelihood over that of lines for themselves, and how
    /// many paragraphs end inside it.
    fn weigh_block(&self, lines: &[Line], wrap: &mut [f32]) -> (f32, f32) {
        let n = lines.len() - 1;
        let states = self.states;
        let mut emitted: Vec<States> = Vec::with_capacity(n);
        let mut forward: Vec<States> = Vec::with_capacity(n);
        let mut evidence = 0.0;
        // The same without widths: only the kinds of lines.
        let mut plain = LINE_SHARE;
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
            if i > 0 {
                plain = plain.map(|p| 0.01 + 0.97 * p);
            }
            let lines = &here[states - LINE_KINDS..states];
            plain = std::array::from_fn(|kind| plain[kind] * lines[kind]);
            let plain_sum: f32 = plain.iter().sum();
            plain = plain.map(|p| p / plain_sum);
            evidence += sum.ln() - plain_sum.ln();
            forward.push(now);
            emitted.push(here);
        }
        let mut backward = [1.0; MAX_STATES];
        let mut ended = 0.0;
        for i in (0..n).rev() {
            let now = &forward[i];
            let sum: f32 = (0..states).map(|s| now[s] * backward[s]).sum::<f32>().max(f32::MIN_POSITIVE);
            let widths = self.widths.columns.len();
            wrap[i] = (0..widths).map(|w| now[2 * w] * backward[2 * w]).sum::<f32>() / sum;
            ended += (0..widths).map(|w| now[2 * w + 1] * backward[2 * w + 1]).sum::<f32>() / sum;
            let mut earlier = [0.0; MAX_STATES];
            for (from, p) in earlier.iter_mut().enumerate().take(states) {
                *p = (0..states).map(|to| self.next[from][to] * emitted[i][to] * backward[to]).sum();
            }
            let largest = earlier[..states].iter().copied().fold(f32::MIN_POSITIVE, f32::max);
            earlier[..states].iter_mut().for_each(|p| *p /= largest);
            backward = earlier;
        }
        (evidence, ended)
    }

    /// How likely each state shows this line end.
    fn emit(&self, line: &Line, next: &Line) -> States {
        let mut out = [0.0; MAX_STATES];
        let looks = looks(line, next, self.capitals);
        let rigid = line.rigid || next.rigid;
        for (w, &width) in self.widths.columns.iter().enumerate() {
            // What was wrapped goes on in a line of the same width.
            let follows = if next.columns > width + width / 14 + 1 { 0.005 } else { 1.0 };
            let length = length_of_wrap(line, next, width, self.widths.loose);
            out[2 * w] = if rigid { 1e-12 } else { looks.wrap * length * follows };
            let room = if line.columns <= width { 1.0 / width as f32 } else { 1e-5 };
            out[2 * w + 1] = looks.end * room;
        }
        let spread = 60.0 + line.columns as f32;
        let length = 60.0 / (spread * spread);
        for (kind, looks) in looks.lines.iter().enumerate() {
            out[self.states - LINE_KINDS + kind] = looks * length;
        }
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
    lines: [f32; LINE_KINDS],
}

/// Odds of a cut at a random place over the end of a line that stands for itself, from the looks of both lines.
pub(super) fn looks_of_cut(line: &Line, next: &Line, capitals: f32) -> f32 {
    let looks = looks(line, next, capitals);
    looks.wrap / (0.5 * (looks.lines[0] + looks.lines[1]))
}

fn looks(line: &Line, next: &Line, capitals: f32) -> Looks {
    let ended = match line.ends {
        Ends::Word | Ends::Unspaced => [0.78, 0.10, 0.50],
        Ends::Comma => [0.11, 0.02, 0.15],
        Ends::Sentence => [0.06, 0.78, 0.28],
        Ends::Colon => [0.01, 0.09, 0.05],
        Ends::Hyphen => [0.04, 0.005, 0.02],
    };
    let begun = match next.begins {
        Begins::Lower if line.ends == Ends::Sentence => [0.15, 0.03, 0.02, 0.30],
        Begins::Lower => [0.90 - capitals, 0.06, 0.03, 0.45],
        Begins::Upper if line.ends == Ends::Sentence => [0.72, 0.74, 0.74, 0.45],
        Begins::Upper => [capitals, 0.70, 0.74, 0.30],
        Begins::Uncased | Begins::Unspaced => [0.90, 0.85, 0.75, 0.75],
        Begins::Digit => [0.04, 0.05, 0.05, 0.08],
        Begins::Opener => [0.05, 0.10, 0.06, 0.06],
        Begins::Closer => [0.01, 0.002, 0.003, 0.01],
        Begins::Marker => [0.001, 0.08, 0.10, 0.15],
        Begins::Symbol => [0.01, 0.02, 0.02, 0.04],
    };
    let moved = if next.indent == line.indent {
        [0.90, 0.70, 0.65]
    } else if next.indent > line.indent {
        // A list's first line hangs out to the left of the others.
        let hanging = if line.begins == Begins::Marker { 0.30 } else { 0.03 };
        [hanging, 0.15, 0.20]
    } else {
        [0.05, 0.15, 0.15]
    };
    Looks {
        wrap: ended[0] * begun[0] * moved[0],
        end: ended[1] * begun[1] * moved[1],
        lines: [ended[2] * begun[2] * moved[2], ended[2] * begun[3] * moved[2], ended[0] * begun[0] * moved[0]],
    }
}
