//! What is different between two catalogs: one value for each object, one readable line each.

mod compare;
mod lines;
mod shown;

use super::kind::ObjectKind;

pub(super) use compare::{between, of_objects};

/// A part of a relation: a column, a constraint, an index and so on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name, as people write it.
    pub name: String,
}

/// One object that is not the same in two catalogs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What the object is; for a part, what its relation is.
    pub kind: ObjectKind,
    /// The object's name as people write it; for a part, its relation's.
    pub object: String,
    /// Set when the difference is in a part of a relation.
    pub part: Option<Part>,
    /// What is different.
    pub change: Change,
}

/// In what way an object differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is only in the catalog after.
    Added {
        /// How many parts of each kind came with it.
        parts: Vec<(ObjectKind, usize)>,
    },
    /// It is only in the catalog before.
    Missing {
        /// How many parts of each kind went with it.
        parts: Vec<(ObjectKind, usize)>,
    },
    /// It is in both, and these facts differ.
    Changed(Vec<FactChange>),
    /// A table has the same columns in another order.
    ColumnOrder {
        /// The columns that both have, as they were ordered before.
        before: Vec<String>,
        /// The same columns, as they are ordered after.
        after: Vec<String>,
    },
}

/// A fact that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactChange {
    /// The fact's name: `type`, `not null`, `USING`.
    pub name: String,
    /// Its value before; `None` when it had none.
    pub before: Option<String>,
    /// Its value after.
    pub after: Option<String>,
    /// For values without order, the members that went and came; empty for others.
    pub members: Members,
}

/// What went from and came to a value that is a set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Members {
    /// Only before.
    pub missing: Vec<String>,
    /// Only after.
    pub added: Vec<String>,
}

impl Difference {
    /// True when nothing but the order of a table's columns differs: the one difference that a down script can
    /// seldom avoid, because a column that comes back comes back at the end.
    pub fn order_only(&self) -> bool {
        matches!(self.change, Change::ColumnOrder { .. })
    }

    /// What the difference is about: the part's kind if there is one.
    pub fn subject_kind(&self) -> ObjectKind {
        self.part.as_ref().map_or(self.kind, |part| part.kind)
    }

    /// The one line of `Display`, followed by the lines that differ in long definitions, each beginning with
    /// `- ` (before), `+ ` (after) or two blanks (around).
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.to_string()];
        if let Change::Changed(facts) = &self.change {
            for fact in facts {
                lines.extend(shown::detail(fact));
            }
        }
        lines
    }
}
