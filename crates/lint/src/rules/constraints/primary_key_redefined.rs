//! A table's primary key is taken away, or becomes another one.
//!
//! ## What it finds
//! `DROP CONSTRAINT` of the primary key of a table that was there, unless the same statement puts the key over the same
//! columns back by an index that was built before. A down that takes away the key that its up made is silent.
//!
//! ## Why it hurts
//! Foreign keys that point to it make the statement fail, or go with it by `CASCADE`. Logical replication loses the
//! identity of rows, so that UPDATE and DELETE on a published table fail. `ON CONFLICT` on the old columns fails, code
//! that knows rows by the key breaks, and until a new key is there nothing keeps rows apart.
//!
//! ## Do instead
//! Build the unique index of the new key concurrently, keep a UNIQUE constraint over the old columns while something
//! still uses them, and swap both in one statement: `DROP CONSTRAINT old, ADD CONSTRAINT new PRIMARY KEY USING INDEX i`.
//!
//! ## When to ignore
//! When nothing refers to the old key any more and the swap is what is wanted.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, "REPLICA IDENTITY" and "DROP CONSTRAINT".

use freehold_model::{
    catalog::ObjectKind,
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
    name::{QualifiedName, display_identifier},
};
use freehold_sql::{Action, ConstraintKind};

use crate::{
    alter::{Change, changes, through_index::columns_of_index},
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "primary-key-redefined",
        code: "FH0311",
        category: Category::Constraints,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[46],
        summary: "the primary key of an existing table is taken away or becomes another one",
        source: include_str!("primary_key_redefined.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in changes(context) {
        let Action::DropConstraint { name, .. } = change.action else { continue };
        let Some(key) = key_of(&change, name) else { continue };
        if is_put_back(context, &change, &key) || is_taken_back(context, &change, name) {
            continue;
        }
        let table = &change.table;
        let of = if key.is_empty() {
            String::new()
        } else {
            let columns: Vec<String> = key.iter().map(|column| display_identifier(column)).collect();
            format!(" ({})", columns.join(", "))
        };
        let mut found = context
            .found(
                findings.rule(),
                Subject::new("constraint", format!("{table}.{}", display_identifier(name))),
                format!(
                    "this takes the primary key{of} of {table} away: foreign keys to it, ON CONFLICT, replication of updates \
                     and code that knows rows by it no longer work as before"
                ),
            )
            .on(table)
            .claiming(Claim::Locks { relation: table.clone(), mode: LockMode::AccessExclusive })
            .advised(
                "Build the index of the new key concurrently, keep a UNIQUE constraint over the old columns while something \
                 uses them, and swap the keys in one statement with USING INDEX.",
            );
        for other in referencing(context, table, &key) {
            found = found.because(format!("{other} refers to it by a foreign key"));
        }
        findings.push(found);
    }
}

/// The columns of the primary key, if this is its name: empty when the table is not known and only the name tells.
fn key_of(change: &Change<'_>, name: &str) -> Option<Vec<String>> {
    match change.known.and_then(|known| known.relation.primary_key()) {
        Some(key) => (key.name == name).then(|| key.columns.clone()),
        None if change.known.is_some_and(|known| known.whole) => None,
        None => (name == format!("{}_pkey", change.table.name)).then(Vec::new),
    }
}

/// The same statement makes a key over the same columns of an index that is there.
fn is_put_back(context: &Context<'_>, change: &Change<'_>, key: &[String]) -> bool {
    change.siblings(context).iter().any(|action| match action {
        Action::AddConstraint(added) if added.kind == ConstraintKind::PrimaryKey => {
            match &added.using_index {
                Some(index) => {
                    let columns = columns_of_index(change, index);
                    columns == key || columns.is_empty() || key.is_empty()
                }
                None => added.columns == key,
            }
        }
        _ => false,
    })
}

/// A down takes away what its up has made.
fn is_taken_back(context: &Context<'_>, change: &Change<'_>, name: &str) -> bool {
    let site = change.known.and_then(|known| known.site_of(ObjectKind::Constraint, name));
    !context.is_up() && site.is_some_and(|site| site.script + 1 == context.script_id)
}

/// The tables with a foreign key to these columns.
fn referencing(context: &Context<'_>, table: &QualifiedName, key: &[String]) -> Vec<QualifiedName> {
    let refers = |constraint: &freehold_model::catalog::Constraint| {
        constraint.referenced_table.as_ref() == Some(table) && constraint.referenced_columns == key
    };
    let known = context.state.referencing(table);
    known
        .filter(|known| known.relation.foreign_keys().any(refers))
        .map(|known| known.relation.name.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "primary-key-redefined";
    const TABLE: &str = "-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY, u bigint NOT NULL);\nCREATE UNIQUE INDEX t_id_idx ON t (id);\nCREATE UNIQUE INDEX t_u_idx ON t (u);\n-- migration: 2_b\n";

    fn fires(sql: &str) -> bool {
        ids(&format!("{TABLE}{sql}")).contains(&ID)
    }

    #[test]
    fn it_fires_when_the_key_goes_or_changes() {
        for sql in [
            "ALTER TABLE t DROP CONSTRAINT t_pkey;",
            "ALTER TABLE t DROP CONSTRAINT IF EXISTS t_pkey CASCADE;",
            "ALTER TABLE t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY USING INDEX t_u_idx;",
            "ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE t ADD PRIMARY KEY (u);",
            "ALTER TABLE unknown_table DROP CONSTRAINT unknown_table_pkey;",
        ] {
            assert!(fires(sql), "{sql}");
        }
    }

    #[test]
    fn it_is_silent_about_other_constraints_and_a_fresh_index_for_the_same_key() {
        for sql in [
            "ALTER TABLE t DROP CONSTRAINT t_pkey, ADD CONSTRAINT t_pkey PRIMARY KEY USING INDEX t_id_idx;",
            "ALTER TABLE t DROP CONSTRAINT t_u_key;",
            "CREATE TABLE n (id bigint PRIMARY KEY); ALTER TABLE n DROP CONSTRAINT n_pkey;",
            "ALTER TABLE unknown_table DROP CONSTRAINT some_check;",
        ] {
            assert!(!fires(sql), "{sql}");
        }
    }

    #[test]
    fn a_down_may_take_away_what_its_up_made() {
        let text = "-- migration: 1_a\nCREATE TABLE t (id bigint NOT NULL);\nCREATE UNIQUE INDEX t_id_idx ON t (id);\n-- migration: 2_b\nALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY USING INDEX t_id_idx;\n-- down:\nALTER TABLE t DROP CONSTRAINT t_pkey;\n";
        assert!(!ids(text).contains(&ID));
    }
}
