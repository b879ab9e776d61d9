//! How likely one character follows another in each language: tables built once from `model.txt`.
//!
//! Costs are in quarters of a bit, so that the cost of a reading is `-4 * log2` of its probability, and readings of the
//! same bytes in different charsets can be compared. Letters are folded to lower case; what is no letter of the script
//! falls into a few classes (digits, quotes, dashes, currency signs), whose cost includes the choice within the class.

use std::sync::OnceLock;

/// Written by `tools/decode-model.py`.
const MODEL: &str = include_str!("model.txt");

/// The languages of a script are priced side by side, in as many lanes: as many as Latin takes, or as all others do.
pub(super) const MAX_LANES: usize = 48;
pub(super) const FEW_LANES: usize = 16;

/// Characters below this one have their classes in a table.
const TABLE_END: char = '\u{2200}';

/// The cost of what a language never has, and of lanes without a language.
const NEVER: u8 = 160;

/// Languages whose words are met in all others.
const LENDERS: [&str; 6] = ["de", "es", "fr", "it", "pt", "sv"];

/// What a pair of letters from one of them costs more than there, in quarters of a bit.
const FOREIGN_WORD_COST: u8 = 24;

/// A script of which each language has its own costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    Cyrillic,
    Greek,
    Hebrew,
    Arabic,
    Thai,
}

/// The costs of all languages of one script.
pub(super) struct ScriptModel {
    letters: Vec<char>,
    /// Names of the classes after the letters.
    names: &'static str,
    n_classes: usize,
    lanes: usize,
    languages: Vec<&'static str>,
    /// `costs[(first * n_classes + second) * lanes + lane]`.
    costs: Vec<u8>,
    /// The least of the costs of a pair in any lane: `least[first * n_classes + second]`.
    least: Vec<u8>,
    /// The classes of the characters below U+2200.
    classes: Vec<u8>,
}

/// Costs of every script, and of the characters of Chinese, Japanese and Korean.
pub(super) struct Model {
    scripts: Vec<ScriptModel>,
    /// `ideographs[code * 4 + lane]`: Japanese, Korean, simplified and traditional Chinese.
    ideographs: Vec<u8>,
}

/// The model, built on first use.
pub(super) fn model() -> &'static Model {
    static BUILT: OnceLock<Model> = OnceLock::new();
    BUILT.get_or_init(Model::build)
}

impl Model {
    pub(super) fn script(&self, script: Script) -> &ScriptModel {
        &self.scripts[script as usize]
    }

    /// The cost of a character that is not ASCII in Japanese, Korean, simplified and traditional Chinese.
    pub(super) fn ideograph(&self, char: char) -> [u8; 4] {
        match self.ideographs.get(char as usize * 4..char as usize * 4 + 4) {
            Some(costs) => [costs[0], costs[1], costs[2], costs[3]],
            None => [84; 4],
        }
    }

    fn build() -> Model {
        let traits: Vec<Traits> = ('\0'..TABLE_END).map(Traits::of).collect();
        let mut scripts = Vec::new();
        let mut section = Section::default();
        let mut ideographs = default_ideographs();
        let mut cjk_lanes = 0;
        for line in MODEL.lines().skip(1) {
            // Names of sections are words, and every other line begins with one character and a cost.
            if let Some(letters) = line.strip_prefix("letters ") {
                section = Section::begin(letters, scripts.len());
            } else if line.starts_with("script ") || line.starts_with("cjk ") {
                scripts.extend(std::mem::take(&mut section).finish(&traits));
                cjk_lanes += usize::from(line.starts_with("cjk "));
            } else if cjk_lanes > 0 {
                let mut chars = line.chars();
                let cost = chars.next().map_or(NEVER, cost_of);
                for char in chars {
                    if let Some(slot) = ideographs.get_mut(char as usize * 4 + cjk_lanes - 1) {
                        *slot = cost;
                    }
                }
            } else if let Some(name) = line.strip_prefix("lang ") {
                section.languages.push(Language { name, ..Language::default() });
            } else if let Some(language) = section.languages.last_mut() {
                match line.strip_prefix("single ") {
                    Some(costs) => language.singles = costs.chars().map(cost_of).collect(),
                    None => language.rows.push(line),
                }
            }
        }
        Model { scripts, ideographs }
    }
}

/// One script's part of the file, before it is laid out.
#[derive(Default)]
struct Section {
    letters: Vec<char>,
    names: &'static str,
    languages: Vec<Language>,
}

#[derive(Default)]
struct Language {
    name: &'static str,
    singles: Vec<u8>,
    rows: Vec<&'static str>,
}

impl Section {
    fn begin(letters: &str, n_scripts: usize) -> Section {
        let names =
            if n_scripts == Script::Latin as usize { "SDTQHOGCNEBMRKXYZIWUFV" } else { "SDTQHOGCNEBMRKXYZIWUFLV" };
        Section { letters: letters.chars().collect(), names, languages: Vec::new() }
    }

