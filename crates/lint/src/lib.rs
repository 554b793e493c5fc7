//! Rules: what SQL text, with the history before it or with a catalog, gives away. No I/O.
//!
//! A [`Linter`] is given the scripts of a folder in the order of their application, statement by statement. It keeps a
//! [`State`]: the schema as far as the history, or a server's own catalog, tells it, and a [`Walk`]: what the script in
//! hand has done so far. Each rule on the list [`rules::all`] looks at both and answers with [`Found`].
//!
//! What cannot be simulated is unknown, and a rule that needs it says nothing or says so; it is never guessed. Facts of
//! an execution ([`Executed`]) overrule the text: see [`judge`](judge::judge).

pub mod example;
pub mod judge;
pub mod probes;
pub mod rules;
pub mod state;
pub mod tenancy;

mod alter;
mod context;
mod copies;
mod executed;
mod expression;
mod found;
mod gone;
mod linter;
pub mod locks;
mod made;
mod options;
mod queries;
pub mod routine;
mod rule;
mod script;
mod undo;
mod walk;

pub use context::{Context, SchemaContext, ScriptContext};
pub use copies::{Copies, Place as CopyPlace, Transfer};
pub use executed::{Executed, LockTaken};
pub use found::{Claim, Findings, Found, Remedy, ScriptId};
pub use gone::{Fate, Gone, Hanging, Way};
pub use linter::{Linted, Linter, StatementLocks};
pub use options::{LiveQuery, Options, Production};
pub use rule::{Check, LintRule};
pub use script::{Direction, ScriptInfo};
pub use state::State;
pub use walk::{Block, Bound, Marks, Pass, Refused, Setting, UpBefore, Walk};
