//! `hard-wraps`: which line ends are wraps inside a paragraph.
//!
//! # What it changes
//! The end of a line that was wrapped becomes a space; nothing between Han or Kana and behind a slash or dash without
//! spaces.
//!
//! # What it leaves alone, and why
//! Blank lines; lists, verse, headings, tables, code, addresses, speech, quoted mail: their lines mean something. Lines of a
//! text that no width explains. A line end behind a whole sentence before a capital unless it is surely a wrap, because
//! paragraphs end there.
//!
//! Each line end is one of: a wrap at one of the text's widths, the end of a paragraph in text of that width, or the end
//! of a line in a run of lines that stand for themselves. The length of the line against the width, the way it ends, the
//! way the next begins and the change of indentation speak for one or another (a hidden Markov model); forward and
//! backward sums give each reading's share. The text as a whole must be likelier with a width than without, or nothing in
//! it is a wrap; lines that are longer than its widths speak against them. Where a text surely was wrapped, at several
//! widths, a paragraph that none of them explains may have one of its own.
//!
//! # Confidence
//! The share of the wrap, times that of the text being wrapped at all, against a line end that stays, which counts five
//! times (six times behind a sentence).
//!
//! # Example
//! `...where the road crosses a brook⏎and begins to climb...` → `...where the road crosses a brook and begins to climb...`
//!
//! # Source
//! L. Rabiner, "A tutorial on hidden Markov models", 1989. Figures: `benches/record/repair.md`.

use std::sync::LazyLock;

use super::lines::{Begins, Ends, Line};
use super::looks::{LINE_KINDS, looks};
use super::width::{MAX_WIDTHS, Widths, reach, width_of_block};

/// States: for each width a wrap and a paragraph's end; then the kinds of lines that stand for themselves.
const MAX_STATES: usize = 2 * MAX_WIDTHS + LINE_KINDS;
/// Of the lines of each kind, the share whose lengths are those of verse; the others have any.
const SHORT: [f32; LINE_KINDS] = [0.56, 0.0, 0.4];
/// How likely a line of verse has so many columns: log-normal about [`VERSE_COLUMNS`].
static VERSE_LENGTHS: LazyLock<[f32; 120]> = LazyLock::new(|| {
    /// Standard deviation of the logarithm.
    const SPREAD: f32 = 0.4;
    std::array::from_fn(|columns| {
        let columns = columns.max(1) as f32;
        let off = (columns / VERSE_COLUMNS).ln() / SPREAD;
        (-0.5 * off * off).exp() / (columns * SPREAD * std::f32::consts::TAU.sqrt())
    })
});
/// Columns of the middle one of the lines of verse.
const VERSE_COLUMNS: f32 = 36.0;
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

/// Columns of the narrowest page of Han and Kana that is taken for wrapped.
const NARROWEST_UNSPACED: u32 = 50;
/// Nats by which a text must be likelier wrapped than not, beyond the cost of its widths.
const TEXT_PRIOR: f32 = 0.4;

/// Weighs the line ends of a text. `capitals` is the share of words that begin with a capital inside sentences, `long` the
/// number of lines that are whole paragraphs: where there are some, other lines were hardly wrapped.
pub(super) fn weigh(lines: &[Line], widths: &Widths, capitals: f32, long: usize) -> Flow {
    let mut flow = Flow { wrap: vec![0.0; lines.len()], evidence: 0.0 };
    if widths.columns.is_empty() {
        return flow;
    }
    // How often a paragraph ends without a blank line after it is the text's own habit.
    let mut ends = 0.064;
    let mut model = Model::new(widths, capitals, ends);
    let emitted: Vec<States> = lines.windows(2).map(|pair| model.emit(&pair[0], &pair[1])).collect();
    let mut forward = Vec::new();
    for round in 0..2 {
        flow.evidence = 0.0;
        let (mut ended, mut wrapped, mut from) = (0.0, 0.0, 0);
        while from < lines.len() {
            let to = from + lines[from..].iter().position(Line::is_blank).unwrap_or(lines.len() - from);
            if to > from + 1 {
                let wrap = &mut flow.wrap[from..to - 1];
                let emitted = &emitted[from..to - 1];
                let block = match widths.columns.len() {
                    1 => model.weigh_block::<1>(emitted, &mut forward, wrap),
                    2 => model.weigh_block::<2>(emitted, &mut forward, wrap),
                    3 => model.weigh_block::<3>(emitted, &mut forward, wrap),
                    _ => model.weigh_block::<MAX_WIDTHS>(emitted, &mut forward, wrap),
                };
                flow.evidence += block.0;
                ended += block.1;
                wrapped += wrap.iter().sum::<f32>();
            }
            from = to + 1;
        }
        let habit = ((ended + 0.2) / (ended + wrapped + 8.0)).clamp(0.005, 0.4);
        // A second look only where the habit is another than was thought.
        if round == 1 || (0.6..1.6).contains(&(habit / ends)) {
            break;
        }
        ends = habit;
        model.ends = ends;
    }
    flow.evidence -= TEXT_PRIOR + width_cost(widths.columns[0]) + (LONG_LINE * long as f32).min(LONG_LINES);
    if flow.evidence > SURELY_WRAPPED && widths.first_share < SOME_WIDTHS {
        weigh_other_widths(lines, widths, &model, &mut flow.wrap);
    }
    let share = 1.0 / (1.0 + (-flow.evidence).exp());
    for p in &mut flow.wrap {
        *p *= share;
    }
    flow
}

