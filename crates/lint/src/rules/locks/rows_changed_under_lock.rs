//! Many rows are changed in a transaction that keeps others from a table.
//!
//! ## What it finds
//! `UPDATE`, `DELETE`, `MERGE` or `INSERT … SELECT` of rows of a table that was there, after a statement of the same
//! transaction took SHARE or a stronger lock on a table that was there. What goes for one row by its key is not told.
//!
//! ## Why it hurts
//! The lock of the schema change is held until the last row is changed: a column that was added in a moment keeps the
//! table closed for as long as the backfill runs.
//!
//! ## Do instead
//! Change the schema in one migration, and the rows in another one, in batches that commit one by one.
//!
//! ## When to ignore
//! When the rows are few: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, 13.3.1: locks are held until the end of the transaction.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::Blocks,
};
use freehold_sql::{
    StatementKind, Use,
    tree::{NodeEnum, protobuf::Node},
};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "rows-changed-under-lock",
        code: "FH0116",
        category: Category::Locks,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        hazards: &[16],
        advice: &[13],
        summary: "many rows are changed while the transaction keeps others from a table",
        source: include_str!("rows_changed_under_lock.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-backfill"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some((locked, held)) = context.walk.blocked.first() else { return };
    let effect = &context.statement.effect;
    if !matches!(
        effect.kind,
        StatementKind::Update | StatementKind::Delete | StatementKind::Merge | StatementKind::Insert
    ) || is_small(context)
    {
        return;
    }
    let read = effect.objects_used(Use::Reads).map(|object| context.state.name_of(object));
    let written = effect.objects_used(Use::Writes).map(|object| context.state.name_of(object));
    // Rows of a new table come from somewhere: what is read counts as well.
    let large: Vec<_> = if effect.kind == StatementKind::Insert {
        read.filter(|name| context.may_be_large(name)).collect()
    } else {
        written.filter(|name| context.may_be_large(name)).collect()
    };
    let Some(table) = large.first() else { return };
    let mode = context.walk.held.get(locked).map_or(held.mode, |held| held.mode);
    let who = match mode.blocks() {
        Blocks::ReadsAndWrites => "nobody can read or write it",
        _ => "nobody can write to it",
    };
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("table", locked.to_string()),
                format!(
                    "the transaction holds {mode} on {locked} since statement {}: {who} until all these rows of \
                     {table} are through",
                    held.statement + 1
                ),
            )
            .on(locked)
            .advised(format!(
                "Change the rows in a migration of their own, in batches that commit one by one, apart from the change \
                 of {locked}."
            )),
    );
}

/// Rows that are written out, or that are looked for by an equality with a constant.
fn is_small(context: &Context<'_>) -> bool {
    let condition = match context.tree {
        Some(NodeEnum::UpdateStmt(update)) => update.where_clause.as_deref(),
        Some(NodeEnum::DeleteStmt(delete)) => delete.where_clause.as_deref(),
        Some(NodeEnum::InsertStmt(insert)) => {
            let Some(NodeEnum::SelectStmt(select)) =
                insert.select_stmt.as_deref().and_then(|select| select.node.as_ref())
            else {
                return true;
            };
            if !select.values_lists.is_empty()
                || select.from_clause.is_empty()
                || select.limit_count.is_some()
            {
                return true;
            }
            select.where_clause.as_deref()
        }
        Some(NodeEnum::MergeStmt(_)) => None,
        _ => return true,
    };
    let Some(condition) = condition else { return false };
    keyed(context, condition)
}

/// `key = constant`, or several conditions of which one is that. A column counts as a key by a unique index, or by the
/// name `id` where the table is not known.
fn keyed(context: &Context<'_>, condition: &Node) -> bool {
    match condition.node.as_ref() {
        Some(NodeEnum::BoolExpr(all)) if all.boolop == 1 => all.args.iter().any(|arg| keyed(context, arg)),
        Some(NodeEnum::AExpr(expression)) => {
            let column = expression.lexpr.as_deref().and_then(column);
            let constants = expression.rexpr.as_deref().is_some_and(is_constant);
            let is_equality = expression
                .name
                .iter()
                .any(|name| matches!(name.node.as_ref(), Some(NodeEnum::String(text)) if text.sval == "="));
            is_equality && constants && column.is_some_and(|column| is_key(context, column))
        }
        _ => false,
    }
}

fn is_key(context: &Context<'_>, column: &str) -> bool {
    let target = context.statement.effect.objects_used(Use::Writes).next();
    let known = target.and_then(|object| context.state.relation(&context.state.name_of(object)));
    match known {
        Some(known) => known.relation.indexes.iter().any(|index| {
            index.unique && matches!(index.columns.as_slice(), [only] if only.column() == Some(column))
        }),
        None => column == "id",
    }
}

fn column(node: &Node) -> Option<&str> {
    let Some(NodeEnum::ColumnRef(reference)) = node.node.as_ref() else { return None };
    match reference.fields.last()?.node.as_ref()? {
        NodeEnum::String(text) => Some(&text.sval),
        _ => None,
    }
}

fn is_constant(node: &Node) -> bool {
    match node.node.as_ref() {
        Some(NodeEnum::AConst(_)) => true,
        Some(NodeEnum::TypeCast(cast)) => cast.arg.as_deref().is_some_and(is_constant),
        Some(NodeEnum::List(list)) => list.items.len() <= 100 && list.items.iter().all(is_constant),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(text: &str) -> bool {
        let made = "-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY, b int);\nCREATE TABLE u (a int);\n\
                    -- migration: 2_b\n";
        said(&format!("{made}{text}")).iter().any(|(id, _)| *id == "rows-changed-under-lock")
    }

    #[test]
    fn rows_by_the_many_after_the_lock_are_told() {
        assert!(fires("ALTER TABLE t ADD COLUMN c int;\nUPDATE t SET c = b WHERE b > 0;"));
        assert!(fires("ALTER TABLE t ADD COLUMN c int;\nDELETE FROM u WHERE a IN (SELECT b FROM t);"));
        assert!(fires("ALTER TABLE t ADD COLUMN c int;\nINSERT INTO u SELECT b FROM t;"));
    }

    #[test]
    fn single_rows_new_tables_and_rows_before_the_lock_are_silent() {
        assert!(!fires("ALTER TABLE t ADD COLUMN c int;\nUPDATE t SET c = 1 WHERE id = 7 AND b > 0;"));
        assert!(!fires("ALTER TABLE t ADD COLUMN c int;\nUPDATE t SET c = 1 WHERE id IN (1, 2);"));
        assert!(!fires("ALTER TABLE t ADD COLUMN c int;\nINSERT INTO u VALUES (1), (2);"));
        assert!(!fires("ALTER TABLE t ADD COLUMN c int;\nCREATE TABLE n (a int);\nUPDATE n SET a = 1;"));
        assert!(!fires("UPDATE t SET b = 1 WHERE b > 0;\nALTER TABLE t ADD COLUMN c int;"));
    }
}
