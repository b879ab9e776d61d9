//! A stream that was cleaned stays as it is when it is cleaned again: not each text by itself, with the words that were known
//! the first time, but all of it, with the words of what it has become.

use serde_json::{Value, json};

use crate::corpus::{Numbers, SENTENCES};
use crate::harness::{Folder, str_of};

/// The texts of a run over the texts.
fn cleaned(texts: &[String]) -> Vec<String> {
    let folder = Folder::new();
    let lines: Vec<String> = texts.iter().map(|text| json!({ "text": text }).to_string()).collect();
    folder.put("in.jsonl", lines.join("\n"));
    let options = ["--no-config", "--set", "dedup.enabled=false", "--threads", "2"];
    let run = folder.run(["run", "in.jsonl", "-o", "-"].iter().chain(&options)).ended_with(0);
    let texts: Vec<String> = run.records().iter().map(|record: &Value| str_of(record, "text").to_owned()).collect();
    assert_eq!(texts.len(), lines.len());
    texts
}

/// Cleans the texts, and again what comes of it.
#[track_caller]
fn once_and_again(texts: &[String]) -> Vec<String> {
    let once = cleaned(texts);
    for (before, after) in once.iter().zip(cleaned(&once)) {
        assert_eq!(*before, after);
    }
    once
}

#[test]
fn what_one_repaired_text_teaches_mends_the_others_in_the_same_run() {
    // No lexicon has the word, and in the first text nothing but the break is broken; in the second the mark shows it.
    let texts = [
        "The council of the northern valley has decided at last that every mill must keep a zibrel\nnaut beside the water wheel, \
         and that nobody may sell grain in the market square before noon on any day.\n\nWhoever wishes to cross the river \
         after sunset should ask the ferryman for a lantern and wait until the bell of the lower tower has been rung.",
        "In the young book of the guild we read that a bad zibrel\n...[+++]naut was made of oak and iron by the smith who \
         lived near the bridge, and that it was paid for with three sacks of flour and a goose.\n\nThe children of the \
         village were told to stay away from the wheel while the water was high.",
    ];
    let once = once_and_again(&texts.map(str::to_owned));
    assert!(once.iter().all(|text| text.contains("zibrelnaut")), "{once:?}");
    let alone = once_and_again(&texts[..1].iter().map(|&text| text.to_owned()).collect::<Vec<_>>());
    assert!(alone[0].contains("zibrel\nnaut"), "{alone:?}");
}

#[test]
fn a_stream_of_broken_texts_needs_no_second_cleaning() {
    for seed in 1..5 {
        once_and_again(&broken_texts(&mut Numbers::new(seed), 120));
    }
}

/// Two texts for each of `n` words that no lexicon has: in each the word is broken, in the second perhaps with a sign of it.
fn broken_texts(numbers: &mut Numbers, n: usize) -> Vec<String> {
    const SYLLABLES: [&str; 12] = ["ba", "dor", "kel", "min", "pra", "sto", "ven", "zur", "lim", "gan", "fer", "tov"];
    let mut texts = Vec::new();
    for _ in 0..n {
        let word: String = (0..4).map(|_| SYLLABLES[numbers.below(SYLLABLES.len())]).collect();
        for signs in [&["\n"][..], &["\n...[+++]", "-\n", "\n"]] {
            let sentences = SENTENCES[numbers.below(3)];
            let mut words: Vec<String> = Vec::new();
            for _ in 0..4 {
                words.extend(sentences[numbers.below(sentences.len())].split(' ').map(str::to_owned));
            }
            let (left, right) = word.split_at(3 + numbers.below(word.len() - 5));
            let sign = signs[numbers.below(signs.len())];
            words.insert(words.len() / 2 + numbers.below(6), format!("{left}{sign}{right}"));
            texts.push(words.join(" "));
        }
    }
    texts
}
