//! The texts that the model is trained on: where they lie, whose language they are, what weight they have.
//!
//! The folder of data holds, each of them optional:
//! * `common-voice-sentences.jsonl`: `{"language", "text"}`; one line in twenty is held out;
//! * `prose/*.jsonl`: `{"lang", "text", "source"}`;
//! * `lingua/lingua-*-language-model/`: the crates;
//! * `strings/<source>/<tag>.txt`: one message of a translated program a line;
//! * `words/<tag>.txt`: one word a line, without frequencies;
//! * `code/*.txt`: program text, files separated by form feeds.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use textmill_core::langid::Language;

use super::chance::{Chance, name_hash};
use super::lingua::Words;

/// One source of one language.
pub struct Corpus {
    /// The language; `und` for those that the model is to refuse, `zxx` for code.
    pub language: Language,
    /// Name of the source, as in the header of the model.
    pub source: &'static str,
    /// Share of the language's samples, before those of a language are made to sum to 1.
    pub weight: f64,
    /// Paragraphs, sentences or lines.
    pub passages: Vec<String>,
}

/// One in so many of the languages that are not the model's is kept to measure, if any are.
const HELD_OUT_UNKNOWN: u64 = 3;

/// Reads every source below `data`, in a fixed order; `holds_out` languages that the model is to refuse, or takes all.
pub fn read(data: &Path, holds_out: bool) -> Result<Vec<Corpus>, String> {
    let mut all = BTreeMap::new();
    common_voice(&data.join("common-voice-sentences.jsonl"), &mut all)?;
    for path in files(&data.join("prose"))? {
        prose(&path, holds_out, &mut all)?;
    }
    for path in files(&data.join("lingua"))? {
        lingua(&path, &mut all)?;
    }
    for (folder, source, weight) in
        [("chromium", "chromium", 0.6), ("android", "android", 0.5), ("django", "django", 0.15)]
    {
        for path in files(&data.join("strings").join(folder))? {
            let Some(language) = language_of(&stem(&path)) else { continue };
            for line in text(&path)?.lines() {
                add(&mut all, language, source, weight, line.to_owned());
            }
        }
    }
    for path in files(&data.join("words"))? {
        word_list(&path, &mut all)?;
    }
    for path in files(&data.join("code"))? {
        for file in text(&path)?.split('\u{c}') {
            add(&mut all, Language::ZXX, "code", 1.0, file.to_owned());
        }
    }
    transliterate_serbian(&mut all);
    let corpora: Vec<Corpus> = all.into_values().filter(|corpus| !corpus.passages.is_empty()).collect();
    let bytes: usize = corpora.iter().flat_map(|corpus| &corpus.passages).map(String::len).sum();
    eprintln!("{} corpora, {:.1} MB", corpora.len(), bytes as f64 / 1e6);
    Ok(corpora)
}

