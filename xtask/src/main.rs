//! `cargo xtask`: what is done to the project and not by it.
//!
//! * `train-langid --data DIR [--date DATE] [--output FILE]` trains the language model;
//! * `evaluate-langid GOLD.jsonl...` scores the embedded model on lines `{"text", "language"}` or `{"text", "spans"}`;
//! * `speed-langid GOLD.jsonl...` measures its speed on the same lines;
//! * `measure-dedup [--characters] FILE.jsonl...` plants copies in texts and measures what of them is found.
//! * `evaluate-repair [--alone] GOLD.jsonl...` scores repair on generated damage, `evaluate-hyphens GOLD.jsonl...` on the
//!   line-end hyphens of real pages;
//! * `repair-again FILE.jsonl...` counts what changes when repaired text is repaired again;
//! * `repair-damage FILE.jsonl...` counts what repair does to texts that are right, `speed-repair FILE.jsonl...` its speed;
//! * `corpus FILE.jsonl` writes the corpus on which versions are compared;
//! * `instructions [TEXTMILL]` counts the instructions that the stages take on it;
//! * `figures PROSE.jsonl [TEXTMILL]` measures the whole stream on prose, by script, damage, encoding and compression;
//! * `torture [--minutes N] [--seed N]` kills and harms runs until the time is up, and counts what they survived.

#![allow(unreachable_pub, reason = "nothing outside a program reaches its items")]
#![allow(
    clippy::needless_range_loop,
    clippy::needless_for_each,
    clippy::many_single_char_names,
    clippy::format_push_string,
    reason = "formulas read best as they are written on paper"
)]

mod dedup;
mod langid;
mod repair;
mod figures;
mod torture;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let result = match args.split_first() {
        Some((command, rest)) if command == "train-langid" => langid::train(rest),
        Some((command, rest)) if command == "evaluate-langid" => langid::evaluate(rest),
        Some((command, rest)) if command == "speed-langid" => langid::speed(rest),
        Some((command, rest)) if command == "measure-dedup" => dedup::measure(rest).map_err(|error| error.to_string()),
        Some((command, rest)) if command == "evaluate-repair" => repair::generated(rest),
        Some((command, rest)) if command == "evaluate-hyphens" => repair::hyphens(rest),
        Some((command, rest)) if command == "repair-again" => repair::again(rest),
        Some((command, rest)) if command == "repair-damage" => repair::damage(rest),
        Some((command, rest)) if command == "speed-repair" => repair::speed(rest),
        Some((command, rest)) if command == "corpus" => figures::write_corpus(rest).map_err(|error| error.to_string()),
        Some((command, rest)) if command == "instructions" => {
            figures::instructions(rest).map_err(|error| error.to_string())
        }
        Some((command, rest)) if command == "figures" => figures::table(rest).map_err(|error| error.to_string()),
        Some((command, rest)) if command == "torture" => torture::torture(rest),
        _ => {
            Err("usage: cargo xtask train-langid|evaluate-langid|speed-langid|evaluate-repair|evaluate-hyphens|repair-again|repair-damage|speed-repair|corpus|instructions|figures|torture …; see xtask/src/main.rs".into())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
