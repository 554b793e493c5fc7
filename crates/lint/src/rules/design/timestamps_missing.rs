//! A table does not say when its rows were made, as the tables around it do.
//!
//! ## What it finds
//! Tables without `created_at` (or `created`, `inserted_at`, `created_on` and the like) in a schema in which four fifths of
//! the tables, and at least five, have it. Tables that tell any other time, those of two or three columns, and those that
//! only join others pass.
//!
//! ## Why it hurts
//! When something went wrong, the first question is when; for these rows nobody can tell. Later nothing can fill it in.
//!
//! ## Do instead
//! `created_at timestamptz NOT NULL DEFAULT now()`, and `updated_at` where rows change.
//!
//! ## When to ignore
//! For fixed lists, and tables whose history is kept elsewhere.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! A convention that most teams keep; it speaks only where this schema keeps it.

use freehold_model::{
    catalog::{Relation, RelationKind},
    finding::{Category, Depth, Rule, Severity, Subject},
};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    state::Known,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "timestamps-missing",
        code: "FH1010",
        category: Category::Design,
        severity: Severity::Note,
        decided_by: &[Depth::Text, Depth::Catalog],
        summary: "a table does not say when its rows were made, as the tables around it do",
        source: include_str!("timestamps_missing.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

/// From how many tables on one can speak of a convention.
const ENOUGH: usize = 5;

/// Fewer columns than this are no record of something that happened.
const SMALL: usize = 4;

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tables = || context.state.relations.values().map(AsRef::as_ref).filter(|known| counts(known));
    let (mut with, mut without) = (0_usize, 0_usize);
    for known in tables() {
        if says_when(&known.relation) {
            with += 1;
        } else {
            without += 1;
        }
    }
    if with < ENOUGH || with < without * 4 {
        return;
    }
    for known in tables().filter(|known| !says_when(&known.relation) && !has_time(&known.relation)) {
        let table = &known.relation.name;
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("table", table.to_string()),
                    known.made,
                    format!("{table} does not say when its rows were made, as {with} other tables do"),
                )
                .on(table)
                .advised("Add created_at timestamptz NOT NULL DEFAULT now() while the table is new."),
        );
    }
}

/// True for a table of the project whose columns are known and that keeps more than a link or a list.
fn counts(known: &Known) -> bool {
    let relation = &known.relation;
    let links = relation.foreign_keys().flat_map(|key| &key.columns).count();
    matches!(relation.kind, RelationKind::Table | RelationKind::PartitionedTable)
        && known.whole
        && relation.partition.is_none()
        && relation.inherits.is_empty()
        && relation.name.schema != "pg_temp"
        && relation.columns.len() >= SMALL
        && relation.columns.len() > links + 1
}

fn says_when(relation: &Relation) -> bool {
    relation.columns.iter().any(|column| {
        let name = column.name.to_ascii_lowercase().replace('_', "");
        matches!(
            name.as_str(),
            "createdat"
                | "created"
                | "createdon"
                | "createdtime"
                | "createddate"
                | "insertedat"
                | "creationtime"
                | "createtime"
                | "addedat"
                | "datecreated"
                | "timecreated"
        )
    })
}

/// True when something in the table tells a time, as a timestamp or by its name, such as a number of microseconds.
fn has_time(relation: &Relation) -> bool {
    relation.columns.iter().any(|column| {
        let name = column.name.to_ascii_lowercase();
        column.type_name.starts_with("timestamp")
            || column.type_name == "date"
            || name.ends_with("_at")
            || name.ends_with("time")
            || name.ends_with("timestamp")
            || column.name.ends_with("At")
    })
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn told(last: &str) -> usize {
        let mut sql = String::new();
        for name in ["a", "b", "c", "d", "e"] {
            sql.push_str(&format!(
                "create table {name} (id uuid primary key, x text, y text, created_at timestamptz);\n"
            ));
        }
        said(&format!("{sql}{last}")).iter().filter(|(id, _)| *id == "timestamps-missing").count()
    }

    #[test]
    fn the_one_table_without_is_told() {
        assert_eq!(told("create table f (id uuid primary key, x text, y text, z text);"), 1);
        assert_eq!(told("create table f (id uuid primary key, x text, y text, happened_at timestamptz);"), 0);
        assert_eq!(told("create table f (id uuid primary key, x text, y text, updation_time bigint);"), 0);
        assert_eq!(told("create table f (code text primary key, name text);"), 0);
        assert_eq!(
            told(
                "create table f (a uuid references a, b uuid references b, c uuid references c, primary key (a, b, c), n int);"
            ),
            0
        );
        assert_eq!(told(""), 0);
    }

    #[test]
    fn without_a_convention_it_is_silent() {
        let said = said(
            "create table a (id uuid primary key, x text, y text, created_at timestamptz); create table f (id uuid primary key, x text, y text, z text);",
        );
        assert!(said.iter().all(|(id, _)| *id != "timestamps-missing"));
    }
}
