//! `evaluate-repair`: damage with known answers, scored gap by gap.
//!
//! Lines are `{"lang", "profile", "damaged", "gold", "sites": [{"pos", "cls"}]}`; `pos` counts characters of `damaged`.
//! A class is right where the gap is that of the gold text; `P` are the joins of lines that the gold text has too.

use std::collections::BTreeMap;

use serde_json::Value;

use super::gaps::{Gaps, Space, gaps};
use super::stream::{check, field, files, option, read, repair};
use super::table::Table;

/// `[--alone] [--wrong=CLASS] GOLD.jsonl...`: `--wrong` shows what is wrong in a class
pub fn generated(args: &[String]) -> Result<(), String> {
    let alone = args.iter().any(|arg| arg == "--alone");
    let wrong = option(args, "wrong").map(str::to_owned);
    let mut streams: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for document in read(&files(args))? {
        streams.entry(field(&document, "lang").to_owned()).or_default().push(document);
    }
    let mut score = Score { wrong, ..Score::default() };
    for (language, documents) in &streams {
        let texts: Vec<&str> = documents.iter().map(|document| field(document, "damaged")).collect();
        let repaired = repair(&texts, alone);
        for (document, after) in documents.iter().zip(&repaired) {
            score.document(language, document, &after.text);
        }
        if !alone && std::env::var("NOCHECK").is_err() {
            println!("{language}: {}", check(&texts, &repaired));
        }
    }
    score.table.print();
    println!(
        "damage to clean text: {:.2} edits per million characters, {} word joins, {} characters; {} texts whose solid characters changed",
        score.damage as f64 * 1e6 / (score.clean_characters as f64).max(1.0),
        score.word_joins,
        score.clean_characters,
        score.unequal
    );
    Ok(())
}

#[derive(Default)]
struct Score {
    table: Table,
    wrong: Option<String>,
    damage: u64,
    word_joins: u64,
    clean_characters: usize,
    unequal: u64,
}

impl Score {
    fn document(&mut self, language: &str, document: &Value, after: &str) {
        let (damaged, gold) = (field(document, "damaged"), field(document, "gold"));
        let [before, right, now] = [damaged, gold, after].map(gaps);
        if now.solid != right.solid {
            self.unequal += 1;
            return;
        }
        let clean = field(document, "profile") == "clean";
        if clean {
            self.clean_characters += damaged.chars().count();
        }
        let classes = classes(document, &before);
        let mut all: Vec<usize> =
            [&before, &right, &now].iter().flat_map(|text| text.by_solid.keys().copied()).collect();
        all.sort_unstable();
        all.dedup();
        for n in all {
            let (b, g, o) = (before.at(n), right.at(n), now.at(n));
            if let Some(class) = classes.get(&n) {
                self.table.note(class, language, g == o);
                if class.ends_with("mid") && !class.starts_with("mark") {
                    self.table.note("broken", language, g == o);
                }
                if g != o && self.wrong.as_ref() == Some(class) {
                    show(&place(document), &before, &now, n);
                }
            }
            if b.space == Space::LineEnd && o.space == Space::None {
                let how = if b.hyphen {
                    "P hyphen"
                } else {
                    b.sign.map_or("P bare", |sign| if sign == "soft" { "P soft" } else { "P mark" })
                };
                self.table.note(how, language, g == o);
                self.table.note("P all", language, g == o);
                if g != o && self.wrong.as_deref() == Some(how) {
                    show(&place(document), &before, &now, n);
                }
            }
            if clean && g == b && o != b {
                self.damage += 1;
                self.word_joins += u64::from(o.space == Space::None);
                if self.wrong.as_deref() == Some("clean") {
                    show(&place(document), &before, &now, n);
                }
            }
        }
    }
}

/// The classes of the gaps, by the number of solid characters before them.
fn classes(document: &Value, before: &Gaps) -> BTreeMap<usize, String> {
    let sites = document.get("sites").and_then(Value::as_array).into_iter().flatten();
    let mut sites: Vec<(usize, &str)> =
        sites.map(|site| (site.get("pos").and_then(Value::as_u64).unwrap_or(0) as usize, field(site, "cls"))).collect();
    sites.sort_by_key(|site| site.0);
    let mut sites = sites.into_iter().peekable();
    let mut classes = BTreeMap::new();
    for (&n, &end) in &before.ends {
        while let Some((_, class)) = sites.next_if(|site| site.0 < end) {
            classes.entry(n).or_insert_with(|| class.to_owned());
        }
    }
    classes
}

/// Which document, and how it was broken.
fn place(document: &Value) -> String {
    format!("{} {}", field(document, "id"), field(document, "profile"))
}

/// Prints what stands around a gap, and what became of it.
fn show(place: &str, before: &Gaps, now: &Gaps, n: usize) {
    let near = |text: &Gaps| {
        let mut out = String::new();
        for (i, c) in text.solid.chars().enumerate().skip(n.saturating_sub(40)).take(80) {
            if let Some(gap) = text.by_solid.get(&i) {
                let here = if i == n { "|" } else { "" };
                out.push_str(here);
                if gap.hyphen {
                    out.push('-');
                }
                out.push_str(match gap.space {
                    Space::None => "",
                    Space::Blank => " ",
                    Space::LineEnd => "⏎",
                });
                out.push_str(here);
            } else if i == n {
                out.push_str("||");
            }
            out.push(c);
        }
        out
    };
    println!("{place} {}\n   {}", near(before), near(now));
}
