//! `freehold lint` as a person, a hook or a build server runs it: the real binary.

#![expect(clippy::unwrap_used, clippy::panic, reason = "this is a test")]

mod allowing;
mod formats;
mod known;
mod live;
mod probing;
mod project;
mod rules;
mod scope;
mod wrong;
