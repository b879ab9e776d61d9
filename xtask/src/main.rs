//! `cargo xtask`: what is done to the project and not by it.
//!
//! * `train-langid --data DIR [--date DATE] [--output FILE]` trains the language model;
//! * `evaluate-langid GOLD.jsonl...` scores the embedded model on lines `{"text", "language"}` or `{"text", "spans"}`;
//! * `speed-langid GOLD.jsonl...` measures its speed on the same lines;
//! * `measure-dedup [--characters] FILE.jsonl...` plants copies in texts and measures what of them is found.

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

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let result = match args.split_first() {
        Some((command, rest)) if command == "train-langid" => langid::train(rest),
        Some((command, rest)) if command == "evaluate-langid" => langid::evaluate(rest),
        Some((command, rest)) if command == "speed-langid" => langid::speed(rest),
        Some((command, rest)) if command == "measure-dedup" => dedup::measure(rest).map_err(|error| error.to_string()),
        _ => Err("usage: cargo xtask train-langid --data DIR [--date DATE] [--output FILE]".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
