//! Duplicates and near-duplicates: the first of each is kept, and no other is removed without evidence.
//!
//! A worker turns each text into a [`Sketch`] (`canonical` → `token` → `shingle` → `signature` and `shingle_set`), which
//! depends on nothing but the text and the configuration. One owner feeds the sketches, in order, to an [`Index`], which
//! decides at once, or to [`Clusters`], which decide when all are there. Nothing here knows where documents live or what they are called.

#![allow(clippy::inline_always, reason = "kernels are compiled once for each instruction set, which takes inlining")]

mod config;
mod instructions;
mod fold;
mod block;
mod page;
mod canonical;
mod token;
mod mixed;
mod shingle;
mod signature;
mod shingle_set;
mod sketch;
mod overlap;
mod table;
mod links;
mod leaders;
mod survivors;
mod store;
mod earlier;
mod index;
mod state;
mod filter;
mod bloom;
mod cluster;
mod paragraph;

pub use bloom::{BloomIndex, BloomVerdict, bands_needed, bloom_bytes, bloom_false_positive_rate, tail};
pub use canonical::canonical_reference;
pub use cluster::{Cluster, Clustering, Clusters, Fate, Keep};
pub use config::{
    BandLayout, Bands, COUNTED_BANDS, CanonicalForm, ConfigError, DedupConfig, KERNEL_VERSION, MAX_MINIMA,
    MISSED_AT_THRESHOLD,
};
pub use earlier::{Earlier, table_keys};
pub use filter::{Filter, FilterBlock, false_positive_rate};
pub use index::{Index, Statistics, Verdict};
pub use instructions::Instructions;
pub use leaders::{Leaders, Sets};
pub use links::Links;
pub use overlap::Evidence;
pub use paragraph::{ParagraphSketch, paragraphs, removal_range};
pub use shingle_set::SetHead;
pub use signature::signature_reference;
pub use sketch::{Sketch, Sketcher};
pub use state::{Documents, IndexState, state_version};
pub use survivors::Survivors;
pub use table::{Block, TableWriter, home_of};
