//! The `textmill` command.

fn main() {}
