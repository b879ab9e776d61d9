//! Messages on stderr, for people or for programs.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, LogLevel, Word};

/// Sends messages of `level` and above to stderr. A second call changes nothing.
pub fn begin(level: LogLevel, format: LogFormat) {
    let filter = EnvFilter::new(format!("textmill={}", level.word()));
    let builder = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter);
    // That messages go somewhere already is what the caller wants as well.
    let _ = match format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => {
            builder.with_target(false).with_ansi(std::io::stderr().is_terminal()).without_time().try_init()
        }
    };
}
