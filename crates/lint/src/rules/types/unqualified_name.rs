//! A statement names one relation with its schema and makes another one without.
//!
//! ## What it finds
//! Statements that make a table, view, index, sequence, type or function by its bare name while they name another
//! relation of the project's schemas in full. A script that sets `search_path` itself is passed over.
//!
//! ## Why it hurts
//! Where the new object goes is decided by the `search_path` of whoever runs the migration: another role, another tool or
//! another database puts it into another schema, and the same script means two things.
//!
//! ## Do instead
//! Write the schema in front of the name, as the statement does elsewhere.
//!
//! ## When to ignore
//! When one `search_path` is set for the role or the database, and everybody relies on it.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, Schemas, "The Schema Search Path".

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::display_identifier,
};
use freehold_sql::{ObjectKind, ObjectUse, StatementKind, Use};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "unqualified-name",
        code: "FH0715",
        category: Category::Types,
        severity: Severity::Note,
        decided_by: &[Depth::Text],
        hazards: &[100],
        summary: "a statement names one relation with its schema and makes another one without",
        source: include_str!("unqualified_name.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let makes = matches!(
        context.statement.effect.kind,
        StatementKind::CreateTable
            | StatementKind::CreateTableAs
            | StatementKind::Create(ObjectKind::View | ObjectKind::MaterializedView)
    );
    if !makes || !context.is_up() || context.walk.settings.contains_key("search_path") {
        return;
    }
    let objects = &context.statement.effect.objects;
    let Some(bare) = objects.iter().find(|object| is_bare(object)) else { return };
    // What has the other's name stands in for it where it was.
    let full = objects.iter().find(|object| object.name != bare.name && is_full(context, object));
    let Some(full) = full else { return };
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new(bare.kind.word(), bare.name.as_str()),
                format!(
                    "{full} is named with its schema and {bare} is not: the search_path of whoever runs this decides \
                     where it goes"
                ),
            )
            .advised(format!("Write the schema in front of {}.", display_identifier(&bare.name))),
    );
}

fn is_bare(object: &ObjectUse) -> bool {
    object.use_ == Use::Creates && object.schema.is_none() && object.kind.is_relation() && !object.temporary
}

/// A relation of a schema that the project made: what comes with a server or an extension is always named in full.
fn is_full(context: &Context<'_>, object: &ObjectUse) -> bool {
    let Some(schema) = &object.schema else { return false };
    object.use_ == Use::Reads
        && object.kind.is_relation()
        && context
            .state
            .relation(&freehold_model::name::QualifiedName::new(schema.as_str(), object.name.as_str()))
            .is_some_and(|known| known.made.is_some())
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(last: &str) -> bool {
        let sql = format!(
            "create schema shop; create table shop.items (id uuid primary key);\n-- migration: 2\n{last}"
        );
        said(&sql).iter().any(|(id, _)| *id == "unqualified-name")
    }

    #[test]
    fn only_a_statement_of_two_minds_is_told() {
        assert!(fires("create table parts (id uuid primary key, item uuid references shop.items);"));
        assert!(fires("create view v as select * from shop.items;"));
        assert!(!fires("create table shop.parts (id uuid primary key, item uuid references shop.items);"));
        assert!(!fires(
            "set local search_path = shop; create table parts (id uuid primary key, item uuid references shop.items);"
        ));
        assert!(!fires("create temp table parts (id uuid primary key, item uuid references shop.items);"));
        assert!(!fires("create table parts (id uuid primary key, who uuid references auth.users);"));
        assert!(!fires("create view items as select * from shop.items;"));
        assert!(!fires("create table parts (id uuid primary key);"));
        assert!(!fires("create view v as select * from pg_catalog.pg_class;"));
    }
}
