//! `textmill run`: the pipeline.

use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::options::RunOptions;
use super::{EXIT_FAILED, EXIT_STRICT};
use crate::config::{DedupScope, Output, OutputFormat, Plan, StoreUrl};
use crate::graph::{self, Begun, Finished, Judge, Kernels, ParagraphJudge, RunError, RunFolder, Setting, new_run_id};
use crate::io::inputs::{self, InputError, Root};
use crate::io::output::{
    Access, PartFile, clear_folder, lines_path, part_path, remove_lines, remove_staged, shard_of, whole_shards,
};
use crate::io::stores::StoreFolder;
use crate::progress::Progress;
use crate::{card, logging, summary};

/// Runs the pipeline and returns the exit code.
///
/// # Errors
/// What went wrong, as the user reads it.
pub fn run(options: RunOptions) -> Result<u8, String> {
    let plan = options.plan().map_err(|error| error.to_string())?;
    logging::begin(plan.run.log_level, plan.run.log_format);
    quiet_panics();
    match run_plan(&plan) {
        Ok((finished, folder)) => report(&finished, &plan, folder),
        Err(RunError::ReaderGone) => Ok(0),
        Err(error) => Err(format!("{error}{}", how_to_go_on(&error, &plan))),
    }
}

/// Whether what was done before the error is done, as the user reads it.
fn how_to_go_on(error: &RunError, plan: &Plan) -> &'static str {
    let is_passing = matches!(error, RunError::Write { .. } | RunError::Fetch(_) | RunError::Put(_));
    let can_go_on = is_passing && RunFolder::has_checkpoint(plan);
    if can_go_on { "; then say --resume to go on" } else { "" }
}

/// Runs a plan to its end. The folder of its journal is left, and locked, until what comes after the run is done.
///
/// # Errors
/// [`RunError`].
pub fn run_plan(plan: &Plan) -> Result<(Finished, Option<RunFolder>), RunError> {
    if plan.read.inputs.is_empty() {
        return Err(RunError::Output(
            "nothing to read: name a file or folder, set `read.inputs`, or pipe text in".to_owned(),
        ));
    }
    let roots = roots_of(plan)?;
    let kernels = Kernels::new(plan)?;
    if let Some(page) = card::path(plan).filter(|page| card::is_foreign(page)) {
        let text = format!("`{}` is not made by textmill: move it, or say emit.card = false", page.display());
        return Err(RunError::Output(text));
    }
    let store = store_of(plan)?;
    if let (Some(store), Some(_)) = (&store, card::path(plan)) {
        let page = store.get(card::FILE_NAME).map_err(RunError::Put)?;
        if page.is_some_and(|page| !card::is_own(&page)) {
            let page = format!("{}/{}", plan.emit.output_name(), card::FILE_NAME);
            let text = format!("`{page}` is not made by textmill: move it, or say emit.card = false");
            return Err(RunError::Output(text));
        }
    }
    let (folder, journal, checkpoint, run_id) = match RunFolder::begin(plan, &roots)? {
        Some(Begun { folder, journal, checkpoint, run_id }) => (Some(folder), Some(journal), checkpoint, run_id),
        None => (None, None, None, new_run_id()),
    };
    // Before anything of an earlier run is taken away: an index that cannot be used ends the run here.
    let judges = Judge::new(plan, &kernels, &run_id)
        .and_then(|judge| Ok((judge, ParagraphJudge::new(plan, &kernels, &run_id)?)))
        .and_then(|(judge, paragraphs)| {
            if checkpoint.is_none() {
                let generation =
                    judge.generation().or(paragraphs.as_ref().and_then(|judge| judge.index().generation()));
                make_way(plan, store.as_ref(), generation.is_some_and(|n_written| n_written > 0))?;
            }
            Ok((judge, paragraphs))
        });
    let (judge, paragraphs) = match judges {
        Ok(judges) => judges,
        Err(error) => {
            // Nothing was begun that anyone could want to go on with.
            folder.filter(|_| checkpoint.is_none()).map_or(Ok(()), RunFolder::remove)?;
            return Err(error);
        }
    };
    let progress = Progress::new(plan.run.progress);
    has_room_for_files().map_err(RunError::NoThreads)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(RunError::NoThreads)?;
    let stop = CancellationToken::new();
    let result = runtime.block_on(async {
        tokio::spawn(stop_on_signals(stop.clone()));
        if progress.is_shown() {
            let (roots, progress) = (roots.clone(), progress.clone());
            tokio::task::spawn_blocking(move || progress.set_total(inputs::total_bytes(roots)));
        }
        graph::run(plan, Setting { roots, kernels, store, journal, checkpoint, judge, paragraphs, stop, progress })
            .await
    });
    // A thread that waits for standard input cannot be waited for.
    runtime.shutdown_background();
    Ok((result?, folder))
}

