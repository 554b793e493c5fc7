//! Migration folders of many formats, read into values.
//!
//! [`read`] turns a folder into a [`Folder`]: migrations in the order in which the folder's own tool would apply them,
//! each with its scripts, the way in which the tool sends them, and where every byte of them stands. [`detect`] says
//! which format a folder is in and why; [`find_migrations_dir`] looks for such folders in a project.
//!
//! A format is one file under `formats/` that implements [`Format`] and stands on the list [`FORMATS`]. What cannot
//! be decided from the files is an error, never a guess.

mod detect;
mod error;
mod folder;
mod format;
mod formats;
mod lexis;
mod lines;
mod listing;
mod pairing;
mod script;
mod surroundings;
mod version;

pub use detect::{Candidate, Detection, Seen, detect, find_migrations_dir};
pub use error::{ReadError, StatementsError};
pub use folder::{FileWarning, Folder, Migration, MigrationKind, ReadOptions, Skipped, read, read_with};
pub use format::{Claim, Evidence, FORMATS, Format, Found, format_named};
pub use listing::{Entry, EntryKind, Listing};
pub use script::{Script, SourceFile, TransactionMode};
pub use surroundings::Surroundings;
