//! `repair`: each group of rules on clean pages of each script, and on pages with the damage that it repairs.

use std::hint::black_box;

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use textmill_core::repair::{
    RepairConfig, Repaired, Rule, RuleSet, WordCounts, Words, repair_characters, repair_lines,
};

use super::damage;
use super::texts::{SCRIPTS, bytes};

const MOJIBAKE: &[Rule] = &[Rule::Mojibake];
const CHARACTERS: &[Rule] = &[Rule::LineTerminators, Rule::ControlChars, Rule::InvisibleChars, Rule::Ligatures];
const UNICODE_FORM: &[Rule] = &[Rule::UnicodeForm];
const BREAKS: &[Rule] = &[Rule::CutMarks, Rule::LineEndHyphens, Rule::BrokenWords, Rule::HardWraps];
const SPACES: &[Rule] = &[Rule::Spaces];

/// Times `repair/<group>/<script>/<damage>`.
pub fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("repair");
    for script in &SCRIPTS {
        let clean = script.pages();
        let broken = |damage: &dyn Fn(&str) -> String| clean.iter().map(|page| damage(page)).collect::<Vec<_>>();
        characters(&mut group, &format!("mojibake/{}/clean", script.name), MOJIBAKE, &clean, &clean);
        characters(&mut group, &format!("characters/{}/clean", script.name), CHARACTERS, &clean, &clean);
        characters(&mut group, &format!("unicode-form/{}/clean", script.name), UNICODE_FORM, &clean, &clean);
        if script.name == "latin" {
            let pages = broken(&damage::mojibake);
            characters(&mut group, "mojibake/latin/mojibake", MOJIBAKE, &pages, &clean);
        }
        let crlf = broken(&|page| page.replace('\n', "\r\n"));
        characters(&mut group, &format!("characters/{}/crlf", script.name), CHARACTERS, &crlf, &clean);

        group.throughput(Throughput::Bytes(bytes(&clean)));
        group.bench_function(format!("learn/{}/clean", script.name), |b| b.iter(|| learn(black_box(&clean)).len()));
        lines(&mut group, &format!("breaks/{}/clean", script.name), BREAKS, &clean, &clean);
        lines(&mut group, &format!("spaces/{}/clean", script.name), SPACES, &clean, &clean);
        let wrapped = broken(&|page| damage::hard_wrapped(page, script.space));
        lines(&mut group, &format!("breaks/{}/hard-wrapped", script.name), BREAKS, &wrapped, &clean);
        if matches!(script.name, "ascii" | "latin" | "cyrillic") {
            let hyphenated = broken(&damage::hyphenated);
            lines(&mut group, &format!("breaks/{}/hyphenated", script.name), BREAKS, &hyphenated, &clean);
        }
        if !script.space.is_empty() {
            let marked = broken(&damage::cut_marked);
            lines(&mut group, &format!("breaks/{}/cut-marks", script.name), BREAKS, &marked, &clean);
        }
    }
    group.finish();
}

fn characters(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    rules: &[Rule],
    pages: &[String],
    clean: &[String],
) {
    let config = only(rules);
    let repair = |page: &str| repair_characters(page, &config).text.into_owned();
    check(name, pages, clean, repair);
    group.throughput(Throughput::Bytes(bytes(pages)));
    group.bench_function(name, |b| {
        b.iter(|| pages.iter().map(|page| repair_characters(black_box(page), &config).text.len()).sum::<usize>());
    });
}

fn lines(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, rules: &[Rule], pages: &[String], clean: &[String]) {
    let config = only(rules);
    let counts = learn(pages);
    let words = Words::new(&counts);
    let repair = |page: &str| {
        let mut repaired = Repaired::new(page);
        repair_lines(&mut repaired, &config, &words);
        repaired.text.into_owned()
    };
    check(name, pages, clean, repair);
    group.throughput(Throughput::Bytes(bytes(pages)));
    group.bench_function(name, |b| {
        b.iter(|| {
            let repaired = pages.iter().map(|page| {
                let mut repaired = Repaired::new(black_box(page));
                repair_lines(&mut repaired, &config, &words);
                repaired.text.len()
            });
            repaired.sum::<usize>()
        });
    });
}

/// Clean pages come back untouched, broken ones clean: at most one paragraph in ten is not as it was.
///
/// How well the rules repair is measured elsewhere; here it is only made sure that they do the work that is timed.
fn check(name: &str, pages: &[String], clean: &[String], repair: impl Fn(&str) -> String) {
    let (mut wrong, mut all) = (0, 0);
    for (page, clean) in pages.iter().zip(clean) {
        let repaired = repair(page);
        assert!(!name.ends_with("/clean") || repaired == *clean, "{name} changes clean text");
        let mut found = repaired.split("\n\n");
        for paragraph in clean.split("\n\n") {
            all += 1;
            wrong += usize::from(found.next() != Some(paragraph));
        }
    }
    assert!(wrong * 10 <= all, "{name} leaves {wrong} of {all} paragraphs broken");
}

fn only(rules: &[Rule]) -> RepairConfig {
    let rules = rules.iter().fold(RuleSet::none(), |set, &rule| set.with(rule));
    RepairConfig { rules, min_score: [0.5; Rule::ALL.len()] }
}

/// The words of all pages, counted.
fn learn(pages: &[String]) -> WordCounts {
    let mut counts = WordCounts::new();
    pages.iter().for_each(|page| counts.learn(page));
    counts
}
