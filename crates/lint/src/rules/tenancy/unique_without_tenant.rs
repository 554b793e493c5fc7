//! A unique constraint without the tenant tells one tenant what another has.
//!
//! ## What it finds
//! Unique and primary keys, and unique indexes, over values that people choose (names, codes, numbers) on a table with the
//! tenant column, when that column is not among theirs. Keys that nobody can guess are left out: uuids, generated numbers,
//! tokens and hashes, keys of other systems; so are columns that point to a row of a tenant. What is unique everywhere in
//! many systems (mail addresses, slugs, domains) is a warning.
//!
//! ## Why it hurts
//! No lock. A tenant that inserts a value learns from the error whether another tenant has it, and cannot use it itself.
//! Row level security does not hide rows from unique constraints.
//!
//! ## Do instead
//! Put the tenant column first: `UNIQUE (tenant_id, name)`.
//!
//! ## When to ignore
//! When the value is to be unique in the whole service.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, "Row Security Policies": referential integrity checks always bypass row security; tried on a server.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::{
    catalog::{ConstraintKind, IndexColumn, ObjectKind, Relation},
    name::display_identifier,
};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    state::Known,
    tenancy::{Line, Tenancy},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "unique-without-tenant",
        code: "FH0821",
        category: Category::Tenancy,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[108],
        advice: &[7],
        summary: "a unique constraint without the tenant tells what other tenants have",
        source: include_str!("unique_without_tenant.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    for known in context.state.relations.values() {
        let relation = &known.relation;
        let column = tenancy.column_of(&relation.name).filter(|_| tenancy.carries_tenant(&relation.name));
        let Some(column) = column else { continue };
        for unique in uniques(known) {
            let Some(hardness) = hardness(tenancy, relation, &unique, column) else { continue };
            let Some(severity) = weight(tenancy, hardness) else { continue };
            findings.push(
                context
                    .found(
                        findings.rule(),
                        Subject::new(unique.word, display_identifier(unique.name)),
                        known.site_of(unique.kind, unique.name),
                        format!(
                            "{} makes {} unique over all tenants of {}: one learns from the error what another has, and cannot have the same",
                            display_identifier(unique.name),
                            unique.columns.join(", "),
                            relation.name
                        ),
                    )
                    .with_severity(severity)
                    .on(&relation.name)
                    .advised(format!(
                        "Put {0} first: UNIQUE ({0}, {1}).",
                        display_identifier(column),
                        unique.columns.join(", ")
                    )),
            );
        }
    }
}

/// A key of a table.
struct Unique<'a> {
    name: &'a str,
    kind: ObjectKind,
    word: &'static str,
    /// Columns, and expressions as they are written.
    columns: Vec<&'a str>,
}

fn uniques(known: &Known) -> Vec<Unique<'_>> {
    let relation = &known.relation;
    let constraints = relation.constraints.iter().filter(|constraint| {
        matches!(constraint.kind, ConstraintKind::Unique | ConstraintKind::PrimaryKey)
            && !constraint.has_parent
            // A key called id is made, not chosen.
            && !(constraint.kind == ConstraintKind::PrimaryKey && constraint.columns == ["id"])
    });
    let mut uniques: Vec<Unique<'_>> = constraints
        .map(|constraint| Unique {
            name: &constraint.name,
            kind: ObjectKind::Constraint,
            word: "constraint",
            columns: constraint.columns.iter().map(String::as_str).collect(),
        })
        .collect();
    let indexes = relation.indexes.iter().filter(|index| {
        index.unique
            && index.constraint.is_none()
            && !index.primary
            && index.parent.is_none()
            && !index.attached
    });
    uniques.extend(indexes.map(|index| {
        Unique {
            name: &index.name,
            kind: ObjectKind::Index,
            word: "index",
            columns: index
                .columns
                .iter()
                .map(|column| match column {
                    IndexColumn::Column(name) | IndexColumn::Expression(name) => name.as_str(),
                })
                .collect(),
        }
    }));
    uniques
}

/// How surely a key is a fault.
#[derive(Clone, Copy)]
enum Hardness {
    Sure,
    MayBeMeant,
}

fn hardness(tenancy: &Tenancy, relation: &Relation, unique: &Unique<'_>, tenant: &str) -> Option<Hardness> {
    let scoped = unique.columns.iter().any(|column| *column == tenant || mentions(column, tenant));
    if scoped
        || unique.columns.is_empty()
        || unique.columns.iter().any(|column| is_safe(tenancy, relation, column))
    {
        return None;
    }
    const EVERYWHERE: &[&str] =
        &["email", "login", "username", "user_name", "phone", "slug", "domain", "host", "handle", "url"];
    let meant = unique.columns.iter().any(|column| {
        let column = column.to_ascii_lowercase();
        EVERYWHERE.iter().any(|word| column.contains(word))
    });
    Some(if meant { Hardness::MayBeMeant } else { Hardness::Sure })
}

fn mentions(expression: &str, column: &str) -> bool {
    expression.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == column)
}

/// True for a column whose values nobody can guess, or that scopes the key by a row of a tenant.
fn is_safe(tenancy: &Tenancy, relation: &Relation, name: &str) -> bool {
    const UNGUESSABLE: &[&str] = &[
        "token",
        "hash",
        "secret",
        "digest",
        "nonce",
        "fingerprint",
        "signature",
        "checksum",
        "api_key",
        "uuid",
        "guid",
        "idempotency",
        "stripe",
        "github",
        "gitlab",
        "google",
        "auth0",
        "slack",
        "paypal",
        "sso",
        "oauth",
    ];
    let lower = name.to_ascii_lowercase();
    if UNGUESSABLE.iter().any(|word| lower.contains(word)) {
        return true;
    }
    let points = relation.foreign_keys().any(|key| {
        key.columns.iter().any(|column| column == name)
            && key
                .referenced_table
                .as_ref()
                .is_some_and(|target| tenancy.is_owned(target) || key.columns.len() == 1)
    });
    let Some(column) = relation.column(name) else { return false };
    let counted = column.identity.is_some()
        || column
            .default
            .as_deref()
            .is_some_and(|default| default.contains("nextval") || default.contains("random"));
    points
        || counted
        || matches!(column.type_name.as_str(), "uuid" | "bytea")
        || (matches!(column.type_name.as_str(), "bigint" | "integer")
            && (name == "id" || name.ends_with("_id")))
}

fn weight(tenancy: &Tenancy, hardness: Hardness) -> Option<Severity> {
    Some(match hardness {
        Hardness::Sure if tenancy.is_strict() => Severity::Error,
        Hardness::MayBeMeant if tenancy.is_strict() => Severity::Warning,
        Hardness::Sure if tenancy.line == Line::Identity => Severity::Warning,
        _ => Severity::Note,
    })
}
