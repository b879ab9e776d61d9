//! The same as `repair_replays_and_is_idempotent`, on texts that are made of words, parts of words and all that breaks
//! them: a byte chooses a piece. Random bytes hardly ever spell what the rules about lines look for.

#![no_main]

#[path = "repaired.rs"]
mod repaired;

use libfuzzer_sys::fuzz_target;

#[rustfmt::skip]
const PIECES: [&str; 171] = [
    // What parts words and lines.
    " ", " ", " ", " ", "\n", "\n", "\n", "\n\n", "\n \n", "\n\n\n", "  ", "\t", "-\n", "- \n", "-\n\n", "‐\n", "\u{AD}\n", "\u{AD}",
    "...[+++]", "\n...[+++]", "\n\n...[+++] ", "...[+++]\n", " ...[+++] ", "[+++]", "[...]", "…[+++]", "...\n", "…\n", "[…]\n",
    "-", "–", "—", " - ", " – ", "\n- ", "\n* ", "\n1. ", "\n2) ", "\n• ", "\n# ", "\n> ", "\n    ", "|", "\n| ", "\u{A0}", "\u{202F}",
    "\u{A0}\n", "\r\n", "\r", "\u{2028}", "\u{85}", "\u{B}", "\u{C}", "\u{200B}", "\u{200C}", "\u{200D}", "\u{FEFF}", "\u{0}", "\u{301}",
    // What ends sentences, and what quotes.
    ".", ". ", ",", ", ", ";", ":", " :", "!", "?", " ?", "\"", "'", "’", "“", "”", "«", "« ", " »", "»", "(", ")", "/", "%", "&amp;",
    // Words, and the parts that they break into.
    "the", "The", "of", "and", "to", "keeper", "light", "house", "lighthouse", "exam", "ple", "example", "com", "mittee", "committee",
    "th", "at", "that", "re", "read", "ing", "vessel", "well", "known", "library", "libr", "ary", "I", "a", "A",
    "vracht", "en", "personenvervoer", "arc", "ciel", "l", "eau", "est", "les", "maison", "Haus", "tür", "Kinder", "garten", "und", "Zucker",
    "ker", "el", "niño", "mañana", "ção", "não", "город", "го", "род", "и", "в", "что", "لا", "كتاب", "और", "किताब", "我们", "的", "東京", "ที่",
    "fi", "ﬁ", "ﬂ", "Ã©", "â€™", "Â ", "ï¿½", "\u{FFFD}", "1", "12", "1,5", "2026", "CO", "HTTP", "www.a.org", "x = 1;", "{", "}", "😀", "e", "s", "Straße",
];

fuzz_target!(|choices: &[u8]| {
    let text: String = choices.iter().map(|&choice| PIECES[usize::from(choice) % PIECES.len()]).collect();
    repaired::replays_and_is_idempotent(&text);
});