    fn finish(self, traits: &[Traits]) -> Option<ScriptModel> {
        if self.languages.is_empty() {
            return None;
        }
        let n_classes = self.letters.len() + self.names.len();
        let lanes = if self.languages.len() <= FEW_LANES { FEW_LANES } else { MAX_LANES };
        let costs = vec![NEVER; n_classes * n_classes * lanes];
        let languages = self.languages.iter().map(|language| language.name).collect();
        let mut model = ScriptModel {
            letters: self.letters,
            names: self.names,
            n_classes,
            lanes,
            languages,
            costs,
            least: Vec::new(),
            classes: Vec::new(),
        };
        model.classes = model.class_table(traits);
        // What follows a class that has no row is the same for all of these: it is laid out once.
        let (first, others) = model.costs.split_at_mut(n_classes * lanes);
        for (lane, language) in self.languages.iter().take(lanes).enumerate() {
            for (second, &cost) in language.singles.iter().enumerate() {
                first[second * lanes + lane] = cost;
            }
        }
        others.chunks_exact_mut(first.len()).for_each(|row| row.copy_from_slice(first));
        for (lane, language) in self.languages.iter().take(lanes).enumerate() {
            for row in &language.rows {
                model.fill_row(row, lane, &language.singles);
            }
        }
        model.allow_foreign_words();
        model.least =
            model.costs.chunks_exact(lanes).map(|costs| costs.iter().copied().min().unwrap_or(NEVER)).collect();
        Some(model)
    }
}

impl ScriptModel {
    /// Lays out a row: its class, the cost of all that it does not list, then pairs of a class and its cost.
    fn fill_row(&mut self, row: &str, lane: usize, singles: &[u8]) {
        let mut chars = row.chars();
        let (Some(first), Some(back_off)) = (chars.next().and_then(|c| self.class_named(c)), chars.next()) else {
            return;
        };
        let mut set = |second: usize, cost: u8| {
            self.costs[(first * self.n_classes + second) * self.lanes + lane] = cost;
        };
        for (second, &single) in singles.iter().enumerate() {
            set(second, single.saturating_add(cost_of(back_off)).min(NEVER));
        }
        while let (Some(second), Some(cost)) = (chars.next(), chars.next()) {
            if let Some(second) = self.class_named(second) {
                self.costs[(first * self.n_classes + second) * self.lanes + lane] = cost_of(cost);
            }
        }
    }

    /// Lets every language have words of the great languages that names and loans come from, at a price.
    fn allow_foreign_words(&mut self) {
        let from: Vec<usize> =
            (0..self.languages.len()).filter(|&lane| LENDERS.contains(&self.languages[lane])).collect();
        let ascii = |class: usize| self.letters.get(class).is_none_or(char::is_ascii);
        for pair in 0..self.n_classes * self.n_classes {
            if ascii(pair / self.n_classes) && ascii(pair % self.n_classes) {
                continue;
            }
            let costs = &mut self.costs[pair * self.lanes..][..self.lanes];
            let least = from.iter().map(|&lane| costs[lane]).min().unwrap_or(NEVER);
            for cost in &mut costs[..self.languages.len()] {
                *cost = (*cost).min(least.saturating_add(FOREIGN_WORD_COST));
            }
        }
    }

    fn class_named(&self, name: char) -> Option<usize> {
        let letter = || self.letters.binary_search(&name).ok();
        self.names.find(name).map(|at| self.letters.len() + at).or_else(letter)
    }

    /// The class of a character.
    pub(super) fn class(&self, char: char) -> u8 {
        self.classes.get(char as usize).copied().unwrap_or_else(|| self.find_class(char))
    }

    fn find_class(&self, char: char) -> u8 {
        let Traits { folded, class } = Traits::of(char);
        let letter = self.letters.binary_search(&folded).ok();
        letter.or_else(|| self.class_named(class)).unwrap_or(0) as u8
    }

    /// What `find_class` says of the characters that have these traits.
    fn class_table(&self, traits: &[Traits]) -> Vec<u8> {
        let mut letters = vec![None; traits.len()];
        for (at, &letter) in self.letters.iter().enumerate() {
            if let Some(slot) = letters.get_mut(letter as usize) {
                *slot = Some(at as u8);
            }
        }
        let named: [u8; 26] =
            std::array::from_fn(|at| self.class_named(char::from(b'A' + at as u8)).unwrap_or(0) as u8);
        let class = |&Traits { folded, class }: &Traits| match letters.get(folded as usize) {
            Some(letter) => letter.unwrap_or(named[class as usize - 'A' as usize]),
            None => self.letters.binary_search(&folded).map_or(named[class as usize - 'A' as usize], |at| at as u8),
        };
        traits.iter().map(class).collect()
    }

    /// Whether a class is a letter of the script.
    pub(super) fn is_letter(&self, class: u8) -> bool {
        usize::from(class) < self.letters.len()
    }

