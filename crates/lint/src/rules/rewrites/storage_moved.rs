//! A table or an index moves to another tablespace or access method, and all of it is written again.
//!
//! ## What it finds
//! `SET TABLESPACE` and `SET ACCESS METHOD` of a table that was there, `ALTER TABLE ALL IN TABLESPACE`, and `SET TABLESPACE`
//! of an index.
//!
//! ## Why it hurts
//! The server copies all of the file to its new place under ACCESS EXCLUSIVE: reads and writes wait until the end, the disks
//! hold it twice meanwhile, and replicas get all of it.
//!
//! ## Do instead
//! Give new partitions and new tables the new place, and move the rows in batches; an index is built again concurrently in
//! the new tablespace: `REINDEX (CONCURRENTLY, TABLESPACE new) INDEX i`.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All; `SET ACCESS METHOD` from 15 on. A partitioned table only hands it on to new partitions, and is silent.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, "SET TABLESPACE" and "SET ACCESS METHOD".

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
    name::{QualifiedName, display_identifier},
};
use freehold_sql::{Action, StatementKind, tree::NodeEnum};

use crate::{
    alter::changes,
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "storage-moved",
        code: "FH0209",
        category: Category::Rewrites,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[31],
        summary: "a table or index moves to another tablespace or access method while it is locked",
        source: include_str!("storage_moved.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-rewrite"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in changes(context) {
        let known = change.known.map(|known| &known.relation);
        let (place, same) = match change.action {
            Action::SetTablespace { name } => (
                format!("tablespace {}", display_identifier(name)),
                known.is_some_and(|known| known.tablespace.as_ref() == Some(name)),
            ),
            Action::SetAccessMethod { name } => {
                let before = known.map(|known| known.access_method.as_deref().unwrap_or("heap"));
                (
                    format!("access method {}", display_identifier(name)),
                    !name.is_empty() && before == Some(name),
                )
            }
            _ => continue,
        };
        if same || change.is_partitioned() {
            continue;
        }
        let table = &change.table;
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("table", table.to_string()),
                    moved(&table.to_string(), &place),
                )
                .on(table)
                .claiming_all(change.claims(context, Claim::Rewrites))
                .advised("Make a new table there, fill it in batches, and put it in this one's place."),
        );
    }
    of_index(context, findings);
    of_tablespace(context, findings);
}

fn moved(what: &str, place: &str) -> String {
    format!(
        "this copies all of {what} to {place} under ACCESS EXCLUSIVE: reads and writes wait until the end"
    )
}

/// `ALTER INDEX ... SET TABLESPACE`, of an index that was there.
fn of_index(context: &Context<'_>, findings: &mut Findings<'_>) {
    let effect = &context.statement.effect;
    let index_kind = StatementKind::Alter(freehold_sql::ObjectKind::Index);
    let Some(Action::SetTablespace { name }) = effect.actions.first().filter(|_| effect.kind == index_kind)
    else {
        return;
    };
    let Some(object) = effect.objects.first() else { return };
    let index = context.state.name_of(object);
    let table = context.state.index(&index).map(|(table, _)| table.relation.name.clone());
    if table.as_ref().is_some_and(|table| !context.may_be_large(table)) {
        return;
    }
    let place = display_identifier(name);
    let mut found = context
        .found(
            findings.rule(),
            Subject::new("index", index.to_string()),
            moved(&index.to_string(), &format!("tablespace {place}")),
        )
        .fixed_by(
            "Build it again concurrently in the new tablespace, outside a transaction.",
            format!("REINDEX (CONCURRENTLY, TABLESPACE {place}) INDEX {}", QualifiedName::quoted(&index)),
        );
    if let Some(table) = &table {
        found = found.on(table);
    }
    findings.push(found);
}

/// `ALTER TABLE ALL IN TABLESPACE`.
fn of_tablespace(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(NodeEnum::AlterTableMoveAllStmt(all)) = context.tree else { return };
    let (from, to) =
        (display_identifier(&all.orig_tablespacename), display_identifier(&all.new_tablespacename));
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("tablespace", from.clone()),
                moved(&format!("what is in tablespace {from}"), &format!("tablespace {to}")),
            )
            .advised("Move what is in it one by one, the large ones in batches."),
    );
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "storage-moved";
    const TABLE: &str = "-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY, n bigint);\nCREATE INDEX t_n_idx ON t (n);\nCREATE TABLE p (id bigint) PARTITION BY RANGE (id);\n-- migration: 2_b\n";

    fn fires(sql: &str) -> bool {
        ids(&format!("{TABLE}{sql}")).contains(&ID)
    }

    #[test]
    fn it_fires_for_each_form() {
        for sql in [
            "ALTER TABLE t SET TABLESPACE fast;",
            "ALTER TABLE t SET ACCESS METHOD other;",
            "ALTER INDEX t_n_idx SET TABLESPACE fast;",
            "ALTER TABLE ALL IN TABLESPACE slow SET TABLESPACE fast;",
            "ALTER TABLE unknown_table SET TABLESPACE fast;",
        ] {
            assert!(fires(sql), "{sql}");
        }
    }

    #[test]
    fn it_is_silent_where_nothing_moves() {
        for sql in [
            "ALTER TABLE t SET ACCESS METHOD heap;",
            "ALTER TABLE p SET TABLESPACE fast;",
            "CREATE TABLE u (id bigint); ALTER TABLE u SET TABLESPACE fast;",
            "CREATE TABLE v (id bigint) TABLESPACE fast;",
        ] {
            assert!(!fires(sql), "{sql}");
        }
    }
}
