//! Keys that lead back to a table that is being filled.

use freehold_db::Session;
use freehold_model::name::{QualifiedName, quote_identifier};

use super::Keys;
use crate::{
    ask::{Bound, run},
    error::SynthError,
    fill::Filler,
    look::count,
    plan::{Choice, Plan},
    table::{Foreign, Parent},
};

/// A key whose values stand for rows that are not there yet.
pub(crate) struct Debt {
    table: QualifiedName,
    key: Foreign,
    /// Columns that no other key needs and that may be changed.
    own: Vec<String>,
}

/// Opens every circle: by NULL, by a row that points to itself, or by a debt.
pub(super) fn open(filler: &mut Filler<'_>, plan: &mut Plan<'_>, keys: &Keys) {
    for key in &keys.circles {
        let others = |name: &String| keys.groups.iter().any(|group| group.columns().contains(name));
        let own: Vec<String> = key.columns.iter().filter(|name| !others(name)).cloned().collect();
        let table = plan.table;
        let position = |name: &String| table.columns.iter().position(|column| column.name == *name);
        let nullable = |name: &&String| table.column(name).is_some_and(|column| column.nullable);
        let spare: Vec<&String> = own.iter().filter(nullable).collect();
        filler.note_open(table, key, &own);
        if !spare.is_empty() {
            for at in spare.into_iter().filter_map(position) {
                if let Some(slot) = plan.slots.get_mut(at) {
                    slot.cases = vec![Choice::Null];
                }
            }
        } else if matches!(key.parent, Parent::Relation(oid) if oid == table.oid || oid == table.whole_oid) {
            for (name, referenced) in key.columns.iter().zip(&key.parent_columns) {
                if let (Some(at), Some(of)) = (position(name), position(referenced))
                    && at != of
                    && let Some(slot) = plan.slots.get_mut(at)
                {
                    slot.cases = vec![Choice::Same(of)];
                }
            }
        } else if filler.book.is_none() {
            filler.debts.push(Debt { table: table.name.clone(), key: key.clone(), own });
        }
    }
}

/// Points the rows of every debt to parents, now that these are there.
pub(crate) async fn settle(session: &Session, debts: Vec<Debt>) -> Result<(), SynthError> {
    for debt in debts {
        let table = debt.table.quoted();
        let pairs: Vec<(String, String)> = debt
            .key
            .columns
            .iter()
            .zip(&debt.key.parent_columns)
            .map(|(own, parent)| (quote_identifier(own), quote_identifier(parent)))
            .collect();
        let matches: Vec<String> =
            pairs.iter().map(|(own, parent)| format!("x.{parent} = t.{own}")).collect();
        let filled: Vec<String> = pairs.iter().map(|(own, _)| format!("t.{own} IS NOT NULL")).collect();
        let astray = format!(
            "{} AND NOT EXISTS (SELECT FROM {} AS x WHERE {})",
            filled.join(" AND "),
            debt.key.from,
            matches.join(" AND ")
        );
        let own: Vec<&(String, String)> = pairs
            .iter()
            .zip(&debt.key.columns)
            .filter(|(_, name)| debt.own.contains(name))
            .map(|(pair, _)| pair)
            .collect();
        let shared: Vec<String> = pairs
            .iter()
            .filter(|pair| !own.contains(pair))
            .map(|(own, parent)| format!("p.{parent} = o.{own}"))
            .collect();
        let set: Vec<String> = own.iter().map(|(own, parent)| format!("{own} = p.{parent}")).collect();
        let parents: Vec<&str> = pairs.iter().map(|(_, parent)| parent.as_str()).collect();
        let keep: Vec<String> = pairs.iter().map(|(own, _)| format!("t.{own}")).collect();
        // Numbered within what is shared: the first row gets the first parent, and so on in turn.
        let by = |side: &dyn Fn(&(String, String)) -> String| {
            let columns: Vec<String> = pairs.iter().filter(|pair| !own.contains(pair)).map(side).collect();
            if columns.is_empty() { String::new() } else { format!("PARTITION BY {} ", columns.join(", ")) }
        };
        let (by_own, by_parent) = (by(&|pair| format!("t.{}", pair.0)), by(&|pair| format!("x.{}", pair.1)));
        let both = if shared.is_empty() { String::new() } else { format!(" AND {}", shared.join(" AND ")) };
        let sql = format!(
            "WITH o AS (SELECT t.ctid AS place, t.tableoid AS part, {keep}, \
               pg_catalog.row_number() OVER ({by_own}ORDER BY t.ctid) - 1 AS number FROM {table} AS t WHERE {astray}), \
             p AS (SELECT {list}, pg_catalog.row_number() OVER ({by_parent}ORDER BY {list}) - 1 AS number, \
               pg_catalog.count(*) OVER ({by_parent}) AS total FROM {from} AS x) \
             UPDATE {table} AS t SET {set} FROM o JOIN p ON p.number = o.number % p.total{both} \
             WHERE t.ctid = o.place AND t.tableoid = o.part",
            keep = keep.join(", "),
            list = parents.join(", "),
            from = debt.key.from,
            set = set.join(", "),
        );
        let doing = format!("pointing rows of {} to parents by {}", debt.table, debt.key.constraint);
        let unsatisfied = |why: String| SynthError::Unsatisfied {
            relation: debt.table.to_string(),
            column: None,
            constraint: Some(debt.key.constraint.clone()),
            why,
        };
        run(session, &doing, &sql, &Bound::default()).await.map_err(|error| match error.server() {
            Some(server) => unsatisfied(format!("the circle of keys could not be closed: {server}")),
            None => SynthError::server(doing.clone())(error),
        })?;
        let sql = format!("SELECT pg_catalog.count(*) FROM {table} AS t WHERE {astray}");
        let left = count(session, &sql, &doing).await?;
        if left > 0 {
            return Err(unsatisfied(format!("{left} rows of a circle of keys have no parent")));
        }
    }
    Ok(())
}
