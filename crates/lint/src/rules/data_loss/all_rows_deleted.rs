//! DELETE without a condition takes all rows of a table.
//!
//! ## What it finds
//! `DELETE` without `WHERE`, or with one that always holds, on a table that was there before the script; also
//! inside `WITH`. Left out: temporary and new tables, tables without rows, and a DELETE whose rows go on into an
//! INSERT of the same statement. It is a note when the rows were copied elsewhere before, or the table is UNLOGGED.
//!
//! ## Why it hurts
//! All rows go. Rows of other tables may go with them through `ON DELETE CASCADE`. On a large table the statement
//! runs long, and everybody who changes a row of the table waits for it.
//!
//! ## Do instead
//! Say by a condition which rows are superfluous, and delete them in batches. To empty a table on purpose, say so
//! by TRUNCATE in a migration of its own.
//!
//! ## When to ignore
//! For tables of settings that a seed fills again right away.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, DELETE.

use freehold_model::{
    catalog::Persistence,
    finding::{Category, Depth, Rule, Severity, Subject},
};
use freehold_sql::tree::{
    NodeEnum,
    protobuf::{DeleteStmt, WithClause},
};

use crate::{
    alter::some,
    context::Context,
    expression::is_always_true,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "all-rows-deleted",
        code: "FH0407",
        category: Category::DataLoss,
        severity: Severity::Error,
        decided_by: &[Depth::Text],
        hazards: &[56],
        summary: "DELETE without a condition takes all rows of a table",
        source: include_str!("all_rows_deleted.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["up-loses-data"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if !context.is_up() || !context.statement.effect.is_query {
        return;
    }
    match context.tree {
        Some(NodeEnum::DeleteStmt(delete)) => tell(context, delete, findings),
        Some(NodeEnum::SelectStmt(select)) => within(context, select.with_clause.as_ref(), findings),
        Some(NodeEnum::UpdateStmt(update)) => within(context, update.with_clause.as_ref(), findings),
        _ => {}
    }
}

/// The deletions in a WITH.
fn within(context: &Context<'_>, with: Option<&WithClause>, findings: &mut Findings<'_>) {
    for query in with.iter().flat_map(|with| &with.ctes) {
        if let Some(NodeEnum::CommonTableExpr(query)) = query.node.as_ref()
            && let Some(NodeEnum::DeleteStmt(delete)) =
                query.ctequery.as_ref().and_then(|query| query.node.as_ref())
        {
            tell(context, delete, findings);
        }
    }
}

fn tell(context: &Context<'_>, delete: &DeleteStmt, findings: &mut Findings<'_>) {
    let conditional = delete.where_clause.as_deref().is_some_and(|condition| !is_always_true(condition));
    let Some(range) = delete.relation.as_ref().filter(|_| !conditional) else { return };
    let table = context.state.resolve(some(&range.schemaname), &range.relname);
    let known = context.state.relation(&table);
    let missing = known.is_none() && context.state.complete;
    let temporary = range.schemaname == "pg_temp"
        || (range.schemaname.is_empty()
            && context
                .state
                .relation(&freehold_model::name::QualifiedName::new("pg_temp", range.relname.as_str()))
                .is_some());
    if temporary || missing || context.is_new(&table) || context.options.rows.get(&table) == Some(&0) {
        return;
    }
    let copied = context.state.copies.of_table(&table).find(|copy| copy.from.1.is_none());
    let unlogged = known.is_some_and(|known| known.relation.persistence == Persistence::Unlogged);
    let (severity, why) = match (unlogged, copied) {
        (true, _) => (Severity::Note, ", which is UNLOGGED".to_owned()),
        (_, Some(copy)) => (Severity::Note, format!("; they were copied into {} before", copy.to.0)),
        _ => (Severity::Error, String::new()),
    };
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("table", table.to_string()),
                format!("DELETE has no condition: it takes all rows out of {table}{why}"),
            )
            .with_severity(severity)
            .on(&table)
            .advised("Say by WHERE which rows are superfluous, and delete them in batches."),
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn count(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "all-rows-deleted").count()
    }

    #[test]
    fn conditions_that_always_hold_are_none() {
        assert_eq!(count("DELETE FROM a; DELETE FROM app.b WHERE 1 = 1; DELETE FROM ONLY c USING d;"), 3);
        assert_eq!(count("DELETE FROM a WHERE b = 1;"), 0);
    }

    #[test]
    fn deletions_inside_with_are_seen_and_rows_that_move_on_are_kept() {
        assert_eq!(count("WITH gone AS (DELETE FROM a RETURNING 1) SELECT count(*) FROM gone;"), 1);
        assert_eq!(count("WITH moved AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM moved;"), 0);
        assert_eq!(count("CREATE TABLE a (id bigint PRIMARY KEY); DELETE FROM a;"), 0);
    }
}
