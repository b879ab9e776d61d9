//! Which file holds what of the output.

use std::io;
use std::path::{Path, PathBuf};

use super::Target;
use crate::config::{Compression, EmitPlan, Output, OutputFormat};
use crate::io::output::{Access, are_lines, lines_path, shards_in};

/// The file of a target; `None` for standard output, and for side files that nobody asked for.
pub fn path_of(plan: &EmitPlan, target: &Target, shard: u32) -> Option<PathBuf> {
    match target {
        Target::Dropped => plan.dropped.clone(),
        Target::Rejected => plan.rejected.clone(),
        Target::Records(partition) => match &plan.output {
            Output::Stdout => None,
            Output::File(path) => Some(written_as(plan, path.clone())),
            Output::Folder(folder) => {
                let folder = partition.as_ref().map_or_else(|| folder.clone(), |partition| folder.join(partition));
                Some(written_as(plan, folder.join(format!("shard-{shard:05}.{}", shard_extension(plan)))))
            }
        },
    }
}

/// What a file of records is written to: the file itself, or the lines that its columns are made of.
fn written_as(plan: &EmitPlan, path: PathBuf) -> PathBuf {
    if plan.format == OutputFormat::Parquet { lines_path(&path) } else { path }
}

/// Who may read the file of a target.
pub fn access(target: &Target) -> Access {
    if *target == Target::Rejected { Access::Private } else { Access::Default }
}

/// Takes away the shards that were begun after a checkpoint; `known` gives the last shard of each target in it.
///
/// Of a shard of columns that was not whole by then, its lines are kept and go on.
///
/// # Errors
/// What the system says.
pub fn remove_later_shards(
    folder: &Path,
    format: OutputFormat,
    known: &dyn Fn(&Target) -> Option<u32>,
) -> io::Result<()> {
    for (path, partition, shard) in shards_in(folder)? {
        let last = known(&Target::Records(partition));
        let is_remade = format == OutputFormat::Parquet && last == Some(shard) && !are_lines(&path);
        if is_remade || last.is_none_or(|last| shard > last) {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// What stands after `shard-00000.`.
pub fn shard_extension(plan: &EmitPlan) -> String {
    let format = match plan.format {
        OutputFormat::Jsonl => "jsonl",
        OutputFormat::Text => "txt",
        OutputFormat::Parquet => return "parquet".to_owned(),
    };
    let compression = match plan.compression {
        Compression::None => "",
        Compression::Gzip => ".gz",
        Compression::Zstd => ".zst",
    };
    format!("{format}{compression}")
}
