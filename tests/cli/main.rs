//! The program as a user meets it: commands, options, exit codes, messages, and where everything is written.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../harness/mod.rs"]
mod harness;

mod inputs;
mod outputs;
mod codes;
mod messages;
mod commands;
mod signals;

use harness::{Folder, record};

/// Sentences that no rule has anything to say about.
pub(crate) const SOUND: [&str; 3] = [
    "The harbour master counted eleven boats before breakfast and wrote the number on a slate.",
    "La bibliothèque du village ouvre le mardi et le samedi, sauf quand il neige trop.",
    "Im Winter trägt der Postbote seine Briefe auf Skiern über den zugefrorenen See.",
];

/// A folder with one file of sound records and two plain documents.
pub(crate) fn corpus() -> Folder {
    let folder = Folder::new();
    let records: String = SOUND.iter().zip(["a", "b", "c"]).map(|(text, id)| record(id, text)).collect();
    folder.put("in/records.jsonl", records);
    folder.put("in/docs/one.txt", "A plain page about the tides of a small bay.\n");
    folder.put("in/docs/two.txt", "Another page, this one about the price of salt.\n");
    folder
}
