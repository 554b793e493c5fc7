//! A column's closed set of values is an enum.
//!
//! ## What it finds
//! Enum types that some column uses: said once for a type, where it was made.
//!
//! ## Why it hurts
//! A value can be added to an enum, but never taken away or moved; a new one cannot be used in the transaction that adds
//! it; and code that compares with `<` depends on the order in which the values happened to be added.
//!
//! ## Do instead
//! `text` with a CHECK, which is changed by one `NOT VALID` and one `VALIDATE`; or a table of the values with a foreign
//! key, where they have more to say about themselves.
//!
//! ## When to ignore
//! When the set is closed by nature: days of the week, directions.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, Enumerated Types, "Implementation Details", and ALTER TYPE.

use std::collections::BTreeSet;

use freehold_model::{
    catalog::{RelationKind, TypeShape},
    finding::{Category, Depth, Rule, Severity, Subject},
    name::QualifiedName,
};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "enum-type",
        code: "FH0709",
        category: Category::Types,
        severity: Severity::Note,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[96],
        summary: "a column's closed set of values is an enum",
        source: include_str!("enum_type.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let is_enum = |shape: &TypeShape| matches!(shape, TypeShape::Enum { .. });
    if !context.state.types.values().any(|known| is_enum(&known.object.shape)) {
        return;
    }
    let mut told: BTreeSet<&QualifiedName> = BTreeSet::new();
    for known in context.state.relations.values() {
        let relation = &known.relation;
        if !matches!(relation.kind, RelationKind::Table | RelationKind::PartitionedTable) {
            continue;
        }
        for column in &relation.columns {
            let Some(used) =
                context.state.type_of(&column.type_name).filter(|used| is_enum(&used.object.shape))
            else {
                continue;
            };
            let name = &used.object.name;
            if !told.insert(name) {
                continue;
            }
            let labels = used.object.labels().len();
            findings.push(
                context
                    .found(
                        findings.rule(),
                        Subject::new("type", name.to_string()),
                        used.made,
                        format!(
                            "{name}, the type of {}.{}, is an enum of {labels} values: none of them can ever be taken away",
                            relation.name, column.name
                        ),
                    )
                    .on(&relation.name)
                    .advised("Use text with a CHECK, or a table of the values, unless the set is closed by nature."),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn a_type_is_told_once_and_only_when_a_column_uses_it() {
        let count = |sql: &str| said(sql).iter().filter(|(id, _)| *id == "enum-type").count();
        let mood = "create type mood as enum ('a', 'b');";
        assert_eq!(count(&format!("{mood} create table t (id uuid primary key, m mood, n mood[]);")), 1);
        assert_eq!(
            count(&format!("{mood} create table t (id uuid primary key); alter table t add m public.mood;")),
            1
        );
        assert_eq!(
            count(
                "create schema app; create type app.mood as enum ('a'); create table t (id uuid primary key, m app.mood);"
            ),
            1
        );
        assert_eq!(count(mood), 0);
        assert_eq!(count("create domain mood as text; create table t (id uuid primary key, m mood);"), 0);
    }
}
