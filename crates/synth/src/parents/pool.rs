//! A group of keys that share columns, and the combinations of their parents.

use std::{collections::BTreeSet, fmt::Write as _};

use freehold_model::name::quote_identifier;

use super::{SOME, Wish};
use crate::{
    ask::guarded,
    error::SynthError,
    fill::Filler,
    look::count,
    plan::{Plan, Pool, numbered},
    table::{Foreign, Parent, Table},
};

/// Keys that share columns, the widest first.
pub(crate) struct Group {
    pub(crate) keys: Vec<Foreign>,
    /// Columns whose values must not repeat among the parents chosen.
    pub(crate) distinct: Vec<String>,
}

impl Group {
    pub(crate) fn shares(&self, key: &Foreign) -> bool {
        self.keys.iter().any(|own| own.columns.iter().any(|column| key.columns.contains(column)))
    }

    pub(crate) fn columns(&self) -> BTreeSet<String> {
        self.keys.iter().flat_map(|key| key.columns.iter().cloned()).collect()
    }

    /// Rows of agreeing parents, one column for each column of the first `keys` keys. `each` limits the first
    /// parents, `follow` how many of the next are taken for each.
    fn joined(&self, keys: usize, each: Option<u64>, follow: u64) -> String {
        let mut columns: Vec<(String, String)> = Vec::new();
        let mut from = String::new();
        for (at, key) in self.keys.iter().take(keys).enumerate() {
            let mut wheres = Vec::new();
            let mut taken = Vec::new();
            let pairs: Vec<_> = key.columns.iter().zip(&key.parent_columns).collect();
            for (column, parent) in &pairs {
                let parent = quote_identifier(parent);
                wheres.push(format!("{parent} IS NOT NULL"));
                taken.push(parent.clone());
                match columns.iter().find(|(known, _)| known == *column) {
                    Some((_, value)) => wheres.push(format!("{parent} = {value}")),
                    None => columns.push(((*column).clone(), format!("p{at}.{parent}"))),
                }
            }
            taken.dedup();
            let list = taken.join(", ");
            let distinct = if matches!(key.parent, Parent::Query) { "DISTINCT " } else { "" };
            let limit = if at == 0 { each } else { Some(follow) };
            // Many keys: the first parents are scattered, so that each value of what is shared has its chance.
            let order = if at == 0 && keys > 1 && distinct.is_empty() {
                format!("pg_catalog.md5(ROW({list})::pg_catalog.text)")
            } else {
                list.clone()
            };
            let limit = limit.map(|limit| format!(" LIMIT {limit}")).unwrap_or_default();
            let part = format!(
                "(SELECT {distinct}{list} FROM {} WHERE {} ORDER BY {order}{limit}) AS p{at}",
                key.from,
                wheres.join(" AND ")
            );
            let _ = write!(from, "{}{part}", if at == 0 { "" } else { " CROSS JOIN LATERAL " });
        }
        let values: Vec<String> =
            columns.iter().map(|(name, value)| format!("{value} AS {}", quote_identifier(name))).collect();
        format!("SELECT {} FROM {from}", values.join(", "))
    }

    /// The pool's rows before they are numbered.
    fn rows(&self, table: &Table, keys: usize, need: u64) -> String {
        let limit = need.max(SOME);
        let seen: BTreeSet<&String> = self.keys.iter().take(keys).flat_map(|key| &key.columns).collect();
        let distinct: Vec<String> = self
            .distinct
            .iter()
            .filter(|column| seen.contains(column))
            .map(|column| quote_identifier(column))
            .collect();
        if need == 0 || distinct.is_empty() || distinct.len() < self.distinct.len() {
            return format!("{} LIMIT {limit}", self.joined(keys, Some(limit), 3));
        }
        let list = distinct.join(", ");
        // Only parents that no row has yet, so that one to one stays one to one.
        let own = table.uniques.iter().any(|unique| {
            let names = unique.columns.iter().filter_map(|number| table.position(*number));
            let names = names.filter_map(|at| table.columns.get(at)).map(|column| &column.name);
            !unique.partial && names.collect::<BTreeSet<_>>() == self.distinct.iter().collect()
        });
        let unused = if own {
            let same: Vec<String> = distinct.iter().map(|name| format!("own.{name} = free.{name}")).collect();
            format!(
                " WHERE NOT EXISTS (SELECT FROM {} AS own WHERE {})",
                table.name.quoted(),
                same.join(" AND ")
            )
        } else {
            String::new()
        };
        format!(
            "SELECT DISTINCT ON ({list}) * FROM ({}) AS free{unused} ORDER BY {list} LIMIT {limit}",
            self.joined(keys, None, SOME)
        )
    }

    /// Columns of the key at `at` that no other key of the group fills.
    fn own_columns(&self, at: usize) -> Vec<String> {
        let others = |name: &String| {
            self.keys.iter().enumerate().any(|(other, key)| other != at && key.columns.contains(name))
        };
        let columns = self.keys.get(at).map(|key| key.columns.as_slice()).unwrap_or_default();
        columns.iter().filter(|name| !others(name)).cloned().collect()
    }
}

