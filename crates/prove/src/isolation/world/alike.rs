//! Makes the keys of tenants alike: B's begins as A's does, and C's ends so or differs in the case of letters alone.
//!
//! A policy that compares only a part of the key, or takes letters for the same, lets another tenant through; with keys
//! that have nothing in common it would look sound.

use std::collections::BTreeSet;

use freehold_db::Session;
use freehold_model::{
    catalog::{Catalog, Column, Identity, Relation},
    name::{quote_identifier, quote_literal},
};

use super::{IsolationError, Tenancy};
use crate::isolation::tenancy::Ownership;

/// Gives B and C new keys where the schema lets them have such, and answers with the keys of all.
pub(super) async fn make(
    session: &Session,
    catalog: &Catalog,
    tenancy: &Tenancy,
    tenants: Vec<String>,
) -> Result<Vec<String>, IsolationError> {
    let Some(a) = tenants.first().cloned() else { return Ok(tenants) };
    let holders = holders(catalog, tenancy);
    let is_uuid = holders.iter().any(|(_, column)| column.type_name == "uuid") || casts_to_uuid(catalog);
    let mut keys = tenants;
    for at in 1..keys.len() {
        let Some(old) = keys.get(at).cloned() else { continue };
        for new in candidates(&a, at, is_uuid) {
            if !keys.contains(&new) && rename(session, &holders, &old, &new).await? {
                if let Some(key) = keys.get_mut(at) {
                    *key = new;
                }
                break;
            }
        }
    }
    Ok(keys)
}

/// Keys that are like A's, the best first: for B the beginning is the same, for C the letters or the end.
fn candidates(a: &str, at: usize, is_uuid: bool) -> Vec<String> {
    let mut characters: Vec<char> = a.chars().collect();
    let other = |character: Option<&char>| match character {
        // No number begins with a nought.
        Some('1') => '2',
        None => '1',
        Some(character) if character.is_ascii_hexdigit() => '1',
        Some(_) => 'x',
    };
    if at == 1 {
        let same_length = {
            let last = other(characters.last());
            characters.pop();
            characters.push(last);
            characters.iter().collect::<String>()
        };
        return if is_uuid { vec![same_length] } else { vec![format!("{a}1"), same_length] };
    }
    let end = {
        let first = other(characters.first());
        std::iter::once(first).chain(characters.iter().skip(1).copied()).collect::<String>()
    };
    if is_uuid {
        return vec![end];
    }
    [a.to_uppercase(), a.to_lowercase(), end].into_iter().filter(|key| key != a).collect()
}

/// True when a policy or a function takes texts for uuids: a key must stay one then.
fn casts_to_uuid(catalog: &Catalog) -> bool {
    let policies = catalog.relations.iter().flat_map(|relation| &relation.policies);
    let policies = policies.flat_map(|policy| [&policy.using, &policy.with_check]).flatten();
    let bodies = catalog.functions.iter().map(|function| &function.body);
    policies
        .chain(bodies)
        .map(|text| text.to_ascii_lowercase())
        .any(|text| text.contains("::uuid") || text.contains("as uuid"))
}

/// The columns that hold tenants' keys: the root's, the tenant columns, and whatever refers to one of these.
fn holders<'c>(catalog: &'c Catalog, tenancy: &Tenancy) -> Vec<(&'c Relation, &'c Column)> {
    let mut known: BTreeSet<(u32, String)> = BTreeSet::new();
    for (oid, ownership) in &tenancy.owned {
        if let Ownership::Root { key: column } | Ownership::Column(column) = ownership {
            known.insert((*oid, column.clone()));
        }
    }
    loop {
        let before = known.len();
        for relation in catalog.relations.iter() {
            for key in relation.foreign_keys() {
                let Some(parent) = key.referenced_table.as_ref().and_then(|name| catalog.relation(name))
                else {
                    continue;
                };
                for (own, theirs) in key.columns.iter().zip(&key.referenced_columns) {
                    if known.contains(&(parent.oid, theirs.clone())) {
                        known.insert((relation.oid, own.clone()));
                    }
                }
            }
        }
        if known.len() == before {
            break;
        }
    }
    let found = known.iter().filter_map(|(oid, column)| {
        // Partitions are changed through their parent, so that rows can move.
        let relation =
            catalog.relation_by_oid(*oid).filter(|r| r.partition.is_none() && r.foreign.is_none())?;
        Some((relation, relation.column(column).filter(|column| column.generated.is_none())?))
    });
    found.collect()
}

/// False when the schema does not let the key be changed; everything is as before then.
async fn rename(
    session: &Session,
    holders: &[(&Relation, &Column)],
    old: &str,
    new: &str,
) -> Result<bool, IsolationError> {
    let mut sql =
        "BEGIN;\nSET LOCAL session_replication_role = replica;\nSET LOCAL row_security = off;\n".to_owned();
    for (relation, column) in holders {
        let (table, name) = (relation.name.quoted(), quote_identifier(&column.name));
        let always = column.identity == Some(Identity::Always);
        let generated = |how: &str| format!("ALTER TABLE {table} ALTER COLUMN {name} SET GENERATED {how};\n");
        if always {
            sql.push_str(&generated("BY DEFAULT"));
        }
        sql.push_str(&format!(
            "UPDATE {table} SET {name} = {} WHERE {name} = {};\n",
            quote_literal(new),
            quote_literal(old)
        ));
        if always {
            sql.push_str(&generated("ALWAYS"));
        }
    }
    sql.push_str("COMMIT;");
    if session.run(&sql).await.is_ok() {
        return Ok(true);
    }
    session.run("ROLLBACK").await.map_err(IsolationError::own("keeping the keys of tenants"))?;
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::candidates;

    #[test]
    fn b_begins_as_a_and_c_ends_as_a() {
        let a = "d8e61b8b-fd63-4872-8983-f99bf74dadc4";
        assert_eq!(candidates(a, 1, true), ["d8e61b8b-fd63-4872-8983-f99bf74dadc1"]);
        assert_eq!(candidates(a, 2, true), ["18e61b8b-fd63-4872-8983-f99bf74dadc4"]);
        assert_eq!(candidates("7", 1, false), ["71", "1"]);
        assert_eq!(candidates("acme", 1, false).first().map(String::as_str), Some("acme1"));
        assert_eq!(candidates("acme", 2, false).first().map(String::as_str), Some("ACME"));
    }
}
