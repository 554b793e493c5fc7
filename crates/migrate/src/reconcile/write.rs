//! The statements that make, alter and drop each kind of thing.

mod aggregate;
mod column;
mod constraint;
mod finish;
mod function;
mod index;
mod other;
mod policy;
mod relation;
mod sequence;
mod table;
mod types;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use freehold_model::{
    catalog::{ObjectKind, RelationKind},
    name::{QualifiedName, quote_literal},
};

use super::{
    fate::Fates,
    key::Key,
    sql::{Sql, function_object, q, relation_word},
    things::{Side, Subject},
};

pub(super) use finish::{default_creator, is_thing, maintains};
pub(super) use other::can_alter;
pub(super) use table::{inherits_at_once, is_inline};
pub(super) use types::needs_shell;

/// What the statements are written from.
#[derive(Debug)]
pub(super) struct Writer<'a, 'c> {
    pub(super) from: &'a Side<'c>,
    pub(super) to: &'a Side<'c>,
    pub(super) fates: &'a Fates,
    /// Defaults and constraints that are not made with their table.
    pub(super) apart: &'a BTreeSet<Key>,
    /// Types that step aside until no column uses them any more, with the names that they have meanwhile.
    pub(super) aside: &'a BTreeMap<Key, QualifiedName>,
    /// Whether the server knows the privilege `MAINTAIN`.
    pub(super) maintains: bool,
    /// What no statement can do.
    pub(super) not_covered: BTreeSet<String>,
}

impl Writer<'_, '_> {
    /// The statements that make a thing.
    pub(super) fn create(&mut self, subject: Subject<'_>) -> Vec<Sql> {
        match subject {
            Subject::Schema(schema) => vec![Sql::new(format!("CREATE SCHEMA {}", q(&schema.name)))],
            Subject::Extension(extension) => {
                let known = self.to.catalog.schemas.iter().any(|schema| schema.name == extension.schema);
                // A schema that belongs to the extension itself is not in the catalog.
                let schema = if known || extension.schema == "pg_catalog" || extension.schema == "public" {
                    format!(" WITH SCHEMA {}", q(&extension.schema))
                } else {
                    String::new()
                };
                vec![Sql::new(format!(
                    "CREATE EXTENSION IF NOT EXISTS {}{schema} VERSION {} CASCADE",
                    q(&extension.name),
                    quote_literal(&extension.version)
                ))]
            }
            Subject::Type(object) => types::create(object),
            Subject::Relation(relation) => self.create_relation(relation),
            Subject::Column(table, column) => self.add_column(table, column),
            Subject::Default(table, column) => column::set_default(table, column),
            Subject::Identity(table, column, sequence) => column::add_identity(table, column, sequence),
            Subject::OwnedBy(sequence, owner) => vec![Sql::new(format!(
                "ALTER SEQUENCE {} OWNED BY {}.{}",
                sequence.name.quoted(),
                owner.table.quoted(),
                q(&owner.column)
            ))],
            Subject::Attached(partition) => table::attach(partition),
            Subject::Inherits(table, parent) => vec![Sql::new(format!(
                "ALTER {} {} INHERIT {}",
                relation_word(table),
                table.name.quoted(),
                parent.quoted()
            ))],
            Subject::Constraint(table, constraint) => constraint::add(table, constraint),
            Subject::Index(table, index) => self.create_index(table, index),
            Subject::IndexAttached(table, index, parent) => index::attach(table, index, parent),
            Subject::Trigger(table, trigger) => policy::create_trigger(table, trigger),
            Subject::Rule(table, rule) => policy::create_rule(table, rule),
            Subject::Policy(table, policy) => vec![policy::create(table, policy)],
            Subject::Statistics(table, statistics) => policy::create_statistics(table, statistics),
            Subject::Function(function) => vec![function::create(function, false)],
            Subject::Other(other) => self.create_other(other),
        }
    }

