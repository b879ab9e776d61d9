//! Training of the language model: reads texts of known language, fits the table and the heads, writes the file.
//!
//! Three threads draw samples, each from a seeded generator, and one learns from them in a fixed order: the same data and the
//! same program give the same file, byte for byte.
//! Start reading at [`train`]; `corpus` says what is read, `fit` how it is learnt, `write` how it is stored.

pub(crate) mod chance;
mod lingua;
mod corpus;
mod code;
mod sample;
mod fit;
mod write;
mod measure;
mod evaluate;

pub use evaluate::{evaluate, speed};

use std::path::PathBuf;

/// `train-langid --data DIR [--date DATE] [--output FILE] [--samples N] [--hold-out yes] [--dev FILE]...`
///
/// With `--hold-out yes`, a third of the languages that the model is to refuse is kept from it, to be measured with.
pub fn train(args: &[String]) -> Result<(), String> {
    let (mut data, mut output, mut date) =
        (None, PathBuf::from("crates/textmill-core/src/langid/model.bin"), String::new());
    let (mut samples, mut dev, mut holds_out) = (4_000_000_u64, Vec::new(), false);
    let mut args = args.iter();
    while let Some(name) = args.next() {
        let value = args.next().ok_or_else(|| format!("{name} wants a value"))?;
        match name.as_str() {
            "--data" => data = Some(PathBuf::from(value)),
            "--output" => output = PathBuf::from(value),
            "--date" => date.clone_from(value),
            "--samples" => samples = value.parse().map_err(|_| format!("--samples {value}: not a number"))?,
            "--hold-out" => holds_out = value == "yes",
            "--dev" => dev.push(PathBuf::from(value)),
            _ => return Err(format!("unknown option {name}")),
        }
    }
    let data = data.ok_or("--data DIR is missing")?;
    let corpora = corpus::read(&data, holds_out)?;
    let model = fit::fit(&corpora, samples);
    for file in &dev {
        measure::measure(&model, file)?;
    }
    write::write(&model, &corpora, &date, &output)
}
