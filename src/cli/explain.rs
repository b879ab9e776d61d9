//! `textmill explain`: each repair in its place, so that a person sees what was done and why.

use std::fmt::Write as _;
use std::io::IsTerminal;

use textmill_core::repair::Edit;

use super::options::RunOptions;
use crate::graph::{Explained, Kernels, explain as explain_documents};
use crate::io::inputs;

/// Characters of context on each side of an edit.
const CONTEXT_CHARS: usize = 32;

/// Colours on a terminal, none elsewhere.
struct Style {
    removed: &'static str,
    added: &'static str,
    faint: &'static str,
    bold: &'static str,
    plain: &'static str,
}

const COLOURED: Style =
    Style { removed: "\x1B[31m", added: "\x1B[32m", faint: "\x1B[2m", bold: "\x1B[1m", plain: "\x1B[0m" };
const UNCOLOURED: Style = Style { removed: "", added: "", faint: "", bold: "", plain: "" };

/// Prints every edit of the inputs' documents.
///
/// # Errors
/// What went wrong, as the user reads it.
pub fn explain(options: RunOptions) -> Result<u8, String> {
    let plan = options.plan().map_err(|error| error.to_string())?;
    crate::logging::begin(plan.run.log_level, plan.run.log_format);
    if plan.read.inputs.is_empty() {
        return Err("nothing to explain: name a file or folder, or pipe text in".to_owned());
    }
    let roots = inputs::roots(&plan.read.inputs).map_err(|error| error.to_string())?;
    let kernels = Kernels::new(&plan).map_err(|error| error.to_string())?;
    let is_coloured = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let style = if is_coloured { &COLOURED } else { &UNCOLOURED };
    let runtime =
        tokio::runtime::Builder::new_current_thread().build().map_err(|error| format!("cannot start: {error}"))?;
    let mut result = Ok(0);
    let mut documents = 0;
    let mut edits = 0;
    let shown = runtime.block_on(explain_documents(&plan, roots, kernels, |document| {
        documents += 1;
        edits += document.edits.len();
        if result.is_ok() && !document.edits.is_empty() {
            result = super::print_quietly(&describe(document, style));
        }
    }));
    shown.map_err(|error| error.to_string())?;
    result.and_then(|_| super::print_quietly(&format!("{edits} edit(s) in {documents} document(s)\n")))
}

fn describe(document: &Explained<'_>, style: &Style) -> String {
    let mut out = format!("{}{}{}\n", style.bold, printable(&document.name), style.plain);
    let mut line = 1;
    let mut counted = 0;
    for edit in document.edits {
        line += document.before[counted..edit.start].matches('\n').count();
        counted = edit.start;
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "  line {line}: {}{}{}, score {:.3}{}",
            style.bold,
            edit.rule.name(),
            style.plain,
            edit.score,
            also(edit)
        );
        let (left, right) = context(document.before, edit);
        let removed = printable(&document.before[edit.start..edit.end]);
        let added = printable(&edit.replacement);
        let _ = writeln!(out, "    - {left}{}{removed}{}{right}", style.removed, style.plain);
        let _ = writeln!(out, "    + {left}{}{added}{}{right}", style.added, style.plain);
        if let Some(readings) = edit.readings {
            let _ = writeln!(
                out,
                "    {}weighed: joined {:.3}, hyphenated {:.3}, spaced {:.3}, kept {:.3}{}",
                style.faint, readings.joined, readings.hyphenated, readings.spaced, readings.kept, style.plain
            );
        }
    }
    out
}

/// The other rules that met in the edit.
fn also(edit: &Edit) -> String {
    let others: Vec<&str> =
        edit.rules.iter().filter(|&rule| rule != edit.rule).map(textmill_core::repair::Rule::name).collect();
    if others.is_empty() { String::new() } else { format!(" (with {})", others.join(", ")) }
}

/// What stands on both sides of the edit.
fn context(text: &str, edit: &Edit) -> (String, String) {
    let before = &text[..edit.start];
    let from = before.char_indices().rev().nth(CONTEXT_CHARS - 1).map_or(0, |(at, _)| at);
    let right: String = text[edit.end..].chars().take(CONTEXT_CHARS).collect();
    (printable(&before[from..]), printable(&right))
}

/// Text on one line, with what cannot be seen made visible.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push('⏎'),
            '\t' => out.push('⇥'),
            '\r' => out.push('␍'),
            '\u{A0}' => out.push('⍽'),
            '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' => {
                let _ = write!(out, "<U+{:04X}>", u32::from(c));
            }
            c if c.is_control() => {
                let _ = write!(out, "<U+{:04X}>", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}
