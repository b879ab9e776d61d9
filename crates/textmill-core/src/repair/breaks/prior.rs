//! `broken-words`: how often the line breaks of one text cut words, the guard that keeps whole text whole.
//!
//! # What it changes
//! A line end inside a word, with no hyphen to tell: `th⏎at` → `that`. In a text that was cut without regard to words, also
//! a line end before punctuation or behind an opening bracket.
//!
//! # What it leaves alone, and why
//! Two words in a row may look like one word cut in two (`rail way`). One such pair in a text of a thousand lines is
//! chance; a dozen that no chance explains are a text whose lines were cut. So the share of cutting breaks is estimated
//! from all breaks of the text together (expectation and maximisation), and it is nothing unless the text as a whole is far
//! likelier with cuts than without. Where under half of the words around are known, no word is made. Addresses and code
//! are no questions for a dictionary, and scripts without spaces take no part.
//!
//! # Confidence
//! The share of the reading as one word, against two words and a line end that stays.
//!
//! # Example
//! `...particularly in va⏎lue chains...` → `...particularly in value chains...`
//!
//! # Source
//! Expectation and maximisation: A. Dempster and others, "Maximum likelihood from incomplete data via the EM algorithm",
//! 1977. Figures: `benches/record/repair.md`.

/// What one bare break adds to the estimate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence {
    /// Odds of one word over two, from words alone; 0 where words cannot be asked.
    pub(super) word_odds: f32,
    /// Whether the whole is a known word. Unknown wholes are decided by the estimate and take no part in it.
    pub(super) whole_known: bool,
    /// Probability that the layout wrapped the line here.
    pub(super) wrap: f32,
    /// Odds of a cut over a line end that stays, from the looks of both lines.
    pub(super) looks: f32,
}

/// The estimates for one text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct CutRate {
    /// Of the wraps, the share that cut words.
    pub(super) of_wraps: f32,
    /// Of the other line ends, the share that are cuts at random places.
    pub(super) of_ends: f32,
}

/// Of random cuts, the share that fall inside words; the others fall at spaces.
pub(super) const INSIDE: f32 = 0.68;
/// Nats by which a text must be likelier with cuts than without.
const LEAST_EVIDENCE: f32 = 9.0;
/// Nats that each cut mark in a text adds: a text with marks was cut.
const MARK_EVIDENCE: f32 = 5.0;
/// Highest share of cuts that line ends between words can speak for: beyond it lines of verse would look like cuts.
const BY_LOOKS: f32 = 0.5;
/// Rounds of estimation.
const ROUNDS: usize = 6;

/// Whether any of the breaks asked about speaks so clearly for a cut word that all must be asked.
pub(super) fn is_suspect<'a>(mut breaks: impl Iterator<Item = &'a Evidence>) -> bool {
    /// The odds of one word over two that chance seldom gives, where the lines look like a cut.
    const CLEAR: f32 = 40.0;
    breaks.any(|b| b.whole_known && b.word_odds * (b.wrap + (1.0 - b.wrap) * b.looks) > CLEAR)
}

/// Estimates the cut rates of a text with `marks` cut marks; `fixed_width` says that lines end at one column whatever
/// stands there.
pub(super) fn estimate(breaks: &[Evidence], marks: usize, fixed_width: bool) -> CutRate {
    let mut rate =
        CutRate { of_wraps: if fixed_width { 0.5 } else { 0.02 }, of_ends: if marks > 0 { 0.5 } else { 0.05 } };
    let wraps: f32 = breaks.iter().map(|b| b.wrap).sum();
    // Only line ends that could be cuts by their looks tell how many are.
    let ends: f32 = breaks.iter().map(|b| (1.0 - b.wrap) * b.looks / (0.5 + b.looks)).sum();
    let asked = |b: &&Evidence| b.whole_known && b.word_odds > 0.0;
    for _ in 0..ROUNDS {
        let (mut cut_wraps, mut cut_ends) = (0.0, 0.0);
        for b in breaks.iter().filter(asked) {
            let [joined, spaced, kept] = readings(b, rate);
            let share = joined / (joined + spaced + kept);
            cut_wraps += share * b.wrap;
            cut_ends += share * (1.0 - b.wrap);
        }
        rate.of_wraps = (cut_wraps / INSIDE + 0.01) / (wraps + 1.0);
        rate.of_ends = ((cut_ends / INSIDE + 0.01 + marks as f32) / (ends + 1.0 + marks as f32)).min(0.8);
        rate.of_wraps = rate.of_wraps.min(0.98);
    }
    let gain = |b: &Evidence| {
        let [joined, spaced, kept] = readings(b, rate);
        let without = readings(b, CutRate::default());
        ((joined + spaced + kept) / without.iter().sum::<f32>()).ln()
    };
    let evidence: f32 = breaks.iter().filter(asked).map(gain).sum();
    let marked = MARK_EVIDENCE * marks.min(4) as f32;
    if evidence + marked < LEAST_EVIDENCE {
        return CutRate::default();
    }
    // The text was cut, so line ends that look like cuts between words tell how often, too.
    for _ in 0..ROUNDS {
        let cuts: f32 = breaks.iter().map(|b| cut_share(b, rate) * b.looks / (0.5 + b.looks)).sum();
        rate.of_ends = rate.of_ends.max(((cuts + marks as f32) / (ends + 1.0 + marks as f32)).min(BY_LOOKS));
    }
    rate
}

/// How likely a line end that is no wrap is a cut, inside a word or beside it.
fn cut_share(b: &Evidence, rate: CutRate) -> f32 {
    let inside = if b.whole_known { b.word_odds.min(1e3) } else { 0.0 };
    let cut = rate.of_ends * b.looks * (inside * INSIDE + 1.0 - INSIDE);
    (1.0 - b.wrap) * cut / (cut + 1.0 - rate.of_ends)
}

/// The weights of one word, two words, and a line end that stays.
pub(super) fn readings(b: &Evidence, rate: CutRate) -> [f32; 3] {
    let rest = 1.0 - b.wrap;
    let joined = b.word_odds * INSIDE * (rate.of_wraps * (b.wrap + 0.02) + rate.of_ends * rest * b.looks);
    let spaced = b.wrap * (1.0 - INSIDE * rate.of_wraps) + rate.of_ends * rest * b.looks * (1.0 - INSIDE);
    let kept = rest * (1.0 - rate.of_ends);
    [joined, spaced, kept]
}
