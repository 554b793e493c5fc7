//! What a statement adds to the walk: its locks, the rows that it changes, what it leaves for later statements.

use freehold_model::{catalog::RelationKind, lock::LockMode, name::QualifiedName};
use freehold_sql::{Action, ObjectKind, StatementKind, Use, tree::NodeEnum};

use super::{Held, Walk};
use crate::{
    alter::keys::{self, DroppedKey},
    context::Context,
    gone::{self, Gone},
    undo,
};

/// What one statement adds.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    held: Vec<(QualifiedName, Held)>,
    /// Of these, those that may be large.
    large: Vec<QualifiedName>,
    /// Of the large ones, those that the statement names.
    named: Vec<QualifiedName>,
    script: usize,
    gone: Vec<Gone>,
    dropped_keys: Vec<DroppedKey>,
    emptied: Vec<QualifiedName>,
    made_schema: Option<String>,
    undo: Option<Option<String>>,
    changed_rows: Vec<QualifiedName>,
    added_not_valid: Vec<(QualifiedName, String)>,
    added_enum_value: Option<(QualifiedName, String)>,
    altered: Option<QualifiedName>,
}

impl Walk {
    /// Reads off a statement, before the state follows it, what later statements of its transaction must know.
    pub(crate) fn note(&self, context: &Context<'_>) -> Noted {
        let held: Vec<(QualifiedName, Held)> = context
            .locks
            .iter()
            .filter(|lock| counts(context, &lock.relation))
            .map(|lock| {
                let held = Held { mode: lock.mode, statement: self.number, span: context.statement.span };
                (lock.relation.clone(), held)
            })
            .collect();
        let strong = held.iter().filter(|(_, held)| held.mode >= LockMode::Share);
        let large: Vec<QualifiedName> =
            strong.map(|(name, _)| name).filter(|name| context.may_be_large(name)).cloned().collect();
        let mut noted = Noted {
            named: large.iter().filter(|name| context.names(name)).cloned().collect(),
            held,
            large,
            script: context.script_id,
            gone: gone::noted(context),
            dropped_keys: keys::dropped(context),
            emptied: gone::emptied(context),
            made_schema: gone::made_schema(context),
            undo: context.script.down_missing.then(|| undo::of(context)).flatten(),
            ..Noted::default()
        };
        let effect = &context.statement.effect;
        match effect.kind {
            StatementKind::AlterTable => noted.alters(context),
            StatementKind::AddEnumValue => noted.added_enum_value = enum_value(context),
            StatementKind::Copy { from: true } | StatementKind::Explain { analyze: true } => {
                noted.changes_rows(context);
            }
            _ if effect.is_query => noted.changes_rows(context),
            _ => {}
        }
        noted
    }

    /// Adds it; true when the statement took SHARE or more on a relation that was there before.
    pub(crate) fn take(&mut self, noted: Noted) -> bool {
        let number = self.number;
        for relation in noted.changed_rows {
            self.changed_rows.entry(relation).or_insert(number);
        }
        for constraint in noted.added_not_valid {
            self.added_not_valid.insert(constraint, number);
        }
        if let Some((name, value)) = noted.added_enum_value {
            self.added_enum_values.entry(name).or_default().insert(value);
        }
        if let Some(relation) = noted.altered {
            let (times, last) = self.altered.entry(relation).or_default();
            (*times, *last) = (*times + 1, number);
        }
        let strong = noted.held.iter().any(|(_, held)| held.mode >= LockMode::Share);
        for (relation, held) in noted.held {
            let large = held.mode >= LockMode::Share && noted.large.contains(&relation);
            if large && held.mode == LockMode::AccessExclusive && self.first_exclusive.is_none() {
                self.first_exclusive = Some((relation.clone(), held));
            }
            let before = self.held.get(&relation).is_some_and(|before| before.mode >= LockMode::Share);
            if large && !before && noted.named.contains(&relation) {
                if let Some((last, _)) = self.blocked.last() {
                    let order = (last.clone(), relation.clone());
                    self.lock_order.entry(order).or_insert(noted.script);
                }
                self.blocked.push((relation.clone(), held));
            }
            let known = self.held.entry(relation).or_insert(held);
            if held.mode > known.mode {
                *known = held;
            }
        }
        self.gone.extend(noted.gone);
        self.dropped_keys.extend(noted.dropped_keys);
        self.emptied.extend(noted.emptied);
        self.made_schemas.extend(noted.made_schema);
        self.undo.extend(noted.undo);
        strong
    }
}

impl Noted {
    fn changes_rows(&mut self, context: &Context<'_>) {
        for object in context.statement.effect.objects_used(Use::Writes) {
            if object.kind == ObjectKind::Table {
                self.changed_rows.push(context.state.name_of(object));
            }
        }
    }

    fn alters(&mut self, context: &Context<'_>) {
        let Some((table, _)) = context.main_relation() else { return };
        for action in &context.statement.effect.actions {
            if let Action::AddConstraint(constraint) = action
                && constraint.not_valid
                && let Some(name) = &constraint.name
            {
                self.added_not_valid.push((table.clone(), name.clone()));
            }
        }
        if !context.is_new(&table) {
            self.altered = Some(table);
        }
    }
}

/// True for a lock that others may wait for: not on what the script made, nor on what only hangs on a table.
pub(crate) fn counts(context: &Context<'_>, name: &QualifiedName) -> bool {
    let state = context.state;
    if state.index_tables.contains(name) {
        return false;
    }
    let is_named_index = context.statement.effect.objects.iter().any(|object| {
        matches!(object.kind, ObjectKind::Index | ObjectKind::Sequence) && state.name_of(object) == *name
    });
    let kind = state.relation(name).map(|known| known.relation.kind);
    !is_named_index && kind != Some(RelationKind::Sequence) && !context.is_new(name)
}

/// A value that cannot be used before the transaction ends; one that is there already is no new one.
fn enum_value(context: &Context<'_>) -> Option<(QualifiedName, String)> {
    let Some(NodeEnum::AlterEnumStmt(alter)) = context.tree else { return None };
    let name = context.state.name_of(context.statement.effect.objects.first()?);
    let known = context.state.type_named(&name);
    let is_there = known.is_some_and(|known| known.object.labels().contains(&alter.new_val));
    (!is_there).then(|| (name, alter.new_val.clone()))
}
