//! Words drawn from the n-gram tables of the `lingua-*-language-model` crates (Apache-2.0).
//!
//! A table maps every n-gram of 1 to 5 letters inside the words of a corpus to the logarithm of the probability of its
//! last letter after the others. From these follow the counts of n-grams, up to a factor; how many of them stand at the
//! beginning of a word (what is left after all those with a letter before), and how often a word ends after one (what
//! is left after all those with a letter behind). So words can be drawn that begin, go on and end as in the corpus; of
//! up to four letters they come as often as there.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use fst::{Map, Streamer};

use super::chance::Chance;

/// Letters that may come next, with their share; what is missing to 1 is the end of the word.
type Next = Vec<(char, f64)>;

/// The words of one language, to be drawn.
pub struct Words {
    /// What may come after a beginning of up to three letters.
    begin: HashMap<String, Next>,
    /// What may come after four letters, anywhere.
    inside: HashMap<String, Next>,
}

impl Words {
    /// Reads `ngrams.fst` of one crate.
    pub fn read(path: &Path) -> Result<Words, String> {
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let map = Map::new(bytes).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut share: HashMap<String, f64> = HashMap::new();
        let mut by_length: Vec<Vec<(String, f64)>> = vec![Vec::new(); 6];
        let mut stream = map.stream();
        while let Some((key, value)) = stream.next() {
            let gram = String::from_utf8_lossy(key).into_owned();
            let length = gram.chars().count();
            if (1..=5).contains(&length) {
                by_length[length].push((gram, f64::from_bits(value).exp()));
            }
        }
        let mut inside: HashMap<String, Next> = HashMap::new();
        for (length, grams) in by_length.iter().enumerate() {
            for (gram, probability) in grams {
                let (last_at, last) = gram.char_indices().next_back().ok_or("an empty n-gram")?;
                let before = if length == 1 { 1.0 } else { share.get(&gram[..last_at]).copied().unwrap_or(0.0) };
                if length < 5 {
                    share.insert(gram.clone(), before * probability);
                } else {
                    inside.entry(gram[..last_at].to_owned()).or_default().push((last, *probability));
                }
            }
        }
        // Of each n-gram, what does not stand behind another letter begins a word.
        let mut begins = share.clone();
        for (gram, probability) in by_length[2..5].iter().flatten().map(|(gram, _)| (gram, share[gram])) {
            let tail = &gram[gram.chars().next().map_or(0, char::len_utf8)..];
            if let Some(rest) = begins.get_mut(tail) {
                *rest -= probability;
            }
        }
        // The same for n-grams of four letters, from those of five.
        for (gram, probability) in &by_length[5] {
            let last_at = gram.char_indices().next_back().map_or(0, |(at, _)| at);
            let whole = share.get(&gram[..last_at]).copied().unwrap_or(0.0) * probability;
            let tail = &gram[gram.chars().next().map_or(0, char::len_utf8)..];
            if let Some(rest) = begins.get_mut(tail) {
                *rest -= whole;
            }
        }
        let mut begin: HashMap<String, Next> = HashMap::new();
        for gram in by_length[1..5].iter().flatten().map(|(gram, _)| gram) {
            let rest = begins[gram];
            let (last_at, last) = gram.char_indices().next_back().ok_or("an empty n-gram")?;
            let before = if last_at == 0 { 1.0 } else { begins.get(&gram[..last_at]).copied().unwrap_or(0.0) };
            if rest > 1e-9 && before > 1e-9 && last.is_alphabetic() {
                begin.entry(gram[..last_at].to_owned()).or_default().push((last, (rest / before).min(1.0)));
            }
        }
        let total: f64 = begin.get("").map_or(0.0, |next| next.iter().map(|pair| pair.1).sum());
        if let Some(next) = begin.get_mut("") {
            next.iter_mut().for_each(|pair| pair.1 /= total);
        }
        // The likeliest first, so that the search ends early; the order of equals is that of the letters.
        for next in begin.values_mut().chain(inside.values_mut()) {
            next.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        }
        Ok(Words { begin, inside })
    }

    /// Draws one word.
    pub fn draw(&self, chance: &mut Chance) -> String {
        let mut word = String::new();
        // Where the last four letters begin, the latest first.
        let mut starts = [0_usize; 4];
        for length in 0..30 {
            let (table, from) = if length < 4 { (&self.begin, 0) } else { (&self.inside, starts[3]) };
            let mut at = chance.unit();
            let next = table.get(&word[from..]).and_then(|next| {
                next.iter().find(|pair| {
                    at -= pair.1;
                    at < 0.0
                })
            });
            let Some(pair) = next else { break };
            starts = [word.len(), starts[0], starts[1], starts[2]];
            word.push(pair.0);
        }
        word
    }
}
