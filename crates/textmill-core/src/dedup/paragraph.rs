//! Paragraphs as documents of their own (`unit = "paragraph"`): boilerplate that many documents repeat.
//!
//! A paragraph is what stands between blank lines. Each is sketched like a document and compared by the same index; the
//! caller removes the ranges of those that were found before. Short paragraphs are never compared: a heading, a name or
//! a closing brace that stands in many documents is no boilerplate.

use std::ops::Range;

use super::sketch::{Sketch, Sketcher};

/// One paragraph that is long enough to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParagraphSketch {
    /// Its bytes in the text, without the line break at its end.
    pub range: Range<usize>,
    /// Its sketch.
    pub sketch: Sketch,
}

/// The paragraphs of a text: byte ranges, in order, that neither begin nor end in a line break.
pub fn paragraphs(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    let mut lines = text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (line.trim().is_empty(), start..start + line.trim_end_matches(['\n', '\r']).len())
    });
    std::iter::from_fn(move || {
        let (_, first) = lines.by_ref().find(|(blank, _)| !blank)?;
        let last = lines.by_ref().take_while(|(blank, _)| !blank).last();
        Some(first.start..last.map_or(first.end, |(_, last)| last.end))
    })
}

/// The range that takes a paragraph and the blank lines after it out of a text; if it is the last, those before it.
pub fn removal_range(text: &str, paragraph: &Range<usize>) -> Range<usize> {
    let rest = &text[paragraph.end..];
    let follows = rest.len() - rest.trim_start_matches(char::is_whitespace).len();
    if follows < rest.len() {
        let line_start = rest[..follows].rfind('\n').map_or(follows, |line_break| line_break + 1);
        return paragraph.start..paragraph.end + line_start;
    }
    let before = text[..paragraph.start].trim_end().len();
    before..text.len()
}

impl Sketcher {
    /// The sketches of the paragraphs that hold at least `min_tokens` tokens.
    pub fn sketch_paragraphs(&mut self, text: &str, min_tokens: usize) -> Vec<ParagraphSketch> {
        paragraphs(text)
            .map(|range| ParagraphSketch { sketch: self.sketch(&text[range.clone()]), range })
            .filter(|paragraph| paragraph.sketch.n_tokens as usize >= min_tokens)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dedup::{DedupConfig, Index, Verdict};

    fn listed(text: &str) -> Vec<&str> {
        paragraphs(text).map(|range| &text[range]).collect()
    }

    #[test]
    fn blank_lines_part_paragraphs() {
        assert_eq!(listed("\n one\ntwo\r\n\r\n \t\nthree\n\n"), [" one\ntwo", "three"]);
        assert_eq!(listed(""), [""; 0]);
        assert_eq!(listed("one"), ["one"]);
    }

    #[test]
    fn what_is_removed_leaves_no_hole() {
        let text = "one\n\ntwo\n\n  three\n";
        let removed: Vec<String> = paragraphs(text)
            .map(|range| {
                let cut = removal_range(text, &range);
                format!("{}{}", &text[..cut.start], &text[cut.end..])
            })
            .collect();
        assert_eq!(removed, ["two\n\n  three\n", "one\n\n  three\n", "one\n\ntwo"]);
    }

    #[test]
    fn a_repeated_paragraph_is_found_and_a_short_one_is_not_compared() {
        let config = DedupConfig::default();
        let mut sketcher = Sketcher::new(&config).expect("the defaults are in range");
        let mut index = Index::new(&config).expect("the defaults are in range");
        let notice = "By using this site you agree that we may store small files on your machine to remember you.";
        let mut verdicts = Vec::new();
        for text in
            [format!("The mill.\n\n{notice}"), format!("The mill.\n\nAnother page.\n\n{}", notice.to_uppercase())]
        {
            for paragraph in sketcher.sketch_paragraphs(&text, 8) {
                verdicts.push(index.insert(&paragraph.sketch));
            }
        }
        assert_eq!(verdicts, [Verdict::Unique { kept: 0 }, Verdict::ExactDuplicate { of: 0 }]);
    }
}