/// Nats by which each line of a paragraph's length speaks against wrapping, and all together at most.
const LONG_LINE: f32 = 1.5;
const LONG_LINES: f32 = 30.0;

/// Nats from which on a text is so surely wrapped that a block of it may have a width of its own, and the share of the line
/// ends that the first width explains, below which one may.
const SURELY_WRAPPED: f32 = 8.0;
const SOME_WIDTHS: f32 = 0.85;
/// Share of the line ends that the first width explains, below which a text has many widths.
const MANY_WIDTHS: f32 = 0.75;

/// Weighs the blocks that none of the text's widths explains by the one width that explains all of their line ends, if there
/// is one.
fn weigh_other_widths(lines: &[Line], widths: &Widths, model: &Model<'_>, wrap: &mut [f32]) {
    /// How likely a block has such a width, and how many columns apart the widths of pages are at most.
    const OWN_WIDTH: f32 = 0.1;
    const PAGES: f32 = 45.0;
    /// Columns of text that are no width but those of code, of verse, of a table.
    const NARROW: u32 = 36;
    let (mut forward, mut emitted, mut own_wrap) = (Vec::new(), Vec::new(), Vec::new());
    let mut from = 0;
    while from < lines.len() {
        let to = from + lines[from..].iter().position(Line::is_blank).unwrap_or(lines.len() - from);
        if to > from + 1
            && wrap[from..to - 1].iter().all(|&p| p < 0.5)
            && let Some((width, as_good)) = width_of_block(&lines[from..to])
            && width >= NARROW + lines[from].indent
        {
            let own = Widths { columns: vec![width], loose: widths.loose, ..Widths::default() };
            let mut model = Model::new(&own, model.capitals, model.ends);
            model.shares[0] = OWN_WIDTH * as_good as f32 / PAGES;
            emitted.clear();
            emitted.extend(lines[from..to].windows(2).map(|pair| model.emit(&pair[0], &pair[1])));
            own_wrap.clear();
            own_wrap.resize(emitted.len(), 0.0);
            model.weigh_block::<1>(&emitted, &mut forward, &mut own_wrap);
            wrap[from..to - 1].iter_mut().zip(&own_wrap).for_each(|(wrap, &own)| *wrap = own.max(*wrap));
        }
        from = to + 1;
    }
}

/// Nats that choosing a width costs: most pages are set to one of some twenty widths.
fn width_cost(width: u32) -> f32 {
    if (60..=80).contains(&width) { 1.8 } else { 3.4 }
}

struct Model<'a> {
    widths: &'a Widths,
    capitals: f32,
    /// How likely a line end of running text is a paragraph's end.
    ends: f32,
    /// How likely a paragraph is set to each width.
    shares: [f32; MAX_WIDTHS],
}

/// After a wrap, how likely a line for itself follows; after a paragraph's end; and after a line for itself, how likely
/// running text follows, and how likely a line of another kind.
const WRAP_TO_LINES: f32 = 0.006;
const END_TO_LINES: f32 = 0.08;
const LINES_TO_TEXT: f32 = 0.08;
const LINES_TO_OTHER: f32 = 0.01;
/// How likely a block begins with running text.
const TEXT_FIRST: f32 = 0.65;