    /// The statements that drop a thing.
    pub(super) fn drop(&mut self, subject: Subject<'_>) -> Vec<Sql> {
        let text = match subject {
            Subject::Schema(schema) => format!("DROP SCHEMA {}", q(&schema.name)),
            Subject::Extension(extension) => {
                return vec![Sql::destroying(format!("DROP EXTENSION {}", q(&extension.name)))];
            }
            Subject::Type(object) => return vec![types::drop(object, &self.shown_name(&object.name))],
            Subject::Relation(relation) => {
                let detach = if self.is_pointed_at(relation) { self.detach(relation) } else { Vec::new() };
                let drop = self.drop_relation(relation);
                return detach.into_iter().take(1).chain([drop]).collect();
            }
            Subject::Column(table, column) => {
                let text = format!(
                    "ALTER {} {} DROP COLUMN {}",
                    relation_word(table),
                    table.name.quoted(),
                    q(&column.name)
                );
                return vec![Sql { text, destroys: column.generated.is_none() }];
            }
            Subject::Default(table, column) => return column::drop_default(table, column),
            Subject::Identity(table, column, _) => format!(
                "ALTER {} {} ALTER COLUMN {} DROP IDENTITY",
                relation_word(table),
                table.name.quoted(),
                q(&column.name)
            ),
            Subject::OwnedBy(sequence, _) => {
                format!("ALTER SEQUENCE {} OWNED BY NONE", sequence.name.quoted())
            }
            Subject::Attached(partition) => return self.detach(partition),
            Subject::Inherits(table, parent) => {
                format!(
                    "ALTER {} {} NO INHERIT {}",
                    relation_word(table),
                    table.name.quoted(),
                    parent.quoted()
                )
            }
            Subject::Constraint(table, constraint) => format!(
                "ALTER {} {} DROP CONSTRAINT {}",
                relation_word(table),
                table.name.quoted(),
                q(&constraint.name)
            ),
            Subject::Index(table, index) => {
                format!(
                    "DROP INDEX {}",
                    QualifiedName::new(table.name.schema.clone(), index.name.clone()).quoted()
                )
            }
            Subject::IndexAttached(..) => return Vec::new(),
            Subject::Trigger(table, trigger) => {
                format!("DROP TRIGGER {} ON {}", q(&trigger.name), table.name.quoted())
            }
            Subject::Rule(table, rule) => format!("DROP RULE {} ON {}", q(&rule.name), table.name.quoted()),
            Subject::Policy(table, policy) => {
                format!("DROP POLICY {} ON {}", q(&policy.name), table.name.quoted())
            }
            Subject::Statistics(table, statistics) => {
                format!("DROP STATISTICS {}", policy::statistics_name(table, statistics))
            }
            Subject::Function(function) => format!("DROP {}", function_object(function)),
            Subject::Other(other) => return self.drop_other(other),
        };
        vec![Sql::new(text)]
    }

    /// The statements that turn a thing into what it is to be.
    pub(super) fn alter(&mut self, old: Subject<'_>, new: Subject<'_>) -> Vec<Sql> {
        match (old, new) {
            (Subject::Extension(a), Subject::Extension(b)) => {
                let name = q(&b.name);
                let schema = (a.schema != b.schema)
                    .then(|| Sql::new(format!("ALTER EXTENSION {name} SET SCHEMA {}", q(&b.schema))));
                let version = (a.version != b.version && !is_older(&b.version, &a.version)).then(|| {
                    Sql::new(format!("ALTER EXTENSION {name} UPDATE TO {}", quote_literal(&b.version)))
                });
                schema.into_iter().chain(version).collect()
            }
            (Subject::Type(a), Subject::Type(b)) => types::alter(a, b),
            (Subject::Relation(a), Subject::Relation(b)) => self.alter_relation(a, b),
            (Subject::Column(_, a), Subject::Column(table, b)) => self.alter_column(table, a, b),
            (Subject::Default(..), Subject::Default(table, column)) => column::set_default(table, column),
            (Subject::Identity(..), Subject::Identity(table, column, _)) => {
                column::alter_identity(table, column)
            }
            (Subject::Constraint(_, a), Subject::Constraint(table, b)) => constraint::alter(table, a, b),
            (Subject::Index(_, a), Subject::Index(table, b)) => index::alter(table, a, b),
            (Subject::Trigger(..), Subject::Trigger(table, trigger)) => {
                vec![policy::enable_trigger(table, trigger)]
            }
            (Subject::Rule(..), Subject::Rule(table, rule)) => vec![policy::enable_rule(table, rule)],
            (Subject::Policy(_, a), Subject::Policy(table, b)) => vec![policy::alter(table, a, b)],
            (Subject::Statistics(..), Subject::Statistics(table, statistics)) => {
                policy::set_statistics_target(table, statistics)
            }
            (Subject::Function(_), Subject::Function(function)) => vec![function::create(function, true)],
            (Subject::Other(a), Subject::Other(b)) => self.alter_other(a, b),
            _ => Vec::new(),
        }
    }

    /// The statement that gives a type another name for a while.
    pub(super) fn step_aside(&self, subject: Subject<'_>, to: &QualifiedName) -> Vec<Sql> {
        let (word, name) = match subject {
            Subject::Type(object) => (types::word(object), &object.name),
            Subject::Relation(relation) if relation.kind == RelationKind::CompositeType => {
                ("TYPE", &relation.name)
            }
            _ => return Vec::new(),
        };
        vec![Sql::new(format!("ALTER {word} {} RENAME TO {}", name.quoted(), q(&to.name)))]
    }

    /// A type's name at the time at which it is dropped.
    fn shown_name(&self, name: &QualifiedName) -> String {
        let keys = [Key::Type(name.clone()), Key::Relation(name.clone())];
        keys.iter().find_map(|key| self.aside.get(key)).unwrap_or(name).quoted()
    }

    /// Notes something that no statement can do.
    pub(super) fn cannot(&mut self, what: impl Into<String>) {
        self.not_covered.insert(what.into());
    }

    /// Notes an object of a kind for which no statements are written.
    pub(super) fn cannot_object(&mut self, kind: ObjectKind, name: &str, why: &str) {
        self.cannot(format!("{kind} {name}: {why}"));
    }
}

/// True when a version comes before another, by the numbers in it: extensions have no way back.
pub(super) fn is_older(version: &str, than: &str) -> bool {
    let numbers = |text: &str| -> Vec<u64> {
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
    };
    numbers(version) < numbers(than)
}
