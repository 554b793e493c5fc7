//! What a statement adds to the walk: its locks, the rows that it changes, what it leaves for later statements.

use freehold_model::{lock::LockMode, name::QualifiedName};

use super::{Held, Walk};
use crate::{
    context::Context,
    gone::{self, Gone},
    locks, undo,
};

/// What one statement adds.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    held: Vec<(QualifiedName, Held)>,
    gone: Vec<Gone>,
    emptied: Vec<QualifiedName>,
    made_schema: Option<String>,
    undo: Option<Option<String>>,
}

impl Walk {
    /// Reads off a statement, before the state follows it, what later statements of its transaction must know.
    pub(crate) fn note(&self, context: &Context<'_>) -> Noted {
        let held = locks::taken(context)
            .into_iter()
            .filter(|lock| !context.is_new(&lock.relation))
            .map(|lock| {
                (
                    lock.relation,
                    Held { mode: lock.mode, statement: self.number, span: context.statement.span },
                )
            })
            .collect();
        Noted {
            held,
            gone: gone::noted(context),
            emptied: gone::emptied(context),
            made_schema: gone::made_schema(context),
            undo: context.script.down_missing.then(|| undo::of(context)).flatten(),
        }
    }

    /// Adds it; true when the statement took SHARE or more on a relation that was there before.
    pub(crate) fn take(&mut self, noted: Noted) -> bool {
        let strong = noted.held.iter().any(|(_, held)| held.mode >= LockMode::Share);
        for (relation, held) in noted.held {
            if held.mode == LockMode::AccessExclusive && self.first_exclusive.is_none() {
                self.first_exclusive = Some((relation.clone(), held));
            }
            let known = self.held.entry(relation).or_insert(held);
            if held.mode > known.mode {
                *known = held;
            }
        }
        self.gone.extend(noted.gone);
        self.emptied.extend(noted.emptied);
        self.made_schemas.extend(noted.made_schema);
        self.undo.extend(noted.undo);
        strong
    }
}