type All = BTreeMap<(Language, &'static str), Corpus>;

fn add(all: &mut All, language: Language, source: &'static str, weight: f64, passage: String) {
    let new = || Corpus { language, source, weight, passages: Vec::new() };
    all.entry((language, source)).or_insert_with(new).passages.push(passage);
}

/// The model's language for a tag as the sources write it.
fn language_of(tag: &str) -> Option<Language> {
    let primary = tag.split(['-', '_']).next().unwrap_or(tag);
    let code = match tag {
        "hy-AM" | "hy" => "hy",
        _ => match primary {
            "no" => "nb",
            "fil" => "tl",
            "in" => "id",
            "iw" => "he",
            "kmr" => "ku",
            "zlm" | "msa" => "ms",
            "als" => "sq",
            "hau" => "ha",
            "cat" => "ca",
            "prs" => "fa",
            "qu" | "qul" | "quh" | "quy" | "quz" | "qva" | "qvc" | "qvh" | "qvm" | "qvn" | "qwh" | "qxn" | "qxu"
            | "qud" => "qu",
            primary => primary,
        },
    };
    Language::from_code(code).filter(|language| language.is_known())
}

/// Tags of the Universal Declaration that are left out: a script or a norm that the language is not usually written in,
/// forms too near to a language of the model to be called another, and what has no tag.
const LEFT_OUT: &[&str] = &[
    "und", "cnr", "bs-Cyrl", "ckb-Latn", "ug-Latn", "jv-Java", "sa-Gran", "mn-Mong", "zlm-Arab", "vi-Hani", "gan",
    "hak", "nan", "wuu", "hsn", "cjy", "fkv", "sr-Latn", "lld", "ak", "hns", "pcm", "sco", "azb", "crh", "qug", "ojb",
    "lah",
];

fn common_voice(path: &Path, all: &mut All) -> Result<(), String> {
    for (number, record) in records(path)?.into_iter().enumerate() {
        if number % 20 == 7 {
            continue;
        }
        let (tag, text) = (string(&record, "language"), string(&record, "text"));
        let language = if tag == "zh-HK" { Language::from_code("yue") } else { language_of(tag) };
        if let Some(language) = language {
            add(all, language, "common-voice", 1.0, text.to_owned());
        }
    }
    Ok(())
}

fn prose(path: &Path, holds_out: bool, all: &mut All) -> Result<(), String> {
    let name = stem(path);
    for record in records(path)? {
        let (tag, text, source) = (string(&record, "lang"), string(&record, "text"), string(&record, "source"));
        let primary = tag.split('-').next().unwrap_or(tag);
        if name.starts_with("_udhr") {
            if LEFT_OUT.contains(&tag) || LEFT_OUT.contains(&primary) && primary != "und" && primary != "zlm" {
                continue;
            }
            if let Some(language) = language_of(tag) {
                paragraphs(all, language, "udhr", 0.25, text);
            } else if !holds_out || !name_hash(primary).is_multiple_of(HELD_OUT_UNKNOWN) {
                paragraphs(all, Language::UND, "udhr", 1.0, text);
            }
        } else if name.starts_with("_bible") {
            let code = match tag {
                "arm" => "hy",
                "baq" => "eu",
                "est" => "et",
                "gla" => "gd",
                "glv" => "gv",
                "guj" => "gu",
                "lav" => "lv",
                "que" => "qu",
                "ssw" => "ss",
                "ukr" => "uk",
                "wol" => "wo",
                "zul" => "zu",
                "ewe" => "ee",
                tag => tag,
            };
            if let Some(language) = Language::from_code(code) {
                paragraphs(all, language, "bible", 0.4, text);
            } else if (!holds_out || !name_hash(code).is_multiple_of(HELD_OUT_UNKNOWN)) && code != "rom" {
                paragraphs(all, Language::UND, "bible", 0.3, text);
            }
        } else if let Some(language) = if primary == "gsw" { Language::from_code("de") } else { language_of(tag) } {
            // The Swiss novels are in standard German, whatever their tag says. The Norwegian novels of the time are Danish in all but name; the Latvian and Lithuanian ones are old.
            let weight = match language.code() {
                "nb" => 0.0,
                "lv" | "lt" | "sv" => 0.15,
                _ => 0.5,
            };
            if weight > 0.0 {
                paragraphs(all, language, if source.contains("ELTeC") { "eltec" } else { "books" }, weight, text);
            }
        }
    }
    Ok(())
}

fn paragraphs(all: &mut All, language: Language, source: &'static str, weight: f64, text: &str) {
    for paragraph in text.split('\n').map(str::trim).filter(|paragraph| paragraph.len() > 20) {
        add(all, language, source, weight, paragraph.to_owned());
    }
}

/// Draws 120,000 words of each crate, ten to a passage.
fn lingua(path: &Path, all: &mut All) -> Result<(), String> {
    const NAMES: &[(&str, &str)] = &[
        ("bokmal", "nb"),
        ("nynorsk", "nn"),
        ("ganda", "lg"),
        ("slovene", "sl"),
        ("sotho", "st"),
        ("punjabi", "pa"),
        ("tagalog", "tl"),
        ("tsonga", "ts"),
        ("tswana", "tn"),
        ("shona", "sn"),
    ];
    let name = stem(path);
    let name = name.trim_start_matches("lingua-").trim_end_matches("-language-model");
    let code = NAMES.iter().find(|row| row.0 == name).map(|row| row.1);
    let by_name = || Language::all().find(|language| language.name().to_lowercase() == name);
    let Some(language) = code.and_then(Language::from_code).or_else(by_name) else {
        return Err(format!("{}: no language of that name", path.display()));
    };
    if matches!(language.code(), "zh" | "ja" | "ko" | "th") {
        return Ok(());
    }
    let words = Words::read(&path.join("models/ngrams.fst"))?;
    let mut chance = Chance(name_hash(name));
    for _ in 0..12_000 {
        let passage: Vec<String> = (0..10).map(|_| words.draw(&mut chance)).filter(|word| !word.is_empty()).collect();
        add(all, language, "lingua", 1.2, passage.join(" "));
    }
    Ok(())
}

/// ISO 639-3 codes of the word lists, where the model has another code.
const WORD_LISTS: &[(&str, &str)] = &[
    ("afr", "af"),
    ("amh", "am"),
    ("asm", "as"),
    ("aze", "az"),
    ("bel", "be"),
    ("bod", "bo"),
    ("bos", "bs"),
    ("bre", "br"),
    ("ceb", "ceb"),
    ("cos", "co"),
    ("cym", "cy"),
    ("dzo", "dz"),
    ("epo", "eo"),
    ("fao", "fo"),
    ("fil", "tl"),
    ("fry", "fy"),
    ("gla", "gd"),
    ("gle", "ga"),
    ("hat", "ht"),
    ("hrv", "hr"),
    ("iku", "iu"),
    ("ind", "id"),
    ("isl", "is"),
    ("jav", "jv"),
    ("kir", "ky"),
    ("lat", "la"),
    ("ltz", "lb"),
    ("mkd", "mk"),
    ("mlt", "mt"),
    ("mon", "mn"),
    ("mri", "mi"),
    ("msa", "ms"),
    ("nep", "ne"),
    ("oci", "oc"),
    ("pus", "ps"),
    ("que", "qu"),
    ("san", "sa"),
    ("snd", "sd"),
    ("sqi", "sq"),
    ("srp", "sr"),
    ("srp_latn", "sr"),
    ("sun", "su"),
    ("swa", "sw"),
    ("tgk", "tg"),
    ("tir", "ti"),
    ("uig", "ug"),
    ("urd", "ur"),
    ("uzb", "uz"),
    ("yid", "yi"),
    ("yor", "yo"),
    ("tat", "tt"),
    ("glg", "gl"),
    ("bul", "bg"),
    ("nor", "nb"),
];

/// Draws 40,000 words of a list, ten to a passage; the languages that have little else lean on it.
fn word_list(path: &Path, all: &mut All) -> Result<(), String> {
    let name = stem(path);
    let Some(language) = WORD_LISTS.iter().find(|row| row.0 == name).and_then(|row| Language::from_code(row.1)) else {
        return Ok(());
    };
    let text = text(path)?;
    let words: Vec<&str> = text.lines().filter(|word| word.len() > 1).collect();
    let mut chance = Chance(name_hash(&name));
    for _ in 0..4_000 {
        let passage: Vec<&str> = (0..10).map(|_| words[chance.below(words.len())]).collect();
        add(all, language, "words", 0.25, passage.join(" "));
    }
    Ok(())
}

/// Serbian is written in two scripts; what is there in Cyrillic is added once more in Latin letters.
fn transliterate_serbian(all: &mut All) {
    let Some(serbian) = Language::from_code("sr") else { return };
    let mut latin = Vec::new();
    for ((language, source), corpus) in all.iter() {
        if *language == serbian && *source != "words" {
            latin.extend(corpus.passages.iter().map(|passage| serbian_latin(passage)));
        }
    }
    latin.retain(|passage| passage.is_ascii() || passage.chars().all(|c| !('\u{400}'..'\u{500}').contains(&c)));
    for passage in latin {
        add(all, serbian, "transliterated", 1.5, passage);
    }
}

fn serbian_latin(text: &str) -> String {
    const PAIRS: &[(char, &str)] = &[
        ('а', "a"),
        ('б', "b"),
        ('в', "v"),
        ('г', "g"),
        ('д', "d"),
        ('ђ', "đ"),
        ('е', "e"),
        ('ж', "ž"),
        ('з', "z"),
        ('и', "i"),
        ('ј', "j"),
        ('к', "k"),
        ('л', "l"),
        ('љ', "lj"),
        ('м', "m"),
        ('н', "n"),
        ('њ', "nj"),
        ('о', "o"),
        ('п', "p"),
        ('р', "r"),
        ('с', "s"),
        ('т', "t"),
        ('ћ', "ć"),
        ('у', "u"),
        ('ф', "f"),
        ('х', "h"),
        ('ц', "c"),
        ('ч', "č"),
        ('џ', "dž"),
        ('ш', "š"),
    ];
    let mut out = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match PAIRS.iter().find(|pair| pair.0 == letter) {
            Some(pair) => out.push_str(pair.1),
            None => out.push(letter),
        }
    }
    out
}

/// The paths of a folder, sorted; none if it is not there.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The objects of a file of JSON lines.
pub fn records(path: &Path) -> Result<Vec<serde_json::Value>, String> {
    let parse = |line: &str| serde_json::from_str(line).map_err(|error| format!("{}: {error}", path.display()));
    text(path)?.lines().map(parse).collect()
}

/// A string field, empty if it is not there.
pub fn string<'a>(record: &'a serde_json::Value, field: &str) -> &'a str {
    record.get(field).and_then(serde_json::Value::as_str).unwrap_or_default()
}
