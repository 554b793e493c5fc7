//! Whether a statement touches only what its own script has made.

use std::collections::HashSet;

use crate::effect::{
    Action, ConstraintKind, Effect, ObjectKind, ObjectUse, StatementKind, TransactionControl, Use,
};
use crate::statement::Statement;

/// True when the statement `at` touches no object that was there before the script: every table, index, view and
/// sequence that it names, and everything that it alters, drops or writes, was made by an earlier statement of
/// `statements` (or by itself).
///
/// The answer errs to false: for an opaque statement, for what `IF NOT EXISTS` or `OR REPLACE` may have found there,
/// and for a bare name after the search path became unknown. Functions, types, schemas, languages and roles that are
/// only referred to do not count: using them locks no relation.
pub fn only_touches_objects_made_here(statements: &[Statement], at: usize) -> bool {
    let mut made = Made::default();
    for earlier in statements.iter().take(at) {
        made.after(&earlier.effect);
    }
    statements.get(at).is_some_and(|statement| made.covers(&statement.effect))
}

/// The answers of [`only_touches_objects_made_here`] for all statements of a script, in time linear in their number.
pub fn which_only_touch_objects_made_here(statements: &[Statement]) -> Vec<bool> {
    let mut made = Made::default();
    statements
        .iter()
        .map(|statement| {
            let covered = made.covers(&statement.effect);
            made.after(&statement.effect);
            covered
        })
        .collect()
}

/// Uses that touch something which may have been there before.
fn counts(object: &ObjectUse) -> bool {
    match object.use_ {
        Use::Creates => false,
        Use::Reads => object.kind.is_relation(),
        Use::Alters | Use::Drops | Use::Writes => true,
    }
}

/// What tells one object from another: the group of kinds that share names, the schema, the relation, the name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    group: ObjectKind,
    schema: String,
    of: Option<String>,
    name: String,
}

/// Objects that a script has made so far.
#[derive(Debug)]
struct Made {
    keys: HashSet<Key>,
    /// The first schema of the search path; none when the text does not tell it.
    path: Option<String>,
}

impl Default for Made {
    fn default() -> Self {
        Self { keys: HashSet::new(), path: Some("public".to_owned()) }
    }
}

const TEMPORARY: &str = "pg_temp";

impl Made {
    /// True when an effect touches only what is made here.
    fn covers(&self, effect: &Effect) -> bool {
        if effect.opaque || effect.cluster_wide {
            return false;
        }
        let own = self.own(effect);
        effect
            .objects
            .iter()
            .filter(|object| counts(object))
            .all(|object| self.holds(object) || self.key(object).is_some_and(|key| own.contains(&key)))
    }

    fn key(&self, object: &ObjectUse) -> Option<Key> {
        let schema = if !has_schema(object.kind) {
            String::new()
        } else if object.temporary {
            TEMPORARY.to_owned()
        } else {
            object.schema.clone().or_else(|| self.path.clone())?
        };
        // An index is named in its schema, whatever table it is on.
        let of = object.of.clone().filter(|_| !object.kind.is_relation());
        Some(Key { group: group(object.kind), schema, of, name: object.name.clone() })
    }

    fn holds(&self, object: &ObjectUse) -> bool {
        let Some(key) = self.key(object) else { return false };
        // A bare name finds a temporary object first.
        let temporary = Key { schema: TEMPORARY.to_owned(), ..key.clone() };
        // What belongs to a relation that was made here was made here.
        let owner = key.of.clone().map(|relation| Key {
            group: ObjectKind::Table,
            of: None,
            name: relation,
            ..key.clone()
        });
        self.keys.contains(&key)
            || (object.schema.is_none() && self.keys.contains(&temporary))
            || owner.is_some_and(|owner| self.keys.contains(&owner))
            || self.in_made_schema(&key)
    }

    /// A schema that was made here holds only what was made here.
    fn in_made_schema(&self, key: &Key) -> bool {
        self.keys.contains(&Key {
            group: ObjectKind::Schema,
            schema: String::new(),
            of: None,
            name: key.schema.clone(),
        })
    }

