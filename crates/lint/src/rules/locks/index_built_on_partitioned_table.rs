//! An index is built over all partitions of a table that was there, in one go, while nobody can write to any of them.
//!
//! ## What it finds
//! `CREATE INDEX` on a partitioned table with partitions, where it is not told `ONLY`.
//!
//! ## Why it hurts
//! SHARE is held on the table and on every partition from the first row of the first one to the last row of the last
//! one: reads go on, every write to any partition waits for all the builds together.
//!
//! ## Do instead
//! Make the index `ON ONLY` the partitioned table, which builds nothing; build one on each partition with
//! `CREATE INDEX CONCURRENTLY`; attach each with `ALTER INDEX … ATTACH PARTITION`. With the last one the index of the
//! whole table becomes valid.
//!
//! ## When to ignore
//! When the partitions are and stay small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE INDEX, "CONCURRENTLY", and 5.12.2 "Declarative Partitioning".

use freehold_model::{
    catalog::{IndexColumn, RelationKind},
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
    name::{QualifiedName, display_identifier},
};
use freehold_sql::{
    StatementKind,
    tree::{self, NodeEnum, protobuf::IndexStmt},
};

use crate::{
    context::Context,
    found::{Claim, Findings, Remedy},
    locks::heirs,
    rule::{Check, LintRule},
    rules::locks::{is_partitioned, locks, written},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "index-built-on-partitioned-table",
        code: "FH0108",
        category: Category::Locks,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::Share),
        hazards: &[8],
        summary: "an index is built over all partitions while their writers wait",
        source: include_str!("index_built_on_partitioned_table.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-index-build"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let StatementKind::CreateIndex { concurrently: false, .. } = context.statement.effect.kind else {
        return;
    };
    let Some((table, _)) = context.main_relation() else { return };
    let Some(NodeEnum::IndexStmt(index)) = context.tree else { return };
    let only = index.relation.as_ref().is_some_and(|range| !range.inh);
    if only || !is_partitioned(context, &table) || !locks(context, &table) || !context.may_be_large(&table) {
        return;
    }
    let rows = |name: &QualifiedName| {
        context.state.relation(name).is_some_and(|known| known.relation.kind == RelationKind::Table)
            && context.may_be_large(name)
    };
    let partitions: Vec<QualifiedName> = heirs(context.state, &table)
        .into_iter()
        .filter(|name| rows(name) && !has_it(context, name, index))
        .collect();
    if partitions.is_empty() {
        return;
    }
    let number = partitions.len();
    let plural = if number == 1 { "its partition" } else { "all its partitions" };
    let mut found = context
        .found(
            findings.rule(),
            Subject::new("table", table.to_string()),
            format!(
                "this holds SHARE on {table} and {plural} ({number}) until an index is built over each of them: \
                 every write waits"
            ),
        )
        .on(&table)
        .claiming(Claim::Locks { relation: table.clone(), mode: LockMode::Share });
    for partition in partitions {
        found = found.claiming(Claim::BuildsIndex(partition));
    }
    findings.push(match one_by_one(context, &table) {
        Some(statements) => {
            found.fixed_by(ADVICE, statements.join(";\n")).mended_by(Remedy::MoveWithoutTransaction {
                keep: None,
                statements,
                undo: Vec::new(),
                name: format!("index_{}", table.name),
            })
        }
        None => found.advised(ADVICE),
    });
}

/// True when the partition has an index that the server takes for its part, so that none is built.
fn has_it(context: &Context<'_>, partition: &QualifiedName, wanted: &IndexStmt) -> bool {
    let Some(columns) = wanted.index_params.iter().map(plain_column).collect::<Option<Vec<_>>>() else {
        return false;
    };
    let written: Vec<String> = columns.iter().map(|column| display_identifier(column)).collect();
    let list = format!("({})", written.join(", "));
    let Some(known) = context.state.relation(partition) else { return false };
    let bare = wanted.where_clause.is_none() && wanted.index_including_params.is_empty();
    bare && known.relation.indexes.iter().any(|there| {
        let method = if wanted.access_method.is_empty() { "btree" } else { &wanted.access_method };
        there.valid
            && there.parent.is_none()
            && there.unique == wanted.unique
            && there.nulls_not_distinct == wanted.nulls_not_distinct
            && there.method == method
            && there.predicate.is_none()
            && there.included.is_empty()
            && there.columns.iter().map(IndexColumn::column).eq(columns.iter().map(|column| Some(*column)))
            && there.definition.contains(&list)
    })
}

