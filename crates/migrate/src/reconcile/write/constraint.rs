//! Constraints of tables.

use freehold_model::catalog::{Constraint, ConstraintKind, Index, Relation};

use super::{super::compare::index_parameters, Sql, index, q, relation_word};

/// True when the index behind a constraint has nothing that the constraint does not say.
pub(super) fn says_all(index: &Index) -> bool {
    let special = index.clustered || index.replica_identity || index.tablespace.is_some();
    !special && index.statistics_targets.is_empty() && index_parameters(&index.definition).1.is_none()
}

/// Adds a constraint; with it its index.
pub(super) fn add(table: &Relation, constraint: &Constraint) -> Vec<Sql> {
    let backed = matches!(
        constraint.kind,
        ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Exclusion
    );
    // The partitions bring their own, by their own names.
    let only = if backed && table.partition_key.is_some() { "ONLY " } else { "" };
    let add = Sql::new(format!(
        "ALTER {} {only}{} ADD CONSTRAINT {} {}",
        relation_word(table),
        table.name.quoted(),
        q(&constraint.name),
        constraint.definition
    ));
    let behind = table.index(&constraint.name).filter(|index| index.constraint.is_some());
    [add].into_iter().chain(behind.into_iter().flat_map(|index| index::settings(table, index))).collect()
}

/// What can be altered: a constraint that was not validated can be.
pub(super) fn alter(table: &Relation, old: &Constraint, new: &Constraint) -> Vec<Sql> {
    let validates = old.definition != new.definition;
    let validate = validates.then(|| {
        Sql::new(format!(
            "ALTER {} {} VALIDATE CONSTRAINT {}",
            relation_word(table),
            table.name.quoted(),
            q(&new.name)
        ))
    });
    validate.into_iter().collect()
}
