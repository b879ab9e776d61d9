//! The kernels as the plan sets them up: shared by all workers, changed by none.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use textmill_core::decode::{Charset, Hint};
use textmill_core::dedup::{BandLayout, CanonicalForm, DedupConfig, ParagraphSketch, Sketch, Sketcher};
use textmill_core::langid::{LanguageSet, SpanConfig};
use textmill_core::repair::{RepairConfig, Rule, UserLexicon};

use super::batch::{KEPT_BYTES, RejectReason, Rejection};
use super::decode::DecodedBatch;
use super::decode::Document;
use super::weight::{ordered, read_number};
use crate::config::{DedupUnit, EditDetail, EmitPlan, EncodingChoice, IndexKind, Keep, Plan};

/// What the workers need to know.
pub struct Kernels {
    /// The field of a record that is its text.
    pub text_field: String,
    /// The field of a record that is its id.
    pub id_field: String,
    /// A longer record is rejected.
    pub max_record_bytes: usize,
    /// The form of the output.
    pub emit: EmitPlan,
    hint: Hint,
    repairs: Option<RepairConfig>,
    edits: EditDetail,
    lexicons: Vec<UserLexicon>,
    languages: Option<SpanConfig>,
    dedup: Option<Dedup>,
    keep: Keep,
}

/// How duplicates are found.
pub struct Dedup {
    /// When two documents are the same.
    pub config: DedupConfig,
    /// Cloned by each batch.
    pub sketcher: Sketcher,
    /// Whether near-duplicates are left alone.
    pub exact_only: bool,
    /// Where paragraphs are compared, the tokens from which on one is.
    pub min_paragraph_tokens: Option<usize>,
}

impl Dedup {
    /// What is compared of a text.
    pub fn sketch(&self, sketcher: &mut Sketcher, text: &str) -> Sketch {
        let sketch = sketcher.sketch(text);
        self.without_bands(sketch)
    }

    /// What is compared of the paragraphs of a text that hold at least `min_tokens` tokens.
    pub fn sketch_paragraphs(&self, sketcher: &mut Sketcher, text: &str, min_tokens: usize) -> Vec<ParagraphSketch> {
        let mut paragraphs = sketcher.sketch_paragraphs(text, min_tokens);
        for paragraph in &mut paragraphs {
            paragraph.sketch = self.without_bands(std::mem::take(&mut paragraph.sketch));
        }
        paragraphs
    }

    /// The sketch without what finds near-duplicates, if those are left alone.
    fn without_bands(&self, sketch: Sketch) -> Sketch {
        if self.exact_only { Sketch { band_keys: Box::default(), ..sketch } } else { sketch }
    }
}