/// A column in its own order; what is more than that is for the server to compare.
fn plain_column(node: &tree::protobuf::Node) -> Option<&str> {
    match node.node.as_ref()? {
        NodeEnum::IndexElem(element) if element.collation.is_empty() && element.opclass.is_empty() => {
            Some(element.name.as_str()).filter(|name| !name.is_empty())
        }
        _ => None,
    }
}

pub(super) const ADVICE: &str = "Make the index ON ONLY the partitioned table, build one on each partition \
     concurrently, and attach them, in a migration that runs outside a transaction.";

/// The statements that build the index partition by partition; none where a partition is itself divided.
pub(super) fn one_by_one(context: &Context<'_>, table: &QualifiedName) -> Option<Vec<String>> {
    let Some(NodeEnum::IndexStmt(index)) = context.tree else { return None };
    let children: Vec<QualifiedName> =
        context.state.children(table).map(|child| child.relation.name.clone()).collect();
    if children.iter().any(|child| is_partitioned(context, child)) {
        return None;
    }
    let columns: Vec<&str> = index.index_params.iter().filter_map(column).collect();
    let name = if index.idxname.is_empty() {
        format!("{}_{}_idx", table.name, columns.join("_"))
    } else {
        index.idxname.clone()
    };
    let ending = name.strip_prefix(table.name.as_str()).unwrap_or("_idx").to_owned();
    let whole = QualifiedName::new(table.schema.clone(), short(&name));
    let above = IndexStmt {
        idxname: whole.name.clone(),
        concurrent: false,
        if_not_exists: false,
        ..(**index).clone()
    };
    let mut statements = vec![on(above, None, false)?];
    for child in children {
        let part = QualifiedName::new(child.schema.clone(), short(&format!("{}{ending}", child.name)));
        let below = IndexStmt {
            idxname: part.name.clone(),
            concurrent: true,
            if_not_exists: false,
            ..(**index).clone()
        };
        // An interrupted attempt leaves an INVALID index of that name.
        statements.push(format!("DROP INDEX CONCURRENTLY IF EXISTS {}", written(context, &part)));
        statements.push(on(below, Some(&child), true)?);
        statements.push(format!(
            "ALTER INDEX {} ATTACH PARTITION {}",
            written(context, &whole),
            written(context, &part)
        ));
    }
    Some(statements)
}

/// The statement with the relation changed: `ON ONLY` the one it has, or on another one.
fn on(mut index: IndexStmt, table: Option<&QualifiedName>, inherits: bool) -> Option<String> {
    let range = index.relation.as_mut()?;
    range.inh = inherits;
    if let Some(table) = table {
        range.relname.clone_from(&table.name);
        range.schemaname.clone_from(&table.schema);
    }
    tree::write(&NodeEnum::IndexStmt(Box::new(index)))
}

fn column(node: &tree::protobuf::Node) -> Option<&str> {
    match node.node.as_ref()? {
        NodeEnum::IndexElem(element) if !element.name.is_empty() => Some(&element.name),
        _ => None,
    }
}

/// A name that the server takes as it is.
fn short(name: &str) -> String {
    if name.len() <= 63 {
        return name.to_owned();
    }
    let end = (0..=63).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
    name.get(..end).map_or_else(|| display_identifier(name), str::to_owned)
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(text: &str) -> bool {
        let made = "-- migration: 1_a\nCREATE TABLE p (a bigint) PARTITION BY RANGE (a);\n\
                    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (9);\n\
                    CREATE TABLE q (a bigint) PARTITION BY RANGE (a);\n-- migration: 2_b\n";
        said(&format!("{made}{text}")).iter().any(|(id, _)| *id == "index-built-on-partitioned-table")
    }

    #[test]
    fn only_what_builds_over_partitions_that_were_there_is_told() {
        assert!(fires("CREATE INDEX ON p (a);"));
        assert!(fires("CREATE UNIQUE INDEX p_a ON public.p (a);"));
        assert!(!fires("CREATE INDEX ON ONLY p (a);"));
        assert!(!fires("CREATE INDEX ON q (a);"));
        assert!(!fires("CREATE INDEX CONCURRENTLY ON p1 (a);"));
    }
}
