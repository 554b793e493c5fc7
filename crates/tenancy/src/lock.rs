//! Advisory locks by name.
