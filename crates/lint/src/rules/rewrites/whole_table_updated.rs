//! All rows of a table that was there are changed in one statement, and so in one transaction.
//!
//! ## What it finds
//! `UPDATE` without a condition, with one that always holds, that only asks whether the column that is filled is still NULL,
//! or that only joins another table, on a table that is not new and not known to be tiny; also inside `WITH`. A condition
//! that holds rows to a range, a list or a value is silent: that is how batches are written.
//!
//! ## Why it hurts
//! Every row stays locked until the transaction ends, so that others who write to them wait; the table and its indexes grow
//! by as much as they hold; replicas get all of it at once, and VACUUM can clean up nothing meanwhile.
//!
//! ## Do instead
//! Change the rows in batches of some thousand, each in a transaction of its own, along the primary key.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, Concurrency Control and Routine Vacuuming.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
};
use freehold_sql::tree::{NodeEnum, protobuf::UpdateStmt};

use super::bounds::{is_bounded, queries_of, statements_in_with};
use crate::{
    alter::some,
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "whole-table-updated",
        code: "FH0211",
        category: Category::Rewrites,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::RowExclusive),
        hazards: &[33],
        advice: &[13],
        summary: "all rows of an existing table are changed in one transaction",
        source: include_str!("whole_table_updated.rs"),
    },
    check: Check::Statement(check),
    same_as: &["blocking-backfill"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if !context.statement.effect.is_query {
        return;
    }
    let Some(tree) = context.tree else { return };
    let mut queries = with_of(tree);
    if let NodeEnum::UpdateStmt(update) = tree {
        judge(context, update, &queries, findings);
    }
    for statement in statements_in_with(tree) {
        if let NodeEnum::UpdateStmt(update) = statement {
            queries.extend(with_of(statement));
            judge(context, update, &queries, findings);
        }
    }
}

fn with_of(statement: &NodeEnum) -> Vec<&str> {
    match statement {
        NodeEnum::SelectStmt(statement) => queries_of(statement.with_clause.as_ref()),
        NodeEnum::InsertStmt(statement) => queries_of(statement.with_clause.as_ref()),
        NodeEnum::UpdateStmt(statement) => queries_of(statement.with_clause.as_ref()),
        NodeEnum::DeleteStmt(statement) => queries_of(statement.with_clause.as_ref()),
        _ => Vec::new(),
    }
}

fn judge(context: &Context<'_>, update: &UpdateStmt, queries: &[&str], findings: &mut Findings<'_>) {
    let Some(range) = &update.relation else { return };
    let table = context.state.resolve(some(&range.schemaname), &range.relname);
    let known = context.state.relation(&table);
    if (known.is_none() && context.state.complete) || !context.may_be_large(&table) {
        return;
    }
    let filled: Vec<&str> = update
        .target_list
        .iter()
        .filter_map(|node| match &node.node {
            Some(NodeEnum::ResTarget(target)) => Some(target.name.as_str()),
            _ => None,
        })
        .collect();
    if is_bounded(update.where_clause.as_deref(), &update.from_clause, &filled, queries) {
        return;
    }
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("table", table.to_string()),
                format!(
                    "this changes every row of {table} in one transaction: the rows stay locked until it ends, and the table \
                     grows by as much as it holds"
                ),
            )
            .on(&table)
            .advised(
                "Change the rows in batches of some thousand along the primary key, each in a transaction of its own.",
            ),
    );
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "whole-table-updated";
    const TABLE: &str = "-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY, a text, b text, o_id bigint);\nCREATE TABLE o (id bigint PRIMARY KEY, a text);\n-- migration: 2_b\n";

    fn fires(sql: &str) -> bool {
        ids(&format!("{TABLE}{sql}")).contains(&ID)
    }

    #[test]
    fn it_fires_for_whole_tables() {
        for sql in [
            "UPDATE t SET a = lower(b);",
            "UPDATE ONLY public.t SET a = '' WHERE true;",
            "UPDATE t SET a = b WHERE a IS NULL;",
            "UPDATE t SET a = o.a FROM o WHERE o.id = t.o_id;",
            "UPDATE t AS x SET a = o.a FROM o WHERE o.id = x.o_id AND x.a IS NULL;",
            "WITH done AS (UPDATE t SET a = b RETURNING 1) SELECT count(*) FROM done;",
            "UPDATE unknown_table SET a = b;",
        ] {
            assert!(fires(sql), "{sql}");
        }
    }

    #[test]
    fn it_is_silent_for_batches_and_new_or_tiny_tables() {
        for sql in [
            "UPDATE t SET a = b WHERE id BETWEEN 1 AND 1000;",
            "UPDATE t SET a = b WHERE id = 7;",
            "UPDATE t SET a = b WHERE id IN (SELECT id FROM t WHERE a IS NULL LIMIT 1000);",
            "UPDATE t SET a = v.a FROM (VALUES (1, 'x')) AS v (id, a) WHERE v.id = t.id;",
            "UPDATE t SET a = b WHERE a IS NULL AND id < 1000;",
            "WITH few AS (SELECT id FROM t LIMIT 10) UPDATE t SET a = b FROM few AS f WHERE f.id = t.id;",
            "CREATE TABLE n (a bigint); UPDATE n SET a = 2;",
            "SELECT * FROM t FOR UPDATE;",
        ] {
            assert!(!fires(sql), "{sql}");
        }
        assert!(!ids(&format!("-- option: rows t 5\n{TABLE}UPDATE t SET a = b;")).contains(&ID));
    }
}
