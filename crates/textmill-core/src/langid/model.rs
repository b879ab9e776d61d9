//! The embedded model: a table of embeddings, one row per hashed feature, and one softmax head per script.
//!
//! File: `TMLANGID`, a `u32` with the length of the header, the header (lines `key: value`: data, versions, licences,
//! date, hash), spaces up to a multiple of 64 bytes, the table (`ROWS × DIM` numbers of four bits), then the heads: a byte for
//! the script, a `u16` for the number of rows, each row a length byte and code, `DIM` weights and a bias as `f32`.
//! All numbers are little-endian.

use std::sync::LazyLock;

use super::head::Head;
use super::language::Language;
use super::script::Script;

/// Number of rows of the table.
pub const ROWS: usize = 90_000;
/// Length of an embedding.
pub const DIM: usize = 32;
/// The first eight bytes of the file.
pub const MAGIC: &[u8; 8] = b"TMLANGID";
/// One embedding: two numbers of four bits to a byte, those of the first half of the dimensions in the low bits.
pub(crate) type Row = [u8; DIM / 2];
/// What stands for zero in four bits.
pub const ZERO: u8 = 8;

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
        let table = take(ROWS * DIM / 2);
        if table.len() == ROWS * DIM / 2 {
            // SAFETY: the bytes live as long as the program and are as many as the rows take; a row is an
            // array of bytes.
            model.table = Some(unsafe { &*table.as_ptr().cast::<[Row; ROWS]>() });
        }
        while let [script] = *take(1) {
            let Some(head) = model.heads.get_mut(usize::from(script)) else { break };
            let count = usize::from(u16::from_le_bytes(take(2).try_into().unwrap_or_default()));
            let float = |bytes: &[u8]| f32::from_le_bytes(bytes.try_into().unwrap_or_default());
            let (mut classes, mut weights, mut bias) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..count {
                let width = usize::from(take(1).first().copied().unwrap_or(0));
                let code = str::from_utf8(take(width)).unwrap_or_default();
                classes.push(Language::from_code(code).unwrap_or(Language::UND));
                weights.push(std::array::from_fn(|_| float(take(4))));
                bias.push(float(take(4)));
            }
            *head = Head::new(&classes, &weights, &bias);
        }
        model
    }
}

/// The header of the embedded model: lines `key: value` with data, licences, date and hash.
pub fn header() -> &'static str {
    MODEL.header
}

#[cfg(test)]
mod tests {
    use super::super::head::MOST_CLASSES;
    use super::*;

    #[test]
    fn holds_a_head_for_every_script_that_has_one() {
        assert!(MODEL.table.is_some());
        for head in &MODEL.heads {
            assert!(!head.classes.is_empty() && head.classes.len() <= MOST_CLASSES);
        }
        assert!(header().contains("licence"), "{}", header());
    }
}
