//! Where one sentence, clause or word of a paragraph ends and the next begins.

use super::script::{Kind, TABLE};

/// What kind of edge lies behind a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    /// A full stop, an exclamation or question mark.
    Sentence,
    /// A semicolon, a colon, a bracket, a dash, a closing quotation mark.
    Clause,
    /// A space.
    Word,
}

/// How many bytes a word of a script without spaces may take.
const WORD_BYTES: usize = 24;

/// Where the word that begins at `from` ends, the white space behind it included, and what edge that is.
pub(crate) fn next_edge(line: &str, from: usize) -> (usize, Edge) {
    let table = &**TABLE;
    let mut mark = Edge::Word;
    let mut letters = false;
    let mut digits = false;
    for (offset, letter) in line[from..].char_indices() {
        let end = from + offset + letter.len_utf8();
        match letter {
            // `51.` numbers what follows it.
            '.' | '!' | '?' | '…' => mark = if digits && !letters { Edge::Word } else { Edge::Sentence },
            '。' | '！' | '？' | '।' | '؟' | '۔' | '።' => return (end, Edge::Sentence),
            ';' | ':' | ')' | ']' | '»' | '”' | '—' | '–' | '|' | '/' => {
                mark = if mark == Edge::Word { Edge::Clause } else { mark };
            }
            '、' | '，' | '；' | '：' => return (end, Edge::Clause),
            ' ' | '\t' | '\u{a0}' => return (end, mark),
            _ => {
                let kind = table.get(letter as usize).map_or(Kind::Symbol, |entry| entry.kind);
                if matches!(kind, Kind::Letter | Kind::Digit) {
                    digits |= kind == Kind::Digit;
                    letters |= kind == Kind::Letter;
                    mark = Edge::Word;
                    if letter >= '\u{e00}' && end - from >= WORD_BYTES {
                        return (end, Edge::Word);
                    }
                }
            }
        }
    }
    (line.len(), mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_sentences_clauses_and_words_apart() {
        let line = "involved; 51. rejoint (donc) la fin. Et puis";
        let mut at = 0;
        let mut found = Vec::new();
        while at < line.len() {
            let (end, edge) = next_edge(line, at);
            found.push((&line[at..end], edge));
            at = end;
        }
        assert_eq!(
            found,
            [
                ("involved; ", Edge::Clause),
                ("51. ", Edge::Word),
                ("rejoint ", Edge::Word),
                ("(donc) ", Edge::Clause),
                ("la ", Edge::Word),
                ("fin. ", Edge::Sentence),
                ("Et ", Edge::Word),
                ("puis", Edge::Word),
            ]
        );
    }
}