    /// The language of a lane.
    pub(super) fn language(&self, lane: usize) -> &'static str {
        self.languages.get(lane).copied().unwrap_or_default()
    }

    /// How many lanes there are, some of them perhaps without a language: `FEW_LANES` or `MAX_LANES`.
    pub(super) fn lanes(&self) -> usize {
        self.lanes
    }

    /// The cost of the class `second` after the class `first`, in each lane.
    #[inline]
    pub(super) fn pair(&self, first: u8, second: u8) -> &[u8] {
        let at = (usize::from(first) * self.n_classes + usize::from(second)) * self.lanes;
        &self.costs[at..at + self.lanes]
    }

    /// The least of these costs.
    #[inline]
    pub(super) fn least(&self, first: u8, second: u8) -> u32 {
        u32::from(self.least[usize::from(first) * self.n_classes + usize::from(second)])
    }
}

/// What the class of a character depends on in any script.
struct Traits {
    folded: char,
    /// The name of its class where it is no letter of the script.
    class: char,
}

impl Traits {
    fn of(char: char) -> Traits {
        let class = match char {
            ' ' | '\t' | '\n' | '\r' | '\u{C}' => 'S',
            '0'..='9' => 'D',
            '.' | ',' | ';' | ':' | '!' | '?' => 'T',
            '"' | '\'' | '(' | ')' | '[' | ']' | '{' | '}' => 'Q',
            '-' | '_' | '/' => 'H',
            '„' | '“' | '‘' | '«' | '‹' | '‚' => 'G',
            '”' | '’' | '»' | '›' => 'C',
            '–' | '—' => 'N',
            '…' => 'E',
            '•' | '·' => 'B',
            '€' | '£' | '¥' | '¢' => 'M',
            '°' | 'º' | 'ª' => 'R',
            '©' | '®' | '™' => 'K',
            '§' | '¶' => 'X',
            '±' | '×' | '÷' | '½' | '¼' | '¾' | '²' | '³' | '¹' | 'µ' | '¬' => 'Y',
            '\u{A0}' => 'Z',
            '¡' | '¿' => 'I',
            '\u{AD}' | '\u{200C}'..='\u{200F}' => 'W',
            _ if char.is_control() || matches!(char, '\u{FFFD}' | '\u{E000}'..='\u{F8FF}') => 'V',
            _ if char.is_ascii_alphabetic() => 'L',
            _ if char.is_ascii() => 'O',
            _ if char.is_alphabetic() => 'F',
            _ => 'U',
        };
        Traits { folded: fold(char), class }
    }
}

/// The character in lower case where that is one character.
fn fold(char: char) -> char {
    let mut lower = char.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(folded), None) => folded,
        _ => char,
    }
}

/// Costs are written as printable ASCII, `!` for 0; `~` is as good as never.
fn cost_of(symbol: char) -> u8 {
    match symbol {
        '~' => NEVER,
        symbol => (symbol as u32).saturating_sub(33).min(93) as u8,
    }
}

/// What characters cost that no text of the training had, by their block.
fn default_ideographs() -> Vec<u8> {
    let mut costs = vec![0; 0x1_0000 * 4];
    for (code, lanes) in costs.chunks_exact_mut(4).enumerate() {
        let cost = match code {
            0x3001..=0x3002 | 0xFF01 | 0xFF0C | 0xFF1A | 0xFF1F => 36,
            0xA1..=0xFF | 0x2010..=0x206F => 52,
            0x3000..=0x303F | 0xFF01..=0xFF5E => 48,
            0x3041..=0x30FF => 64,
            0xFF61..=0xFF9F => 56,
            0x2160..=0x217F | 0x2500..=0x257F => 44,
            0x370..=0x3FF | 0x400..=0x4FF | 0x2100..=0x27FF | 0x3100..=0x33FF => 60,
            0x4E00..=0x9FFF | 0xAC00..=0xD7A3 => 76,
            0xE000..=0xF8FF => 110,
            _ => 88,
        };
        lanes.fill(cost);
    }
    costs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_every_script_and_its_letters() {
        let model = model();
        assert_eq!(model.scripts.len(), 6);
        for (script, letter) in [
            (Script::Latin, 'é'),
            (Script::Cyrillic, 'Ж'),
            (Script::Greek, 'ω'),
            (Script::Hebrew, 'ש'),
            (Script::Thai, 'ก'),
        ] {
            let script = model.script(script);
            assert!(usize::from(script.class(letter)) < script.letters.len(), "{letter}");
            assert!(script.letters.is_sorted() && script.n_classes < 256);
        }
    }

    #[test]
    fn prices_what_is_usual_below_what_is_not() {
        let latin = model().script(Script::Latin);
        let least = |a: char, b: char| latin.pair(latin.class(a), latin.class(b)).iter().copied().min();
        assert!(least('q', 'u') < least('q', 'z'));
        assert!(least('ł', 'a') < least('¤', 'ř'));
        assert!(model().ideograph('的')[2] < model().ideograph('的')[1]);
    }
}
