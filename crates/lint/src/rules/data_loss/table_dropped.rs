//! A table that was there is dropped with its rows.
//!
//! ## What it finds
//! `DROP TABLE` of a table that an earlier migration made, or that was there before the history begins. Tables that
//! the same script or deployment makes, temporary tables, and tables that are known to be missing are left out.
//! When an earlier migration has copied the rows elsewhere, or the table is itself such a copy, a partition or
//! known to be empty, it is a warning.
//!
//! ## Why it hurts
//! The rows are gone; a rollback of the schema does not bring them back. Old instances of the application that
//! still run while the migration is deployed fail at the next query that names the table. ACCESS EXCLUSIVE is taken
//! on the table and on the tables that its foreign keys point to.
//!
//! ## Do instead
//! First deploy code that does not use the table. Then take its name away from stray users by a rename in a release
//! of its own, keep it for as long as a rollback is possible, back it up, and drop it in a later migration.
//!
//! ## When to ignore
//! When nobody has used the table for some releases: write `-- freehold: allow table-dropped because ...` above the
//! statement.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, DROP TABLE.

use freehold_model::{
    catalog::Persistence,
    finding::{Category, Depth, Rule, Severity},
};
use freehold_sql::ObjectKind;

use crate::{
    context::ScriptContext,
    found::Findings,
    gone::Gone,
    rule::{Check, LintRule},
    rules::compatibility::live,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "table-dropped",
        code: "FH0401",
        category: Category::DataLoss,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[50],
        summary: "a table that was there is dropped with its rows",
        source: include_str!("table_dropped.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &["up-loses-data"],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for gone in &context.walk.gone {
        let table = gone.kind == ObjectKind::Table && gone.is_dropped();
        if !table || !gone.may_be_missed(context) || gone.is_made_afresh(context) {
            continue;
        }
        // What was copied in the same deployment is told as a contract that comes too early.
        if gone.copied.as_ref().is_some_and(|(_, here)| *here) || live::is_used(context, gone) {
            continue;
        }
        let (severity, why) = judged(context, gone);
        let message = format!("this drops {} and its rows{why}{}", gone.shown(), gone.aftermath());
        findings.push(gone.found(context, findings.rule(), message).with_severity(severity).advised(
            "Deploy code that no longer uses the table, back it up, and drop it in a later release.",
        ));
    }
}

/// How bad it is, and what speaks for that.
fn judged(context: &ScriptContext<'_>, gone: &Gone) -> (Severity, String) {
    let relation = gone.known.as_ref().map(|known| &known.relation);
    let rows = context.options.rows.get(&gone.name);
    if let Some((copy, _)) = &gone.copied {
        return (Severity::Warning, format!(", which an earlier migration copied into {copy}"));
    }
    if let Some(original) = &gone.copy_of {
        return (Severity::Warning, format!(", a copy of {original} that an earlier migration made"));
    }
    if let Some(partition) = relation.and_then(|relation| relation.partition.as_ref()) {
        return (Severity::Warning, format!(", a partition of {}", partition.parent));
    }
    if relation.is_some_and(|relation| relation.persistence == Persistence::Unlogged) {
        return (Severity::Note, ", which no crash would have spared either (it is UNLOGGED)".to_owned());
    }
    match rows {
        Some(0) => (Severity::Warning, " (none, as far as is known)".to_owned()),
        Some(rows) => (Severity::Error, format!(" (about {rows})")),
        None => (Severity::Error, String::new()),
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn ids(text: &str) -> Vec<&'static str> {
        said(text).into_iter().map(|(id, _)| id).filter(|id| *id == "table-dropped").collect()
    }

    #[test]
    fn all_tables_of_a_list_are_told_and_temporary_ones_are_not() {
        assert_eq!(ids("DROP TABLE a, app.b;").len(), 2);
        assert!(ids("CREATE TEMP TABLE t (a int); DROP TABLE t;").is_empty());
        assert!(ids("DROP TABLE pg_temp.t;").is_empty());
    }

    #[test]
    fn a_guard_before_the_first_creation_is_silent() {
        assert!(ids("DROP TABLE IF EXISTS a; CREATE TABLE a (id bigint PRIMARY KEY);").is_empty());
        let again = "-- migration: 1_a\nCREATE TABLE a (id bigint PRIMARY KEY);\n-- migration: 2_b\nDROP TABLE IF EXISTS a; CREATE TABLE a (id bigint PRIMARY KEY);";
        assert_eq!(ids(again).len(), 1);
    }

    #[test]
    fn a_down_may_drop_and_an_up_is_told_what_hangs_on_the_table() {
        assert!(ids("-- migration: 1_a\nSELECT 1;\n-- down:\nDROP TABLE a;").is_empty());
        let said = said(
            "-- migration: 1_a\nCREATE TABLE a (id bigint PRIMARY KEY); CREATE VIEW v AS SELECT id FROM a;\n-- migration: 2_b\nDROP TABLE a;",
        );
        assert!(
            said.iter().any(|(id, message)| *id == "table-dropped" && message.contains("view v")),
            "{said:?}"
        );
    }
}
