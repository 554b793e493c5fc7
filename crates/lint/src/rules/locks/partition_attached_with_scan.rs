//! A partition is attached, or made beside a DEFAULT one, and the server must read all rows of a table to see that they
//! belong there.
//!
//! ## What it finds
//! `ATTACH PARTITION` of a table that was there and has no validated CHECK over the columns of the partition key; and
//! `ATTACH PARTITION` or `CREATE TABLE … PARTITION OF` where the table has a DEFAULT partition without such a CHECK.
//!
//! ## Why it hurts
//! The table that is attached, and the DEFAULT partition, are held in ACCESS EXCLUSIVE while they are read from end to
//! end. `CREATE TABLE … PARTITION OF` holds the whole partitioned table in ACCESS EXCLUSIVE meanwhile.
//!
//! ## Do instead
//! Give the table a CHECK that says the same as the partition's bound, NOT NULL included: `NOT VALID` first, then
//! `VALIDATE CONSTRAINT` in another transaction. Attaching then reads nothing, and the CHECK can go. Keep the DEFAULT
//! partition empty, or give it a CHECK that leaves the new range out.
//!
//! ## When to ignore
//! When the table that is read is small or empty. Of a DEFAULT partition whose size is not known this is a note.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, ATTACH PARTITION; 5.12.2.2 "Partition Maintenance".

use freehold_model::{
    catalog::ConstraintKind,
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
    name::{QualifiedName, display_identifier},
};
use freehold_sql::{
    Action, StatementKind,
    tree::{
        NodeEnum,
        protobuf::{AlterTableCmd, PartitionBoundSpec, PartitionCmd},
        write_expression,
    },
};

use crate::{
    context::Context,
    found::{Claim, Findings},
    locks::default_partition,
    rule::{Check, LintRule},
    rules::locks::{is_partitioned, locks, written},
    state::Known,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "partition-attached-with-scan",
        code: "FH0107",
        category: Category::Locks,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[7],
        summary: "all rows of a table are read under a lock before it is a partition",
        source: include_str!("partition_attached_with_scan.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-scan"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    match context.statement.effect.kind {
        StatementKind::AlterTable => attached(context, findings),
        StatementKind::CreateTable => created(context, findings),
        _ => {}
    }
}

fn attached(context: &Context<'_>, findings: &mut Findings<'_>) {
    let [Action::AttachPartition { schema, partition, default }] =
        context.statement.effect.actions.as_slice()
    else {
        return;
    };
    let Some((parent, parent_known)) = context.main_relation() else { return };
    let partition = context.state.resolve(schema.as_deref(), partition);
    let columns = key_columns(parent_known);
    beside_default(context, &parent, bound(context), findings);
    let known = context.state.relation(&partition);
    // What was made before the history begins may have its CHECK.
    let Some(known) = known.filter(|known| known.whole || has_any_check(known)) else { return };
    if *default && context.state.children(&parent).next().is_none()
        || !locks(context, &partition)
        || !context.may_be_large(&partition)
        || is_partitioned(context, &partition)
    {
        return;
    }
    let implied =
        bound(context).and_then(|bound| context.state.partition_bound_is_implied(&partition, &parent, bound));
    let Some(severity) = doubt(implied, known, &columns) else { return };
    let found = context
        .found(
            findings.rule(),
            Subject::new("table", partition.to_string()),
            format!(
                "{partition} is read from end to end under ACCESS EXCLUSIVE, to see that its rows belong into this \
                 partition of {parent}"
            ),
        )
        .with_severity(severity)
        .on(&partition)
        .claiming(Claim::Scans(partition.clone()))
        .claiming(Claim::Locks { relation: partition.clone(), mode: LockMode::AccessExclusive });
    let advice = "Prove the bound first, by a CHECK that is validated in a migration before this one; then attaching \
                  reads nothing.";
    findings.push(match columns.as_slice() {
        [column] => match bound(context).and_then(|bound| condition(column, bound)) {
            Some(condition) => found.fixed_by(advice, proven(context, &partition, &condition)),
            None => found.advised(advice),
        },
        _ => found.advised(advice),
    });
}

fn created(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(NodeEnum::CreateStmt(create)) = context.tree else { return };
    let Some(bound) = create.partbound.as_ref().filter(|bound| !bound.is_default) else { return };
    let Some(NodeEnum::RangeVar(range)) = create.inh_relations.first().and_then(|node| node.node.as_ref())
    else {
        return;
    };
    let schema = (!range.schemaname.is_empty()).then_some(range.schemaname.as_str());
    let parent = context.state.resolve(schema, &range.relname);
    beside_default(context, &parent, Some(bound), findings);
}

/// The DEFAULT partition is read for rows that belong into the new one.
fn beside_default(
    context: &Context<'_>,
    parent: &QualifiedName,
    bound: Option<&PartitionBoundSpec>,
    findings: &mut Findings<'_>,
) {
    let Some(default) = default_partition(context.state, parent) else { return };
    let name = &default.relation.name;
    if !locks(context, name) || !context.may_be_large(name) {
        return;
    }
    let excluded = bound.and_then(|bound| context.state.partition_bound_is_excluded(name, parent, bound));
    let columns = key_columns(context.state.relation(parent));
    let Some(severity) = doubt(excluded, default, &columns) else { return };
    // A DEFAULT partition is meant to be empty.
    let severity = if context.options.rows.contains_key(name) { severity } else { Severity::Note };
    let mut found = context
        .found(
            findings.rule(),
            Subject::new("table", name.to_string()),
            format!(
                "the DEFAULT partition {name} of {parent} is read from end to end under ACCESS EXCLUSIVE, for rows that \
                 belong into the new partition"
            ),
        )
        .with_severity(severity)
        .on(name)
        .claiming(Claim::Locks { relation: name.clone(), mode: LockMode::AccessExclusive })
        .advised(format!(
            "Keep {name} empty, or give it a validated CHECK that leaves the new partition's rows out."
        ));
    if !is_partitioned(context, name) {
        found = found.claiming(Claim::Scans(name.clone()));
    }
    findings.push(found);
}

fn key_columns(parent: Option<&Known>) -> Vec<String> {
    parent
        .and_then(|known| known.relation.partition_key.as_ref())
        .map(|key| key.columns.clone())
        .unwrap_or_default()
}

fn has_any_check(known: &Known) -> bool {
    known.relation.constraints.iter().any(|constraint| constraint.kind == ConstraintKind::Check)
}

/// How much it matters, by whether the CHECKs spare the server the rows; none when they do. Where only the server can tell,
/// a validated CHECK that speaks of the whole key is taken for the proof that it was made to be, and the doubt is told.
fn doubt(proven: Option<bool>, known: &Known, columns: &[String]) -> Option<Severity> {
    let speaks = known.relation.constraints.iter().any(|constraint| {
        constraint.kind == ConstraintKind::Check
            && constraint.validated
            && columns.iter().all(|column| constraint.definition.contains(column.as_str()))
    });
    match proven {
        Some(true) => None,
        None if speaks => Some(Severity::Note),
        _ => Some(Severity::Warning),
    }
}

/// The bound that the statement writes.
fn bound<'c>(context: &Context<'c>) -> Option<&'c PartitionBoundSpec> {
    let Some(NodeEnum::AlterTableStmt(alter)) = context.tree else { return None };
    let command: &AlterTableCmd = match alter.cmds.first()?.node.as_ref()? {
        NodeEnum::AlterTableCmd(command) => command,
        _ => return None,
    };
    let partition: &PartitionCmd = match command.def.as_deref()?.node.as_ref()? {
        NodeEnum::PartitionCmd(partition) => partition,
        _ => return None,
    };
    partition.bound.as_ref()
}

