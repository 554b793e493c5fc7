//! A column that was there is dropped with its values.
//!
//! ## What it finds
//! `ALTER TABLE ... DROP COLUMN` (and `DROP ATTRIBUTE` of a composite type) of a column that was there before the
//! script. Columns and tables that the same script or deployment makes are left out. It is a warning when an
//! earlier migration copied the values into another column or table, and when the column is generated from others.
//! Indexes and constraints that go with the column are named.
//!
//! ## Why it hurts
//! The values are gone, and with them, without a word, every index and constraint that holds the column. Code that
//! still runs fails: `SELECT *` into fixed structures, INSERT and UPDATE that name the column, prepared statements
//! of object mappers that list all columns.
//!
//! ## Do instead
//! Deploy code that neither reads nor writes the column, and drop it in a migration of a later release, after a
//! backup. If others need the values, copy them first in a migration of its own.
//!
//! ## When to ignore
//! When the code that used the column was gone before this release: `-- freehold: allow column-dropped because
//! ...`.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, DROP COLUMN.

use freehold_model::finding::{Category, Depth, Rule, Severity};
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
        id: "column-dropped",
        code: "FH0402",
        category: Category::DataLoss,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[51],
        summary: "a column that was there is dropped with its values",
        source: include_str!("column_dropped.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &["up-loses-data"],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for gone in &context.walk.gone {
        let column = gone.kind == ObjectKind::Column && gone.is_dropped();
        if !column || !gone.may_be_missed(context) {
            continue;
        }
        // What was copied in the same deployment is told as a contract that comes too early.
        if gone.copied.as_ref().is_some_and(|(_, here)| *here) || live::is_used(context, gone) {
            continue;
        }
        let (severity, why) = judged(gone);
        let message = format!("this drops {} and its values{why}{}", gone.shown(), gone.aftermath());
        findings.push(gone.found(context, findings.rule(), message).with_severity(severity).advised(
            "Deploy code that neither reads nor writes the column, back it up, and drop it in a later release.",
        ));
    }
}

/// How bad it is, and what speaks for that.
fn judged(gone: &Gone) -> (Severity, String) {
    if let Some((copy, _)) = &gone.copied {
        return (Severity::Warning, format!(", which an earlier migration copied into {copy}"));
    }
    let column = gone.part.as_deref().and_then(|name| gone.known.as_ref()?.relation.column(name));
    if column.is_some_and(|column| column.generated.is_some()) {
        return (Severity::Warning, ", which are generated from other columns".to_owned());
    }
    (Severity::Error, String::new())
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn ids(text: &str) -> Vec<&'static str> {
        said(text).into_iter().map(|(id, _)| id).filter(|id| *id == "column-dropped").collect()
    }

    #[test]
    fn every_form_is_told() {
        assert_eq!(
            ids("ALTER TABLE ONLY app.a DROP b, ADD COLUMN c text, DROP COLUMN IF EXISTS \"D\" CASCADE;")
                .len(),
            2
        );
    }

    #[test]
    fn a_table_of_the_script_and_a_down_are_silent() {
        assert!(ids("CREATE TABLE a (b text, c text); ALTER TABLE a DROP COLUMN b;").is_empty());
        assert!(ids("-- migration: 1_a\nSELECT 1;\n-- down:\nALTER TABLE a DROP COLUMN b;").is_empty());
    }

    #[test]
    fn what_goes_with_the_column_is_named() {
        let said = said(
            "-- migration: 1_a\nCREATE TABLE a (id bigint PRIMARY KEY, b text); CREATE INDEX a_b ON a (b);\n-- migration: 2_b\nALTER TABLE a DROP COLUMN b;",
        );
        assert!(said.iter().any(|(_, message)| message.contains("index a_b")), "{said:?}");
    }

    #[test]
    fn values_that_an_earlier_migration_copied_are_a_lesser_loss() {
        let copied = said(
            "-- migration: 1_a\nUPDATE a SET c = upper(b) WHERE c IS NULL;\n-- migration: 2_b\nALTER TABLE a DROP COLUMN b;",
        );
        let message =
            copied.iter().find(|(id, _)| *id == "column-dropped").map(|(_, message)| message.as_str());
        assert!(message.is_some_and(|message| message.contains("copied into a.c")), "{copied:?}");
    }
}
