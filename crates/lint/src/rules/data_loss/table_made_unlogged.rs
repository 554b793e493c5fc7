//! A table becomes UNLOGGED: a crash empties it.
//!
//! ## What it finds
//! `ALTER TABLE ... SET UNLOGGED` of a table that was there, also of a sequence. A table that is made UNLOGGED, and
//! one that the same script made, is left out.
//!
//! ## Why it hurts
//! After a crash or an immediate shutdown PostgreSQL empties the table, whole. Its rows are not on any standby,
//! where reading it is an error, and in no backup made from the log.
//!
//! ## Do instead
//! Keep the table as it is. For what may be lost, make a new UNLOGGED table and let the code move over.
//!
//! ## When to ignore
//! For a bulk load that ends with `SET LOGGED` in the same maintenance window.
//!
//! ## PostgreSQL versions
//! All; sequences since 15.
//!
//! ## Source
//! PostgreSQL manual, CREATE TABLE, UNLOGGED.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_sql::Action;

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "table-made-unlogged",
        code: "FH0413",
        category: Category::DataLoss,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        hazards: &[62],
        summary: "a table becomes UNLOGGED: a crash empties it",
        source: include_str!("table_made_unlogged.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if !context.is_up() || !context.statement.effect.actions.contains(&Action::SetUnlogged) {
        return;
    }
    let Some((table, known)) = context.main_relation() else { return };
    if context.is_new(&table) || (known.is_none() && context.state.complete) {
        return;
    }
    let message =
        format!("a crash now empties {table}, and neither standbys nor backups from the log have its rows");
    findings.push(
        context
            .found(findings.rule(), Subject::new("table", table.to_string()), message)
            .on(&table)
            .advised("Keep it logged; make a new UNLOGGED table for what may be lost."),
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn a_table_never_heard_of_counts_as_there() {
        assert!(said("ALTER TABLE app.a SET UNLOGGED;").iter().any(|(id, _)| *id == "table-made-unlogged"));
        assert!(!said("ALTER TABLE app.a SET LOGGED;").iter().any(|(id, _)| *id == "table-made-unlogged"));
    }
}
