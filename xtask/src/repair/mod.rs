//! What repair does to texts whose right form is known, and to texts that must stay.
//!
//! Each command reads lines of JSON, learns the words of all texts of a stream (one a language), repairs them as `run` does
//! and compares. Start reading in `stream.rs`.

mod again;
mod damage;
mod gaps;
mod generated;
mod hyphens;
mod speed;
mod stream;
mod table;

pub use again::again;
pub use damage::damage;
pub use generated::generated;
pub use hyphens::hyphens;
pub use speed::speed;
