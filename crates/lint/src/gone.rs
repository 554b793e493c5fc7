//! What a script takes away or calls by another name, with what was known of it when it went: rules look at it at the
//! script's end, when it is known what the script has put in its place.

mod find;
mod hanging;
mod routines;
mod users;

use std::sync::Arc;

use freehold_model::{
    finding::Subject,
    name::{QualifiedName, display_identifier},
    place::Span,
};
use freehold_sql::ObjectKind;

use crate::{
    context::ScriptContext,
    found::Found,
    rule::LintRule,
    script::Direction,
    state::{Known, KnownFunction},
};

pub(crate) use find::{emptied, made_schema, noted};
pub(crate) use hanging::list;
pub use hanging::{Fate, Hanging};

/// How something went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// `DROP`.
    Dropped {
        /// `CASCADE`.
        cascade: bool,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `RENAME`: the new name.
    Renamed(String),
    /// `SET SCHEMA`: the new schema.
    Moved(String),
    /// `OR REPLACE` of something that was there.
    Replaced,
    /// `DROP DEFAULT` of a column.
    DefaultDropped,
    /// `DROP IDENTITY` of a column.
    IdentityDropped,
}

/// Something that a statement takes away or calls by another name.
#[derive(Debug, Clone)]
pub struct Gone {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name; for a column, constraint, trigger or policy its relation's.
    pub name: QualifiedName,
    /// The name of the column, constraint, trigger or policy; for a routine its argument types as written.
    pub part: Option<String>,
    /// How it went.
    pub way: Way,
    /// What was known of the relation.
    pub known: Option<Arc<Known>>,
    /// What was known of the routine: those that it can have been.
    pub functions: Vec<KnownFunction>,
    /// The script, or its deployment, had made it: nobody can miss it.
    pub made_here: bool,
    /// For what belongs to a table: the script, or its deployment, had made the table.
    pub table_made_here: bool,
    /// The text and the history are enough to say that it did not exist.
    pub was_missing: bool,
    /// All that hung on it is known: what is not in `hanging` did not hang on it.
    pub whole: bool,
    /// What hung on it.
    pub hanging: Vec<Hanging>,
    /// It was copied into this by an earlier statement: by the history, or by the script or its deployment (`true`).
    pub copied: Option<(String, bool)>,
    /// It was itself a copy, made by an earlier migration, of this.
    pub copy_of: Option<String>,
    /// The statement.
    pub statement: usize,
    /// Its bytes.
    pub span: Span,
}

impl Gone {
    /// True for `DROP`.
    pub fn is_dropped(&self) -> bool {
        matches!(self.way, Way::Dropped { .. })
    }

    /// True with `CASCADE`.
    pub fn cascades(&self) -> bool {
        matches!(self.way, Way::Dropped { cascade: true, .. })
    }

    /// Its name for people: `users`, `users.email`.
    pub fn shown(&self) -> String {
        match &self.part {
            Some(part) if self.kind.is_part() => format!("{}.{}", self.name, display_identifier(part)),
            Some(arguments) => format!("{}({arguments})", self.name),
            None if self.name.schema.is_empty() => display_identifier(&self.name.name),
            None => self.name.to_string(),
        }
    }

    /// True when others may miss it: it was there before, as far as anybody knows, and an up takes it away.
    pub fn may_be_missed(&self, context: &ScriptContext<'_>) -> bool {
        context.script.direction == Direction::Up && !self.made_here && !self.was_missing
    }

    /// True for `DROP ... IF EXISTS` of something never heard of that the script makes anew.
    pub fn is_made_afresh(&self, context: &ScriptContext<'_>) -> bool {
        matches!(self.way, Way::Dropped { if_exists: true, .. })
            && self.known.is_none()
            && self.is_back(context)
    }

    /// What becomes of the things that hung on it, as the end of a sentence; empty when nothing is known of any.
    pub fn aftermath(&self) -> String {
        let with = |fate: Fate| self.hanging.iter().filter(move |hanging| hanging.fate == fate);
        let mut text = String::new();
        let mut add = |before: &str, fate: Fate| {
            if with(fate).next().is_some() {
                text.push_str(before);
                text.push_str(&list(with(fate)));
            }
        };
        add("; with it go ", Fate::Goes);
        if !self.cascades() {
            add("; PostgreSQL refuses while these hang on it: ", Fate::Forbids);
        }
        add("; it is still named by ", Fate::Breaks);
        text
    }

    /// A finding at its statement.
    pub fn found(
        &self,
        context: &ScriptContext<'_>,
        rule: &'static LintRule,
        message: impl Into<String>,
    ) -> Found {
        let mut found = context.found(rule, Subject::new(self.kind.word(), self.shown()), self.span, message);
        found.statement = Some(self.statement);
        found.on(&self.name)
    }

    /// Its new name, in which schema.
    pub fn new_name(&self) -> Option<QualifiedName> {
        match &self.way {
            Way::Renamed(to) => Some(QualifiedName::new(self.name.schema.as_str(), to.as_str())),
            Way::Moved(schema) => Some(QualifiedName::new(schema.as_str(), self.name.name.as_str())),
            _ => None,
        }
    }

    /// True when at the script's end a relation, or column, of its name is there again.
    pub fn is_back(&self, context: &ScriptContext<'_>) -> bool {
        let Some(known) = context.state.relation(&self.name) else { return false };
        match (&self.part, self.kind) {
            (Some(column), ObjectKind::Column) => known.relation.column(column).is_some(),
            (Some(trigger), ObjectKind::Trigger) => {
                known.relation.triggers.iter().any(|there| there.name == *trigger)
            }
            _ => {
                known
                    .made
                    .is_some_and(|made| made.script == context.script_id && made.statement != self.statement)
                    || self.is_taken_over(context)
            }
        }
    }

    /// Another relation of the script got its name.
    fn is_taken_over(&self, context: &ScriptContext<'_>) -> bool {
        let mut others = context.walk.gone.iter().filter(|other| other.statement > self.statement);
        others.any(|other| other.part.is_none() && other.new_name().as_ref() == Some(&self.name))
    }
}

/// Kinds that are named within a relation.
trait Part {
    fn is_part(&self) -> bool;
}

impl Part for ObjectKind {
    fn is_part(&self) -> bool {
        matches!(self, Self::Column | Self::Constraint | Self::Trigger | Self::Policy | Self::Rule)
    }
}
