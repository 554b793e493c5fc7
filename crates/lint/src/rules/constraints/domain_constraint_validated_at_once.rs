//! A domain is given a constraint, and every table with a column of the domain is read while its writers wait.
//!
//! ## What it finds
//! `ALTER DOMAIN ... ADD CONSTRAINT` without `NOT VALID`, `SET NOT NULL` and, before PostgreSQL 18, `VALIDATE CONSTRAINT`,
//! unless the domain is new or all that is known to use it is new or tiny.
//!
//! ## Why it hurts
//! The statement names no table, but it holds SHARE on every table with a column of the domain until all of their rows have
//! been read: reads go on, every INSERT, UPDATE and DELETE on all of these tables waits.
//!
//! ## Do instead
//! Add the constraint `NOT VALID`: it reads nothing and holds for new values at once. Only from 18 on does `VALIDATE
//! CONSTRAINT` let writes go on; before, give the columns a CHECK of their own, table by table, `NOT VALID` first and
//! validated in a migration that follows.
//!
//! ## When to ignore
//! When all tables that use the domain are and stay small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All; `VALIDATE CONSTRAINT` holds up writers only before 18.
//!
//! ## Source
//! PostgreSQL manual, ALTER DOMAIN, "ADD domain_constraint [ NOT VALID ]"; the locks were seen on a server.

use std::collections::BTreeSet;

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
    name::QualifiedName,
};
use freehold_sql::{
    ObjectKind, StatementKind,
    tree::{NodeEnum, protobuf::AlterDomainStmt},
};

use crate::{
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "domain-constraint-validated-at-once",
        code: "FH0309",
        category: Category::Constraints,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::Share),
        hazards: &[44],
        summary: "a domain is given a constraint, and all tables that use it are read while writes to them wait",
        source: include_str!("domain_constraint_validated_at_once.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-scan"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if !matches!(context.statement.effect.kind, StatementKind::Alter(ObjectKind::Domain)) {
        return;
    }
    let Some(NodeEnum::AlterDomainStmt(statement)) = context.tree else { return };
    if !reads_tables(statement, context) {
        return;
    }
    let Some(object) = context.statement.effect.objects.first() else { return };
    let domain = context.state.name_of(object);
    let known = context.state.type_named(&domain);
    if known.and_then(|known| known.made).is_some_and(|made| context.is_here(made)) {
        return;
    }
    let (all, large) = users(context, &domain);
    if large.is_empty() && (known.is_some() || !all.is_empty()) {
        return;
    }
    let names: Vec<String> = large.iter().map(QualifiedName::to_string).collect();
    let whom = if names.is_empty() { "every table with a column of it".to_owned() } else { names.join(", ") };
    let mut found = context
        .found(
            findings.rule(),
            Subject::new("domain", domain.to_string()),
            format!(
                "this reads every row of the tables that use the domain {domain} and holds SHARE on them meanwhile ({whom}): \
                 reads go on, every write waits"
            ),
        )
        .advised(if context.options.oldest() >= 18 {
            "Add the constraint NOT VALID, and validate it in a migration that follows."
        } else {
            "Add the constraint NOT VALID and leave the old values to a CHECK of each table, which can be validated while \
             writes go on."
        });
    if let Some(first) = large.first() {
        found = found.on(first);
    }
    for table in large {
        found = found.claiming(Claim::Locks { relation: table, mode: LockMode::Share });
    }
    findings.push(found);
}

fn reads_tables(statement: &AlterDomainStmt, context: &Context<'_>) -> bool {
    match statement.subtype.as_str() {
        // SET NOT NULL.
        "O" => true,
        // ADD CONSTRAINT.
        "C" => match statement.def.as_deref().and_then(|node| node.node.as_ref()) {
            Some(NodeEnum::Constraint(constraint)) => !constraint.skip_validation,
            _ => true,
        },
        // VALIDATE CONSTRAINT.
        "V" => context.options.oldest() < 18,
        _ => false,
    }
}

/// The tables that are known to have a column of the domain, and those of them that were there and may be large.
fn users(context: &Context<'_>, domain: &QualifiedName) -> (BTreeSet<QualifiedName>, Vec<QualifiedName>) {
    let uses =
        |type_name: &str| context.state.type_of(type_name).is_some_and(|known| known.object.name == *domain);
    let tables: BTreeSet<QualifiedName> = context
        .state
        .relations
        .values()
        .filter(|known| known.relation.columns.iter().any(|column| uses(&column.type_name)))
        .map(|known| known.relation.name.clone())
        .collect();
    let large = tables.iter().filter(|table| context.may_be_large(table)).cloned().collect();
    (tables, large)
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "domain-constraint-validated-at-once";
    const USED: &str = "-- migration: 1_a\nCREATE DOMAIN amount AS numeric;\nCREATE TABLE t (id bigint PRIMARY KEY, n amount);\n-- migration: 2_b\n";

    fn fires(before: &str, sql: &str) -> bool {
        ids(&format!("{before}{sql}")).contains(&ID)
    }

    #[test]
    fn it_fires_for_each_form() {
        for sql in [
            "ALTER DOMAIN amount ADD CONSTRAINT positive CHECK (VALUE > 0);",
            "ALTER DOMAIN public.amount SET NOT NULL;",
            "ALTER DOMAIN amount VALIDATE CONSTRAINT positive;",
        ] {
            assert!(fires(USED, sql), "{sql}");
        }
        assert!(fires("", "ALTER DOMAIN unknown_domain SET NOT NULL;"));
    }

    #[test]
    fn it_is_silent_where_no_table_is_read() {
        for sql in [
            "ALTER DOMAIN amount ADD CONSTRAINT positive CHECK (VALUE > 0) NOT VALID;",
            "ALTER DOMAIN amount SET DEFAULT 0;",
            "ALTER DOMAIN amount DROP CONSTRAINT positive;",
            "CREATE DOMAIN fresh AS text; ALTER DOMAIN fresh SET NOT NULL;",
        ] {
            assert!(!fires(USED, sql), "{sql}");
        }
        assert!(!fires(
            "-- migration: 1_a\nCREATE DOMAIN amount AS numeric;\n-- migration: 2_b\n",
            "ALTER DOMAIN amount SET NOT NULL;"
        ));
        assert!(!fires(
            "-- option: majors 18\n",
            &format!("{USED}ALTER DOMAIN amount VALIDATE CONSTRAINT positive;")
        ));
        assert!(!fires("-- option: rows t 5\n", &format!("{USED}ALTER DOMAIN amount SET NOT NULL;")));
    }
}
