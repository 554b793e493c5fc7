//! A person's rights: export, erasure, consent.
