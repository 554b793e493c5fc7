//! What the text alone must fear and a catalog takes back: the same scripts judged by their text, with the catalog of a
//! live database, and by a rehearsal. Each case has a twin in which the fear is right, and stays.
//! `FREEHOLD_CASE=part-of-a-name` looks at some cases only.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod case;
mod depth;
mod harmless;
mod suite;
