//! Language of each part of a text.
