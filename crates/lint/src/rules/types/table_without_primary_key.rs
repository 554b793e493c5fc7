//! A table has no primary key.
//!
//! ## What it finds
//! Tables of the schema as the migrations leave it without a primary key. Only a note for an unlogged table, and for one
//! with a unique key over NOT NULL columns. Partitions are told by way of their parent; temporary and foreign tables, and
//! those that `CREATE TABLE … AS` copied from others, not at all.
//!
//! ## Why it hurts
//! Two equal rows cannot be told apart: neither can one of them be deleted alone, nor can replication send its change
//! (an UPDATE of a published table without a key fails), nor can a batch go on where it stopped.
//!
//! ## Do instead
//! `PRIMARY KEY` over the columns that tell rows apart, or `id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY`.
//!
//! ## When to ignore
//! For a table of one row, or for a log that is only ever appended to and dropped by partitions.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, Constraints, "Primary Keys", and Logical Replication, Publication (replica identity).

use freehold_model::{
    catalog::{Persistence, Relation, RelationKind},
    finding::{Category, Depth, Rule, Severity, Subject},
};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "table-without-primary-key",
        code: "FH0711",
        category: Category::Types,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[98],
        summary: "a table has no primary key",
        source: include_str!("table_without_primary_key.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    for known in context.state.relations.values() {
        let relation = &known.relation;
        let table = matches!(relation.kind, RelationKind::Table | RelationKind::PartitionedTable);
        // What was there before the history, or was made from a query that the text does not tell, may have more parts.
        let known_enough = known.whole || known.made.is_some();
        if !table
            || !known_enough
            || relation.partition.is_some()
            || relation.name.schema == "pg_temp"
            || relation.primary_key().is_some()
            || context.state.marks.is_copy(&relation.name)
        {
            continue;
        }
        let unique = has_unique_key(relation);
        let found = context
            .found(
                findings.rule(),
                Subject::new("table", relation.name.to_string()),
                known.made,
                if unique {
                    format!("{} has a unique key but no primary one", relation.name)
                } else {
                    format!(
                        "{} has no primary key: equal rows cannot be told apart, and replication cannot send their changes",
                        relation.name
                    )
                },
            )
            .on(&relation.name)
            .advised("Give it a primary key: the columns that tell rows apart, or an identity column.");
        let minor = unique || relation.persistence == Persistence::Unlogged;
        findings.push(if minor { found.with_severity(Severity::Note) } else { found });
    }
}

/// True when some unique index over NOT NULL columns tells all rows apart.
fn has_unique_key(relation: &Relation) -> bool {
    relation.indexes.iter().any(|index| {
        index.unique
            && index.valid
            && index.predicate.is_none()
            && !index.columns.is_empty()
            && index.columns.iter().all(|column| {
                column.column().and_then(|name| relation.column(name)).is_some_and(|column| column.not_null)
            })
    })
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn count(sql: &str) -> usize {
        said(sql).iter().filter(|(id, _)| *id == "table-without-primary-key").count()
    }

    #[test]
    fn a_table_that_never_gets_a_key_is_told() {
        assert_eq!(count("create table t (a text);"), 1);
        assert_eq!(
            count("create table t (a text) partition by list (a); create table t1 partition of t default;"),
            1
        );
        assert_eq!(count("create table t (id bigint primary key); alter table t drop constraint t_pkey;"), 1);
        assert_eq!(count("create unlogged table t (a text);"), 1);
    }

    #[test]
    fn keys_of_every_form_are_seen() {
        assert_eq!(count("create table t (a text primary key);"), 0);
        assert_eq!(count("create table t (a text not null); alter table t add primary key (a);"), 0);
        assert_eq!(
            count(
                "create table t (a text not null); create unique index i on t (a); alter table t add constraint k primary key using index i;"
            ),
            0
        );
        assert_eq!(
            count("create table s (id bigint primary key); create table t (like s including all);"),
            0
        );
        assert_eq!(count("create table t (a text); drop table t;"), 0);
        assert_eq!(count("create temp table t (a text);"), 0);
        assert_eq!(
            count("create table s (id bigint primary key); create table s_before as select * from s;"),
            0
        );
        assert_eq!(count("alter table t add a text;"), 0);
        assert_eq!(count("create view v as select 1 as a;"), 0);
    }
}