    /// The keys that an effect makes, for sure.
    fn own(&self, effect: &Effect) -> Vec<Key> {
        if effect.may_exist_before {
            return Vec::new();
        }
        let mut keys: Vec<Key> =
            effect.objects_used(Use::Creates).filter_map(|object| self.key(object)).collect();
        if effect.kind == StatementKind::CreateTable
            && let Some(table) = keys.first().cloned()
        {
            let implied = implied_names(effect, &table.name);
            keys.extend(implied.into_iter().map(|name| Key { name, ..table.clone() }));
        }
        keys
    }

    fn after(&mut self, effect: &Effect) {
        self.keys.extend(self.own(effect));
        for object in effect.objects_used(Use::Drops) {
            if let Some(key) = self.key(object) {
                if key.group == ObjectKind::Schema {
                    self.keys.retain(|inside| inside.schema != key.name);
                }
                self.keys.remove(&key);
            }
        }
        // What the transaction had made may be gone.
        if matches!(
            effect.control,
            Some(TransactionControl::Rollback { .. } | TransactionControl::RollbackTo(_))
        ) {
            self.keys.clear();
        }
        self.follow_actions(effect);
        for change in &effect.session {
            match change.name.as_str() {
                "search_path" => self.path = change.values.first().cloned().filter(|path| path != "$user"),
                "all" | "role" | "session_authorization" => self.path = None,
                _ => {}
            }
        }
    }

    /// An object that was made here stays so under another name or in another schema.
    fn follow_actions(&mut self, effect: &Effect) {
        let Some(subject) = effect.objects.first() else { return };
        let Some(key) = self.key(subject).filter(|key| self.keys.contains(key)) else { return };
        for action in &effect.actions {
            let moved = match action {
                Action::Rename { to } => Key { name: to.clone(), ..key.clone() },
                Action::SetSchema { schema } => Key { schema: schema.clone(), ..key.clone() },
                _ => continue,
            };
            self.keys.remove(&key);
            self.keys.insert(moved);
        }
    }
}

/// Longest name that the server keeps whole, in bytes.
const LONGEST_NAME: usize = 63;

/// Indexes and sequences that come with a new table, by the names that the server gives them.
fn implied_names(effect: &Effect, table: &str) -> Vec<String> {
    let mut names = Vec::new();
    for column in &effect.new_columns {
        if column.identity || column.type_.ends_with("serial") {
            names.push(format!("{table}_{}_seq", column.name));
        }
    }
    for constraint in &effect.new_constraints {
        let columns = constraint.columns.join("_");
        let chosen = match constraint.kind {
            ConstraintKind::PrimaryKey => format!("{table}_pkey"),
            ConstraintKind::Unique => format!("{table}_{columns}_key"),
            ConstraintKind::Exclusion
            | ConstraintKind::Check
            | ConstraintKind::ForeignKey
            | ConstraintKind::NotNull => String::new(),
        };
        if matches!(
            constraint.kind,
            ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Exclusion
        ) {
            names.push(constraint.name.clone().unwrap_or(chosen));
        }
    }
    // The server shortens longer names in its own way.
    names.retain(|name| !name.is_empty() && name.len() <= LONGEST_NAME);
    names
}

/// Kinds that share one space of names are one group: relations, routines, types.
fn group(kind: ObjectKind) -> ObjectKind {
    match kind {
        kind if kind.is_relation() => ObjectKind::Table,
        ObjectKind::Procedure | ObjectKind::Routine | ObjectKind::Aggregate => ObjectKind::Function,
        ObjectKind::Domain => ObjectKind::Type,
        other => other,
    }
}

fn has_schema(kind: ObjectKind) -> bool {
    !matches!(
        kind,
        ObjectKind::Schema
            | ObjectKind::Extension
            | ObjectKind::EventTrigger
            | ObjectKind::Language
            | ObjectKind::AccessMethod
            | ObjectKind::ForeignDataWrapper
            | ObjectKind::ForeignServer
            | ObjectKind::UserMapping
            | ObjectKind::Publication
            | ObjectKind::Subscription
            | ObjectKind::LargeObject
            | ObjectKind::Cast
            | ObjectKind::Transform
            | ObjectKind::Role
            | ObjectKind::Database
            | ObjectKind::Tablespace
            | ObjectKind::Parameter
            | ObjectKind::DefaultPrivileges
    )
}
