//! Keys that are sound alone and not together.

use std::path::{Path, PathBuf};

use super::bytes::print_bytes;
use super::output::Output;
use super::plan::{
    Compression, DedupPlan, DedupScope, DedupUnit, EditDetail, IndexKind, Input, Keep, OutputFormat, PartitionBy, Plan,
};
use super::reader::{Placed, Reader};
use super::resolve::{is_named_parquet, named_compression};
use super::store_url::StoreKind;
use textmill_core::dedup::bloom_bytes;

/// Notes each contradiction at the key that was written last.
pub(super) fn note_contradictions(reader: &mut Reader<'_>, plan: &Plan) {
    fields(reader, plan);
    sizes(reader, plan);
    dedup(reader, plan);
    emit(reader, plan);
    stores(reader, plan);
    paths(reader, plan);
}

fn fields(reader: &mut Reader<'_>, plan: &Plan) {
    if plan.read.text_field == plan.read.id_field {
        let message = format!("read.text_field and read.id_field are both \"{}\"", plan.read.text_field);
        reader.contradiction(&[("read", "text_field"), ("read", "id_field")], message);
    }
    for (key, field) in [("text_field", &plan.read.text_field), ("id_field", &plan.read.id_field)] {
        if field == "textmill" {
            let message = format!("read.{key} is \"textmill\", but that field is where the findings are written");
            reader.contradiction(&[("read", key)], message);
        }
    }
}

/// What must fit twice into the memory for text in flight, so that one is filled while the other is worked on.
fn sizes(reader: &mut Reader<'_>, plan: &Plan) {
    let memory = plan.run.memory_bytes;
    let parts = [("read", "batch_bytes", plan.read.batch_bytes), ("repair", "window_bytes", plan.repair.window_bytes)];
    for (table, key, bytes) in parts {
        if bytes > memory / 2 {
            let message = format!(
                "{table}.{key} is {}, more than half of run.memory_bytes, which is {}",
                print_bytes(bytes as u64).trim_matches('"'),
                print_bytes(memory as u64).trim_matches('"')
            );
            reader.contradiction(&[(table, key), ("run", "memory_bytes")], message);
        }
    }
}

fn dedup(reader: &mut Reader<'_>, plan: &Plan) {
    let dedup = &plan.dedup;
    if dedup.keep != Keep::First && dedup.scope == DedupScope::Stream {
        let message = format!(
            "dedup.keep = \"{}\" needs dedup.scope = \"corpus\": a stream has emitted the first before it sees another",
            dedup.keep
        );
        reader.contradiction(&[("dedup", "keep"), ("dedup", "scope")], message);
    }
    if dedup.unit == DedupUnit::Paragraph && dedup.scope == DedupScope::Corpus {
        let message = "dedup.unit = \"paragraph\" needs dedup.scope = \"stream\": the first of each paragraph stays";
        reader.contradiction(&[("dedup", "unit"), ("dedup", "scope")], message);
    }
    if dedup.index_kind == IndexKind::Bloom {
        bloom(reader, dedup);
    }
}

fn bloom(reader: &mut Reader<'_>, dedup: &DedupPlan) {
    if dedup.scope == DedupScope::Corpus {
        let message =
            "dedup.index_kind = \"bloom\" needs dedup.scope = \"stream\": it holds nothing that could be clustered";
        reader.contradiction(&[("dedup", "index_kind"), ("dedup", "scope")], message);
    }
    if dedup.unit == DedupUnit::Paragraph {
        let message = "dedup.index_kind = \"bloom\" needs dedup.unit = \"document\": a paragraph is removed only if that is verified";
        reader.contradiction(&[("dedup", "index_kind"), ("dedup", "unit")], message);
    }
    if dedup.expected_documents == 0 {
        let message = "dedup.index_kind = \"bloom\" needs dedup.expected_documents: how many documents it is made for";
        reader.contradiction(&[("dedup", "index_kind"), ("dedup", "expected_documents")], message);
    }
    let bytes = bloom_bytes(dedup.expected_documents, dedup.exact_only);
    if bytes > dedup.index_memory_bytes {
        let message = format!(
            "dedup.expected_documents = {} takes {} bytes, and dedup.index_memory_bytes is {}",
            dedup.expected_documents,
            bytes,
            print_bytes(dedup.index_memory_bytes).trim_matches('"')
        );
        reader.contradiction(&[("dedup", "expected_documents"), ("dedup", "index_memory_bytes")], message);
    }
}

