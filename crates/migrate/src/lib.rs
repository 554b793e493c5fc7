//! Migrations: folders of many formats read into values, the history that a database keeps of them, and the runner.
//!
//! [`read`] turns a folder into a [`Folder`]: migrations in the order in which the folder's own tool would apply them,
//! each with its scripts, the way in which the tool sends them, and where every byte of them stands. [`detect`] says
//! which format a folder is in and why; [`find_migrations_dir`] looks for such folders in a project.
//!
//! [`Prepared`] is such a folder ready to be run; [`plan()`] decides from it and a [`history::History`] what a [`Command`]
//! means; [`run`] carries it out on one [`Target`].
//!
//! A format is one file under `formats/` that implements [`Format`] and stands on the list [`FORMATS`]. What cannot
//! be decided from the files is an error, never a guess.

pub mod allow;
mod chain;
pub mod command;
mod compose;
pub mod destructive;
mod detect;
pub mod edit;
mod error;
pub mod event;
mod fleet;
mod folder;
mod format;
mod formats;
pub mod history;
mod lexis;
mod lines;
mod listing;
mod pairing;
mod peers;
pub mod plan;
mod prepared;
mod reconcile;
pub mod runner;
mod script;
mod squash;
mod surroundings;
mod target;
mod version;

pub use chain::{chain, link};
pub use command::{Allow, Command, RunOptions, TakenOver, Uncertain};
pub use compose::{
    ComposeError, ComposeOptions, Composed, FileRole, Given, NameError, Named, NewFile, Next, Scripts,
    check_name, compose, files_for, version_as_written,
};
pub use detect::{Candidate, Detection, Seen, detect, find_migrations_dir};
pub use error::{ReadError, StatementsError};
pub use event::{Event, Listener, What};
pub use fleet::{
    FleetOptions, FleetOutcome, Gone, LookError, LookOptions, NotTried, TargetOutcome, TargetResult,
    look_many, run_each, run_many,
};
pub use folder::{
    FileWarning, Folder, Migration, MigrationKind, ReadOptions, Skipped, read, read_embedded, read_with,
};
pub use format::{Claim, Evidence, FORMATS, Format, Found, format_named};
pub use listing::{Entry, EntryKind, Listing};
pub use peers::{
    Adopted, Adoption, Awaiting, Comparison, Interpreted, Obstacle, PEERS, Peer, PeerChecksum, PeerColumn,
    PeerEntry, PeerError, PeerHistory, PeerState, PeerTable, RawRow, StandsFor, WithoutFile, find_peers,
    match_with, peer_named, read_peer, table_named,
};
pub use plan::{Plan, Refusal, plan};
pub use prepared::{Prepared, ReadyScript, ReadyStatement};
pub use reconcile::{Fix, Reconciliation, reconcile};
pub use runner::{Done, Halt, Halting, Line, RunError, look_at, run, run_on};
pub use script::{Script, SourceFile, TransactionMode};
pub use squash::Squashed;
pub use surroundings::Surroundings;
pub use target::{DEFAULT_HISTORY, HistoryTable, TENANT_HISTORY, Target, TenantSchema};
