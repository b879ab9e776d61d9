//! `textmill bench`: the throughput of each stage, and of the whole, on the user's own data.

use std::fmt::Write as _;
use std::io::Read;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use super::options::RunOptions;
use super::run::run_plan;
use crate::config::{Output, PartitionBy, Plan};
use crate::graph::Finished;
use crate::io::inputs::{self, Entry, Place};
use crate::io::stores::Ahead;
use crate::summary::human_bytes;

/// Runs of which the fastest counts.
const RUNS: usize = 3;

/// Runs the plan over the inputs with the output thrown away, and prints what each stage took.
///
/// # Errors
/// What went wrong, as the user reads it.
pub fn bench(options: RunOptions) -> Result<u8, String> {
    let mut plan = options.plan().map_err(|error| error.to_string())?;
    crate::logging::begin(plan.run.log_level, plan.run.log_format);
    if plan.read.inputs.contains(&crate::config::Input::Stdin) {
        return Err("`bench` reads its input several times: name files or folders".to_owned());
    }
    plan.emit.output = Output::File(PathBuf::from("/dev/null"));
    plan.emit.staged = None;
    plan.emit.partition_by = PartitionBy::Nothing;
    (plan.emit.dropped, plan.emit.rejected, plan.emit.summary) = (None, None, None);
    // Measured documents are no part of an index that stays.
    plan.dedup.index = None;
    let read_speed = read_speed(&plan)?;
    let mut out = format!("reading alone      {:>10}/s  (once, then from the page cache)\n", human_bytes(read_speed));
    let mut threads = vec![1];
    if plan.run.threads > 1 {
        threads.push(plan.run.threads);
    }
    for n in threads {
        plan.run.threads = n;
        let mut best: Option<(Finished, Duration)> = None;
        for _ in 0..RUNS {
            let start = process_time();
            let (finished, _) = run_plan(&plan).map_err(|error| error.to_string())?;
            let spent = process_time().saturating_sub(start);
            if best.as_ref().is_none_or(|(best, _)| finished.elapsed < best.elapsed) {
                best = Some((finished, spent));
            }
        }
        if let Some((best, spent)) = best {
            out.push_str(&table(&best, spent, n));
        }
    }
    super::print_quietly(&out)
}

/// Processor time of all threads so far.
fn process_time() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    // The kernel gives neither a negative time nor a full second of nanoseconds.
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// The stages of a run for which all threads spent so much processor time.
fn table(finished: &Finished, spent: Duration, threads: usize) -> String {
    let ledger = &finished.books.ledger;
    let seconds = finished.elapsed.as_secs_f64();
    let rate = |bytes: u64, time: Duration| human_bytes((bytes as f64 / time.as_secs_f64().max(1e-9)) as u64);
    let stages = finished.books.times.by_name();
    let busy: Duration = stages.iter().map(|(_, time)| time.busy).sum();
    let spent = spent.max(busy);
    let records = ledger.accounted().records;
    let mut out =
        format!("\n{threads} worker(s): {} records, {} in {seconds:.2} s\n", records, human_bytes(ledger.input_bytes));
    let _ = writeln!(out, "  {:8} {:>12} {:>9} {:>7}", "stage", "per second", "seconds", "share");
    let named = stages.iter().map(|(name, time)| (*name, time.busy));
    // Handing on, counting words of a window together, writing files, starting: what no stage accounts for.
    for (name, time) in named.chain([("between", spent.saturating_sub(busy))]).filter(|(_, time)| !time.is_zero()) {
        let share = time.as_secs_f64() / spent.as_secs_f64().max(1e-9);
        let _ =
            writeln!(out, "  {name:8} {:>12} {:>9.3} {share:>7.2}", rate(ledger.input_bytes, time), time.as_secs_f64());
    }
    let per_second = (records as f64 / seconds.max(1e-9)) as u64;
    let _ = writeln!(
        out,
        "  {:8} {:>12} {seconds:>9.3}          {per_second} records/s",
        "whole",
        rate(ledger.input_bytes, finished.elapsed)
    );
    out
}

/// Bytes a second at which the machine reads the inputs, the second time round.
fn read_speed(plan: &Plan) -> Result<u64, String> {
    let mut speed = 0;
    let mut block = vec![0; 1 << 20];
    for _ in 0..2 {
        let roots = inputs::roots(&plan.read.inputs).map_err(|error| error.to_string())?;
        let start = Instant::now();
        let mut bytes = 0_u64;
        let mut ahead = Ahead::new(inputs::walk(roots), plan.read.ahead_bytes);
        while let Some(entry) = ahead.next_entry() {
            let Entry::File(file) = entry else { continue };
            // A file that cannot be read is the run's to report.
            let mut open: Box<dyn Read> = match &file.place {
                Place::Path(path) => match std::fs::File::open(path) {
                    Ok(open) => Box::new(open),
                    Err(_) => continue,
                },
                Place::Object(_) => Box::new(&mut ahead),
            };
            while let Ok(n @ 1..) = open.read(&mut block) {
                bytes += n as u64;
            }
        }
        speed = (bytes as f64 / start.elapsed().as_secs_f64().max(1e-9)) as u64;
    }
    Ok(speed)
}
