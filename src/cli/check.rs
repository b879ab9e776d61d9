//! `textmill check`: the plan as run, what it would read, and the memory it will take; nothing is read or written.

use super::options::RunOptions;
use crate::config::{DedupScope, Plan};
use crate::graph::Kernels;
use crate::io::inputs::{self, Entry};
use crate::summary::human_bytes;

/// Memory that the program takes beside the text in flight: its code and tables, frames that wait to be written, and the
/// heap's own rounding. 40 MiB, by the runs of `benches/record/memory.md`.
const BASE_BYTES: u64 = 40 << 20;
/// Times that a byte in flight stands in memory while its window is open: as read, and with its escapes undone.
const COPIES_IN_FLIGHT: u64 = 2;
/// Times the size of an open window that its records take beside their text, where they are as short as 32 bytes: 8, by
/// `benches/record/2026-11-25-faults.md`.
const RECORDS_OF_A_WINDOW: u64 = 8;
/// What each worker holds beyond that: a batch as repaired and as written, and its buffers. 4 MiB.
const WORKER_BYTES: u64 = 4 << 20;
/// Times its own size that a record takes while it is worked on, on top of the above: its text in each form, its edits, the
/// letters of its paragraphs. 20, by `benches/record/2026-11-25-faults.md`; batches of short records stay within
/// [`WORKER_BYTES`].
const COPIES_OF_A_RECORD: u64 = 20;
/// Bytes of index for each document kept: 1.5 kB of text and an id of 24 bytes; see `benches/record/dedup.md`.
const BYTES_PER_DOCUMENT: u64 = 350;

/// Validates everything and prints what a run would do.
///
/// # Errors
/// The mistakes in the configuration, or an input that names nothing.
pub fn check(options: RunOptions) -> Result<u8, String> {
    let plan = options.plan().map_err(|error| error.to_string())?;
    let roots = super::run::roots_of(&plan).map_err(|error| error.to_string())?;
    let kernels = Kernels::new(&plan).map_err(|error| error.to_string())?;
    let mut out = plan.to_toml();
    out.push_str("\n# What would be read\n");
    let (mut files, mut bytes, mut skipped) = (0_u64, 0_u64, 0_u64);
    for entry in inputs::walk(roots) {
        match entry {
            Entry::File(file) => {
                files += 1;
                bytes += file.path.metadata().map_or(0, |metadata| metadata.len());
            }
            Entry::Stdin => out.push_str("# standard input\n"),
            Entry::Skipped(_) => skipped += 1,
        }
    }
    out.push_str(&format!("# {files} file(s), {} as they lie on disk", human_bytes(bytes)));
    if skipped > 0 {
        out.push_str(&format!("; {skipped} link(s), device(s) or unreadable folder(s) would be rejected"));
    }
    out.push('\n');
    out.push_str(&memory(&plan, &kernels));
    super::print_quietly(&out)
}

fn memory(plan: &Plan, kernels: &Kernels) -> String {
    let in_flight = plan.run.memory_bytes as u64 * COPIES_IN_FLIGHT
        + plan.repair.window_bytes as u64 * RECORDS_OF_A_WINDOW
        + plan.run.threads as u64 * WORKER_BYTES;
    let mut out = format!("\n# Memory: at most {} without the index", human_bytes(BASE_BYTES + in_flight));
    let longest = plan.read.max_record_bytes as u64;
    out.push_str(&format!(
        "; a record longer than a batch takes up to {COPIES_OF_A_RECORD} times its size more: {} for one of {} \
         (read.max_record_bytes)",
        human_bytes(COPIES_OF_A_RECORD * longest),
        human_bytes(longest)
    ));
    if kernels.dedup().is_some() {
        let each = BYTES_PER_DOCUMENT;
        out.push_str(&format!(
            "; the index, {each} bytes for each document kept: {} for a million",
            human_bytes(each * 1_000_000)
        ));
        if plan.dedup.scope == DedupScope::Corpus {
            out.push_str("; scope \"corpus\" also writes every record once to a temporary file beside the output");
        }
    }
    out.push('\n');
    out
}