/// The bound as a condition on the key's only column; none for hashes and open ends.
fn condition(column: &str, bound: &PartitionBoundSpec) -> Option<String> {
    let column = display_identifier(column);
    let values = |nodes: &[freehold_sql::tree::protobuf::Node]| -> Option<Vec<String>> {
        nodes
            .iter()
            .map(|node| match node.node.as_ref()? {
                // MINVALUE and MAXVALUE are names to the grammar.
                NodeEnum::ColumnRef(_) => None,
                _ => write_expression(node),
            })
            .collect()
    };
    match bound.strategy.as_str() {
        "r" => match (values(&bound.lowerdatums)?.as_slice(), values(&bound.upperdatums)?.as_slice()) {
            ([from], [to]) => {
                Some(format!("{column} IS NOT NULL AND {column} >= {from} AND {column} < {to}"))
            }
            _ => None,
        },
        "l" => {
            let listed = values(&bound.listdatums)?;
            let has_null = listed.iter().any(|value| value.eq_ignore_ascii_case("null"));
            (!has_null && !listed.is_empty())
                .then(|| format!("{column} IS NOT NULL AND {column} IN ({})", listed.join(", ")))
        }
        _ => None,
    }
}

fn proven(context: &Context<'_>, partition: &QualifiedName, condition: &str) -> String {
    let table = written(context, partition);
    let name = display_identifier(&format!("{}_bound", partition.name.get(..50).unwrap_or(&partition.name)));
    format!(
        "ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID;\n\
         ALTER TABLE {table} VALIDATE CONSTRAINT {name};\n\
         {};\n\
         ALTER TABLE {table} DROP CONSTRAINT {name}",
        context.text
    )
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn told(before: &str, text: &str) -> usize {
        let made = "CREATE TABLE p (a bigint NOT NULL) PARTITION BY RANGE (a);\nCREATE TABLE p1 (a bigint NOT NULL);\n";
        let said = said(&format!("-- migration: 1_a\n{made}{before}\n-- migration: 2_b\n{text}"));
        said.iter().filter(|(id, _)| *id == "partition-attached-with-scan").count()
    }

    const ATTACH: &str = "ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (1) TO (9);";

    #[test]
    fn a_table_without_a_proof_is_told() {
        assert_eq!(told("", ATTACH), 1);
        assert_eq!(told("ALTER TABLE p1 ADD CHECK (a < 9 AND a >= 1) NOT VALID;", ATTACH), 1);
        assert_eq!(told("CREATE TABLE d PARTITION OF p DEFAULT;", ATTACH), 2);
        let made = "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (20) TO (30);";
        assert_eq!(told("CREATE TABLE d PARTITION OF p DEFAULT;", made), 1);
    }

    #[test]
    fn proven_and_new_tables_are_silent() {
        assert_eq!(told("ALTER TABLE p1 ADD CHECK (a < 9 AND a >= 1);", ATTACH), 0);
        let new = "CREATE TABLE n (a bigint NOT NULL);\nALTER TABLE p ATTACH PARTITION n FOR VALUES FROM (1) TO (9);";
        assert_eq!(told("", new), 0);
        assert_eq!(told("", "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (20) TO (30);"), 0);
        assert_eq!(told("", "ALTER TABLE p ATTACH PARTITION unknown FOR VALUES FROM (1) TO (9);"), 0);
    }
}
