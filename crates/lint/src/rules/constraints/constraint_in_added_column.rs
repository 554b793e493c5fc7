//! A column is added with a constraint of its own, and the table is read or sorted for it while nobody can use it.
//!
//! ## What it finds
//! `ADD COLUMN` on a table that was there, with a `CHECK`, `UNIQUE` or `PRIMARY KEY` at the column, or with `REFERENCES` at
//! a column that has a default, a sequence or an expression. `REFERENCES` at a column without them is not told: PostgreSQL
//! knows that the new column holds only NULL and looks nothing up.
//!
//! ## Why it hurts
//! `ADD COLUMN` holds ACCESS EXCLUSIVE. A CHECK makes it read every row, also when all values are NULL; UNIQUE builds an
//! index; a foreign key looks up every row. Reads and writes wait until the end.
//!
//! ## Do instead
//! Add the column without it. Then add the CHECK or the foreign key `NOT VALID` and validate it in a migration that
//! follows; build the index of UNIQUE concurrently and give it to the constraint.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, "ADD COLUMN" and "ADD table_constraint [ NOT VALID ]".

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
    name::{display_identifier, quote_identifier},
};
use freehold_sql::{
    Action, ColumnConstraint, ConstraintKind, NewColumn, NewConstraint,
    tree::{
        self, NodeEnum,
        protobuf::{ColumnDef, ConstrType, Constraint, Node},
    },
};

use crate::{
    alter::{Change, added::name_of, changes, through_index::kind_in_words},
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "constraint-in-added-column",
        code: "FH0308",
        category: Category::Constraints,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[43],
        summary: "a column is added with a constraint for which the locked table is read or sorted",
        source: include_str!("constraint_in_added_column.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-scan", "blocking-index-build"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in changes(context) {
        let Action::AddColumn { column, .. } = change.action else { continue };
        let Some(definition) = change.column_definition() else { continue };
        if change.adds_what_is_there() {
            continue;
        }
        let work = works(column);
        if work.is_empty() {
            continue;
        }
        let table = &change.table;
        let kinds: Vec<&str> = work.iter().map(|constraint| kind_in_words(constraint.kind)).collect();
        let mut found = context
            .found(
                findings.rule(),
                Subject::new("column", format!("{table}.{}", display_identifier(&column.name))),
                format!(
                    "for {} at the new column this {} {table} under ACCESS EXCLUSIVE: reads and writes of it wait until \
                     the end",
                    kinds.join(" and "),
                    if work.iter().any(|constraint| builds(constraint)) { "builds an index over" } else { "reads every row of" },
                ),
            )
            .on(table);
        for constraint in &work {
            let claim = if builds(constraint) { Claim::BuildsIndex } else { Claim::Scans };
            found = found.claiming_all(change.claims(context, claim));
        }
        let advice =
            "Add the column alone; then add the constraint in a way that lets reads and writes go on.";
        findings.push(match steps(&change, definition, &work) {
            Some(steps) if !change.is_partitioned() => found.fixed_by(advice, change.instead(&steps)),
            _ => found.advised(advice),
        });
    }
}

/// The constraints at the column for which the rows are read.
fn works(column: &NewColumn) -> Vec<&NewConstraint> {
    let has_values = column.has_default
        || column.default_is_constant
        || !column.default_calls.is_empty()
        || column.generated_stored.is_some();
    let constraints = column.constraints.iter().filter_map(|constraint| match constraint {
        ColumnConstraint::Constraint(constraint) => Some(constraint),
        ColumnConstraint::NotNull => None,
    });
    constraints
        .filter(|constraint| match constraint.kind {
            ConstraintKind::ForeignKey => has_values && !constraint.not_enforced,
            ConstraintKind::Check => !constraint.not_enforced,
            ConstraintKind::Unique | ConstraintKind::PrimaryKey | ConstraintKind::Exclusion => true,
            ConstraintKind::NotNull => false,
        })
        .collect()
}

fn builds(constraint: &NewConstraint) -> bool {
    !matches!(constraint.kind, ConstraintKind::Check | ConstraintKind::ForeignKey)
}

/// The column alone, and then each of its constraints.
fn steps(change: &Change<'_>, definition: &ColumnDef, work: &[&NewConstraint]) -> Option<Vec<String>> {
    let kept = |node: &&Node| !matches!(&node.node, Some(NodeEnum::Constraint(tree)) if moves(tree, work));
    let constraints = definition.constraints.iter().filter(kept).cloned().collect();
    let alone = ColumnDef { constraints, ..definition.clone() };
    let mut steps = vec![change.alone(|command| {
        command.def = Some(Box::new(Node { node: Some(NodeEnum::ColumnDef(Box::new(alone))) }));
    })?];
    let alter = change.alter_table();
    let column = display_identifier(&definition.colname);
    let trees = definition.constraints.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::Constraint(tree)) if moves(tree, work) => Some(tree.as_ref()),
        _ => None,
    });
    for (tree, constraint) in trees.zip(work) {
        let name = name_of(&change.table, change.known.map(|known| &known.relation), constraint, tree);
        let quoted = display_identifier(&name);
        match constraint.kind {
            ConstraintKind::Check => {
                let condition = tree::write_expression(tree.raw_expr.as_deref()?)?;
                steps.push(format!("{alter} ADD CONSTRAINT {quoted} CHECK ({condition}) NOT VALID"));
                steps.push(format!("{alter} VALIDATE CONSTRAINT {quoted}"));
            }
            ConstraintKind::ForeignKey => {
                steps.push(foreign_key(change, tree, &name, &column)?);
                steps.push(format!("{alter} VALIDATE CONSTRAINT {quoted}"));
            }
            ConstraintKind::Unique => {
                let qualified =
                    format!("{}.{}", quote_identifier(&change.table.schema), quote_identifier(&name));
                let distinct = if tree.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
                steps.push(format!("DROP INDEX CONCURRENTLY IF EXISTS {qualified}"));
                steps.push(format!(
                    "CREATE UNIQUE INDEX CONCURRENTLY {quoted} ON {} ({column}){distinct}",
                    change.written
                ));
                steps.push(format!("{alter} ADD CONSTRAINT {quoted} UNIQUE USING INDEX {quoted}"));
            }
            _ => return None,
        }
    }
    Some(steps)
}

