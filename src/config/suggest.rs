//! What a word that is not known may have been meant to be.

use super::word::Word;

/// Words that other tools use for a key of ours, as `(theirs, table, ours)`.
const OTHER_WORDS: [(&str, &str, &str); 45] = [
    ("input", "read", "inputs"),
    ("path", "read", "inputs"),
    ("paths", "read", "inputs"),
    ("files", "read", "inputs"),
    ("source", "read", "inputs"),
    ("text_key", "read", "text_field"),
    ("text_column", "read", "text_field"),
    ("content_field", "read", "text_field"),
    ("id_key", "read", "id_field"),
    ("id_column", "read", "id_field"),
    ("batch_size", "read", "batch_bytes"),
    ("charset", "decode", "encoding"),
    ("codec", "decode", "encoding"),
    ("steps", "repair", "rules"),
    ("explain", "repair", "edits"),
    ("threshold", "repair", "min_score"),
    ("confidence", "repair", "min_score"),
    ("dictionaries", "repair", "lexicons"),
    ("wordlists", "repair", "lexicons"),
    ("threshold", "langid", "min_score"),
    ("confidence", "langid", "min_score"),
    ("langs", "langid", "languages"),
    ("threshold", "dedup", "similarity"),
    ("jaccard", "dedup", "similarity"),
    ("min_score", "dedup", "similarity"),
    ("num_perm", "dedup", "similarity"),
    ("num_perms", "dedup", "similarity"),
    ("permutations", "dedup", "similarity"),
    ("hashes", "dedup", "similarity"),
    ("ngram", "dedup", "shingle_tokens"),
    ("ngrams", "dedup", "shingle_tokens"),
    ("ngram_size", "dedup", "shingle_tokens"),
    ("mode", "dedup", "scope"),
    ("granularity", "dedup", "unit"),
    ("folder", "emit", "output"),
    ("path", "emit", "output"),
    ("shard_size", "emit", "shard_bytes"),
    ("codec", "emit", "compression"),
    ("level", "emit", "compression_level"),
    ("split_by", "emit", "partition_by"),
    ("workers", "run", "threads"),
    ("jobs", "run", "threads"),
    ("cores", "run", "threads"),
    ("memory", "run", "memory_bytes"),
    ("verbosity", "run", "log_level"),
];

/// The known word nearest to `written`, if one is near enough to have been meant.
///
/// Near is a Damerau-Levenshtein distance of at most a third of the letters, with case and dashes set aside;
/// or one is the beginning of the other, at three letters or more.
pub(super) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |word: &str| word.to_lowercase().replace(['-', '_', ' ', '.'], "");
    let written = plain(written);
    known
        .into_iter()
        .filter_map(|word| {
            let other = plain(word);
            let far = strsim::damerau_levenshtein(&written, &other);
            let length = written.chars().count().max(other.chars().count());
            let begins =
                written.len().min(other.len()) >= 3 && (other.starts_with(&written) || written.starts_with(&other));
            (far * 3 <= length || begins).then_some((far, word))
        })
        .min_by_key(|(far, _)| *far)
        .map(|(_, word)| word)
}

/// The key of `table` that is meant by a key it does not have: one spelled like it, or one that has another name elsewhere.
pub(super) fn nearest_key(written: &str, table: &str, keys: &[&'static str]) -> Option<&'static str> {
    let theirs = || OTHER_WORDS.iter().filter(|(_, of, _)| *of == table);
    nearest(written, keys.iter().copied()).or_else(|| {
        let word = nearest(written, theirs().map(|(word, ..)| *word))?;
        theirs().find(|(other, ..)| *other == word).map(|(_, _, ours)| *ours)
    })
}

/// The words in quotes with commas between.
pub(super) fn quoted<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

/// The end of a message: ` did you mean …?`, or nothing.
pub(super) fn did_you_mean(word: Option<&str>) -> String {
    word.map_or_else(String::new, |word| format!("; did you mean \"{word}\"?"))
}

/// What to say of a word that is none of `W`.
pub(super) fn wrong_word<W: Word>(written: &str) -> String {
    let words = || W::WORDS.iter().map(|(word, _)| *word);
    format!("must be one of {}{}", quoted(words()), did_you_mean(nearest(written, words().filter(|w| !w.is_empty()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_words_find_their_neighbours() {
        let keys = ["similarity", "scope", "keep", "index", "index_memory_bytes"];
        assert_eq!(nearest("similarty", keys), Some("similarity"));
        assert_eq!(nearest("Scope", keys), Some("scope"));
        assert_eq!(nearest("index-memory-bytes", keys), Some("index_memory_bytes"));
        assert_eq!(nearest("zebra", keys), None);
    }

    #[test]
    fn the_words_of_other_tools_are_known_even_misspelt() {
        assert_eq!(nearest_key("treshold", "dedup", &["similarity", "scope"]), Some("similarity"));
        assert_eq!(nearest_key("treshold", "langid", &["languages", "min_score"]), Some("min_score"));
        assert_eq!(nearest_key("ngram", "dedup", &["similarity", "shingle_tokens"]), Some("shingle_tokens"));
    }
}