/// A part of the plan that only the kernels can judge.
#[derive(Debug, thiserror::Error)]
pub enum KernelError {
    /// A word list that cannot be read.
    #[error("repair.lexicons: `{}`: {source}", path.display())]
    Read {
        /// The list.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A word list that is none.
    #[error("repair.lexicons: `{}`: {message}", path.display())]
    Lexicon {
        /// The list.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// A name or number that a kernel does not take.
    #[error("{0}")]
    Setting(String),
}

impl Kernels {
    /// Sets the kernels up.
    ///
    /// # Errors
    /// [`KernelError`] for a word list that cannot be read, and for settings that a kernel does not take.
    pub fn new(plan: &Plan) -> Result<Kernels, KernelError> {
        let forced = if plan.decode.enabled {
            match &plan.decode.encoding {
                EncodingChoice::Detect => None,
                EncodingChoice::Forced(name) => {
                    let unknown = || KernelError::Setting(format!("decode.encoding: unknown encoding `{name}`"));
                    Some(Charset::from_label(name).ok_or_else(unknown)?)
                }
            }
        } else {
            Some(Charset::UTF_8)
        };
        let languages = if plan.langid.languages.is_empty() {
            LanguageSet::all()
        } else {
            let codes = plan.langid.languages.iter().map(String::as_str);
            LanguageSet::from_codes(codes)
                .map_err(|error| KernelError::Setting(format!("langid.languages: {error}")))?
        };
        let mut min_score = [0.0; Rule::ALL.len()];
        Rule::ALL.iter().for_each(|&rule| min_score[rule as usize] = plan.repair.min_score.get(rule));
        let dedup = || DedupConfig {
            similarity: plan.dedup.similarity,
            shingle_tokens: plan.dedup.shingle_tokens,
            canonical: CanonicalForm {
                fold_case: plan.dedup.fold_case,
                drop_punctuation: plan.dedup.drop_punctuation,
                fold_digits: plan.dedup.fold_digits,
            },
            layout: match plan.dedup.index_kind {
                IndexKind::Exact => BandLayout::Verified,
                IndexKind::Bloom => BandLayout::Counted,
            },
            ..DedupConfig::default()
        };
        let dedup = if plan.dedup.enabled {
            let config = dedup();
            let sketcher = Sketcher::new(&config).map_err(|error| KernelError::Setting(error.to_string()))?;
            let by_paragraph = plan.dedup.unit == DedupUnit::Paragraph;
            let min_paragraph_tokens = by_paragraph.then_some(plan.dedup.min_paragraph_tokens);
            Some(Dedup { config, sketcher, exact_only: plan.dedup.exact_only, min_paragraph_tokens })
        } else {
            None
        };
        Ok(Kernels {
            text_field: plan.read.text_field.clone(),
            id_field: plan.read.id_field.clone(),
            max_record_bytes: plan.read.max_record_bytes,
            emit: plan.emit.clone(),
            hint: Hint { forced, ..Hint::default() },
            repairs: plan.repair.enabled.then_some(RepairConfig { rules: plan.repair.rules, min_score }),
            edits: if plan.repair.enabled { plan.repair.edits } else { EditDetail::Off },
            lexicons: read_lexicons(&plan.repair.lexicons)?,
            languages: plan.langid.enabled.then(|| SpanConfig {
                languages,
                min_score: plan.langid.min_score,
                ..SpanConfig::default()
            }),
            dedup,
            keep: plan.dedup.keep.clone(),
        })
    }

    /// What is known of encodings.
    pub fn hint(&self) -> &Hint {
        &self.hint
    }

    /// The encoding of everything, if the user says so.
    pub fn forced(&self) -> Option<Charset> {
        self.hint.forced
    }

    /// How text is repaired, if it is.
    pub fn repairs(&self) -> Option<&RepairConfig> {
        self.repairs.as_ref()
    }

    /// What a record keeps of its edits.
    pub fn edit_detail(&self) -> EditDetail {
        self.edits
    }

    /// The user's word lists.
    pub fn lexicons(&self) -> &[UserLexicon] {
        &self.lexicons
    }

    /// How languages are identified, if they are.
    pub fn languages(&self) -> Option<&SpanConfig> {
        self.languages.as_ref()
    }

    /// How duplicates are found, if they are.
    pub fn dedup(&self) -> Option<&Dedup> {
        self.dedup.as_ref()
    }

    /// What `dedup.keep` goes by, the greatest first; none where the field is missing or holds no number.
    pub fn weigh(&self, document: &Document, batch: &DecodedBatch, text_bytes: usize) -> Option<u64> {
        let (Keep::Largest(path) | Keep::Smallest(path)) = &self.keep else { return Some(text_bytes as u64) };
        let text = &batch.texts[document.piece];
        let fields = &batch.fields[document.fields.clone()];
        let number = read_number(fields.iter().map(|field| (field.key.of(text), field.value.of(text))), path)?;
        Some(if matches!(self.keep, Keep::Largest(_)) { ordered(number) } else { u64::MAX - ordered(number) })
    }

    /// Whether a JSON name, as written, is that of the text.
    pub fn is_text_field(&self, key: &str) -> bool {
        key == self.text_field
    }

    /// Whether a JSON name, as written, is that of the id.
    pub fn is_id_field(&self, key: &str) -> bool {
        key == self.id_field
    }

    /// Runs a kernel.
    ///
    /// # Errors
    /// The message of a panic in it.
    pub fn guard<T>(&self, work: impl FnOnce() -> T) -> Result<T, String> {
        // What the closure may leave half done is thrown away with the document.
        catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
            let message = panic.downcast_ref::<&str>().map(ToString::to_string);
            message
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "a panic without a message".to_owned())
        })
    }
}

