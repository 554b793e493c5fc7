//! `freehold migrate`: the use cases around the runner.
