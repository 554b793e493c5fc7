//! A default goes that old INSERTs rely on.
//!
//! ## What it finds
//! `DROP DEFAULT` of a column of a table that was there before the script, also of a column that the script adds to
//! such a table, when at the script's end the column is NOT NULL and has no default, identity or generation
//! expression. It is a warning when it is not known whether the column may be NULL, and a note when it may. A
//! default that the script sets again is left out.
//!
//! ## Why it hurts
//! Code that runs already does not name the column in its INSERTs, because it had a default; from the commit on
//! these fail with a NOT NULL violation (23502), or write NULL where a value was.
//!
//! ## Do instead
//! Keep the default until no old code runs; drop it in a migration of a later release.
//!
//! ## When to ignore
//! When all running code names the column.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, DROP DEFAULT.

use freehold_model::finding::{Category, Depth, Rule, Severity};

use crate::{
    Direction,
    context::ScriptContext,
    found::Findings,
    gone::Way,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "default-dropped",
        code: "FH0511",
        category: Category::Compatibility,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[73],
        summary: "a default goes that old INSERTs rely on",
        source: include_str!("default_dropped.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    if context.script.direction == Direction::Down {
        return;
    }
    for gone in context.walk.gone.iter().filter(|gone| gone.way == Way::DefaultDropped) {
        let Some(column) = gone.part.as_deref() else { continue };
        if gone.table_made_here || (gone.known.is_none() && context.state.complete) {
            continue;
        }
        let now = context.state.relation(&gone.name).map(|known| &known.relation);
        let now = match now {
            Some(relation) => match relation.column(column) {
                Some(column) => Some(column),
                None if relation.columns.is_empty() || gone.known.is_none() => None,
                // It went, or got another name, which is told by other rules.
                None => continue,
            },
            None => None,
        };
        let before = gone.known.as_ref().and_then(|known| known.relation.column(column));
        if now.is_some_and(|now| now.default.is_some() || now.identity.is_some() || now.generated.is_some())
            || before.is_some_and(|before| before.default.is_none() && before.identity.is_none())
        {
            continue;
        }
        let name = gone.shown();
        let (severity, message) = match now.map(|now| now.not_null) {
            Some(true) => (
                Severity::Error,
                format!(
                    "{name} is NOT NULL and has no default any more: INSERTs of running code that do not name it fail"
                ),
            ),
            // Old code has never relied on a default that came with this script.
            Some(false) if gone.made_here => continue,
            Some(false) => (
                Severity::Note,
                format!("INSERTs of running code that do not name {name} write NULL from now on"),
            ),
            None => (
                Severity::Warning,
                format!(
                    "INSERTs of running code that do not name {name} lose its default: they fail if it is NOT NULL, else they write NULL"
                ),
            ),
        };
        let found = gone.found(context, findings.rule(), message).with_severity(severity);
        findings.push(found.advised("Keep the default until no old code runs; drop it in a later release."));
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn count(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "default-dropped").count()
    }

    #[test]
    fn a_default_for_the_time_of_the_migration_only_breaks_old_inserts_too() {
        let made = "-- migration: 1_a\nCREATE TABLE a (id bigint PRIMARY KEY);\n-- migration: 2_b\n";
        assert_eq!(
            count(&format!(
                "{made}ALTER TABLE a ADD COLUMN b int NOT NULL DEFAULT 0; ALTER TABLE a ALTER COLUMN b DROP DEFAULT;"
            )),
            1
        );
        assert_eq!(
            count(&format!(
                "{made}ALTER TABLE a ADD COLUMN b int DEFAULT 0; ALTER TABLE a ALTER COLUMN b DROP DEFAULT;"
            )),
            0
        );
    }

    #[test]
    fn unknown_columns_are_a_warning_and_new_tables_silent() {
        assert_eq!(count("ALTER TABLE a ALTER b DROP DEFAULT;"), 1);
        assert_eq!(
            count("CREATE TABLE a (b int NOT NULL DEFAULT 1); ALTER TABLE a ALTER b DROP DEFAULT;"),
            0
        );
    }
}
