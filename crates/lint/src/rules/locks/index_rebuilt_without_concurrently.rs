//! Indexes of a table that was there are built again while the table can neither be written nor, in practice, read.
//!
//! ## What it finds
//! `REINDEX` of an index, a table, a schema or a database without `CONCURRENTLY`.
//!
//! ## Why it hurts
//! It holds SHARE on the table, so that writes wait, and ACCESS EXCLUSIVE on the index that is being built. The planner
//! looks at every index of a table: reads wait as well, even those that would not use this one.
//!
//! ## Do instead
//! `REINDEX … CONCURRENTLY` in a migration that runs outside a transaction. An attempt that fails leaves an INVALID index
//! with the suffix `_ccnew`, which can be dropped.
//!
//! ## When to ignore
//! In a window in which nobody uses the database.
//!
//! ## PostgreSQL versions
//! All. Indexes of the system's own catalogs cannot be built concurrently.
//!
//! ## Source
//! PostgreSQL manual, REINDEX, "Rebuilding Indexes Concurrently".

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
};
use freehold_sql::{
    ObjectKind, StatementKind,
    tree::{
        self, NodeEnum,
        protobuf::{DefElem, DefElemAction, Node},
    },
};

use crate::{
    context::Context,
    found::{Claim, Findings, Remedy},
    rule::{Check, LintRule},
    rules::locks::{is_partitioned, locks},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "index-rebuilt-without-concurrently",
        code: "FH0103",
        category: Category::Locks,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::Share),
        hazards: &[3],
        summary: "indexes of an existing table are rebuilt while its readers and writers wait",
        source: include_str!("index_rebuilt_without_concurrently.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-index-build"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let StatementKind::Reindex { concurrently: false } = context.statement.effect.kind else { return };
    let Some(object) = context.statement.effect.objects.first() else { return };
    let whole = match object.kind {
        ObjectKind::Index | ObjectKind::Table => None,
        ObjectKind::Schema => Some(format!("every table of the schema {}", object.name)),
        _ if is_system(context.tree) => return,
        _ => Some("every table of the database".to_owned()),
    };
    let name = context.state.name_of(object);
    if whole.is_none() && !locks(context, &name) {
        return;
    }
    let table = match object.kind {
        ObjectKind::Index => context.state.index_tables.get(&name).cloned(),
        ObjectKind::Table => Some(name.clone()),
        _ => None,
    };
    if table.as_ref().is_some_and(|table| !context.may_be_large(table)) {
        return;
    }
    let of = whole.clone().or_else(|| table.as_ref().map(ToString::to_string));
    let of = of.unwrap_or_else(|| "its table".to_owned());
    let subject = if whole.is_some() { object.name.clone() } else { name.to_string() };
    let mut found = context.found(
        findings.rule(),
        Subject::new(object.kind.word(), subject),
        format!(
            "this holds SHARE on {of} and ACCESS EXCLUSIVE on the index while it is built: writes wait, and so does \
             every read, since planning a query looks at all indexes of its tables"
        ),
    );
    if let Some(table) = &table {
        found = found.on(table);
        if !is_partitioned(context, table) {
            found = found.claiming(Claim::Locks { relation: table.clone(), mode: LockMode::Share });
        }
    }
    if let Some(concurrent) = concurrently(context.tree) {
        let name = format!("rebuild_{}", object.name);
        found = found
            .fixed_by(
                "Rebuild concurrently, in a migration of its own that runs outside a transaction.",
                concurrent.clone(),
            )
            .mended_by(Remedy::MoveWithoutTransaction {
                keep: None,
                statements: vec![concurrent],
                undo: Vec::new(),
                name,
            });
    }
    findings.push(found);
}

/// `REINDEX SYSTEM`.
fn is_system(tree: Option<&NodeEnum>) -> bool {
    let system = tree::protobuf::ReindexObjectType::ReindexObjectSystem as i32;
    matches!(tree, Some(NodeEnum::ReindexStmt(reindex)) if reindex.kind == system)
}

fn concurrently(tree: Option<&NodeEnum>) -> Option<String> {
    let Some(NodeEnum::ReindexStmt(reindex)) = tree else { return None };
    let mut reindex = reindex.clone();
    // What was switched off by hand is switched on.
    reindex.params.retain(|node| {
        !matches!(node.node.as_ref(), Some(NodeEnum::DefElem(option)) if option.defname == "concurrently")
    });
    let option = DefElem {
        defname: "concurrently".to_owned(),
        defaction: DefElemAction::DefelemUnspec as i32,
        ..DefElem::default()
    };
    reindex.params.push(Node { node: Some(NodeEnum::DefElem(Box::new(option))) });
    tree::write(&NodeEnum::ReindexStmt(reindex))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::said;

    fn fires(text: &str) -> bool {
        let made = "-- migration: 1_a\nCREATE TABLE t (a bigint PRIMARY KEY);\n-- migration: 2_b\n";
        said(&format!("{made}{text}")).iter().any(|(id, _)| *id == "index-rebuilt-without-concurrently")
    }

    #[test]
    fn every_target_is_told() {
        for target in
            ["TABLE t", "INDEX t_pkey", "SCHEMA public", "(VERBOSE) TABLE t", "(CONCURRENTLY false) TABLE t"]
        {
            assert!(fires(&format!("REINDEX {target};")), "{target}");
        }
    }

    #[test]
    fn concurrent_rebuilding_and_new_tables_are_silent() {
        assert!(!fires("REINDEX TABLE CONCURRENTLY t;"));
        assert!(!fires("REINDEX (CONCURRENTLY) TABLE t;"));
        assert!(!fires("CREATE TABLE u (a bigint PRIMARY KEY);\nREINDEX TABLE u;"));
        assert!(!fires("REINDEX SYSTEM app;"));
    }

    #[test]
    fn the_word_is_put_where_the_grammar_takes_it() {
        let tree = tree::read("reindex (verbose) table app.t").unwrap();
        let written = concurrently(Some(&tree)).unwrap();
        assert!(
            tree::read(&written).is_some() && written.to_lowercase().contains("concurrently"),
            "{written}"
        );
    }
}
