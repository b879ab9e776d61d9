//! The names of the rules, in the order in which they run.

/// One repair rule. The order of the variants is the order in which the rules run.
///
/// `mojibake` stands first, because what it undoes is made of the very characters (C1 controls, no-break spaces) that
/// the rules after it remove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Rule {
    /// UTF-8 read as a single-byte encoding, once or more times.
    Mojibake,
    /// CRLF, CR, NEL, LS, PS → LF.
    LineTerminators,
    /// C0 and C1 controls, a BOM inside text, noncharacters.
    ControlChars,
    /// Soft hyphens, zero-width spaces.
    InvisibleChars,
    /// Latin presentation forms (`ﬁ` → `fi`).
    Ligatures,
    /// Normalization Form C.
    UnicodeForm,
    /// `...[+++]` and its like.
    CutMarks,
    /// `exam-⏎ple` → `example`.
    LineEndHyphens,
    /// `th⏎at` → `that`.
    BrokenWords,
    /// Lines wrapped inside a paragraph.
    HardWraps,
    /// Runs of spaces, trailing spaces.
    Spaces,
    /// Paragraphs that stand in a document before. No rule of repair, and so not among [`Rule::ALL`]: `dedup` removes them,
    /// and the edit bears this name.
    RepeatedParagraphs,
}

impl Rule {
    /// Every rule of repair, in order.
    pub const ALL: [Rule; 11] = [
        Rule::Mojibake,
        Rule::LineTerminators,
        Rule::ControlChars,
        Rule::InvisibleChars,
        Rule::Ligatures,
        Rule::UnicodeForm,
        Rule::CutMarks,
        Rule::LineEndHyphens,
        Rule::BrokenWords,
        Rule::HardWraps,
        Rule::Spaces,
    ];

    /// The rule's word, as in `pipeline.toml`, the reports and the folder of cases.
    pub const fn name(self) -> &'static str {
        match self {
            Rule::Mojibake => "mojibake",
            Rule::LineTerminators => "line-terminators",
            Rule::ControlChars => "control-chars",
            Rule::InvisibleChars => "invisible-chars",
            Rule::Ligatures => "ligatures",
            Rule::UnicodeForm => "unicode-form",
            Rule::CutMarks => "cut-marks",
            Rule::LineEndHyphens => "line-end-hyphens",
            Rule::BrokenWords => "broken-words",
            Rule::HardWraps => "hard-wraps",
            Rule::Spaces => "spaces",
            Rule::RepeatedParagraphs => "repeated-paragraphs",
        }
    }

    /// The rule of that name.
    pub fn from_name(name: &str) -> Option<Rule> {
        Rule::ALL.into_iter().find(|rule| rule.name() == name)
    }
}

/// A set of rules, as one word of bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RuleSet(u16);

impl RuleSet {
    /// The set with every rule.
    pub const fn all() -> RuleSet {
        RuleSet((1 << Rule::ALL.len()) - 1)
    }

    /// The set with no rule.
    pub const fn none() -> RuleSet {
        RuleSet(0)
    }

    /// The same set with `rule` in it.
    #[must_use]
    pub const fn with(self, rule: Rule) -> RuleSet {
        RuleSet(self.0 | 1 << rule as u8)
    }

    /// The same set without `rule`.
    #[must_use]
    pub const fn without(self, rule: Rule) -> RuleSet {
        RuleSet(self.0 & !(1 << rule as u8))
    }

    /// The rules of either set.
    #[must_use]
    pub const fn union(self, other: RuleSet) -> RuleSet {
        RuleSet(self.0 | other.0)
    }

    /// Whether `rule` is in the set.
    pub const fn contains(self, rule: Rule) -> bool {
        self.0 & 1 << rule as u8 != 0
    }

    /// The rules of the set, in order.
    pub fn iter(self) -> impl Iterator<Item = Rule> {
        Rule::ALL.into_iter().chain([Rule::RepeatedParagraphs]).filter(move |&rule| self.contains(rule))
    }
}