/// Takes away the shards that an earlier run left in the output folder, and says so.
///
/// # Errors
/// [`RunError::Output`] where there are some and an index stays that holds documents: those of the shards may be among them,
/// which would then be dropped as duplicates and replaced by nothing. [`RunError`] for what system and store say.
fn make_way(plan: &Plan, store: Option<&StoreFolder>, is_index_filled: bool) -> Result<(), RunError> {
    let Output::Folder(folder) = &plan.emit.output else { return Ok(()) };
    let stored: Vec<_> = match store {
        Some(store) => {
            store.list().map_err(RunError::Put)?.into_iter().filter(|(_, name)| shard_of(name).is_some()).collect()
        }
        None => Vec::new(),
    };
    let n_shards = whole_shards(folder) + stored.len();
    let name = plan.emit.output_name();
    if let Some(index) = plan.dedup.index.as_ref().filter(|_| is_index_filled && n_shards > 0) {
        return Err(RunError::Output(format!(
            "`{name}` holds the output of an earlier run, whose documents may be in the index `{}`: they would be dropped as \
             duplicates and replaced by nothing; choose another --output, or move what is there",
            index.display()
        )));
    }
    if n_shards > 0 {
        let shards = if n_shards == 1 { "shard" } else { "shards" };
        tracing::warn!("`{name}`: {n_shards} {shards} of an earlier run, replaced");
    }
    clear_folder(folder).map_err(|source| RunError::Write { path: folder.clone(), source })?;
    store
        .map_or(Ok(()), |store| store.remove(stored.into_iter().map(|(object, _)| object).collect()))
        .map_err(RunError::Put)
}

/// Whether there is room for the files by which tokio hears of signals: it panics where there is none.
fn has_room_for_files() -> std::io::Result<()> {
    // It opens about six; twice that is left for what it opens tomorrow.
    let spare: std::io::Result<Vec<_>> = (0..6).map(|_| std::os::unix::net::UnixStream::pair()).collect();
    spare.map(drop)
}

/// What a plan reads: its inputs less its own output, by name where the whole corpus is judged at once.
///
/// # Errors
/// [`InputError`] for an input that names nothing.
pub fn roots_of(plan: &Plan) -> Result<Vec<Root>, InputError> {
    let own = own_files(plan);
    let stored: Vec<StoreUrl> =
        plan.emit.staged.iter().flat_map(|staged| own.iter().filter_map(|path| staged.url_of(path))).collect();
    let roots = inputs::without_output(inputs::roots(&plan.read.inputs)?, &own, &stored);
    Ok(if plan.dedup.scope == DedupScope::Corpus { inputs::sorted(roots) } else { roots })
}

/// The store that a plan's output goes to.
fn store_of(plan: &Plan) -> Result<Option<StoreFolder>, RunError> {
    plan.emit.staged.as_ref().map(StoreFolder::connect).transpose().map_err(RunError::Put)
}

/// Everything that a plan writes.
fn own_files(plan: &Plan) -> Vec<PathBuf> {
    let emit = &plan.emit;
    let side_files = [&emit.dropped, &emit.rejected, &emit.summary].into_iter().flatten().cloned();
    let lines = emit.output.path().filter(|_| emit.format == OutputFormat::Parquet).map(lines_path);
    let output = emit.output.path().map(Path::to_owned);
    let files: Vec<PathBuf> = output.into_iter().chain(lines).chain(side_files).chain(card::path(plan)).collect();
    let parts = files.iter().map(|path| part_path(path));
    parts.chain(RunFolder::path_for(plan)).chain(plan.dedup.index.clone()).chain(files.iter().cloned()).collect()
}

