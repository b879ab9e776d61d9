//! Word frequencies, as data.
