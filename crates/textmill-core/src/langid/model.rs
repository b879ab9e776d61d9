//! The embedded model: a table of embeddings, one row per hashed feature, and one softmax head per script.
//!
//! File: `TMLANGID`, a `u32` with the length of the header, the header (lines `key: value`: data, versions, licences,
//! date, hash), spaces up to a multiple of 64 bytes, the table (`ROWS × DIM` signed bytes), then the heads: a byte for
//! the script, a `u16` for the number of rows, each row a length byte and code, `DIM` weights and a bias as `f32`.
//! All numbers are little-endian.

use std::sync::LazyLock;

use super::features::ROW_BITS;
use super::language::Language;
use super::script::Script;

/// Number of rows of the table.
pub const ROWS: usize = 1 << ROW_BITS;
/// Length of an embedding.
pub const DIM: usize = 32;
/// The first eight bytes of the file.
pub const MAGIC: &[u8; 8] = b"TMLANGID";
/// One embedding.
pub(crate) type Row = [i8; DIM];

#[repr(C, align(64))]
struct Aligned<T: ?Sized>(T);

static FILE: &Aligned<[u8]> = &Aligned(*include_bytes!("model.bin"));

/// The model, read once.
pub(crate) static MODEL: LazyLock<Model> = LazyLock::new(|| Model::read(&FILE.0));

/// What `model.bin` holds.
pub(crate) struct Model {
    pub(crate) header: &'static str,
    /// The embeddings, row after row; none if the file is not a model.
    pub(crate) table: Option<&'static [Row; ROWS]>,
    /// The head of each script that has one.
    pub(crate) heads: [Head; Script::MODELLED],
    /// The only language of each other script.
    pub(crate) owners: [Language; Script::COUNT],
}

/// The classes of one script.
#[derive(Default)]
pub(crate) struct Head {
    /// The language of each class; `und` may stand several times.
    pub(crate) classes: Vec<Language>,
    /// Weights, `DIM` columns of `stride` classes.
    pub(crate) weights: Vec<f32>,
    pub(crate) bias: Vec<f32>,
    /// Number of classes, rounded up to a multiple of 8.
    pub(crate) stride: usize,
}

impl Model {
    /// Reads a model; one that is cut short or of another shape has empty heads, and then every text is `und`.
    fn read(file: &'static [u8]) -> Model {
        let mut at = 0;
        let mut take = |n: usize| {
            let bytes = file.get(at..at + n).unwrap_or_default();
            at += n;
            bytes
        };
        let mut owners = [Language::UND; Script::COUNT];
        for script in Script::ALL {
            owners[script as usize] = script.owner().and_then(Language::from_code).unwrap_or(Language::UND);
        }
        let mut model = Model { header: "", table: None, heads: Default::default(), owners };
        if take(8) != MAGIC {
            return model;
        }
        let length = u32::from_le_bytes(take(4).try_into().unwrap_or_default()) as usize;
        model.header = str::from_utf8(take(length)).unwrap_or_default();
        take((12 + length).next_multiple_of(64) - 12 - length);
        let table = take(ROWS * DIM);
        if table.len() == ROWS * DIM {
            // SAFETY: the bytes live as long as the program and are as many as the rows take; `i8` has the size and
            // alignment of `u8`, and every bit pattern is one of its values.
            model.table = Some(unsafe { &*table.as_ptr().cast::<[Row; ROWS]>() });
        }
        while let [script] = *take(1) {
            let Some(head) = model.heads.get_mut(usize::from(script)) else { break };
            let count = usize::from(u16::from_le_bytes(take(2).try_into().unwrap_or_default()));
            let stride = count.next_multiple_of(8);
            head.stride = stride;
            head.weights = vec![0.0; stride * DIM];
            head.bias = vec![f32::MIN; stride];
            for class in 0..count {
                let width = usize::from(take(1).first().copied().unwrap_or(0));
                let code = str::from_utf8(take(width)).unwrap_or_default();
                head.classes.push(Language::from_code(code).unwrap_or(Language::UND));
                let mut float = || f32::from_le_bytes(take(4).try_into().unwrap_or_default());
                for dim in 0..DIM {
                    head.weights[dim * stride + class] = float();
                }
                head.bias[class] = float();
            }
        }
        model
    }
}

impl Head {
    /// The logit of every class for a mean embedding; the last few, up to the stride, are padding.
    ///
    /// Each class is one sequence of multiplications and additions, so that the width of the vectors it is compiled to
    /// changes nothing in the result.
    #[inline(always)]
    pub(crate) fn logits(&self, mean: &[f32; DIM], out: &mut Vec<f32>) {
        out.clear();
        out.extend_from_slice(&self.bias);
        for (column, &x) in self.weights.chunks_exact(self.stride.max(1)).zip(mean) {
            for (logit, weight) in out.iter_mut().zip(column) {
                *logit += weight * x;
            }
        }
    }
}

/// The header of the embedded model: lines `key: value` with data, licences, date and hash.
pub fn header() -> &'static str {
    MODEL.header
}
