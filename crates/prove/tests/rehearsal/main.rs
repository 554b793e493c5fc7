//! The rehearsal on a real server: each claim with a migration that breaks just it, and its twin that does not.

mod blocking;
mod harness;
mod reversibility;
mod rows;
mod scripts;
