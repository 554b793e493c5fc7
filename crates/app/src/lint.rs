//! `freehold lint`: the rules over a folder's text, over a catalog, and over what a rehearsal saw.

pub(crate) mod drive;
pub(crate) mod merge;
pub(crate) mod options;
pub(crate) mod select;
pub(crate) mod trial;

pub use select::Flags;
