//! What the embedded words are known as.

use textmill_lexicon::{
    Half, LANGUAGES, Tiers, key, language, lookup, lookup_all, n_words, productivity, source, verify,
};

fn tier(code: &str, word: &str) -> u8 {
    lookup(key(word)).of(language(code).expect("a language of the table"))
}

#[test]
fn the_data_are_as_the_generator_wrote_them() {
    assert!(verify());
    assert_eq!(source(), "wordfreq 3.1.1");
    assert_eq!(n_words(), 2_269_820);
}

#[test]
fn words_looked_up_together_are_what_each_is_alone() {
    let keys = ["the", "straße", "xqzzt", "на", ""].map(key);
    assert_eq!(lookup_all(keys), keys.map(lookup));
}

#[test]
fn the_commonest_words_have_the_highest_tiers() {
    for (code, word) in [
        ("ar", "من"),
        ("bg", "на"),
        ("bn", "এই"),
        ("ca", "que"),
        ("cs", "že"),
        ("da", "det"),
        ("de", "und"),
        ("el", "της"),
        ("en", "the"),
        ("es", "que"),
        ("fa", "که"),
        ("fi", "että"),
        ("fil", "ang"),
        ("fr", "les"),
        ("he", "לא"),
        ("hi", "है"),
        ("hu", "hogy"),
        ("id", "yang"),
        ("is", "að"),
        ("it", "che"),
        ("lt", "kad"),
        ("lv", "ir"),
        ("mk", "на"),
        ("ms", "yang"),
        ("nb", "det"),
        ("nl", "het"),
        ("pl", "nie"),
        ("pt", "não"),
        ("ro", "și"),
        ("ru", "что"),
        ("sh", "da"),
        ("sh", "да"),
        ("sk", "že"),
        ("sl", "da"),
        ("sv", "att"),
        ("ta", "என்று"),
        ("tr", "bir"),
        ("uk", "що"),
        ("ur", "کے"),
        ("vi", "của"),
    ] {
        assert!(tier(code, word) >= 6, "{code} {word}: {}", tier(code, word));
    }
}

#[test]
fn halves_of_many_words_are_more_productive_than_words_that_stand_alone() {
    for (code, half, productive, others) in [
        ("en", Half::First, ["over", "under"], ["the", "parsnip"]),
        ("en", Half::Last, ["ness", "ship"], ["the", "parsnip"]),
        ("de", Half::First, ["haupt", "über"], ["nicht", "rübe"]),
        ("fr", Half::Last, ["ment", "tion"], ["avec", "navet"]),
        ("ru", Half::First, ["пере", "само"], ["что", "репа"]),
    ] {
        let of = |word: &str| productivity(language(code).expect("a language"), half, key(word));
        for (more, less) in productive.iter().zip(others) {
            assert!(of(more) > of(less), "{code} {more} {less}: {} {}", of(more), of(less));
        }
    }
}

#[test]
fn less_frequent_words_have_lower_tiers() {
    for (code, words) in [
        ("en", ["water", "bridge", "lantern", "parsnip"]),
        ("de", ["Wasser", "Brücke", "Laterne", "Rübe"]),
        ("fi", ["vesi", "silta", "lyhty", "palsternakka"]),
        ("fr", ["eau", "tunnel", "lanterne", "navet"]),
    ] {
        let tiers = words.map(|word| tier(code, word));
        assert!(tiers[0] > tiers[2] && tiers[1] > tiers[3], "{code} {tiers:?}");
        assert!(tiers[..3].iter().all(|&tier| tier > 0), "{code} {tiers:?}");
    }
}

#[test]
fn words_are_known_in_their_usual_spellings() {
    for (code, word) in [
        ("de", "Straße"),
        ("de", "weiß"),
        ("de", "GROSS"),
        ("tr", "İstanbul"),
        ("tr", "ISTANBUL"),
        ("ro", "şi"),
        ("en", "don’t"),
        ("en", "don't"),
        ("uk", "здоров’я"),
        ("fa", "می\u{200c}شود"),
        ("el", "ΛΌΓΟΣ"),
        ("fr", "e\u{301}te\u{301}"),
        ("sh", "људи"),
        ("sh", "ljudi"),
        ("fr", "aujourd’hui"),
    ] {
        assert!(tier(code, word) > 0, "{code} {word}");
    }
}

#[test]
fn a_word_of_one_language_is_not_one_of_another() {
    for (word, has, has_not) in
        [("käyttäjät", "fi", "en"), ("пожалуйста", "ru", "bg"), ("wahrscheinlich", "de", "fr"), ("zgodnie", "pl", "cs")]
    {
        assert!(tier(has, word) > 0, "{word} {has}");
        assert_eq!(tier(has_not, word), 0, "{word} {has_not}");
    }
}

#[test]
fn what_is_no_word_is_rejected_but_for_one_in_a_thousand() {
    let mut state = 0x1234_5678_9abc_def1_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let n = 200_000;
    // Twelve random letters are next to never a word.
    let taken = (0..n)
        .filter(|_| {
            let word: String = (0..12).map(|_| char::from(b'a' + (random() >> 32) as u8 % 26)).collect();
            lookup(key(&word)) != Tiers::NONE
        })
        .count();
    assert!(taken * 1000 < n, "{taken} of {n}");
    assert!(taken > 0, "a rate of 1/2048 leaves some");
    assert_eq!(lookup(key("")), Tiers::NONE);
}

#[test]
fn the_languages_are_sorted() {
    assert!(LANGUAGES.is_sorted());
    assert!(language("en").is_some() && language("ja").is_none());
}
