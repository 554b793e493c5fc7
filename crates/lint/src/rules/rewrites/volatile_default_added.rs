//! A column is added with a default that gives every row a value of its own, and every row is written again for it.
//!
//! ## What it finds
//! `ADD COLUMN ... DEFAULT` on a table that was there, when the default calls a function that is VOLATILE:
//! `gen_random_uuid()`, `random()`, `clock_timestamp()`, `nextval()`, or a function of the project's that is declared so (or
//! not declared at all, which means VOLATILE). `now()` is one value for the whole statement and is silent. A function that
//! is not known is told as a note.
//!
//! ## Why it hurts
//! The server writes the whole table again, and builds all of its indexes again, under ACCESS EXCLUSIVE: reads and writes
//! wait until the end, the disk holds the table twice meanwhile, and replicas get all of it.
//!
//! ## Do instead
//! Add the column without a default, set the default, which then holds for new rows, and fill the old rows in batches.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, notes on adding a column with a default.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
    name::display_identifier,
};
use freehold_sql::{
    Action,
    tree::{
        self, NodeEnum,
        protobuf::{ColumnDef, ConstrType, Node},
    },
};

use crate::{
    alter::{
        Change, changes,
        volatile::{PerRow, per_row},
    },
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "volatile-default-added",
        code: "FH0204",
        category: Category::Rewrites,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[26],
        summary: "a column is added with a volatile default, which writes all rows of an existing table again",
        source: include_str!("volatile_default_added.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-rewrite"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in changes(context) {
        let Action::AddColumn { column, .. } = change.action else { continue };
        let Some(definition) = change.column_definition().filter(|_| !change.adds_what_is_there()) else {
            continue;
        };
        let Some(default) = default_of(definition) else { continue };
        let (severity, function) = match per_row(context, default) {
            (PerRow::Yes, function) => (Severity::Warning, function),
            (PerRow::Unknown, function) => (Severity::Note, function),
            (PerRow::No, _) => continue,
        };
        let table = &change.table;
        let name = display_identifier(&column.name);
        let function = function.unwrap_or_default();
        let why = if severity == Severity::Note {
            format!("unless {function}() is declared STABLE or IMMUTABLE, this writes")
        } else {
            format!("{function}() gives every row a value of its own, so this writes")
        };
        let found = context
            .found(
                findings.rule(),
                Subject::new("column", format!("{table}.{name}")),
                format!(
                    "{why} every row of {table} again under ACCESS EXCLUSIVE: reads and writes of it wait until the end"
                ),
            )
            .with_severity(severity)
            .on(table)
            .claiming_all(change.claims(context, Claim::Rewrites));
        let advice = "Add the column without the default, set the default for new rows, and fill the old rows in batches.";
        findings.push(match steps(&change, definition, default) {
            Some(steps) => found.fixed_by(advice, change.instead(&steps)),
            None => found.advised(advice),
        });
    }
}

/// The default that the column is given.
pub(super) fn default_of(definition: &ColumnDef) -> Option<&Node> {
    let written = definition.constraints.iter().find_map(|node| match &node.node {
        Some(NodeEnum::Constraint(tree)) if tree.contype == ConstrType::ConstrDefault as i32 => {
            tree.raw_expr.as_deref()
        }
        _ => None,
    });
    written.or(definition.raw_default.as_deref())
}

/// The column without default and NOT NULL, and then the default.
fn steps(change: &Change<'_>, definition: &ColumnDef, default: &Node) -> Option<Vec<String>> {
    let dropped = |node: &Node| match &node.node {
        Some(NodeEnum::Constraint(tree)) => {
            tree.contype == ConstrType::ConstrDefault as i32
                || tree.contype == ConstrType::ConstrNotnull as i32
        }
        _ => false,
    };
    let constraints = definition.constraints.iter().filter(|node| !dropped(node)).cloned().collect();
    let plain = ColumnDef { constraints, raw_default: None, is_not_null: false, ..definition.clone() };
    let add = change.alone(|command| {
        command.def = Some(Box::new(Node { node: Some(NodeEnum::ColumnDef(Box::new(plain))) }));
    })?;
    let set = format!(
        "{} ALTER COLUMN {} SET DEFAULT {}",
        change.alter_table(),
        display_identifier(&definition.colname),
        tree::write_expression(default)?
    );
    Some(vec![add, set])
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "volatile-default-added";
    const TABLE: &str = "-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY, n uuid);\nCREATE FUNCTION per_row() RETURNS text LANGUAGE plpgsql AS 'begin return random()::text; end';\nCREATE FUNCTION same() RETURNS text LANGUAGE plpgsql STABLE AS 'begin return now()::text; end';\n-- migration: 2_b\n";

    fn fires(sql: &str) -> bool {
        ids(&format!("{TABLE}{sql}")).contains(&ID)
    }

    #[test]
    fn it_fires_for_values_per_row() {
        for sql in [
            "ALTER TABLE t ADD COLUMN u uuid DEFAULT gen_random_uuid();",
            "ALTER TABLE t ADD COLUMN u uuid NOT NULL DEFAULT public.uuid_generate_v4();",
            "ALTER TABLE t ADD COLUMN s timestamptz DEFAULT clock_timestamp() + interval '1 day';",
            "ALTER TABLE t ADD COLUMN x text DEFAULT per_row(), ADD COLUMN y text;",
            "ALTER TABLE unknown_table ADD x double precision DEFAULT random();",
        ] {
            assert!(fires(sql), "{sql}");
        }
    }

    #[test]
    fn it_is_silent_for_one_value() {
        for sql in [
            "ALTER TABLE t ADD COLUMN s timestamptz NOT NULL DEFAULT now();",
            "ALTER TABLE t ADD COLUMN s timestamptz DEFAULT current_timestamp;",
            "ALTER TABLE t ADD COLUMN s bigint DEFAULT (1 + 2);",
            "ALTER TABLE t ADD COLUMN x text DEFAULT same();",
            "ALTER TABLE t ADD COLUMN x jsonb NOT NULL DEFAULT '{}'::jsonb;",
            "ALTER TABLE t ADD COLUMN IF NOT EXISTS n uuid DEFAULT gen_random_uuid();",
            "ALTER TABLE t ALTER COLUMN n SET DEFAULT gen_random_uuid();",
            "CREATE TABLE u (id uuid DEFAULT gen_random_uuid()); ALTER TABLE u ADD v uuid DEFAULT gen_random_uuid();",
        ] {
            assert!(!fires(sql), "{sql}");
        }
    }
}
