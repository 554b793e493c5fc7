//! Indexes.

use freehold_model::{
    catalog::{Index, Relation},
    name::QualifiedName,
};

use super::{
    super::{
        compare::index_parameters,
        sql::{pair, relation_word},
        tokens::split_outside,
    },
    Sql, Writer, q,
};

impl Writer<'_, '_> {
    pub(super) fn create_index(&mut self, table: &Relation, index: &Index) -> Vec<Sql> {
        if !index.valid && table.partition_key.is_none() {
            self.cannot(format!("index {} on {}: that it is not valid", index.name, table.name));
        }
        [Sql::new(index.definition.clone())].into_iter().chain(after_creation(table, index)).collect()
    }
}

/// What the definition does not say.
fn after_creation(table: &Relation, index: &Index) -> Vec<Sql> {
    let plain = Index { definition: index.definition.clone(), ..Index::default() };
    alter(table, &plain, index)
}

/// What an index has beyond the constraint that made it.
pub(super) fn settings(table: &Relation, index: &Index) -> Vec<Sql> {
    let plain = Index { definition: index_parameters(&index.definition).0, ..Index::default() };
    alter(table, &plain, index)
}

/// Sets what can be set of an index that is there.
pub(super) fn alter(table: &Relation, old: &Index, new: &Index) -> Vec<Sql> {
    let name = QualifiedName::new(table.name.schema.clone(), new.name.clone()).quoted();
    let mut changes = Vec::new();
    let parameters = |index: &Index| -> Vec<String> {
        let inside = index_parameters(&index.definition).1.map(str::to_owned).unwrap_or_default();
        split_outside(&inside, ',').into_iter().map(str::to_owned).collect()
    };
    let (before, after) = (parameters(old), parameters(new));
    let set: Vec<&str> = after.iter().filter(|one| !before.contains(one)).map(String::as_str).collect();
    let has = |name: &str| after.iter().any(|one| pair(one).0 == name);
    let reset: Vec<&str> = before.iter().map(|one| pair(one).0).filter(|name| !has(name)).collect();
    if !reset.is_empty() {
        changes.push(format!("ALTER INDEX {name} RESET ({})", reset.join(", ")));
    }
    if !set.is_empty() {
        changes.push(format!("ALTER INDEX {name} SET ({})", set.join(", ")));
    }
    if old.tablespace != new.tablespace {
        let space = new.tablespace.as_deref().unwrap_or("pg_default");
        changes.push(format!("ALTER INDEX {name} SET TABLESPACE {}", q(space)));
    }
    changes.extend(statistics(&name, old, new));
    let head = format!("ALTER {} {}", relation_word(table), table.name.quoted());
    if new.clustered && !old.clustered {
        changes.push(format!("{head} CLUSTER ON {}", q(&new.name)));
    }
    if old.clustered && !new.clustered && !table.indexes.iter().any(|index| index.clustered) {
        changes.push(format!("{head} SET WITHOUT CLUSTER"));
    }
    if new.replica_identity && !old.replica_identity {
        changes.push(format!("{head} REPLICA IDENTITY USING INDEX {}", q(&new.name)));
    }
    changes.into_iter().map(Sql::new).collect()
}

fn statistics(name: &str, old: &Index, new: &Index) -> Vec<String> {
    let set = new
        .statistics_targets
        .iter()
        .filter(|one| !old.statistics_targets.contains(one))
        .map(|one| pair(one));
    let has = |number: &str| new.statistics_targets.iter().any(|one| pair(one).0 == number);
    let reset = old.statistics_targets.iter().map(|one| pair(one).0).filter(|number| !has(number));
    let reset = reset.map(|number| (number, "-1"));
    set.chain(reset)
        .map(|(number, target)| format!("ALTER INDEX {name} ALTER COLUMN {number} SET STATISTICS {target}"))
        .collect()
}

/// Hangs an index on the one of the table above.
pub(super) fn attach(table: &Relation, index: &Index, parent: &str) -> Vec<Sql> {
    let Some(partition) = &table.partition else { return Vec::new() };
    let above = QualifiedName::new(partition.parent.schema.clone(), parent);
    let own = QualifiedName::new(table.name.schema.clone(), index.name.clone());
    vec![Sql::new(format!("ALTER INDEX {} ATTACH PARTITION {}", above.quoted(), own.quoted()))]
}