/// The detail of a rejection for a panic.
pub fn failed_on(panic: &str) -> String {
    format!("textmill failed on this record: {panic}")
}

/// Panics where a test wants a stage to fail: on a text that says `panic in <stage>`. Does nothing in the program.
#[cfg(test)]
pub fn fail_point(stage: &str, text: &[u8]) {
    let mark = format!("panic in {stage}");
    assert!(memchr::memmem::find(text, mark.as_bytes()).is_none(), "{stage} fails as the test wants it");
}

/// Does nothing: only tests have a stage fail.
#[cfg(not(test))]
#[inline]
pub fn fail_point(_stage: &str, _text: &[u8]) {}

/// The rejection of a document in which a kernel panicked; keeps its text, so that the fault can be found.
pub fn panicked(document: &Document, text: &str, detail: String) -> Rejection {
    Rejection {
        source: Arc::clone(&document.source),
        offset: document.offset,
        length: document.length,
        reason: RejectReason::InternalPanic,
        detail: failed_on(&detail),
        bytes: text.as_bytes()[..text.len().min(KEPT_BYTES)].to_vec(),
    }
}

fn read_lexicons(paths: &[PathBuf]) -> Result<Vec<UserLexicon>, KernelError> {
    let read = |path: &PathBuf| {
        std::fs::read_to_string(path).map_err(|source| KernelError::Read { path: path.clone(), source })
    };
    let bytes = |path: &Path| std::fs::read(path).map_err(|source| KernelError::Read { path: path.to_owned(), source });
    let mut lexicons = Vec::new();
    for path in paths {
        let lexicon = match path.extension().and_then(std::ffi::OsStr::to_str) {
            Some("aff") => continue,
            Some("dic") => UserLexicon::from_hunspell_bytes(&bytes(&path.with_extension("aff"))?, &bytes(path)?),
            _ => UserLexicon::from_list(&read(path)?),
        };
        lexicons
            .push(lexicon.map_err(|error| KernelError::Lexicon { path: path.clone(), message: error.to_string() })?);
    }
    Ok(lexicons)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{CommandLine, ConfigSource, KernelNames};

    #[test]
    fn word_lists_and_hunspell_dictionaries_of_any_encoding_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let [list, aff, dic] = ["words.txt", "de.aff", "de.dic"].map(|name| folder.path().join(name));
        std::fs::write(&list, "millibar\n").unwrap();
        std::fs::write(&aff, "SET ISO8859-1\n").unwrap();
        std::fs::write(&dic, b"1\nM\xFChle\n").unwrap();
        let lexicons = read_lexicons(&[list, aff.clone(), dic.clone()]).unwrap();
        assert!(lexicons[0].contains("millibar") && lexicons[1].contains("Mühle"));
        std::fs::write(&aff, "SET EBCDIC\n").unwrap();
        let error = read_lexicons(&[dic]).unwrap_err().to_string();
        assert!(error.contains("de.dic") && error.contains("SET names the unknown encoding `EBCDIC`"), "{error}");
    }

    #[test]
    fn a_panic_becomes_its_message_and_the_next_record_goes_on() {
        let plan = Plan::load(&ConfigSource::BuiltIn, &[], &CommandLine::default(), &KernelNames::any()).unwrap();
        let kernels = Kernels::new(&plan).unwrap();
        assert_eq!(kernels.guard(|| -> usize { panic!("record {}", 7) }), Err("record 7".to_owned()));
        assert_eq!(kernels.guard(|| -> usize { panic!("as it is") }), Err("as it is".to_owned()));
        assert_eq!(kernels.guard(|| 7), Ok(7));
    }
}
