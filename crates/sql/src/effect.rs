//! What one statement does, as far as its text tells.

use freehold_model::place::Span;

pub mod alter_table;
pub mod kind;
pub mod object;
pub mod session;
pub mod transaction;

mod derive;
mod from_words;
mod names;
mod walk;

pub use alter_table::{Action, ColumnConstraint, ConstraintKind, NewColumn, NewConstraint};
pub use kind::StatementKind;
pub use object::{ObjectKind, ObjectUse, Use};
pub use session::{SessionChange, SettingScope};
pub use transaction::{InTransaction, TransactionControl};

pub(crate) use derive::effect_of;
pub(crate) use from_words::effect_from_words;
pub(crate) use walk::walk as walk_tree;

/// What a statement does, read from its text alone: names are as written, nothing is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The kind of command.
    pub kind: StatementKind,
    /// Every object that the statement names and how it uses it: its main object first, then those that it reads, each
    /// once for each use. Functions that are called are in `calls`.
    pub objects: Vec<ObjectUse>,
    /// The actions of `ALTER TABLE` and its kin (also `ALTER INDEX`, `ALTER VIEW`, `RENAME`), in order; else empty.
    pub actions: Vec<Action>,
    /// For `CREATE TABLE`: the columns and constraints that it makes; else empty. Those of `LIKE`, `INHERITS` and
    /// `AS SELECT` are not known from the text.
    pub new_columns: Vec<NewColumn>,
    /// For `CREATE TABLE`: its table constraints, and those of its columns.
    pub new_constraints: Vec<NewConstraint>,
    /// Whether it can run in a transaction block.
    pub transaction: InTransaction,
    /// Begins, ends or marks a transaction.
    pub control: Option<TransactionControl>,
    /// Settings of the session that it changes, in order.
    pub session: Vec<SessionChange>,
    /// It runs code or does things that its text does not show: `DO`, `CALL`, `EXECUTE`, a function that is not built
    /// in, or a statement too deep to be looked into. What it touches may be more than `objects`.
    pub opaque: bool,
    /// Why it is opaque, for people.
    pub opaque_because: Option<String>,
    /// It changes what all databases of the server share: roles, tablespaces, databases, server settings.
    pub cluster_wide: bool,
    /// It may take away rows, columns or precision that were there before: `DROP TABLE`, `DROP COLUMN`, `TRUNCATE`,
    /// `DELETE`, `UPDATE`, a change of a column's type, anything with `CASCADE`.
    pub may_lose_data: bool,
    /// It ends its own server process, as `pg_terminate_backend(pg_backend_pid())` does.
    pub kills_own_backend: bool,
    /// It calls `pg_sleep` or one of its kin.
    pub sleeps: bool,
    /// `IF NOT EXISTS` or `OR REPLACE`: the object may have been there before.
    pub may_exist_before: bool,
    /// `IF EXISTS`: the object may be missing.
    pub may_be_missing: bool,
    /// Its functions, as written and without argument types: `now`, `app.notify`.
    pub calls: Vec<String>,
    /// It is a query or a change of rows (`SELECT`, `VALUES`, `INSERT`, `UPDATE`, `DELETE`, `MERGE`), not a utility
    /// command.
    pub is_query: bool,
    /// The statement's own bytes, for those who keep effects without statements.
    pub span: Span,
}

impl Effect {
    /// An effect of this kind that touches nothing.
    pub(crate) fn new(kind: StatementKind) -> Self {
        Self {
            kind,
            objects: Vec::new(),
            actions: Vec::new(),
            new_columns: Vec::new(),
            new_constraints: Vec::new(),
            transaction: InTransaction::Allowed,
            control: None,
            session: Vec::new(),
            opaque: false,
            opaque_because: None,
            cluster_wide: false,
            may_lose_data: false,
            kills_own_backend: false,
            sleeps: false,
            may_exist_before: false,
            may_be_missing: false,
            calls: Vec::new(),
            is_query: false,
            span: Span::new(0, 0),
        }
    }

    /// The objects used in this way.
    pub fn objects_used(&self, use_: Use) -> impl Iterator<Item = &ObjectUse> {
        self.objects.iter().filter(move |object| object.use_ == use_)
    }

    /// True when it begins or ends a transaction (savepoints do neither).
    pub fn bounds_transaction(&self) -> bool {
        self.control.as_ref().is_some_and(|control| {
            !matches!(
                control,
                TransactionControl::Savepoint(_)
                    | TransactionControl::Release(_)
                    | TransactionControl::RollbackTo(_)
            )
        })
    }

    /// Adds an object unless it is there with the same use.
    pub(crate) fn push(&mut self, object: ObjectUse) {
        if !self.objects.contains(&object) {
            self.objects.push(object);
        }
    }

    /// Adds what another part of the same statement does.
    pub(crate) fn join(&mut self, other: Self) {
        for object in other.objects {
            self.push(object);
        }
        for call in other.calls {
            if !self.calls.contains(&call) {
                self.calls.push(call);
            }
        }
        if other.opaque {
            self.hide(other.opaque_because.unwrap_or_default());
        }
        self.may_lose_data |= other.may_lose_data;
        self.cluster_wide |= other.cluster_wide;
        self.kills_own_backend |= other.kills_own_backend;
        self.sleeps |= other.sleeps;
    }

    /// Marks the effect as opaque; the first reason stays.
    pub(crate) fn hide(&mut self, reason: impl Into<String>) {
        self.opaque = true;
        self.opaque_because.get_or_insert_with(|| reason.into());
    }
}