fn emit(reader: &mut Reader<'_>, plan: &Plan) {
    let emit = &plan.emit;
    if emit.partition_by != PartitionBy::Nothing {
        let word = emit.partition_by;
        let where_to = match &emit.output {
            Output::Folder(_) => None,
            Output::Stdout => Some("standard output"),
            Output::File(_) => Some("one file"),
        };
        if let Some(where_to) = where_to {
            let message = format!("emit.partition_by = \"{word}\" needs a folder as emit.output, which is {where_to}");
            reader.contradiction(&[("emit", "partition_by"), ("emit", "output"), ("read", "inputs")], message);
        }
        if !plan.langid.enabled {
            let message = format!("emit.partition_by = \"{word}\" needs langid.enabled = true");
            reader.contradiction(&[("emit", "partition_by"), ("langid", "enabled")], message);
        }
    }
    if emit.card && !matches!(emit.output, Output::Folder(_)) {
        let message = "emit.card = true needs a folder as emit.output: the card describes its shards";
        reader.contradiction(&[("emit", "card"), ("emit", "output"), ("read", "inputs")], message);
    }
    if plan.run.resume && emit.output == Output::Stdout {
        let place = super::Place::CommandLine { option: "--resume" };
        let message = "needs a file or a folder as output; what went to standard output is not known afterwards";
        reader.wrong(&place, message);
    }
    if emit.format == OutputFormat::Text && plan.repair.edits == EditDetail::Full {
        let message =
            "repair.edits = \"full\" needs emit.format = \"jsonl\" or \"parquet\": text has no room for edits";
        reader.contradiction(&[("repair", "edits"), ("emit", "format")], message);
    }
    parquet(reader, plan);
    let promised = match &emit.output {
        Output::File(path) => named_compression(path),
        Output::Stdout | Output::Folder(_) => None,
    };
    if let Some(promised) = promised.filter(|promised| *promised != emit.compression) {
        let message = format!(
            "emit.compression is \"{}\", but the name of emit.output says \"{promised}\"; did you mean \"auto\"?",
            emit.compression
        );
        reader.contradiction(&[("emit", "compression"), ("emit", "output")], message);
    }
    let level = emit.compression_level.filter(|level| emit.compression == Compression::Gzip && *level > 9);
    if let Some(level) = level {
        let message = format!("emit.compression_level is {level}, but gzip has levels from 1 to 9 (0: the default)");
        reader.contradiction(&[("emit", "compression_level"), ("emit", "compression")], message);
    }
}

/// Forms and codecs that are read and not written.
const NOT_WRITTEN: [&str; 12] = ["csv", "tsv", "xlsx", "xml", "html", "warc", "tar", "zip", "bz2", "xz", "lz4", "7z"];

/// Notes where a folder would be made of a name that means a file of another form than is written.
pub(super) fn note_foreign_output(reader: &mut Reader<'_>, path: &Placed<PathBuf>, output: Output) -> Output {
    let Output::Folder(folder) = &output else { return output };
    let extension = folder.extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default();
    let is_named_folder = path.value.as_os_str().as_encoded_bytes().ends_with(b"/") || folder.exists();
    if !is_named_folder && NOT_WRITTEN.contains(&extension.as_str()) {
        let message = format!(
            "emit.output ends in .{extension}, which is not written: name a file that ends in .jsonl, .txt or .parquet (.gz or .zst \
             behind the first two), or a folder of shards, with a slash at its end"
        );
        reader.wrong(&path.place, message);
    }
    output
}