/// Sets the stop signal at the first SIGINT, SIGTERM or SIGHUP; ends the process at the second.
async fn stop_on_signals(stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = kinds.map(signal) else { return };
    for round in 0.. {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
        if round > 0 {
            std::process::exit(i32::from(EXIT_FAILED));
        }
        tracing::warn!("stopping: what has been read is written; once more to stop at once");
        stop.cancel();
    }
}

/// A panic inside a record is reported with the record; others are told with the error that ends the run.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
}

fn report(finished: &Finished, plan: &Plan, folder: Option<RunFolder>) -> Result<u8, String> {
    if let Some(path) = &plan.emit.summary {
        let mut text =
            serde_json::to_vec_pretty(&summary::to_json(finished, plan)).map_err(|error| error.to_string())?;
        text.push(b'\n');
        write_whole(path, &text)?;
    }
    if let Some(path) = card::path(plan) {
        write_whole(&path, card::to_markdown(finished, plan).as_bytes())?;
    }
    let is_noteworthy = finished.books.ledger.rejected_in_all().records > 0 || finished.interrupted;
    if plan.emit.output != Output::Stdout
        || is_noteworthy
        || !summary::removed_too_much(&finished.books, plan).is_empty()
    {
        eprint!("{}", summary::to_table(finished, plan));
        match plan.emit.output.path() {
            Some(path) if plan.emit.staged.is_none() => eprintln!("  output in {}", shortest(path)),
            Some(_) => eprintln!("  output in {}", plan.emit.output_name()),
            None => {}
        }
    }
    if let Some(store) = store_of(plan).map_err(|error| error.to_string())? {
        let told = plan.emit.summary.iter().cloned().chain(card::path(plan)).filter(|path| store.takes(path));
        told.into_iter().try_for_each(|path| store.put(&path)).map_err(|error| RunError::Put(error).to_string())?;
    }
    if finished.interrupted {
        let cure = match (folder.is_some(), plan.dedup.scope) {
            (false, _) => "",
            (true, DedupScope::Stream) => "; say --resume to go on",
            (true, DedupScope::Corpus) => {
                "; what is there was judged of the records read so far alone: say --resume to begin anew with all of them"
            }
        };
        return Err(format!("stopped by a signal before the input ended{cure}"));
    }
    if let Some(folder) = folder {
        folder.remove().map_err(|error| error.to_string())?;
        // With the journal, nobody goes on from them any more.
        if let Some(path) = plan.emit.output.path().filter(|_| plan.emit.format == OutputFormat::Parquet) {
            remove_lines(path).map_err(|error| format!("cannot clear up `{}`: {error}", path.display()))?;
        }
    }
    if let Some(staged) = &plan.emit.staged {
        let failed = |error| format!("cannot clear up `{}`: {error}", staged.folder.display());
        remove_staged(&staged.folder, &own_files(plan)).map_err(failed)?;
    }
    if !plan.run.strict {
        return Ok(0);
    }
    if !summary::removed_too_much(&finished.books, plan).is_empty() {
        return Err("more of a source was dropped than `dedup.max_removed_ratio` allows (see above)".to_owned());
    }
    Ok(if finished.books.ledger.rejected_in_all().records > 0 { EXIT_STRICT } else { 0 })
}

fn write_whole(path: &Path, text: &[u8]) -> Result<(), String> {
    let written = PartFile::create(path, Access::Default).and_then(|mut file| {
        file.write(text)?;
        file.finish()
    });
    written.map_err(|source| RunError::Write { path: path.to_owned(), source }.to_string())
}

/// The path as seen from the current folder.
fn shortest(path: &std::path::Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).ok().filter(|inner| !inner.as_os_str().is_empty()).unwrap_or(path).display().to_string()
}
