//! An index has the tenant column, but does not begin with it.
//!
//! ## What it finds
//! B-tree indexes, other than those of constraints, that have the tenant column behind other columns, where a setting and policies
//! hold the line or the project names its tenancy. Not those that begin with all columns of a foreign key.
//!
//! ## Why it hurts
//! No lock. Every query and every policy gives the tenant, most give a range or an order beside it. An index that begins with
//! another column reads the entries of all tenants and throws most of them away.
//!
//! ## Do instead
//! Put the tenant column first, then the columns compared with `=`, then those of the order.
//!
//! ## When to ignore
//! When the index serves a job that goes over all tenants.
//!
//! ## PostgreSQL versions
//! All. From 18 on a skip scan softens it where the first column has few values.
//!
//! ## Source
//! PostgreSQL manual, "Multicolumn Indexes".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::{
    catalog::{Index, IndexColumn, ObjectKind, Relation},
    name::display_identifier,
};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "index-not-led-by-tenant",
        code: "FH0826",
        category: Category::Tenancy,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[109],
        summary: "an index does not begin with the tenant column",
        source: include_str!("index_not_led_by_tenant.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    if !tenancy.is_strict() {
        return;
    }
    for known in context.state.relations.values() {
        let relation = &known.relation;
        let Some(column) =
            tenancy.column_of(&relation.name).filter(|_| tenancy.carries_tenant(&relation.name))
        else {
            continue;
        };
        let own = relation.indexes.iter().filter(|index| {
            index.constraint.is_none() && !index.primary && index.parent.is_none() && !index.attached
        });
        for index in own.filter(|index| is_btree(index)) {
            let columns: Vec<&str> = index.columns.iter().filter_map(IndexColumn::column).collect();
            let place = columns.iter().position(|name| *name == column);
            if place.is_none_or(|place| place == 0)
                || columns.len() != index.columns.len()
                || serves_key(relation, &columns)
            {
                continue;
            }
            let mut better = vec![display_identifier(column)];
            better
                .extend(columns.iter().filter(|name| **name != column).map(|name| display_identifier(name)));
            findings.push(
                context
                    .found(
                        findings.rule(),
                        Subject::new("index", display_identifier(&index.name)),
                        known.site_of(ObjectKind::Index, &index.name),
                        format!(
                            "{} has {} behind other columns: it is read across the entries of all tenants",
                            display_identifier(&index.name),
                            display_identifier(column)
                        ),
                    )
                    .on(&relation.name)
                    .advised(format!("Build it as ({}).", better.join(", "))),
            );
        }
    }
}

fn is_btree(index: &Index) -> bool {
    index.method.is_empty() || index.method == "btree"
}

/// True when the index begins with all columns of a foreign key that carries the tenant.
fn serves_key(relation: &Relation, columns: &[&str]) -> bool {
    relation.foreign_keys().any(|key| {
        key.columns.len() > 1
            && columns
                .get(..key.columns.len())
                .is_some_and(|start| key.columns.iter().all(|column| start.contains(&column.as_str())))
    })
}
