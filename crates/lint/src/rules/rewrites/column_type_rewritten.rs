//! A column's type changes, and every row of the table is written again for it.
//!
//! ## What it finds
//! `ALTER COLUMN ... TYPE` on a table that was there, when the values of the old type are not stored as the new type stores
//! them. Changes that PostgreSQL makes without touching the rows are silent: a longer or no limit of `varchar`, `varchar` to
//! `text`, more digits of `numeric` at the same scale, more digits of a second, a domain without constraints. What is
//! narrower is told by another rule. Where the old type is not known, it is told when the new one is such that only a
//! column of that very type would be spared, and else, as a note, when it has a limit.
//!
//! ## Why it hurts
//! The server writes the whole table again, and builds all of its indexes again, under ACCESS EXCLUSIVE: reads and writes
//! wait until the end, the disk holds the table twice meanwhile, and replicas get all of it.
//!
//! ## Do instead
//! Add a column of the new type, keep both in step by a trigger, fill the old rows in batches, and switch the code over.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All. `timestamp` to `timestamptz` touches no row from 12 on when the session's time zone is UTC.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, notes on changing the type of a column; each kind was tried on a server.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
    name::display_identifier,
};

use super::type_change::{Wanted, wanted};
use crate::{
    alter::{
        Change, changes,
        types::{TypeChange, is_builtin, narrows, parts},
    },
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "column-type-rewritten",
        code: "FH0201",
        category: Category::Rewrites,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[23],
        summary: "a change of a column's type writes all rows of an existing table again",
        source: include_str!("column_type_rewritten.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-rewrite"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in changes(context) {
        let Some(wanted) = wanted(context, &change) else { continue };
        let Some(severity) = severity(context, &wanted) else { continue };
        findings.push(told(context, findings, &change, &wanted).with_severity(severity));
    }
}

/// How much it matters; none when no row is written.
fn severity(context: &Context<'_>, wanted: &Wanted<'_>) -> Option<Severity> {
    match (wanted.work, &wanted.from) {
        (TypeChange::Rewrites, Some(from)) if context.is_up() && narrows(context.state, from, &wanted.to) => {
            None
        }
        (TypeChange::Rewrites, _) => Some(Severity::Warning),
        (TypeChange::Unknown, None) => of_new_type(&wanted.to),
        _ => None,
    }
}

/// The old type is not known: what the new one tells alone.
fn of_new_type(to: &str) -> Option<Severity> {
    let to = parts(to);
    match to.base.as_str() {
        "text" | "inet" | "citext" | "oid" => None,
        "character varying" | "numeric" | "bit varying" | "interval" => {
            (!to.modifiers.is_empty()).then_some(Severity::Note)
        }
        base if base.starts_with("time") => Some(Severity::Note),
        base if is_builtin(base) && !to.array => Some(Severity::Warning),
        _ => None,
    }
}

fn told(
    context: &Context<'_>,
    findings: &Findings<'_>,
    change: &Change<'_>,
    wanted: &Wanted<'_>,
) -> crate::Found {
    let table = &change.table;
    let column = display_identifier(wanted.column);
    let message = match &wanted.from {
        Some(from) => format!(
            "{column} changes from {from} to {}, which writes every row of {table} again under ACCESS EXCLUSIVE: reads and \
             writes of it wait until the end",
            wanted.to
        ),
        None => format!(
            "unless {column} is stored as {} already, this writes every row of {table} again under ACCESS EXCLUSIVE: reads \
             and writes of it wait until the end",
            wanted.to
        ),
    };
    context
        .found(findings.rule(), Subject::new("column", format!("{table}.{column}")), message)
        .on(table)
        .claiming_all(change.claims(context, Claim::Rewrites))
        .advised(format!(
            "Add a new column of type {}, keep both in step by a trigger, fill the old rows in batches, and switch the code \
             over before {column} is dropped.",
            wanted.to
        ))
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "column-type-rewritten";
    const TABLE: &str = "-- migration: 1_a\nCREATE DOMAIN plain AS text;\nCREATE DOMAIN strict AS text CHECK (VALUE <> '');\nCREATE TABLE t (id bigint PRIMARY KEY, i integer, v varchar(10), x text, n numeric(10,2), s timestamp, Odd int);\n-- migration: 2_b\n";

    fn fires(sql: &str) -> bool {
        ids(&format!("{TABLE}{sql}")).contains(&ID)
    }

    #[test]
    fn it_fires_where_rows_are_written() {
        for sql in [
            "ALTER TABLE t ALTER COLUMN i TYPE bigint;",
            "ALTER TABLE t ALTER i SET DATA TYPE bigint USING i::bigint, ALTER v TYPE text;",
            "ALTER TABLE t ALTER x TYPE uuid USING x::uuid;",
            "ALTER TABLE t ALTER x TYPE strict;",
            "ALTER TABLE t ALTER x TYPE text USING lower(x);",
            "ALTER TABLE t ALTER n TYPE numeric(14,4);",
            "ALTER TABLE t ALTER s TYPE timestamptz;",
            "ALTER TABLE unknown_table ALTER i TYPE bigint;",
        ] {
            assert!(fires(sql), "{sql}");
        }
    }

    #[test]
    fn it_is_silent_where_the_rows_stay() {
        for sql in [
            "ALTER TABLE t ALTER v TYPE varchar(20);",
            "ALTER TABLE t ALTER v TYPE text;",
            "ALTER TABLE t ALTER v TYPE text USING v::text;",
            "ALTER TABLE t ALTER x TYPE varchar;",
            "ALTER TABLE t ALTER x TYPE plain;",
            "ALTER TABLE t ALTER n TYPE numeric(12,2);",
            "ALTER TABLE t ALTER n TYPE numeric;",
            "ALTER TABLE t ALTER s TYPE timestamp(6);",
            "SET LOCAL timezone = 'UTC'; ALTER TABLE t ALTER s TYPE timestamptz;",
            "CREATE TABLE u (i integer); ALTER TABLE u ALTER i TYPE bigint;",
            "ALTER TABLE unknown_table ALTER x TYPE text;",
        ] {
            assert!(!fires(sql), "{sql}");
        }
        assert!(
            !ids(&format!("-- option: rows t 9\n{TABLE}ALTER TABLE t ALTER i TYPE bigint;")).contains(&ID)
        );
    }
}
