//! Whether the values of a key can be guessed: only then does a refusal tell something to who tries them.

use freehold_model::catalog::{Column, Index, IndexColumn, Relation};

use crate::isolation::world::World;

/// Why the refusals of a unique or exclusion constraint tell nothing that could be guessed; none where they tell something.
pub(super) fn unguessable(world: &World<'_>, relation: &Relation, index: &Index) -> Option<String> {
    let columns: Vec<Option<&Column>> = index
        .columns
        .iter()
        .map(|column| match column {
            IndexColumn::Column(name) => relation.column(name),
            IndexColumn::Expression(_) => None,
        })
        .collect();
    for column in columns.iter().flatten() {
        if column.type_name == "uuid" {
            return Some(format!("{} is a uuid", column.name));
        }
        if is_counted(column) {
            return Some(format!("{} is given by the server", column.name));
        }
        if is_secret(column) {
            return Some(format!("{} is taken for a secret or a digest by its name", column.name));
        }
    }
    if let ([Some(column)], true) = (columns.as_slice(), index.primary)
        && is_surrogate(column)
    {
        return Some(format!("{} is taken for a random key by its name", column.name));
    }
    let given = columns.iter().all(|column| {
        column.is_some_and(|column| is_of_now(column) || refers_to_counted(world, relation, &column.name))
    });
    (given && !columns.is_empty()).then(|| "the server gives all of its values".to_owned())
}

/// A number that the server counts.
fn is_counted(column: &Column) -> bool {
    column.identity.is_some() || column.default.as_deref().is_some_and(|default| default.contains("nextval("))
}

fn is_of_now(column: &Column) -> bool {
    column.default.as_deref().is_some_and(|default| {
        let default = default.to_ascii_lowercase();
        ["now()", "current_timestamp", "clock_timestamp()"].iter().any(|now| default.contains(now))
    })
}

/// The column refers to a number that the server counts.
fn refers_to_counted(world: &World<'_>, relation: &Relation, column: &str) -> bool {
    relation.foreign_keys().any(|key| {
        key.columns.iter().zip(&key.referenced_columns).any(|(own, theirs)| {
            own == column
                && key
                    .referenced_oid
                    .and_then(|oid| world.catalog.relation_by_oid(oid))
                    .and_then(|parent| parent.column(theirs))
                    .is_some_and(is_counted)
        })
    })
}

/// The only column of a primary key, kept as text: many programs make such keys at random and write uuids into them.
fn is_surrogate(column: &Column) -> bool {
    let is_text = column.type_name == "text" || column.type_name.starts_with("char");
    let name = column.name.to_ascii_lowercase();
    let is_key = ["id", "uuid", "guid", "ulid"].contains(&name.as_str());
    is_text && (is_key || name.ends_with("_id") || name.ends_with("_uuid") || column.name.ends_with("Id"))
}

/// Digests and tokens are long and random; their names say what they are.
fn is_secret(column: &Column) -> bool {
    let is_text =
        ["text", "bytea"].contains(&column.type_name.as_str()) || column.type_name.starts_with("char");
    let words: Vec<String> = column.name.to_ascii_lowercase().split('_').map(str::to_owned).collect();
    is_text
        && words.last().is_some_and(|last| {
            ["hash", "token", "digest", "secret", "nonce", "sha256", "sha1", "md5", "hmac"]
                .contains(&last.as_str())
        })
}
