//! The edits of a text, applied to it, give the repaired text; repairing that again, with the same evidence about words,
//! changes nothing.

#![no_main]

#[path = "repaired.rs"]
mod repaired;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| repaired::replays_and_is_idempotent(text));