/// Places in stores that this program does not reach, or that cannot be written to.
fn stores(reader: &mut Reader<'_>, plan: &Plan) {
    let staged = plan.emit.staged.as_ref();
    if let Some(staged) = staged.filter(|staged| staged.url.kind() == StoreKind::Http) {
        let message = format!(
            "emit.output is `{}`, but nothing is written to http(s)://: name a bucket (s3://, gs://, az://) or a path",
            staged.url
        );
        reader.contradiction(&[("emit", "output")], message);
    }
    if cfg!(feature = "object-stores") {
        return;
    }
    let input = plan.read.inputs.iter().find_map(|input| match input {
        Input::Store { url, .. } => Some(("read", "inputs", url)),
        _ => None,
    });
    for (table, key, url) in input.into_iter().chain(staged.map(|staged| ("emit", "output", &staged.url))) {
        let message = format!(
            "{table}.{key}: `{url}` needs a textmill that was built with the feature `object-stores`: \
             cargo build --release --features object-stores"
        );
        reader.contradiction(&[(table, key)], message);
    }
}

/// What cannot be written as columns, and names that promise columns and get none.
fn parquet(reader: &mut Reader<'_>, plan: &Plan) {
    let emit = &plan.emit;
    if emit.format != OutputFormat::Parquet {
        if is_named_parquet(&emit.output) {
            let message = format!("emit.format is \"{}\", but the name of emit.output says \"parquet\"", emit.format);
            reader.contradiction(&[("emit", "format"), ("emit", "output")], message);
        }
        return;
    }
    if !cfg!(feature = "parquet") {
        let message = "emit.format = \"parquet\" needs a textmill that was built with the feature `parquet`";
        reader.contradiction(&[("emit", "format"), ("emit", "output")], message);
    }
    let is_no_file = |path: &Path| path.metadata().is_ok_and(|found| !found.is_file());
    let where_to = match &emit.output {
        Output::Stdout => Some("standard output"),
        Output::File(path) if is_no_file(path) => Some("a pipe or device"),
        Output::File(_) | Output::Folder(_) => None,
    };
    if let Some(where_to) = where_to {
        let message = format!("emit.format = \"parquet\" needs a file or a folder as emit.output, which is {where_to}");
        reader.contradiction(&[("emit", "format"), ("emit", "output"), ("read", "inputs")], message);
    }
    if plan.read.max_record_bytes > MAX_TEXT_BYTES {
        let message = format!(
            "read.max_record_bytes is {}, but emit.format = \"parquet\" has room for {} in a record",
            print_bytes(plan.read.max_record_bytes as u64).trim_matches('"'),
            print_bytes(MAX_TEXT_BYTES as u64).trim_matches('"')
        );
        reader.contradiction(&[("read", "max_record_bytes"), ("emit", "format")], message);
    }
}

/// The longest record that a column takes in all its forms: offsets in a column of strings are 32 bits with a sign, and
/// text of one byte a character may take three as UTF-8.
const MAX_TEXT_BYTES: usize = 512 << 20;

/// Two files of the run under one name.
fn paths(reader: &mut Reader<'_>, plan: &Plan) {
    let emit = &plan.emit;
    let written = [
        ("output", emit.output.path()),
        ("dropped", emit.dropped.as_deref()),
        ("rejected", emit.rejected.as_deref()),
        ("summary", emit.summary.as_deref()),
    ];
    for (at, (key, path)) in written.iter().enumerate() {
        let Some(path) = path else { continue };
        // Devices such as /dev/null take from all.
        if path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir()) {
            continue;
        }
        for (other, _) in written[..at].iter().filter(|(_, other)| *other == Some(path)) {
            let message = format!("emit.{other} and emit.{key} are the same path, {}", path.display());
            reader.contradiction(&[("emit", key), ("emit", other)], message);
        }
        for input in &plan.read.inputs {
            if matches!(input, Input::Path(input) if input == path) {
                let message = format!("emit.{key} is also one of read.inputs: {}", path.display());
                reader.contradiction(&[("emit", key), ("read", "inputs")], message);
            }
        }
    }
}
