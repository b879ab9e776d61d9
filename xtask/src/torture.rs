//! `cargo xtask torture`: the steps of `tests/faults`, over and over, at other moments, until the time is up.
//!
//! The steps are the tests' own; this only starts them, so that there is one way in which a run is harmed.

use std::process::Command;

/// Options that may be given, and the variables by which the test hears of them.
const OPTIONS: [(&str, &str); 2] = [("--minutes", "TEXTMILL_TORTURE_MINUTES"), ("--seed", "TEXTMILL_TORTURE_SEED")];

/// Runs the long form of the tests of faults.
///
/// # Errors
/// What is wrong with the options, or that something did not survive.
pub fn torture(args: &[String]) -> Result<(), String> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["test", "--test", "faults", "--", "--ignored", "--exact", "torture::torture", "--nocapture"]);
    for pair in args.chunks(2) {
        let [name, value] = pair else { return Err(format!("{} wants a number", pair[0])) };
        let (_, variable) = OPTIONS
            .iter()
            .find(|(option, _)| option == name)
            .ok_or_else(|| format!("unknown option {name}; there are --minutes N and --seed N"))?;
        value.parse::<u64>().map_err(|error| format!("{name} {value}: {error}"))?;
        command.env(variable, value);
    }
    let status = command.status().map_err(|error| format!("cannot start cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err("something did not survive; it is told above".to_owned()) }
}
