//! Foreign keys: each is a join to parents that are there or are filled first.
//!
//! Keys that share columns (a tenant!) are one group: its pool holds combinations of parents that agree on what they
//! share. A key to a table that is being filled already is a circle: it is broken by NULL, by a row that points to
//! itself, or mended when all tables of the circle have their rows.

mod circle;
mod group;
mod need;
mod pool;

use std::collections::BTreeSet;

use crate::{
    error::SynthError,
    fill::Filler,
    plan::{Choice, Plan, Pool},
    table::{Foreign, Parent, Table},
};

pub(crate) use circle::{Debt, settle};
pub(crate) use group::Group;
pub(crate) use need::Needs;

/// So many different parents, unless something unique asks for more.
pub(crate) const SOME: u64 = 50;

/// A query that a table's new rows must find themselves in, on some columns.
#[derive(Clone)]
pub(crate) struct Wish {
    /// Columns of the table to be filled; the query's columns have the same names.
    pub(crate) columns: Vec<String>,
    pub(crate) query: String,
    /// The query says whose each of its rows is.
    pub(crate) coloured: bool,
}

/// A table's keys, sorted by how they are dealt with.
pub(crate) struct Keys {
    pub(crate) groups: Vec<Group>,
    /// Keys into tables that are being filled.
    pub(crate) circles: Vec<Foreign>,
}

impl Keys {
    pub(crate) fn of(table: &Table, wish: Option<&Wish>, filler: &Filler<'_>) -> Self {
        let (mut circles, mut keys) = (Vec::new(), Vec::new());
        for key in &table.foreign {
            match filler.source(table, key) {
                Some(key) => keys.push(key),
                None => circles.push(key.clone()),
            }
        }
        keys.extend(filler.tenant_key(table, &keys));
        keys.sort_by_key(|key| (!key.coloured, std::cmp::Reverse(key.columns.len())));
        if let Some(wish) = wish {
            let wished = Foreign {
                constraint: "what another table shares with this one".to_owned(),
                columns: wish.columns.clone(),
                parent: Parent::Query,
                from: format!("({}) AS wished", wish.query),
                parent_columns: wish.columns.clone(),
                coloured: wish.coloured,
            };
            keys.insert(0, wished);
        }
        let mut groups: Vec<Group> = Vec::new();
        for key in keys {
            let (joined, apart): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.shares(&key));
            groups = apart;
            let mut keys: Vec<Foreign> = joined.into_iter().flat_map(|group| group.keys).collect();
            keys.push(key);
            // The wish first, then what says whose it is, then the widest.
            keys.sort_by_key(|key| {
                let made = matches!(key.parent, Parent::Relation(_));
                (made, !key.coloured, std::cmp::Reverse(key.columns.len()))
            });
            groups.push(Group { keys, distinct: Vec::new() });
        }
        Self { groups, circles }
    }

    /// Positions of the columns that keys fill.
    pub(crate) fn positions(&self, table: &Table) -> BTreeSet<usize> {
        let names = self.groups.iter().flat_map(|group| &group.keys).flat_map(|key| &key.columns);
        names.filter_map(|name| table.columns.iter().position(|column| column.name == *name)).collect()
    }
}

/// Fills parents as far as needed and sets the columns of all keys.
pub(crate) async fn provide(
    filler: &mut Filler<'_>,
    plan: &mut Plan<'_>,
    mut keys: Keys,
) -> Result<(), SynthError> {
    circle::open(filler, plan, &keys);
    let needs = Needs::of(plan, &mut keys);
    for (at, mut group) in keys.groups.into_iter().enumerate() {
        let need = needs.of_group(at);
        let left_out = pool::ensure(filler, plan, &mut group, need).await?;
        for name in left_out {
            set(plan, &name, vec![Choice::Null]);
        }
        if group.keys.is_empty() {
            // Pools and groups have the same numbers.
            plan.pools.push(Pool::default());
            continue;
        }
        let pool = pool::pool(filler, plan, &group, need).await?;
        let number = plan.pools.len();
        demand(plan, &group, &pool)?;
        plan.pools.push(pool);
        let names: BTreeSet<String> = group.columns();
        for name in names {
            set(plan, &name, vec![Choice::Parent(number, name.clone())]);
        }
    }
    needs.stride(plan);
    Ok(())
}

/// Leaves out the colours that have no parents, where there must be one.
fn demand(plan: &mut Plan<'_>, group: &Group, pool: &Pool) -> Result<(), SynthError> {
    let Some(sizes) = &pool.sizes else { return Ok(()) };
    let wished = group.keys.iter().any(|key| matches!(key.parent, Parent::Query));
    let must = |name: &String| plan.table.column(name).is_some_and(|column| !column.nullable);
    if wished || group.columns().iter().any(must) {
        plan.spans.retain(|span| sizes.contains_key(&span.colour));
        plan.rows = plan.spans.iter().map(|span| span.count).sum();
    }
    if plan.spans.is_empty() {
        return Err(SynthError::Unsatisfied {
            relation: plan.table.name.to_string(),
            column: None,
            constraint: group.keys.first().map(|key| key.constraint.clone()),
            why: "its parents have no rows".to_owned(),
        });
    }
    Ok(())
}

fn set(plan: &mut Plan<'_>, column: &str, cases: Vec<Choice>) {
    let position = plan.table.columns.iter().position(|known| known.name == column);
    if let Some(slot) = position.and_then(|position| plan.slots.get_mut(position)) {
        slot.cases = cases;
    }
}
