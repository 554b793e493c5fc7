//! A table with rows of tenants has no row level security.
//!
//! ## What it finds
//! A table (also a partitioned one) that carries the tenant column, or the setting's own table, where row level security was
//! never switched on although other tables have it or the project names its tenancy. Where a schema has a tenant column and
//! row level security nowhere, that is said once for the whole folder, as a note: it is a way of working, and then every query
//! must name the tenant.
//!
//! ## Why it hurts
//! No lock, and nobody waits. Whoever may read the table reads the rows of all tenants: one query that forgets its condition,
//! or one injected clause, shows a customer another customer's data.
//!
//! ## Do instead
//! `ENABLE` and `FORCE ROW LEVEL SECURITY`, and a policy for the application's role that is closed when no tenant is set.
//!
//! ## When to ignore
//! When the table is shared by all tenants on purpose: name it in `[tenancy] shared`.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, "Row Security Policies".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::{
    catalog::{Relation, RelationKind},
    name::display_identifier,
};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    state::Known,
    tenancy::Tenancy,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "row-security-off",
        code: "FH0801",
        category: Category::Tenancy,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[101],
        summary: "a table with rows of tenants has no row level security",
        source: include_str!("row_security_off.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    // What a block of code switched on by computed names cannot be seen in the text.
    if !tenancy.is_there() || (!context.state.complete && context.state.marks.row_security_in_code()) {
        return;
    }
    if !tenancy.uses_row_security && !tenancy.named {
        note_once(context, tenancy, findings);
        return;
    }
    for known in context.state.relations.values() {
        let relation = &known.relation;
        if is_open(context, tenancy, known) {
            findings.push(
                context
                    .found(
                        findings.rule(),
                        Subject::new("table", relation.name.to_string()),
                        known.made,
                        format!(
                            "{} holds rows of tenants and has no row level security: whoever may read it reads those of all tenants",
                            relation.name
                        ),
                    )
                    .on(&relation.name)
                    .advised(advice(tenancy, relation)),
            );
        }
    }
}

fn is_open(context: &SchemaContext<'_>, tenancy: &Tenancy, known: &Known) -> bool {
    let relation = &known.relation;
    let there = context.state.complete || known.made.is_some();
    let marks = &context.state.marks;
    there
        && !relation.row_security
        && relation.partition.is_none()
        && relation.name.schema != "pg_temp"
        && matches!(relation.kind, RelationKind::Table | RelationKind::PartitionedTable)
        && tenancy.carries_tenant(&relation.name)
        // Switching it off again, and copies of other tables, are told by rules of their own.
        && marks.row_security(&relation.name).is_none()
        && !marks.is_copy(&relation.name)
}

fn advice(tenancy: &Tenancy, relation: &Relation) -> String {
    let name = &relation.name;
    let switches =
        format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY; ALTER TABLE {name} FORCE ROW LEVEL SECURITY;");
    match tenancy.closed_condition(relation) {
        Some(condition) => {
            let role = tenancy
                .application
                .iter()
                .next()
                .map_or_else(String::new, |role| format!(" TO {}", display_identifier(role)));
            let policy = display_identifier(&format!("{}_of_tenant", name.name));
            format!(
                "Add after it: {switches} CREATE POLICY {policy} ON {name} FOR ALL{role} USING ({condition});"
            )
        }
        None => format!("Add after it: {switches} and policies that keep each tenant to its own rows."),
    }
}

fn note_once(context: &SchemaContext<'_>, tenancy: &Tenancy, findings: &mut Findings<'_>) {
    let Some(column) = &tenancy.column else { return };
    let tables: Vec<&Known> = context
        .state
        .relations
        .values()
        .map(AsRef::as_ref)
        .filter(|known| tenancy.carries_tenant(&known.relation.name) && known.relation.partition.is_none())
        .collect();
    let Some(first) = tables.iter().filter(|known| known.made.is_some()).min_by_key(|known| known.made)
    else {
        return;
    };
    if tables.len() < 2 {
        return;
    }
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("column", display_identifier(column)),
                first.made,
                format!(
                    "{} tables carry {} and none has row level security: every query has to name the tenant, and nothing stops one that does not",
                    tables.len(),
                    display_identifier(column)
                ),
            )
            .with_severity(Severity::Note)
            .advised("Switch row level security on as a second line, or allow this once for the folder."),
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    const TENANTS: &str = "create table tenants (id uuid primary key); \
        create table a (tenant_id uuid not null references tenants, id uuid, primary key (tenant_id, id));\
        create table b (tenant_id uuid not null references tenants, id uuid, primary key (tenant_id, id));";

    fn says(text: &str) -> Vec<String> {
        said(text)
            .into_iter()
            .filter(|(id, _)| *id == "row-security-off")
            .map(|(_, message)| message)
            .collect()
    }

    #[test]
    fn a_schema_without_row_security_gets_one_note() {
        let said = says(TENANTS);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(
            said.first().is_some_and(|message| message.starts_with("2 tables carry tenant_id")),
            "{said:?}"
        );
    }

    #[test]
    fn a_table_that_was_left_out_is_named() {
        let said = says(&format!(
            "{TENANTS} alter table a enable row level security; \
             create policy p on a using (tenant_id = nullif(current_setting('app.t', true), '')::uuid);"
        ));
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said.first().is_some_and(|message| message.starts_with("b holds rows")), "{said:?}");
    }

    #[test]
    fn a_schema_of_one_tenant_is_left_alone() {
        assert!(says("create table users (id uuid primary key); create table posts (id uuid primary key, user_id uuid references users);").is_empty());
        assert!(says("create table teams (id int primary key); create table games (id int primary key, team_id int references teams);").is_empty());
    }
}
