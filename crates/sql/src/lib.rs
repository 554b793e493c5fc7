//! SQL text to statements with positions, by PostgreSQL's own grammar. No I/O.
//!
//! [`parse`] cuts a script into statements with exact byte spans and says of each what it does ([`Effect`]): which
//! objects it names and how it uses them, whether it can run in a transaction block, what it changes in the session.
//! All of that is read from the text alone; nothing is looked up in a catalog.

mod batch;
mod course;
mod error;
mod grammar;
mod lex;
mod locate;
mod long_insert;
mod made_here;
mod marks;
mod parse;
mod query;
mod split;
mod statement;
mod worker;

pub mod effect;
pub mod tree;

pub use course::{Course, Delivery};
pub use effect::{
    Action, ColumnConstraint, ConstraintKind, Effect, InTransaction, NewColumn, NewConstraint, ObjectKind,
    ObjectUse, SessionChange, SettingScope, StatementKind, TransactionControl, Use,
};
pub use error::{ScriptError, Unterminated};
pub use made_here::{only_touches_objects_made_here, which_only_touch_objects_made_here};
pub use parse::{TreeStatement, parse, parse_as_psql, parse_each, parse_lenient};
pub use query::{QueryError, fingerprint, is_query, normalise};
pub use statement::{Statement, headline};
pub use worker::deep_thread;
