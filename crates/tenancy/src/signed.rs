//! A context that can't be forged.