/// True for the trees of these constraints: they stand in the same order.
fn moves(tree: &Constraint, work: &[&NewConstraint]) -> bool {
    let kind = match ConstrType::try_from(tree.contype) {
        Ok(ConstrType::ConstrCheck) => ConstraintKind::Check,
        Ok(ConstrType::ConstrUnique) => ConstraintKind::Unique,
        Ok(ConstrType::ConstrPrimary) => ConstraintKind::PrimaryKey,
        Ok(ConstrType::ConstrExclusion) => ConstraintKind::Exclusion,
        Ok(ConstrType::ConstrForeign) => ConstraintKind::ForeignKey,
        _ => return false,
    };
    work.iter().any(|constraint| constraint.kind == kind)
}

fn foreign_key(change: &Change<'_>, tree: &Constraint, name: &str, column: &str) -> Option<String> {
    let fk_attrs =
        vec![Node { node: Some(NodeEnum::String(tree::protobuf::String { sval: unquoted(column) })) }];
    let tree = Constraint {
        conname: name.to_owned(),
        fk_attrs,
        skip_validation: true,
        initially_valid: false,
        ..tree.clone()
    };
    change.alone(|command| {
        command.subtype = tree::protobuf::AlterTableType::AtAddConstraint as i32;
        command.missing_ok = false;
        command.def = Some(Box::new(Node { node: Some(NodeEnum::Constraint(Box::new(tree))) }));
    })
}

fn unquoted(column: &str) -> String {
    column.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(column).replace("\"\"", "\"")
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "constraint-in-added-column";
    const TABLES: &str = "-- migration: 1_a\nCREATE TABLE p (id bigint PRIMARY KEY);\nCREATE TABLE t (id bigint PRIMARY KEY, n bigint);\n-- migration: 2_b\n";

    fn fires(sql: &str) -> bool {
        ids(&format!("{TABLES}{sql}")).contains(&ID)
    }

    #[test]
    fn it_fires_where_rows_are_read_or_sorted() {
        for sql in [
            "ALTER TABLE t ADD COLUMN a bigint CHECK (a > 0);",
            "ALTER TABLE t ADD a bigint DEFAULT 1 CONSTRAINT c CHECK (a > 0);",
            "ALTER TABLE t ADD COLUMN a bigint UNIQUE;",
            "ALTER TABLE t ADD COLUMN b bigint, ADD COLUMN IF NOT EXISTS a bigint UNIQUE;",
            "ALTER TABLE t ADD COLUMN a bigint DEFAULT 1 REFERENCES p;",
            "ALTER TABLE t ADD COLUMN a bigint REFERENCES p DEFAULT NULL;",
            "ALTER TABLE unknown_table ADD COLUMN a bigint UNIQUE;",
        ] {
            assert!(fires(sql), "{sql}");
        }
    }

    #[test]
    fn it_is_silent_where_nothing_is_read() {
        for sql in [
            "ALTER TABLE t ADD COLUMN a bigint REFERENCES p;",
            "ALTER TABLE t ADD COLUMN a bigint REFERENCES p, ADD COLUMN b bigint DEFAULT 4;",
            "ALTER TABLE t ADD COLUMN a bigint NOT NULL DEFAULT 0;",
            "ALTER TABLE t ADD COLUMN IF NOT EXISTS n bigint UNIQUE;",
            "CREATE TABLE u (id bigint); ALTER TABLE u ADD COLUMN a bigint UNIQUE CHECK (a > 0);",
        ] {
            assert!(!fires(sql), "{sql}");
        }
    }
}
