//! The `textmill` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    textmill::cli::main()
}
