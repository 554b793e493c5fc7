//! Reads relations, without their parts.

use freehold_model::{
    catalog::{
        ForeignSource, Grants, Partition, PartitionKey, Persistence, Relation, RelationKind, ReplicaIdentity,
        Sequence, SequenceOwner,
    },
    name::QualifiedName,
};

use super::rows::{Bad, Fields};

/// Takes the ids of relations, gives one row for each that a user made.
pub(super) const SQL: &str = include_str!("relation.sql");

/// The relation of one row.
pub(super) fn relation(mut row: Fields<'_>) -> Result<Relation, Bad> {
    let mut relation = Relation {
        oid: row.next()?,
        relfilenode: row.next()?,
        toast_oid: row.next()?,
        row_type_oid: row.next()?,
        name: QualifiedName { schema: row.next()?, name: row.next()? },
        kind: kind(row.next()?),
        owner: row.next()?,
        ..Relation::default()
    };
    relation.grants = Grants::parse(row.next::<Vec<&str>>()?, &relation.owner);
    relation.persistence = match row.next::<&str>()? {
        "u" => Persistence::Unlogged,
        _ => Persistence::Permanent,
    };
    relation.access_method = row.next()?;
    relation.tablespace = row.next()?;
    relation.options = row.next()?;
    relation.toast_options = row.next()?;
    relation.row_security = row.next()?;
    relation.force_row_security = row.next()?;
    relation.replica_identity = match row.next::<&str>()? {
        "n" => ReplicaIdentity::Nothing,
        "f" => ReplicaIdentity::Full,
        "i" => ReplicaIdentity::Index,
        _ => ReplicaIdentity::Default,
    };
    relation.partition_key = partition_key(&mut row)?;
    add_parents(&mut relation, &mut row)?;
    relation.of_type = row.next()?;
    relation.definition = row.next::<Option<&str>>()?.map(|text| text.trim().to_owned());
    relation.populated = row.next()?;
    let (server, options) = (row.next::<Option<String>>()?, row.next()?);
    relation.foreign = server.map(|server| ForeignSource { server, options });
    relation.sequence = sequence(&mut row)?;
    relation.comment = row.next()?;
    Ok(relation)
}

fn kind(letter: &str) -> RelationKind {
    match letter {
        "p" => RelationKind::PartitionedTable,
        "v" => RelationKind::View,
        "m" => RelationKind::MaterializedView,
        "f" => RelationKind::ForeignTable,
        "S" => RelationKind::Sequence,
        "c" => RelationKind::CompositeType,
        _ => RelationKind::Table,
    }
}

fn partition_key(row: &mut Fields<'_>) -> Result<Option<PartitionKey>, Bad> {
    let definition: Option<String> = row.next()?;
    let strategy = match row.next::<Option<&str>>()? {
        Some("r") => "RANGE",
        Some("l") => "LIST",
        Some("h") => "HASH",
        _ => "",
    };
    let columns = row.next()?;
    Ok(definition.map(|definition| PartitionKey { strategy: strategy.to_owned(), definition, columns }))
}

/// A partition has one parent, to which it belongs; another table may inherit from several.
fn add_parents(relation: &mut Relation, row: &mut Fields<'_>) -> Result<(), Bad> {
    let bound: Option<String> = row.next()?;
    let parents: Vec<String> = row.next()?;
    let (is_partition, detach_pending): (bool, bool) = (row.next()?, row.next()?);
    let mut parents = parents.chunks_exact(2).filter_map(|pair| match pair {
        [schema, name] => Some(QualifiedName::new(schema.as_str(), name.as_str())),
        _ => None,
    });
    if is_partition {
        let bound = bound.unwrap_or_default();
        relation.partition = parents.next().map(|parent| Partition { parent, bound, detach_pending });
    } else {
        relation.inherits = parents.collect();
    }
    Ok(())
}

fn sequence(row: &mut Fields<'_>) -> Result<Option<Sequence>, Bad> {
    let type_name: Option<String> = row.next()?;
    let mut number = || row.next::<Option<i64>>().map(Option::unwrap_or_default);
    let (start, increment, min) = (number()?, number()?, number()?);
    let (max, cache) = (number()?, number()?);
    let cycle = row.next::<Option<bool>>()?.unwrap_or_default();
    let (schema, table) = (row.next::<Option<String>>()?, row.next::<Option<String>>()?);
    let (column, identity) = (row.next::<Option<String>>()?, row.next::<Option<bool>>()?);
    let owned_by = schema.zip(table).zip(column).map(|((schema, name), column)| SequenceOwner {
        table: QualifiedName { schema, name },
        column,
        identity: identity.unwrap_or_default(),
    });
    Ok(type_name.map(|type_name| Sequence { type_name, start, increment, min, max, cache, cycle, owned_by }))
}