/// Fills parents until there are enough combinations. Answers with nullable columns that are left out because their
/// parents cannot be had; their keys are taken from the group.
pub(super) async fn ensure(
    filler: &mut Filler<'_>,
    plan: &Plan<'_>,
    group: &mut Group,
    need: u64,
) -> Result<Vec<String>, SynthError> {
    let mut left_out = Vec::new();
    let mut at = 0;
    while at < group.keys.len() {
        let session = filler.session;
        let outcome = guarded(session, one(filler, plan, group, at, need)).await;
        match outcome {
            Ok(()) => at += 1,
            Err(error @ SynthError::Unsatisfied { .. }) => {
                let own = group.own_columns(at);
                let nullable = |name: &String| plan.table.column(name).is_some_and(|column| column.nullable);
                let spare: Vec<String> = own.into_iter().filter(nullable).collect();
                if spare.is_empty() {
                    return Err(error);
                }
                let key = group.keys.remove(at);
                let kept = group.columns();
                left_out
                    .extend(key.columns.into_iter().filter(|name| !kept.contains(name) && nullable(name)));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(left_out)
}

/// Makes sure of parents for the keys up to and with the one at `at`.
async fn one(
    filler: &mut Filler<'_>,
    plan: &Plan<'_>,
    group: &Group,
    at: usize,
    need: u64,
) -> Result<(), SynthError> {
    let Some(key) = group.keys.get(at) else { return Ok(()) };
    let wanted = need.max(1);
    let doing = format!("counting parents for {} of {}", key.constraint, plan.table.name);
    let have = |rows: String| format!("SELECT pg_catalog.count(*) FROM ({rows}) AS q");
    let there = count(filler.session, &have(group.rows(plan.table, at + 1, wanted)), &doing).await?;
    let there = u64::try_from(there).unwrap_or(0);
    let enough = if need > 1 { wanted } else { 1 };
    if there >= enough {
        return Ok(());
    }
    let Parent::Relation(oid) = key.parent else {
        return Err(unsatisfied(plan.table, key, "there is nothing to agree with"));
    };
    // Fewer on each floor up, so that several children share a parent.
    let usual = if filler.depth() > 1 { plan.rows / 5 } else { plan.rows };
    let missing = (wanted - there).max(usual.clamp(1, SOME));
    let before: BTreeSet<&String> = group.keys.iter().take(at).flat_map(|key| &key.columns).collect();
    let shared: Vec<_> =
        key.columns.iter().zip(&key.parent_columns).filter(|(column, _)| before.contains(column)).collect();
    let wish = (!shared.is_empty()).then(|| {
        let columns: Vec<String> = shared
            .iter()
            .map(|(own, parent)| format!("{} AS {}", quote_identifier(own), quote_identifier(parent)))
            .collect();
        Wish {
            columns: shared.iter().map(|(_, parent)| (*parent).clone()).collect(),
            query: format!(
                "SELECT {} FROM ({}) AS agreed",
                columns.join(", "),
                group.rows(plan.table, at, wanted)
            ),
        }
    });
    // What must be different here and comes from this parent must be different there.
    let distinct: Vec<String> = key
        .columns
        .iter()
        .zip(&key.parent_columns)
        .filter(|(own, _)| need > 1 && group.distinct.contains(own) && !before.contains(own))
        .map(|(_, parent)| parent.clone())
        .collect();
    filler.parent(oid, missing, wish.as_ref(), &distinct).await?;
    let there = count(filler.session, &have(group.rows(plan.table, at + 1, wanted)), &doing).await?;
    if u64::try_from(there).unwrap_or(0) < 1 {
        return Err(unsatisfied(
            plan.table,
            key,
            "no parents were found that agree on what their keys share",
        ));
    }
    Ok(())
}

fn unsatisfied(table: &Table, key: &Foreign, why: &str) -> SynthError {
    SynthError::Unsatisfied {
        relation: table.name.to_string(),
        column: None,
        constraint: Some(key.constraint.clone()),
        why: why.to_owned(),
    }
}

/// The combinations, numbered.
pub(super) async fn pool(
    filler: &Filler<'_>,
    plan: &Plan<'_>,
    group: &Group,
    need: u64,
) -> Result<Pool, SynthError> {
    let rows = group.rows(plan.table, group.keys.len(), need);
    let doing = format!("counting parents for rows of {}", plan.table.name);
    let size =
        count(filler.session, &format!("SELECT pg_catalog.count(*) FROM ({rows}) AS q"), &doing).await?;
    let size = u64::try_from(size).unwrap_or(0);
    if size == 0 {
        let key = group.keys.first();
        return Err(SynthError::Unsatisfied {
            relation: plan.table.name.to_string(),
            column: None,
            constraint: key.map(|key| key.constraint.clone()),
            why: "there are no parents that agree with each other".to_owned(),
        });
    }
    Ok(Pool { sql: numbered(&rows), size, stride: 1, fresh: need > 0 })
}
