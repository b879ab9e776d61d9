//! Time of each kernel, for each script and each kind of damage: `cargo bench -p textmill-core -- repair/`.
//!
//! The texts are pages of the sentences in `benches/texts/`, written for this project. Every bench checks its result
//! before it is timed. Bytes per second are bytes of the kernel's input, on one core.
//!
//! Start with [`texts`]; [`damage`] breaks them; the other modules are named for their stage.

#![allow(missing_docs, reason = "criterion's macro makes a function without any")]
#![allow(unreachable_pub, reason = "nothing outside a program reaches its items")]

mod texts;
mod damage;
mod decode;
mod repair;
mod langid;
mod dedup;
mod stream;

use criterion::{criterion_group, criterion_main};

criterion_group!(kernels, decode::bench, repair::bench, langid::bench, dedup::bench, stream::bench);
criterion_main!(kernels);