impl Model<'_> {
    fn new(widths: &Widths, capitals: f32, ends: f32) -> Model<'_> {
        /// How likely a block or paragraph is set to a width that is not the text's first: where the first explains most
        /// line ends, and where it does not.
        const OTHER_WIDTH: [f32; 2] = [2.6e-6, 6e-4];
        /// How much less likely that is for a width of less than [`NARROW`] columns.
        const NARROWER: f32 = 0.075;
        const NARROW: u32 = 41;
        let k = widths.columns.len();
        let mut shares = [0.0; MAX_WIDTHS];
        for (share, &width) in shares.iter_mut().zip(&widths.columns).skip(1) {
            let other = OTHER_WIDTH[usize::from(widths.first_share < MANY_WIDTHS)];
            *share = if width < NARROW { other * NARROWER } else { other };
        }
        shares[0] = 1.0 - shares[1..k].iter().sum::<f32>();
        Model { widths, capitals, ends, shares }
    }

    /// The state of a block's first line end.
    fn first<const K: usize>(&self) -> States {
        let mut out = [0.0; MAX_STATES];
        self.spread::<K>(&mut out, TEXT_FIRST, 1.0 - TEXT_FIRST);
        out
    }

    /// Adds `text` to the states of running text that begins, and `lines` to those of lines for themselves.
    #[inline]
    fn spread<const K: usize>(&self, out: &mut States, text: f32, lines: f32) {
        for w in 0..K {
            out[2 * w] += text * self.shares[w] * (1.0 - self.ends);
            out[2 * w + 1] += text * self.shares[w] * self.ends;
        }
        for kind in 0..LINE_KINDS {
            out[2 * K + kind] += lines * LINE_SHARE[kind];
        }
    }

    /// The states after those of `now`.
    #[inline]
    fn forward<const K: usize>(&self, now: &States) -> States {
        let mut out = [0.0; MAX_STATES];
        let (mut wrapped, mut ended) = (0.0, 0.0);
        for w in 0..K {
            out[2 * w] = now[2 * w] * (1.0 - WRAP_TO_LINES - self.ends);
            out[2 * w + 1] = now[2 * w] * self.ends;
            wrapped += now[2 * w];
            ended += now[2 * w + 1];
        }
        let lines: f32 = now[2 * K..2 * K + LINE_KINDS].iter().sum();
        self.spread::<K>(
            &mut out,
            ended * (1.0 - END_TO_LINES) + lines * LINES_TO_TEXT,
            wrapped * WRAP_TO_LINES + ended * END_TO_LINES,
        );
        for kind in 0..LINE_KINDS {
            let own = now[2 * K + kind];
            out[2 * K + kind] +=
                own * (1.0 - LINES_TO_TEXT - LINES_TO_OTHER * LINE_KINDS as f32) + lines * LINES_TO_OTHER;
        }
        out
    }

    /// How likely what follows is, from each state, if `later` is how likely it is from the states it may go to.
    #[inline]
    fn backward<const K: usize>(&self, later: &States) -> States {
        let mut out = [0.0; MAX_STATES];
        let (mut text, mut lines, mut all_lines) = (0.0, 0.0, 0.0);
        for w in 0..K {
            text += self.shares[w] * ((1.0 - self.ends) * later[2 * w] + self.ends * later[2 * w + 1]);
        }
        for kind in 0..LINE_KINDS {
            lines += LINE_SHARE[kind] * later[2 * K + kind];
            all_lines += later[2 * K + kind];
        }
        for w in 0..K {
            out[2 * w] =
                (1.0 - WRAP_TO_LINES - self.ends) * later[2 * w] + self.ends * later[2 * w + 1] + WRAP_TO_LINES * lines;
            out[2 * w + 1] = (1.0 - END_TO_LINES) * text + END_TO_LINES * lines;
        }
        for kind in 0..LINE_KINDS {
            let own = (1.0 - LINES_TO_TEXT - LINES_TO_OTHER * LINE_KINDS as f32) * later[2 * K + kind];
            out[2 * K + kind] = own + LINES_TO_OTHER * all_lines + LINES_TO_TEXT * text;
        }
        out
    }

    /// Fills in the wraps of one block of a text with `K` widths; returns the logarithm of its likelihood over that of lines for themselves, and how
    /// many paragraphs end inside it.
    fn weigh_block<const K: usize>(
        &self,
        emitted: &[States],
        forward: &mut Vec<States>,
        wrap: &mut [f32],
    ) -> (f32, f32) {
        let states = 2 * K + LINE_KINDS;
        forward.clear();
        // Likelihoods are kept as products and turned to logarithms now and then: logarithms are slow.
        let (mut evidence, mut ratio) = (0.0, 1.0_f32);
        // The same without widths: only the kinds of lines.
        let mut plain = LINE_SHARE;
        let mut now = self.first::<K>();
        for (i, here) in emitted.iter().enumerate() {
            if i > 0 {
                now = self.forward::<K>(&now);
                let all: f32 = plain.iter().sum();
                plain = plain.map(|p| (1.0 - LINES_TO_OTHER * LINE_KINDS as f32) * p + LINES_TO_OTHER * all);
            }
            let (mut sum, mut plain_sum) = (0.0, 0.0);
            for s in 0..states {
                now[s] *= here[s];
                sum += now[s];
            }
            for kind in 0..LINE_KINDS {
                plain[kind] *= here[2 * K + kind];
                plain_sum += plain[kind];
            }
            let (scale, plain_scale) = (1.0 / sum.max(f32::MIN_POSITIVE), 1.0 / plain_sum.max(f32::MIN_POSITIVE));
            for p in &mut now[..states] {
                *p *= scale;
            }
            plain = plain.map(|p| p * plain_scale);
            ratio *= (sum * plain_scale).clamp(1e-12, 1e12);
            if !(1e-20..1e20).contains(&ratio) {
                evidence += ratio.ln();
                ratio = 1.0;
            }
            forward.push(now);
        }
        let mut backward = [1.0; MAX_STATES];
        let mut ended = 0.0;
        for (i, now) in forward.iter().enumerate().rev() {
            let (mut sum, mut wrapped, mut ends) = (0.0, 0.0, 0.0);
            for w in 0..K {
                wrapped += now[2 * w] * backward[2 * w];
                ends += now[2 * w + 1] * backward[2 * w + 1];
            }
            for s in 2 * K..states {
                sum += now[s] * backward[s];
            }
            let scale = 1.0 / (sum + wrapped + ends).max(f32::MIN_POSITIVE);
            wrap[i] = wrapped * scale;
            ended += ends * scale;
            let mut later = [0.0; MAX_STATES];
            for s in 0..states {
                later[s] = emitted[i][s] * backward[s] * scale;
            }
            backward = self.backward::<K>(&later);
            let largest = backward[..states].iter().copied().fold(f32::MIN_POSITIVE, f32::max);
            for p in &mut backward[..states] {
                *p /= largest;
            }
        }
        (evidence + ratio.ln(), ended)
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
            // A page of Han and Kana is wide; short lines of equal length are verse.
            let narrow = width < NARROWEST_UNSPACED && (line.ends == Ends::Unspaced || next.begins == Begins::Unspaced);
            // A text cut at one column has no other lines that go on, but where another text begins.
            let elsewhere = self.widths.cut_surely
                && self.widths.cut.is_some_and(|cut| line.columns != cut && line.columns + 1 != cut);
            let uncut = if elsewhere { 0.03 } else { 1.0 };
            out[2 * w] = if rigid || narrow { 1e-12 } else { looks.wrap * length * follows * uncut };
            let room = if line.columns <= width { 1.0 / width as f32 } else { 1e-5 };
            out[2 * w + 1] = looks.end * room;
        }
        let spread = 60.0 + line.columns as f32;
        let sorts = 60.0 / (spread * spread);
        let verse = VERSE_LENGTHS.get(line.columns as usize).copied().unwrap_or(0.0);
        for (kind, (looks, short)) in looks.lines.into_iter().zip(SHORT).enumerate() {
            out[2 * self.widths.columns.len() + kind] = looks * (short * verse + (1.0 - short) * sorts);
        }
        out
    }
}

/// Probability of a wrapped line's length, given the width and the next line's first word.
fn length_of_wrap(line: &Line, next: &Line, width: u32, loose: bool) -> f32 {
    let reach = reach(next);
    let columns = line.columns;
    let (exact, near, far) = if loose { (0.6, 0.33, 0.069) } else { (0.985, 0.0085, 0.0017) };
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
