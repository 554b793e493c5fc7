//! A table's primary key is taken away, or becomes another one.
//!
//! ## What it finds
//! `DROP CONSTRAINT` of the primary key of a table that was there, unless at the script's end the table is gone or has a key
//! over the same columns again. A down that takes away the key that its up made is silent.
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
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
    name::display_identifier,
};

use crate::{
    alter::keys::DroppedKey,
    context::ScriptContext,
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
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for dropped in context.walk.dropped_keys.iter().filter(|dropped| is_missed(context, dropped)) {
        let table = &dropped.table;
        let columns: Vec<String> = dropped.columns.iter().map(|column| display_identifier(column)).collect();
        let of = if columns.is_empty() { String::new() } else { format!(" ({})", columns.join(", ")) };
        let subject = Subject::new("constraint", format!("{table}.{}", display_identifier(&dropped.name)));
        let message = format!(
            "this takes the primary key{of} of {table} away: foreign keys to it, ON CONFLICT, replication of updates and \
             code that knows rows by it no longer work as before"
        );
        let mut found = context
            .found(findings.rule(), subject, dropped.span, message)
            .on(table)
            .claiming(Claim::Locks { relation: table.clone(), mode: LockMode::AccessExclusive })
            .advised(
                "Build the index of the new key concurrently, keep a UNIQUE constraint over the old columns while something \
                 uses them, and swap the keys in one statement with USING INDEX.",
            );
        found.statement = Some(dropped.statement);
        for other in &dropped.referencing {
            found = found.because(format!("{other} refers to it by a foreign key"));
        }
        findings.push(found);
    }
}

/// The table is still there at the script's end, and has no primary key over these columns.
fn is_missed(context: &ScriptContext<'_>, dropped: &DroppedKey) -> bool {
    let gone = context.walk.gone.iter().any(|gone| gone.name == dropped.table && gone.part.is_none());
    match context.state.relation(&dropped.table) {
        Some(known) => known.relation.primary_key().is_none_or(|key| key.columns != dropped.columns),
        None => !dropped.known && !gone,
    }
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
            "ALTER TABLE t DROP CONSTRAINT t_pkey; DROP TABLE t;",
            "ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE t ADD CONSTRAINT t_pk PRIMARY KEY (id);",
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
