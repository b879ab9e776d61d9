//! The widths that explain where the lines of a text end.
//!
//! A line that was wrapped at width `w` is at most `w` columns long, and the first word of the next line would not have
//! fitted behind it. So every wrapped line end names the range of widths that explain it, and the width that lies in most
//! ranges is the one that was used. A text may hold several: one for each book, column or mail it was put together from.

use super::lines::{Begins, Ends, Line};

/// Columns: narrower or wider than this is no page.
const NARROWEST: u32 = 20;
const WIDEST: u32 = 400;
/// Line ends that agree on one column in a text that was surely cut there.
const SURE_ENDS: u32 = 12;
/// How many widths one text may have.
pub(super) const MAX_WIDTHS: usize = 4;

/// The widths found in a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Widths {
    /// The widths, the one that explains most first.
    pub(super) columns: Vec<u32>,
    /// Whether the widths are only near, as those of a proportional typeface are.
    pub(super) loose: bool,
    /// Share of the line ends that the first width explains.
    pub(super) first_share: f32,
    /// The column at which lines were cut whatever stands there, as `fold -w` does, if most were.
    pub(super) cut: Option<u32>,
    /// So many lines end there that it is no chance, even where words were hyphenated to fill the lines.
    pub(super) cut_surely: bool,
}

/// The widths of line lengths that explain a line end: from the line's own to one column less than the next word needs.
pub(super) fn explained_by(line: &Line, next: &Line) -> (u32, u32) {
    (line.columns, line.columns + reach(next))
}

/// By how many columns a line can fall short of the width because of the next line's first word.
pub(super) fn reach(next: &Line) -> u32 {
    if next.begins == Begins::Unspaced { 4 } else { next.first_columns.min(40) }
}

/// Whether the line end can be a wrap at all.
pub(super) fn may_wrap(line: &Line, next: &Line) -> bool {
    !(line.is_blank() || next.is_blank() || line.rigid || next.rigid || next.begins == Begins::Marker)
}

/// Finds the widths of a text.
pub(super) fn measure(lines: &[Line]) -> Widths {
    let mut ranges: Vec<(u32, u32)> = lines
        .windows(2)
        .filter(|pair| may_wrap(&pair[0], &pair[1]) && !looks_ended(&pair[0], &pair[1]))
        .map(|pair| explained_by(&pair[0], &pair[1]))
        .filter(|range| (NARROWEST..=WIDEST).contains(&range.0))
        .collect();
    let all = ranges.len();
    let mut widths = Widths::default();
    if all == 0 {
        return widths;
    }
    while widths.columns.len() < MAX_WIDTHS {
        let (width, covered) = best(&ranges, 0);
        if covered < 1 || (!widths.columns.is_empty() && (covered < 3 || covered * 16 < all)) {
            break;
        }
        if widths.columns.is_empty() {
            let (_, near) = best(&ranges, 16);
            widths.loose = near >= 8 && covered * 100 < near * 80;
            widths.first_share = covered as f32 / all as f32;
            let cut = cut_column(&ranges);
            widths.cut = cut.map(|cut| cut.0);
            widths.cut_surely = cut.is_some_and(|cut| cut.1 >= SURE_ENDS);
        }
        widths.columns.push(width);
        ranges.retain(|range| !(range.0..=range.1).contains(&width));
    }
    widths
}

/// The narrowest width that explains all line ends of a block that are no ends of paragraphs, and how many widths do.
///
/// `None` if there is none, if a line stands for itself or begins as prose does not, or if not more lines go on with a small
/// letter than begin with a capital, as those of verse do.
pub(super) fn width_of_block(lines: &[Line]) -> Option<(u32, u32)> {
    let (mut from, mut to) = (NARROWEST, WIDEST);
    let mut goes_on = 0_i32;
    for pair in lines.windows(2) {
        let (line, next) = (&pair[0], &pair[1]);
        if !may_wrap(line, next) || matches!(next.begins, Begins::Closer | Begins::Symbol) {
            return None;
        }
        if !looks_ended(line, next) {
            let range = explained_by(line, next);
            (from, to) = (from.max(range.0), to.min(range.1));
            goes_on += match next.begins {
                Begins::Lower => 1,
                Begins::Upper => -1,
                _ => 0,
            };
        }
    }
    (goes_on > 0 && from <= to).then(|| (from, to + 1 - from))
}

/// The column at which at least two thirds of the lines end, or one before it, where a blank was lost; the latter are fewer.
/// And how many end there.
fn cut_column(ranges: &[(u32, u32)]) -> Option<(u32, u32)> {
    /// Fewer line ends than this may agree by chance.
    const FEW: u32 = 4;
    let mut lengths = [0_u32; WIDEST as usize + 2];
    for &(length, _) in ranges {
        lengths[length as usize] += 1;
    }
    // Of equals the widest; no line is longer than the longest.
    let longest = ranges.iter().map(|range| range.0 as usize).max()?;
    let column = (1..longest + 2).max_by_key(|&c| (lengths[c] + lengths[c - 1], lengths[c]))?;
    let ends = lengths[column] + lengths[column - 1];
    (ends >= FEW && ends * 3 > ranges.len() as u32 * 2 && lengths[column] > lengths[column - 1])
        .then_some((column as u32, ends))
}

/// The width in most ranges, each made wider at both ends by its start over `slack` (0: not at all), and in how many.
fn best(ranges: &[(u32, u32)], slack: u32) -> (u32, usize) {
    let mut change = [0_i32; WIDEST as usize + 64];
    let last = change.len() as u32 - 2;
    let (mut narrowest, mut widest) = (last, 0);
    for &(from, to) in ranges {
        let more = from.checked_div(slack).unwrap_or(0);
        change[(from - more) as usize] += 1;
        change[((to + more).min(last) + 1) as usize] -= 1;
        narrowest = narrowest.min(from - more);
        widest = widest.max(from);
    }
    let mut depth = 0;
    let mut best = (0, 0);
    // More ranges than before begin nowhere else.
    for width in narrowest..=widest {
        depth += change[width as usize];
        // Of equals the narrowest: it is the longest line itself.
        if depth > best.1 {
            best = (width, depth);
        }
    }
    (best.0, best.1 as usize)
}

/// Whether a paragraph ends here by the looks of it: such line ends say nothing about the width.
fn looks_ended(line: &Line, next: &Line) -> bool {
    line.ends == Ends::Sentence && next.begins != Begins::Lower
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repair::breaks::lines::read_lines;

    #[test]
    fn the_width_of_a_wrapped_paragraph_is_found() {
        let text = "The mill stood at the end of the\nvillage, where the road crosses a\nbrook and begins to climb towards\nthe old wood on the hill.";
        let widths = measure(&read_lines(text).0);
        assert_eq!(widths.columns.first(), Some(&33));
    }

    #[test]
    fn lines_of_paragraph_length_have_no_width() {
        let text = format!("{}\n{}\n", "word ".repeat(100), "other ".repeat(120));
        assert!(measure(&read_lines(&text).0).columns.is_empty());
    }
}
