//! A column's type or collation changes: the rows stay, but indexes are built again or CHECKs held against every row.
//!
//! ## What it finds
//! `ALTER COLUMN ... TYPE` on a table that was there, when the rows need not be written but an index is partial, has an
//! expression or another order afterwards, or a CHECK mentions the column. A change of type without `COLLATE` takes a
//! collation of the column's own away, which changes the order as well.
//!
//! ## Why it hurts
//! The statement holds ACCESS EXCLUSIVE until these indexes are built and the rows are checked: reads and writes wait
//! although the change itself would take a moment.
//!
//! ## Do instead
//! Drop those indexes and CHECKs first; afterwards build the indexes concurrently, and add the CHECKs `NOT VALID` and
//! validate them in a migration that follows.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, "SET DATA TYPE"; each kind was tried on a server.

use freehold_model::{
    catalog::{Constraint, ConstraintKind, Index, IndexColumn},
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
    name::{QualifiedName, display_identifier},
};
use freehold_sql::{Action, tree};

use super::type_change::{Wanted, collation_after, is_same_collation, wanted};
use crate::{
    alter::{Change, added::columns_in, changes, proof::condition, types::TypeChange},
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "indexes-rebuilt-by-type-change",
        code: "FH0202",
        category: Category::Rewrites,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[24, 31, 35],
        summary: "a change of a column's type builds indexes of an existing table again or checks all its rows",
        source: include_str!("indexes_rebuilt_by_type_change.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-index-build", "blocking-scan"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in changes(context) {
        let Some(wanted) = wanted(context, &change) else { continue };
        if wanted.from.is_none() || !matches!(wanted.work, TypeChange::NoWork | TypeChange::Indexes) {
            continue;
        }
        let Some(known) = change.known else { continue };
        let all = wanted.work == TypeChange::Indexes || changes_collation(&change, &wanted);
        let indexes: Vec<&Index> =
            known.relation.indexes.iter().filter(|index| is_rebuilt(index, wanted.column, all)).collect();
        let checks: Vec<&Constraint> = known
            .relation
            .constraints
            .iter()
            .filter(|check| is_checked(check, wanted.column) && !is_dropped(context, &change, &check.name))
            .collect();
        if indexes.is_empty() && checks.is_empty() {
            continue;
        }
        findings.push(told(context, findings, &change, &wanted, &indexes, &checks));
    }
}

/// The column is sorted in another way afterwards. Without `COLLATE` it gets its type's own collation.
fn changes_collation(change: &Change<'_>, wanted: &Wanted<'_>) -> bool {
    match (&wanted.collation_before, collation_after(change)) {
        (Some(before), Some(after)) => !is_same_collation(before, &after),
        (before, after) => before.is_some() != after.is_some(),
    }
}

/// True when the server cannot keep the index as it is.
fn is_rebuilt(index: &Index, column: &str, all: bool) -> bool {
    let key = index.columns.iter().any(|part| part.column() == Some(column));
    let expressions = index.columns.iter().filter_map(|part| match part {
        IndexColumn::Expression(expression) => Some(expression.as_str()),
        IndexColumn::Column(_) => None,
    });
    let special = index.predicate.is_some() || expressions.clone().next().is_some();
    let mentions = |text: &str| {
        tree::read_expression(text).is_some_and(|tree| columns_in(&tree).iter().any(|name| name == column))
    };
    (key && (all || special)) || expressions.chain(index.predicate.as_deref()).any(mentions)
}

/// The same statement drops the constraint, which comes first whatever the order of its actions.
fn is_dropped(context: &Context<'_>, change: &Change<'_>, constraint: &str) -> bool {
    change
        .siblings(context)
        .iter()
        .any(|action| matches!(action, Action::DropConstraint { name, .. } if name == constraint))
}

/// True for a CHECK that mentions the column and is valid, and so is held against every row again.
fn is_checked(check: &Constraint, column: &str) -> bool {
    check.kind == ConstraintKind::Check
        && check.validated
        && (check.columns.iter().any(|name| name == column)
            || condition(&check.definition)
                .is_some_and(|tree| columns_in(&tree).iter().any(|name| name == column)))
}

fn told(
    context: &Context<'_>,
    findings: &Findings<'_>,
    change: &Change<'_>,
    wanted: &Wanted<'_>,
    indexes: &[&Index],
    checks: &[&Constraint],
) -> crate::Found {
    let table = &change.table;
    let names =
        |names: Vec<&str>| names.iter().map(|name| display_identifier(name)).collect::<Vec<_>>().join(", ");
    let mut work = Vec::new();
    if !indexes.is_empty() {
        work.push(format!(
            "builds {} again",
            names(indexes.iter().map(|index| index.name.as_str()).collect())
        ));
    }
    if !checks.is_empty() {
        work.push(format!(
            "holds every row against {}",
            names(checks.iter().map(|check| check.name.as_str()).collect())
        ));
    }
    let column = display_identifier(wanted.column);
    let mut found = context
        .found(
            findings.rule(),
            Subject::new("column", format!("{table}.{column}")),
            format!(
                "the rows of {table} stay as they are, but for the new type of {column} this {} under ACCESS EXCLUSIVE: \
                 reads and writes wait until the end",
                work.join(" and ")
            ),
        )
        .on(table);
    if !indexes.is_empty() {
        found = found.claiming_all(change.claims(context, Claim::BuildsIndex));
    }
    if !checks.is_empty() {
        found = found.claiming_all(change.claims(context, Claim::Scans));
    }
    let advice = "Drop these first; afterwards build the indexes concurrently, and add the CHECKs NOT VALID and validate \
                  them in a migration that follows.";
    match detour(context, change, indexes, checks) {
        Some(steps) => found.fixed_by(advice, steps.join(";\n")),
        None => found.advised(advice),
    }
}

/// The statement with what stands in its way dropped before it and made again after it.
fn detour(
    context: &Context<'_>,
    change: &Change<'_>,
    indexes: &[&Index],
    checks: &[&Constraint],
) -> Option<Vec<String>> {
    if change.is_partitioned() || indexes.iter().any(|index| index.constraint.is_some() || index.primary) {
        return None;
    }
    let alter = change.alter_table();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for check in checks {
        let name = display_identifier(&check.name);
        before.push(format!("{alter} DROP CONSTRAINT {name}"));
        after.push(format!("{alter} ADD CONSTRAINT {name} {} NOT VALID", check.definition));
        after.push(format!("{alter} VALIDATE CONSTRAINT {name}"));
    }
    for index in indexes {
        let name = QualifiedName::new(change.table.schema.as_str(), index.name.as_str());
        before.push(format!("DROP INDEX CONCURRENTLY {}", name.quoted()));
        let (kind, rest) = index.definition.split_once(" INDEX ")?;
        after.push(format!("{kind} INDEX CONCURRENTLY {rest}"));
    }
    before.push(context.text.to_owned());
    before.extend(after);
    Some(before)
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "indexes-rebuilt-by-type-change";
    const TABLE: &str = "-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY, v varchar(10), c text COLLATE \"C\", n numeric(10,2) CONSTRAINT n_check CHECK (n > 0), b boolean);\nCREATE INDEX plain ON t (v);\nCREATE INDEX cs ON t (c);\n";

    fn fires(earlier: &str, sql: &str) -> bool {
        ids(&format!("{TABLE}{earlier}-- migration: 2_b\n{sql}")).contains(&ID)
    }

    #[test]
    fn it_fires_where_indexes_or_checks_are_in_the_way() {
        assert!(fires("CREATE INDEX e ON t (lower(v));\n", "ALTER TABLE t ALTER v TYPE text;"));
        assert!(fires(
            "CREATE INDEX p ON t (id) WHERE v IS NOT NULL;\n",
            "ALTER TABLE t ALTER v TYPE varchar(99);"
        ));
        assert!(fires("CREATE INDEX p ON t (v) WHERE b;\n", "ALTER TABLE t ALTER v TYPE text;"));
        assert!(fires("", "ALTER TABLE t ALTER n TYPE numeric(12,2);"));
        assert!(fires("", "ALTER TABLE t ALTER v TYPE text COLLATE \"C\";"));
        assert!(fires("", "ALTER TABLE t ALTER c TYPE varchar;"), "the collation goes");
    }

    #[test]
    fn it_is_silent_where_nothing_is_in_the_way() {
        assert!(!fires("", "ALTER TABLE t ALTER v TYPE text;"));
        assert!(!fires("", "ALTER TABLE t ALTER c TYPE varchar COLLATE \"C\";"));
        assert!(!fires("CREATE INDEX p ON t (id) WHERE b;\n", "ALTER TABLE t ALTER v TYPE text;"));
        assert!(!fires("ALTER TABLE t DROP CONSTRAINT n_check;\n", "ALTER TABLE t ALTER n TYPE numeric;"));
    }
}
