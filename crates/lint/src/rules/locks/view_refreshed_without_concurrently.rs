//! A materialized view is refreshed while nobody can read it.
//!
//! ## What it finds
//! `REFRESH MATERIALIZED VIEW` without `CONCURRENTLY` of a view that was there before.
//!
//! ## Why it hurts
//! ACCESS EXCLUSIVE is held from the first row of the query to the last: every reader of the view waits for as long as
//! the query takes, and for the building of the view's indexes.
//!
//! ## Do instead
//! `REFRESH MATERIALIZED VIEW CONCURRENTLY`, which keeps readers going. It needs a unique index over plain columns and
//! without a condition.
//!
//! ## When to ignore
//! When nothing reads the view at that time, or its query is quick. `WITH NO DATA` only empties the view and is not told.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, REFRESH MATERIALIZED VIEW.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
};
use freehold_sql::{StatementKind, tree::NodeEnum};

use crate::{
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
    rules::locks::{locks, refresh_without_unique_index::usable_index, written},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "view-refreshed-without-concurrently",
        code: "FH0104",
        category: Category::Locks,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[4],
        summary: "a materialized view is refreshed while its readers wait",
        source: include_str!("view_refreshed_without_concurrently.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let StatementKind::RefreshMaterializedView { concurrently: false } = context.statement.effect.kind else {
        return;
    };
    let Some((view, known)) = context.main_relation() else { return };
    let skips_data = matches!(context.tree, Some(NodeEnum::RefreshMatViewStmt(refresh)) if refresh.skip_data);
    // A view without rows can be read by nobody yet, and takes no CONCURRENTLY.
    let empty = known.is_some_and(|known| !known.relation.populated);
    if skips_data || empty || !locks(context, &view) || !context.may_be_large(&view) {
        return;
    }
    let found = context
        .found(
            findings.rule(),
            Subject::new("materialized view", view.to_string()),
            format!(
                "this holds ACCESS EXCLUSIVE on {view} for as long as its query runs: nobody can read it meanwhile"
            ),
        )
        .on(&view)
        .claiming(Claim::Locks { relation: view.clone(), mode: LockMode::AccessExclusive });
    findings.push(if known.is_some_and(usable_index) {
        found.fixed_by(
            "Refresh it concurrently.",
            format!("REFRESH MATERIALIZED VIEW CONCURRENTLY {}", written(context, &view)),
        )
    } else {
        found.advised(format!(
            "Give {view} a unique index over plain columns and without a condition, and refresh it with CONCURRENTLY."
        ))
    });
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(text: &str) -> bool {
        said(text).iter().any(|(id, _)| *id == "view-refreshed-without-concurrently")
    }

    #[test]
    fn a_view_that_was_there_is_told_and_a_new_one_is_not() {
        let made = "-- migration: 1_a\nCREATE MATERIALIZED VIEW v AS SELECT 1 AS a;\n";
        assert!(fires(&format!("{made}-- migration: 2_b\nREFRESH MATERIALIZED VIEW v;")));
        assert!(!fires(&format!("{made}REFRESH MATERIALIZED VIEW v;")));
        assert!(!fires(&format!("{made}-- migration: 2_b\nREFRESH MATERIALIZED VIEW v WITH NO DATA;")));
    }
}
