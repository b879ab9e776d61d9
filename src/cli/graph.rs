//! `textmill graph`: the stages that a plan runs, drawn.

use super::options::GraphOptions;
use crate::config::{Output, Plan, Word};

/// Prints the stage graph.
///
/// # Errors
/// The mistakes in the configuration.
pub fn graph(options: &GraphOptions) -> Result<u8, String> {
    let plan = options.run.plan().map_err(|error| error.to_string())?;
    let drawing = if options.language == "dot" { to_dot(&plan) } else { to_mermaid(&plan) };
    super::print_quietly(&drawing)
}

/// The stages in order, with what they do in this plan.
fn stages(plan: &Plan) -> Vec<(&'static str, String)> {
    let rules: Vec<&str> = plan.repair.rules.iter().map(textmill_core::repair::Rule::name).collect();
    let mut stages = vec![("read", format!("{} input(s), {}", plan.read.inputs.len(), plan.read.format.word()))];
    stages.push(("decode", if plan.decode.enabled { "bytes to text".to_owned() } else { "UTF-8 only".to_owned() }));
    if plan.repair.enabled {
        stages.push(("repair", rules.join(", ")));
    }
    if plan.langid.enabled {
        let which = if plan.langid.languages.is_empty() {
            "all languages".to_owned()
        } else {
            plan.langid.languages.join(", ")
        };
        stages.push(("langid", which));
    }
    if plan.dedup.enabled {
        stages.push((
            "dedup",
            format!(
                "similarity {}, scope {}, keep {}",
                plan.dedup.similarity,
                plan.dedup.scope.word(),
                plan.dedup.keep
            ),
        ));
    }
    stages.push(("emit", plan.emit.format.word().to_owned()));
    stages
}

fn to_mermaid(plan: &Plan) -> String {
    let stages = stages(plan);
    let mut out = String::from("flowchart LR\n");
    for (name, note) in &stages {
        out.push_str(&format!("    {name}[\"<b>{name}</b><br/>{}\"]\n", note.replace('"', "'")));
    }
    let names: Vec<&str> = stages.iter().map(|(name, _)| *name).collect();
    out.push_str(&format!("    {}\n", names.join(" --> ")));
    for (file, path) in side_files(plan) {
        out.push_str(&format!("    emit --> {file}[(\"{}\")]\n", path.replace('"', "'")));
    }
    out
}

fn to_dot(plan: &Plan) -> String {
    let stages = stages(plan);
    let mut out = String::from("digraph textmill {\n    rankdir=LR;\n    node [shape=box];\n");
    for (name, note) in &stages {
        out.push_str(&format!("    {name} [label={:?}];\n", format!("{name}\n{note}")));
    }
    let names: Vec<&str> = stages.iter().map(|(name, _)| *name).collect();
    out.push_str(&format!("    {};\n", names.join(" -> ")));
    for (file, path) in side_files(plan) {
        out.push_str(&format!("    {file} [shape=cylinder, label={path:?}];\n    emit -> {file};\n"));
    }
    out.push_str("}\n");
    out
}

/// The files that a run writes, with names for the drawing.
fn side_files(plan: &Plan) -> Vec<(&'static str, String)> {
    let output = if plan.emit.output == Output::Stdout { "stdout".to_owned() } else { plan.emit.output_name() };
    let named = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let mut files = vec![("records", output)];
    files.extend(named(&plan.emit.dropped).map(|path| ("dropped", path)));
    files.extend(named(&plan.emit.rejected).map(|path| ("rejected", path)));
    files.extend(named(&plan.emit.summary).map(|path| ("summary", path)));
    files
}
