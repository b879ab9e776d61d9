//! How odd a stretch of text looks to a reader: the sum of what each character and each pair of neighbours costs.
//!
//! Clean words of any language cost nothing or nearly nothing. Mojibake is expensive: a currency sign after a letter, a
//! symbol between two letters, a capital after a small letter, letters of two scripts side by side, controls. Costs are
//! in tenths of a point; a point is about what a careful reader would want a reason for. The table is made by hand from
//! what orthographies allow (footnote signs after words, reversed guillemets, a dash between words, `NESTLÉ®`), not fitted to data.

#![expect(clippy::match_same_arms, reason = "pairs stand by what comes first")]

use super::kinds::{Class, GREEK, Kind, LATIN, kind, rarity};

/// Adds up what a stretch of text costs in its surroundings.
#[derive(Clone, Copy)]
pub(super) struct Meter {
    before_last: Kind,
    last: Kind,
    /// Whether a letter stands before the symbols just passed.
    letter_before_symbols: bool,
    /// Tenths of a point.
    pub(super) cost: i32,
}

impl Meter {
    /// A meter that stands after `left`, of which the last two characters matter.
    pub(super) fn after(left: &str) -> Meter {
        let mut ends = left.chars().rev().map(kind);
        let last = ends.next().unwrap_or(Kind::EDGE);
        let before_last = ends.next().unwrap_or(Kind::EDGE);
        Meter { before_last, last, letter_before_symbols: last.is_letter(), cost: 0 }
    }

    /// Goes over a character of the stretch.
    pub(super) fn push(&mut self, c: char) {
        self.cost += rarity(c);
        self.step(kind(c));
    }

    /// Ends the stretch: counts the pair it makes with what follows, of which the first two characters matter.
    pub(super) fn finish(mut self, right: &str) -> i32 {
        let mut next = right.chars().map(kind);
        self.step(next.next().unwrap_or(Kind::EDGE));
        if !self.last.ascii {
            // A symbol that belongs to the stretch's neighbour may still stand between two letters.
            self.step(next.next().unwrap_or(Kind::EDGE));
        }
        self.cost
    }

    fn step(&mut self, next: Kind) {
        self.cost += pair(self.last, next);
        if next.is_letter() {
            if self.letter_before_symbols && !self.last.is_letter() {
                self.cost += 20;
            }
            let shouted = matches!(self.before_last.class, Class::Upper | Class::UpperAccented)
                && matches!(self.last.class, Class::Upper | Class::UpperAccented)
                && next.class == Class::Lower
                && !(self.before_last.ascii && self.last.ascii && next.ascii);
            self.cost += if shouted && self.last.script == next.script { 10 } else { 0 };
            let dips = self.before_last.class == Class::Upper && self.last.class == Class::Lower && !self.last.ascii;
            self.cost += if dips && next.class == Class::Upper { 15 } else { 0 };
            self.letter_before_symbols = true;
        } else {
            // Signs that join two letters in clean text end the watch.
            self.letter_before_symbols &= !matches!(
                next.class,
                Class::Space
                    | Class::NoBreakSpace
                    | Class::SoftHyphen
                    | Class::Digit
                    | Class::Point
                    | Class::Apostrophe
                    | Class::Dash
                    | Class::Ellipsis
                    | Class::Bullet
                    | Class::Mark
                    | Class::Replacement
                    | Class::Picture
            ) || (next.class == Class::Apostrophe && !self.last.is_letter());
        }
        self.before_last = self.last;
        self.last = next;
    }
}

/// What two neighbours cost, in tenths of a point.
fn pair(a: Kind, b: Kind) -> i32 {
    use Class as C;
    match (a.is_letter(), b.is_letter()) {
        (true, true) => {
            if a.script != b.script && a.script != 0 && b.script != 0 {
                // Small Greek letters stand in the Latin words of science.
                let in_science = |x: Kind, y: Kind| x.script == GREEK && x.class == C::Lower && y.script == LATIN;
                return if in_science(a, b) || in_science(b, a) { 5 } else { 20 };
            }
            match (a.class, b.class) {
                (_, C::UpperAccented) => 15,
                _ if b.is_oe && !a.ascii => 20,
                (C::Lower, C::Upper) if a.script == LATIN && !b.ascii => 20,
                (C::Lower, C::Upper) if !(a.ascii && b.ascii) => 15,
                _ => 0,
            }
        }
        (true, false) => match b.class {
            C::Symbol | C::Currency | C::LowQuote | C::Inverted => 20,
            C::Box => 25,
            C::Accent => 15,
            C::Superscript if !a.ascii => 10,
            C::Superscript => 5,
            C::Quote => 5,
            C::NoBreakSpace => 2,
            C::SoftHyphen if a.class == C::Upper => 10,
            C::SoftHyphen => 5,
            C::Bullet if !a.ascii => 10,
            C::Bullet => 5,
            _ => 0,
        },
        (false, true) => match a.class {
            C::Superscript => 10,
            C::Closing => 15,
            C::Currency | C::Symbol | C::Accent => 12,
            C::Box => 20,
            C::Guillemet => 2,
            C::Bullet => 3,
            C::Digit if !b.ascii && b.class == C::Upper => 10,
            C::Point if !b.ascii && b.class == C::Upper => 3,
            _ => 0,
        },
        (false, false) => match (a.class, b.class) {
            (C::Space | C::NoBreakSpace, C::Accent | C::Superscript | C::Closing) => 5,
            (C::Space | C::NoBreakSpace, C::Symbol) => 3,
            (C::Space | C::NoBreakSpace | C::Quote | C::LowQuote | C::Closing, C::Mark) => 15,
            (C::Quote, C::Space) => 5,
            (C::Currency, C::Closing | C::Quote | C::LowQuote) => 15,
            (C::Box, C::Box | C::Space | C::NoBreakSpace) | (C::Space | C::NoBreakSpace, C::Box) => 0,
            (C::Box, _) | (_, C::Box) => 10,
            (
                C::Currency | C::Symbol | C::Accent | C::Superscript,
                C::Currency | C::Symbol | C::Accent | C::Superscript,
            ) => 10,
            (
                C::Symbol | C::Currency | C::Accent | C::Superscript | C::Inverted,
                C::Quote | C::LowQuote | C::Closing | C::Guillemet | C::Dash,
            )
            | (
                C::Quote | C::LowQuote | C::Closing | C::Guillemet | C::Dash | C::Ellipsis,
                C::Symbol | C::Accent | C::Superscript,
            ) => 5,
            (C::Symbol | C::Currency | C::Accent, C::Ellipsis | C::Bullet | C::Inverted)
            | (C::Inverted, C::Symbol | C::Currency | C::Accent | C::Superscript) => 10,
            (_, C::SoftHyphen) => 5,
            _ => 0,
        },
    }
}
