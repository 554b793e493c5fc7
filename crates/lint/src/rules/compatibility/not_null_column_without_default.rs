//! A NOT NULL column without a default is added to a table that was there.
//!
//! ## What it finds
//! `ADD COLUMN ... NOT NULL` (also by `PRIMARY KEY`) without `DEFAULT`, identity, `serial` or a generation
//! expression, on a table that was there before the script. A domain type may bring a default of its own; where
//! that is known nothing is said.
//!
//! ## Why it hurts
//! On a table with rows PostgreSQL refuses the statement: there is nothing to put into the column (23502). On an
//! empty one it succeeds, and every INSERT of code that does not know the column fails from then on.
//!
//! ## Do instead
//! Add the column so that it may be NULL, let the code write it, fill the old rows in batches, and set NOT NULL by
//! a validated CHECK. Or give it a constant default, which costs nothing.
//!
//! ## When to ignore
//! When the table is empty and nothing writes to it.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, ADD COLUMN.

use freehold_model::{
    catalog::TypeShape,
    finding::{Category, Depth, Rule, Severity, Subject},
    name::display_identifier,
};
use freehold_sql::{
    Action, NewColumn, StatementKind,
    tree::{
        NodeEnum,
        protobuf::{ConstrType, Node},
        write,
    },
};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "not-null-column-without-default",
        code: "FH0510",
        category: Category::Compatibility,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[72],
        summary: "a NOT NULL column without a default is added to a table that was there",
        source: include_str!("not_null_column_without_default.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["fails-on-existing-rows"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let effect = &context.statement.effect;
    if effect.kind != StatementKind::AlterTable || !context.is_up() {
        return;
    }
    let wanting = |action: &Action| match action {
        Action::AddColumn { column, .. } => is_wanting(context, column),
        _ => false,
    };
    if !effect.actions.iter().any(wanting) {
        return;
    }
    let Some((table, known)) = context.main_relation() else { return };
    if context.is_new(&table) || (known.is_none() && context.state.complete) {
        return;
    }
    for action in effect.actions.iter().filter(|action| wanting(action)) {
        let Action::AddColumn { column, if_not_exists } = action else { continue };
        if *if_not_exists && known.is_some_and(|known| known.relation.column(&column.name).is_some()) {
            continue;
        }
        let name = format!("{table}.{}", display_identifier(&column.name));
        let empty = context.options.rows.get(&table) == Some(&0);
        let refused = if empty { "" } else { "PostgreSQL refuses this when the table has a row; and " };
        let message =
            format!("{name} is NOT NULL and has no default: {refused}INSERTs that do not name it fail");
        let found = context
            .found(findings.rule(), Subject::new("column", name), message)
            .with_severity(if empty { Severity::Warning } else { Severity::Error })
            .on(&table);
        let advice = "Add it without NOT NULL, let the code write it, fill it, then set NOT NULL by a validated CHECK.";
        findings.push(match nullable(context) {
            Some(sql) => found.fixed_by(advice, sql),
            None => found.advised(advice),
        });
    }
}

/// True when old rows and old INSERTs have nothing to put into the column.
fn is_wanting(context: &Context<'_>, column: &NewColumn) -> bool {
    column.not_null
        && !column.has_default
        && !column.identity
        && column.generated_stored.is_none()
        && !matches!(column.type_.as_str(), "serial" | "bigserial" | "smallserial")
        && !context
            .state
            .type_of(&column.type_)
            .is_some_and(|known| matches!(&known.object.shape, TypeShape::Domain { default: Some(_), .. }))
}

/// The statement with these columns as ones that may be NULL; none when one of them is a key.
fn nullable(context: &Context<'_>) -> Option<String> {
    let NodeEnum::AlterTableStmt(alter) = context.tree? else { return None };
    let mut alter = alter.clone();
    for command in &mut alter.cmds {
        let Some(NodeEnum::AlterTableCmd(command)) = command.node.as_mut() else { continue };
        let Some(NodeEnum::ColumnDef(column)) = command.def.as_mut().and_then(|def| def.node.as_mut()) else {
            continue;
        };
        let kind = |node: &Node| match node.node.as_ref() {
            Some(NodeEnum::Constraint(constraint)) => ConstrType::try_from(constraint.contype).ok(),
            _ => None,
        };
        if column.constraints.iter().any(|node| kind(node) == Some(ConstrType::ConstrPrimary)) {
            return None;
        }
        let given = column.constraints.iter().any(|node| {
            matches!(
                kind(node),
                Some(ConstrType::ConstrDefault | ConstrType::ConstrIdentity | ConstrType::ConstrGenerated)
            )
        });
        if !given {
            column.constraints.retain(|node| kind(node) != Some(ConstrType::ConstrNotnull));
        }
    }
    write(&NodeEnum::AlterTableStmt(alter))
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn count(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "not-null-column-without-default").count()
    }

    #[test]
    fn each_column_is_told_and_those_with_a_value_are_not() {
        assert_eq!(count("ALTER TABLE a ADD COLUMN b int NOT NULL, ADD c text CONSTRAINT x NOT NULL;"), 2);
        assert_eq!(count("ALTER TABLE a ADD COLUMN b int NOT NULL DEFAULT 0;"), 0);
        assert_eq!(count("ALTER TABLE a ADD COLUMN b int NOT NULL GENERATED ALWAYS AS (c + 1) STORED;"), 0);
        assert_eq!(count("ALTER TABLE a ADD COLUMN b bigint GENERATED ALWAYS AS IDENTITY;"), 0);
        assert_eq!(count("ALTER TABLE a ADD COLUMN b bigserial NOT NULL;"), 0);
        assert_eq!(
            count("CREATE TABLE a (id bigint PRIMARY KEY); ALTER TABLE a ADD COLUMN b int NOT NULL;"),
            0
        );
        assert_eq!(count("ALTER TABLE a ADD COLUMN b int NOT NULL DEFAULT NULL;"), 1);
    }
}
