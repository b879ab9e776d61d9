//! What `dedup` compares of a text is the same on any instructions, and whatever was sketched before; a text is found
//! again as its own exact duplicate.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use textmill_core::dedup::{DedupConfig, Index, Instructions, Sketcher, Verdict};

/// With its tables, which take their time.
static SKETCHER: LazyLock<Sketcher> = LazyLock::new(|| Sketcher::new(&DedupConfig::default()).unwrap());

fuzz_target!(|texts: (&str, &str)| {
    let mut plain = SKETCHER.clone().with_instructions(Instructions::Baseline);
    let mut fast = SKETCHER.clone().with_instructions(Instructions::best());
    let mut index = Index::new(&DedupConfig::default()).unwrap();
    for text in [texts.0, texts.1] {
        let sketch = fast.sketch(text);
        assert_eq!(plain.sketch(text), sketch);
        let first = index.insert(&sketch);
        let again = index.insert(&fast.sketch(text));
        match first {
            Verdict::Empty => assert_eq!(again, Verdict::Empty),
            Verdict::Unique { kept } => assert_eq!(again, Verdict::ExactDuplicate { of: kept }),
            _ => assert!(!matches!(again, Verdict::Unique { .. } | Verdict::Empty)),
        }
    }
});
