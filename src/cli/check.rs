//! `textmill check`: the plan as run, what it would read, and the memory it will take; nothing is read or written.

use textmill_core::dedup::{COUNTED_BANDS, DedupConfig, bands_needed, bloom_bytes, bloom_false_positive_rate, tail};

use super::options::RunOptions;
use crate::config::{DedupScope, EditDetail, IndexKind, Plan};
use crate::graph::Kernels;
use crate::index::{BYTES_PER_DOCUMENT, LEAST_BYTES};
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
/// Text of the document that figures are given for, and its shingles: words of six bytes with their spaces.
const DOCUMENT_BYTES: u64 = 1500;
const DOCUMENT_SHINGLES: usize = 246;
/// What its id takes if it is one that is made here, or otherwise differs from the one before in its last digits: a few of these
/// and 2.5. It was 6 in `benches/record/2026-11-25-dedup-night.md`.
const ID_BYTES: u64 = 8;
/// Times its own size that a record of running text takes while it is worked on, on top of the above: its text in each form,
/// its shingles. 12, of Chinese the most, by `benches/record/memory.md`; batches of short records stay within [`WORKER_BYTES`].
const COPIES_OF_A_RECORD: u64 = 12;
/// The same for a record of which every few bytes are a repair or a paragraph, each with its evidence: 80, and 110 where
/// edits are written, by `benches/record/memory.md`.
const COPIES_OF_THE_WORST: u64 = 80;
const COPIES_OF_THE_WORST_WITH_EDITS: u64 = 110;
/// How much of itself an index may take on top for a moment, while a table of it grows: a half.
const GROWTH: &str = "half as much again for a moment while it grows";

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
                bytes += file.bytes();
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
    out.push_str(&memory(&plan, &kernels, bytes));
    super::print_quietly(&out)
}

fn memory(plan: &Plan, kernels: &Kernels, input_bytes: u64) -> String {
    let in_flight = plan.run.memory_bytes as u64 * COPIES_IN_FLIGHT
        + plan.repair.window_bytes as u64 * RECORDS_OF_A_WINDOW
        + plan.run.threads as u64 * WORKER_BYTES;
    let mut out = format!("\n# Memory: at most {} without the index", human_bytes(BASE_BYTES + in_flight));
    let longest = plan.read.max_record_bytes as u64;
    let worst = match plan.repair.edits {
        EditDetail::Full => COPIES_OF_THE_WORST_WITH_EDITS,
        EditDetail::Off | EditDetail::Counts => COPIES_OF_THE_WORST,
    };
    out.push_str(&format!(
        "\n# A record longer than a batch takes more: running text up to {COPIES_OF_A_RECORD} times its size, one that is all repairs \
         or paragraphs of a letter up to {worst} times: {} and {} for one of {} (read.max_record_bytes)\n",
        human_bytes(COPIES_OF_A_RECORD * longest),
        human_bytes(worst * longest),
        human_bytes(longest)
    ));
    if let Some(dedup) = kernels.dedup() {
        out.push_str(&match plan.dedup.index_kind {
            IndexKind::Exact => exact_index(plan, &dedup.config, input_bytes),
            IndexKind::Bloom => bloom_index(plan, &dedup.config),
        });
    }
    out
}

/// What the index takes, for documents (or paragraphs) of one size.
fn exact_index(plan: &Plan, config: &DedupConfig, input_bytes: u64) -> String {
    let shingles = if plan.dedup.exact_only { 0 } else { DOCUMENT_SHINGLES };
    let each = config.bytes_per_document(shingles) as u64 + ID_BYTES;
    let limit = plan.dedup.index_memory_bytes;
    let (unit, whole) = (plan.dedup.unit, input_bytes / DOCUMENT_BYTES);
    let mut out = format!(
        "# Index: {each} bytes for each {unit} kept of {DOCUMENT_BYTES} bytes, with an id that begins like the one before (others \
         take their length and 3): {} for a million, {GROWTH}",
        human_bytes(each * 1_000_000)
    );
    if input_bytes > 0 {
        out.push_str(&format!("; what would be read holds about {whole} such: {}", human_bytes(each * whole)));
    }
    match plan.dedup.scope {
        DedupScope::Stream => out.push_str(&format!(
            "\n# At most {} of it in memory (dedup.index_memory_bytes); the rest, from about {} on, goes to disk\n",
            human_bytes(limit),
            limit / each
        )),
        DedupScope::Corpus => {
            // Half of it is for an index that stays.
            let own = if plan.dedup.index.is_some() { limit / 2 } else { limit };
            out.push_str(&format!(
                "\n# Scope \"corpus\" writes every record once to a temporary file beside the output. At most {} of the index in \
                 memory (dedup.index_memory_bytes); the rest, from about {} on, goes to disk. {BYTES_PER_DOCUMENT} bytes of each \
                 stay in memory: a corpus of more than {} ends with an error\n",
                human_bytes(limit),
                own / each,
                own.saturating_sub(LEAST_BYTES) / BYTES_PER_DOCUMENT
            ));
        }
    }
    out
}

/// What a Bloom index takes, and how it may err.
fn bloom_index(plan: &Plan, config: &DedupConfig) -> String {
    let expected = plan.dedup.expected_documents;
    let bytes = bloom_bytes(expected, plan.dedup.exact_only);
    let (needed, rows) = (bands_needed(config), config.bands().rows as i32);
    let found = |similarity: f64| tail(similarity.powi(rows), needed);
    let mut out = format!(
        "# Index: {} for {expected} documents, {:.1} bytes for each; nothing is verified\n",
        human_bytes(bytes),
        bytes as f64 / expected.max(1) as f64
    );
    out.push_str(&format!(
        "# A document that shares nothing with any other is dropped with a chance of {:.1e} when the index is full\n",
        bloom_false_positive_rate(config)
    ));
    if !plan.dedup.exact_only {
        out.push_str(&format!(
            "# Dropped from {needed} of {COUNTED_BANDS} bands on; by similarity to one that is kept:"
        ));
        for similarity in [0.5, 0.6, 0.7, 0.8, 0.9] {
            out.push_str(&format!(" {similarity}: {:.4}", found(similarity)));
        }
        out.push('\n');
    }
    out
}
