//! UPDATE without a condition overwrites a column in all rows.
//!
//! ## What it finds
//! `UPDATE` without `WHERE`, or with one that always holds, that puts new values into columns which had values
//! before. Left out: columns that the same script or deployment adds, the filling of a column that a later
//! migration added from other columns, values that keep what is there (`coalesce(a, ...)`, `CASE ... ELSE a END`),
//! new and temporary tables.
//!
//! ## Why it hurts
//! What stood there is gone, in every row, and no down brings it back. That the statement also locks and rewrites
//! every row is told by another rule.
//!
//! ## Do instead
//! Write the new values into a new column, let the code read that one, and drop the old column in a later release.
//! Or say by WHERE which rows are wrong.
//!
//! ## When to ignore
//! When the old values are worthless, or can be computed from the new ones.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, UPDATE.

use freehold_model::{
    catalog::ObjectKind,
    finding::{Category, Depth, Rule, Severity, Subject},
    name::display_identifier,
};
use freehold_sql::tree::{
    NodeEnum,
    protobuf::{Node, ResTarget},
};

use crate::{
    alter::some,
    context::Context,
    expression::{columns, is_always_true},
    found::Findings,
    rule::{Check, LintRule},
    state::Known,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "all-rows-overwritten",
        code: "FH0408",
        category: Category::DataLoss,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[57],
        summary: "UPDATE without a condition overwrites a column in all rows",
        source: include_str!("all_rows_overwritten.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(NodeEnum::UpdateStmt(update)) = context.tree else { return };
    let conditional = update.where_clause.as_deref().is_some_and(|condition| !is_always_true(condition));
    let Some(range) = update.relation.as_ref().filter(|_| !conditional && context.is_up()) else { return };
    let table = context.state.resolve(some(&range.schemaname), &range.relname);
    let known = context.state.relation(&table);
    let missing = known.is_none() && context.state.complete;
    let temporary = range.schemaname == "pg_temp"
        || context
            .state
            .relation(&freehold_model::name::QualifiedName::new("pg_temp", range.relname.as_str()))
            .is_some();
    if temporary || missing || context.is_new(&table) || context.options.rows.get(&table) == Some(&0) {
        return;
    }
    let mut lost = Vec::new();
    let mut severity = Severity::Note;
    for target in &update.target_list {
        let Some(NodeEnum::ResTarget(target)) = target.node.as_ref() else { continue };
        if let Some(one) = overwritten(context, known, target) {
            lost.push(display_identifier(&target.name));
            severity = severity.max(one);
        }
    }
    if lost.is_empty() {
        return;
    }
    let message = format!(
        "UPDATE has no condition: what stands in {} of {table} is overwritten in all rows",
        lost.join(", ")
    );
    findings.push(
        context
            .found(findings.rule(), Subject::new("table", table.to_string()), message)
            .with_severity(severity)
            .on(&table)
            .advised("Say by WHERE which rows are wrong, or write the new values into a new column."),
    );
}

/// How bad it is that this column gets a new value in all rows; none when nothing is lost.
fn overwritten(context: &Context<'_>, known: Option<&Known>, target: &ResTarget) -> Option<Severity> {
    let value = target.val.as_deref()?;
    if keeps(&target.name, value) {
        return None;
    }
    let used = columns(value);
    let from_itself = used.iter().any(|column| column.name.as_deref() == Some(target.name.as_str()));
    let from_others = !from_itself && !used.is_empty();
    let Some(known) = known else {
        // It may be a column that waits to be filled.
        return Some(if from_others || from_itself { Severity::Note } else { Severity::Warning });
    };
    let added =
        known.parts.iter().rev().find(|(kind, name, _)| *kind == ObjectKind::Column && *name == target.name);
    match added {
        Some((_, _, site)) if context.is_here(*site) => None,
        Some(_) if from_others => None,
        // What is made of itself was meant to be made so.
        _ if from_itself => Some(Severity::Note),
        _ => Some(Severity::Warning),
    }
}

/// True when the value keeps what is in the column, where something is.
fn keeps(column: &str, value: &Node) -> bool {
    let is_itself = |node: &Node| {
        matches!(node.node.as_ref(), Some(NodeEnum::ColumnRef(_)))
            && columns(node).iter().all(|used| used.name.as_deref() == Some(column))
    };
    if is_itself(value) {
        return true;
    }
    match value.node.as_ref() {
        Some(NodeEnum::CoalesceExpr(coalesce)) => coalesce.args.first().is_some_and(is_itself),
        Some(NodeEnum::CaseExpr(case)) => case.defresult.as_deref().is_some_and(is_itself),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn severities(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "all-rows-overwritten").count()
    }

    #[test]
    fn values_that_keep_what_is_there_lose_nothing() {
        assert_eq!(
            severities("UPDATE a SET b = coalesce(b, 0), c = c, d = CASE WHEN d < 0 THEN 0 ELSE d END;"),
            0
        );
        assert_eq!(severities("UPDATE a SET b = lower(b);"), 1);
        assert_eq!(severities("UPDATE a SET b = 1 WHERE c;"), 0);
    }

    #[test]
    fn a_column_of_the_script_has_nothing_to_lose() {
        assert_eq!(severities("ALTER TABLE a ADD COLUMN b text; UPDATE a SET b = 'x';"), 0);
    }
}
