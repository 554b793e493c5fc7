//! Tasks for the developers of Freehold.
fn main() {}
