//! Draws the training samples: a language, a source of it, a stretch of text, and what befalls it.

use textmill_core::langid::{Language, Script, feature_rows};

use super::chance::Chance;
use super::code;
use super::corpus::Corpus;

/// One sample: what the model sees of a text, and the class it should find.
pub struct Sample {
    /// The script of most of its letters.
    pub script: Script,
    /// Rows of the table, as often as their feature occurs.
    pub rows: Vec<u32>,
    /// The language, `und` or `zxx`.
    pub language: Language,
}

/// The corpora, ready to be drawn from.
pub struct Source<'a> {
    languages: Vec<(Language, Vec<&'a Corpus>)>,
    /// Cumulated shares of the languages.
    shares: Vec<f64>,
}

impl<'a> Source<'a> {
    /// Gives every language the same share, but for `und` (many languages in one) and `zxx`.
    pub fn new(corpora: &'a [Corpus]) -> Source<'a> {
        let mut languages: Vec<(Language, Vec<&Corpus>)> = Vec::new();
        for corpus in corpora {
            match languages.last_mut() {
                Some((language, list)) if *language == corpus.language => list.push(corpus),
                _ => languages.push((corpus.language, vec![corpus])),
            }
        }
        let mut shares = Vec::new();
        let mut sum = 0.0;
        for (language, _) in &languages {
            sum += match language.code() {
                "und" => 24.0,
                "zxx" => 4.0,
                "sr" => 2.0,
                code if [
                    "el", "hy", "ka", "th", "lo", "km", "gu", "pa", "or", "ta", "te", "kn", "ml", "si", "dv", "ko",
                ]
                .contains(&code) =>
                {
                    0.0
                }
                "en" | "de" | "fr" | "es" | "pt" | "it" | "nl" | "hr" | "bs" | "id" | "ms" | "cs" | "sk" | "da"
                | "nb" | "nn" | "sv" | "gl" | "bg" | "mk" | "ru" | "uk" | "be" | "pl" => 1.6,
                "ab" | "bas" | "ceb" | "cnh" | "co" | "dsb" | "dz" | "fo" | "gn" | "gv" | "hsb" | "ht" | "ia"
                | "ig" | "kab" | "mg" | "os" | "rm" | "sa" | "sah" | "sm" | "ss" | "vot" | "wo" | "yue" | "ee"
                | "ny" | "su" => 0.6,
                // Little else than the Universal Declaration.
                "gsw" => 0.3,
                _ => 1.0,
            };
            shares.push(sum);
        }
        Source { languages, shares }
    }

    /// Draws one sample, of one word to a long paragraph.
    pub fn draw(&self, chance: &mut Chance) -> Sample {
        let (text, language) = self.draw_text(chance);
        Sample::of(&text, language)
    }

    /// Draws a stretch of text and its language.
    pub fn draw_text(&self, chance: &mut Chance) -> (String, Language) {
        let at = chance.unit() * self.shares.last().copied().unwrap_or(0.0);
        let (language, corpora) = &self.languages[self.shares.partition_point(|&share| share <= at)];
        let length = match chance.below(100) {
            0..25 => 8 + chance.below(16),
            25..50 => 20 + chance.below(60),
            50..82 => 60 + chance.below(120),
            _ => 150 + chance.below(350),
        };
        // Two words of an unknown language are no reason to refuse two words of a known one.
        let length = if *language == Language::UND { length.max(40) } else { length };
        let mut text = if *language == Language::ZXX && chance.below(3) == 0 {
            code::junk(length, chance)
        } else if *language == Language::UND && chance.below(5) < 2 {
            let (_, other) = &self.languages[chance.below(self.languages.len())];
            let text = if other[0].language == Language::ZXX {
                None
            } else {
                strange(&stretch(other, length, chance), chance)
            };
            text.unwrap_or_else(|| stretch(corpora, length, chance))
        } else {
            stretch(corpora, length, chance)
        };
        if *language != Language::ZXX {
            match chance.below(20) {
                0..4 => text = without_diacritics(&text),
                4 => text = text.replace(['.', ',', ';', ':'], " "),
                5 => text = text.to_uppercase(),
                6 | 7 if text.len() > 60 => text = of_short_words(&text),
                _ => {}
            }
        }
        (text, *language)
    }
}

impl Sample {
    /// What the model sees of a text in the script of most of its letters.
    pub fn of(text: &str, language: Language) -> Sample {
        let mut by_script: Vec<(Script, Vec<u32>, u32)> = Vec::new();
        feature_rows(text, |script, rows, letters| match by_script.iter_mut().find(|entry| entry.0 == script) {
            Some(entry) => {
                entry.1.extend(rows);
                entry.2 += letters;
            }
            None => by_script.push((script, rows.to_vec(), letters)),
        });
        // Chinese characters with kana among them are known for Japanese before the head is asked.
        if by_script.iter().any(|entry| entry.0 == Script::Kana) {
            by_script.retain(|entry| entry.0 != Script::Hani);
        }
        let most = by_script.into_iter().max_by_key(|entry| (entry.2, std::cmp::Reverse(entry.0)));
        let (script, rows, _) = most.unwrap_or((Script::Other, Vec::new(), 0));
        Sample { script, rows, language }
    }
}

/// About `length` characters of one source, cut at spaces; passages are put together where one is too short.
fn stretch(corpora: &[&Corpus], length: usize, chance: &mut Chance) -> String {
    let total: f64 = corpora.iter().map(|corpus| corpus.weight).sum();
    let mut at = chance.unit() * total;
    let corpus = corpora.iter().find(|corpus| {
        at -= corpus.weight;
        at < 0.0
    });
    let corpus = corpus.unwrap_or(&corpora[0]);
    let mut out = String::new();
    let mut count = 0;
    // Two in three samples begin where a passage does.
    let whole = chance.below(3) > 0;
    for _ in 0..40 {
        let passage = &corpus.passages[chance.below(corpus.passages.len())];
        if corpus.language == Language::ZXX {
            return code::program(passage, 1 + length / 30, chance);
        }
        let spaces = passage.matches(' ').count();
        let skip = if whole || spaces < 3 { 0 } else { chance.below(spaces) };
        let start = if skip == 0 { 0 } else { passage.match_indices(' ').nth(skip).map_or(0, |found| found.0) };
        for letter in passage[start..].chars() {
            if count >= length && (letter == ' ' || letter >= '\u{e00}' || count > length + 30) {
                return out;
            }
            out.push(letter);
            count += 1;
        }
        out.push(' ');
    }
    out
}

/// The text with some of its letters exchanged, the same ones all over: a language that there is not, in a known script.
///
/// What has the letters of a language and not its words is to be refused. `None` for a text of few letters, and where so
/// many are in use (Chinese, Ethiopic) that the few exchanges would not show.
fn strange(text: &str, chance: &mut Chance) -> Option<String> {
    let mut letters: Vec<char> = text.to_lowercase().chars().filter(|letter| letter.is_alphabetic()).collect();
    letters.sort_unstable();
    letters.dedup();
    if !(8..60).contains(&letters.len()) {
        return None;
    }
    let mut images = letters.clone();
    for _ in 0..5 + chance.below(5) {
        let (a, b) = (chance.below(letters.len()), chance.below(letters.len()));
        images.swap(a, b);
    }
    let image = |letter: char| letters.binary_search(&letter).map_or(letter, |at| images[at]);
    Some(text.to_lowercase().chars().map(image).collect())
}

/// The words of up to eight letters: where a text goes on in its language, no others are read.
fn of_short_words(text: &str) -> String {
    let short: Vec<&str> = text.split(' ').filter(|word| word.chars().count() <= 8).collect();
    if short.len() < 3 { text.to_owned() } else { short.join(" ") }
}

/// Latin letters without their marks, as people type them who lack the keys.
pub fn without_diacritics(text: &str) -> String {
    text.chars().map(bare).collect()
}

/// The letter without its mark; only letters of the Latin script that decompose, and a few that people replace.
fn bare(letter: char) -> char {
    const FROM: &str = "àáâãäåāăąçćĉċčďđèéêëēĕėęěĝğġģĥħìíîïĩīĭįıĵķĺļľłñńņňòóôõöøōŏőŕŗřśŝşšșţťŧțùúûüũūŭůűųŵýÿŷźżžơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ";
    const TO: &str = "aaaaaaaaacccccddeeeeeeeeegggghhiiiiiiiiijkllllnnnnooooooooorrrsssssttttuuuuuuuuuuwyyyzzzouaaaaaaaaaaaaeeeeeeeeiioooooooooooouuuuuuuyyyy";
    let lower = letter.to_lowercase().next().unwrap_or(letter);
    FROM.chars().position(|from| from == lower).and_then(|at| TO.chars().nth(at)).unwrap_or(letter)
}
