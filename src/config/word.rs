//! Values that are one word out of a few, such as `scope = "stream" | "corpus"`.
//!
//! A word stands in `pipeline.toml`, on the command line and in the plan under one name. The macro `words!` makes
//! the enum, its list of words and its parser from one table, so that they cannot part.

/// A choice out of a few words.
pub trait Word: Copy + PartialEq + 'static {
    /// Every choice with its word, in the order of the documentation.
    const WORDS: &'static [(&'static str, Self)];

    /// The word of this choice.
    fn word(self) -> &'static str {
        // Every variant is in `WORDS`: the macro writes both from one table.
        Self::WORDS.iter().find(|(_, choice)| *choice == self).map_or("", |(word, _)| word)
    }

    /// The choice of that word.
    fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(name, _)| *name == word).map(|(_, choice)| *choice)
    }
}

/// Declares an enum whose variants are words of the configuration.
macro_rules! words {
    ($($(#[$doc:meta])* $vis:vis enum $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $crate::config::Word for $name {
            const WORDS: &'static [(&'static str, $name)] = &[$(($word, $name::$variant),)+];
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad($crate::config::Word::word(*self))
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            /// Parses the word, as a command line gives it; the error says which words there are.
            fn from_str(text: &str) -> Result<$name, String> {
                $crate::config::Word::from_word(text)
                    .ok_or_else(|| $crate::config::suggest::wrong_word::<$name>(text))
            }
        }
    )+};
}

pub(super) use words;
