//! What a user types, and what comes back: one file a command.
//!
//! Exit codes: 0 done; 1 done, but `--strict` and something was rejected; 2 failed, or usage.

mod options;
mod run;
mod check;
mod graph;
mod explain;
mod bench;
mod index;

use std::process::ExitCode;

use clap::Parser;

use options::{Arguments, Command};

/// Done, but `--strict` and something was rejected.
const EXIT_STRICT: u8 = 1;
/// Failed, or usage.
const EXIT_FAILED: u8 = 2;

/// Runs the command line and returns its exit code.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { EXIT_FAILED } else { 0 };
            // A closed stderr leaves nobody to tell.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let result = match arguments.command {
        Command::Run(options) => run::run(options),
        Command::Check(options) => check::check(options),
        Command::Graph(options) => graph::graph(&options),
        Command::Explain(options) => explain::explain(options),
        Command::Bench(options) => bench::bench(options),
        Command::Index(command) => index::index(&command),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(message) => {
            eprintln!("textmill: {message}");
            ExitCode::from(EXIT_FAILED)
        }
    }
}

/// Writes to stdout; a reader that has gone is no error.
fn print_quietly(text: &str) -> Result<u8, String> {
    use std::io::Write;
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(format!("cannot write to standard output: {error}"))
        }
        _ => Ok(0),
    }
}
