//! How many different parents do unique columns ask for, and who runs fastest through what?

use std::collections::BTreeMap;

use super::Keys;
use crate::plan::{Choice, Plan, Pool};

/// A part of something unique that has only so many values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Group(usize),
    Column(usize),
}

/// What unique constraints without an unlimited column need.
pub(crate) struct Needs {
    groups: BTreeMap<usize, u64>,
    finite: Vec<Finite>,
}

/// Parts of something unique that have only so many combinations.
struct Finite {
    sources: Vec<Source>,
    /// Each colour has combinations of its own.
    within: bool,
}

impl Needs {
    pub(crate) fn of(plan: &Plan<'_>, keys: &mut Keys) -> Self {
        let mut needs = Self { groups: BTreeMap::new(), finite: Vec::new() };
        for unique in plan.table.uniques.iter().filter(|unique| !unique.partial) {
            let mut sources: Vec<Source> = Vec::new();
            let mut limited = true;
            let mut others: u64 = 1;
            let mut names: BTreeMap<usize, Vec<String>> = BTreeMap::new();
            for position in unique.columns.iter().filter_map(|number| plan.table.position(*number)) {
                let Some(column) = plan.table.columns.get(position) else { continue };
                let group = keys.groups.iter().position(|group| group.columns().contains(&column.name));
                if let Some(group) = group {
                    names.entry(group).or_default().push(column.name.clone());
                    if !sources.contains(&Source::Group(group)) {
                        sources.push(Source::Group(group));
                    }
                    continue;
                }
                match values(plan, position) {
                    Some(count) => {
                        others = others.saturating_mul(count);
                        sources.push(Source::Column(position));
                    }
                    None => limited = false,
                }
            }
            if !limited || sources.is_empty() {
                continue;
            }
            for (group, names) in &names {
                if let Some(group) = keys.groups.get_mut(*group)
                    && (group.distinct.is_empty() || names.len() < group.distinct.len())
                {
                    group.distinct.clone_from(names);
                }
            }
            let within =
                names.keys().any(|group| keys.groups.get(*group).is_some_and(|g| g.coloured(g.keys.len())));
            let rows =
                if within { plan.spans.iter().map(|span| span.count).max().unwrap_or(0) } else { plan.rows };
            let all = if within { rows } else { plan.base.saturating_add(rows) };
            let each = root(all.div_ceil(others.max(1)), names.len());
            for group in names.keys() {
                let need = if sources.len() == 1 { rows } else { each };
                let known = needs.groups.entry(*group).or_insert(0);
                *known = (*known).max(need);
            }
            needs.finite.push(Finite { sources, within });
        }
        needs
    }

    /// So many different parents; zero when nothing unique asks.
    pub(crate) fn of_group(&self, group: usize) -> u64 {
        self.groups.get(&group).copied().unwrap_or(0)
    }

    /// Lets the parts of each unique set run through all their combinations, as the digits of a number do.
    pub(crate) fn stride(&self, plan: &mut Plan<'_>) {
        let mut placed: Vec<(Source, u64)> = Vec::new();
        // What is unique by itself must change with every row, whatever else it is unique together with.
        let mut finite: Vec<&Finite> = self.finite.iter().collect();
        finite.sort_by_key(|finite| finite.sources.len());
        for Finite { sources, within } in finite {
            let mut stride: u64 = 1;
            for source in sources {
                let known = placed.iter().find(|(other, _)| other == source).map(|(_, stride)| *stride);
                let at = known.unwrap_or(stride);
                let size = match *source {
                    Source::Group(group) => {
                        let Some(pool) = plan.pools.get_mut(group) else { continue };
                        pool.stride = at;
                        pool.within |= within;
                        // Only a set of this one source can hold every parent once.
                        pool.fresh &= sources.len() == 1;
                        if sources.len() > 1 { level(pool) } else { pool.size }
                    }
                    Source::Column(position) => {
                        let size = values(plan, position).unwrap_or(1);
                        if let Some(slot) = plan.slots.get_mut(position) {
                            slot.stride = at;
                            slot.within |= within;
                            if at > 1 || slot.within {
                                slot.shift = 0;
                            }
                        }
                        size
                    }
                };
                if known.is_none() {
                    placed.push((*source, at));
                }
                stride = stride.max(at.saturating_mul(size.max(1)));
            }
        }
        for finite in self.finite.iter().filter(|finite| finite.within) {
            limit(plan, &finite.sources);
        }
    }
}

/// All colours take as many combinations as the one that has fewest, so that they count alike.
fn level(pool: &mut Pool) -> u64 {
    if let Some(sizes) = &mut pool.sizes {
        let least = sizes.values().copied().filter(|size| *size > 0).min().unwrap_or(0);
        sizes.values_mut().for_each(|size| *size = (*size).min(least));
        pool.size = least;
    }
    pool.size
}

/// No colour gets more rows than it has combinations.
fn limit(plan: &mut Plan<'_>, sources: &[Source]) {
    let mut spans = std::mem::take(&mut plan.spans);
    for span in &mut spans {
        let sizes = sources.iter().map(|source| match *source {
            Source::Group(group) => plan.pools.get(group).map_or(1, |pool| match &pool.sizes {
                Some(sizes) => sizes.get(&span.colour).copied().unwrap_or(0),
                None => pool.size,
            }),
            Source::Column(position) => values(plan, position).unwrap_or(1),
        });
        let all = sizes.fold(1_u64, u64::saturating_mul);
        // A colour without parents is another matter.
        if all > 0 {
            span.count = span.count.min(all.saturating_sub(span.place)).max(1);
        }
    }
    plan.rows = spans.iter().map(|span| span.count).sum();
    plan.spans = spans;
}

/// How many different values a column has; none when more than rows are likely to need.
fn values(plan: &Plan<'_>, position: usize) -> Option<u64> {
    let slot = plan.slots.get(position)?;
    let plenty = plan.base.saturating_add(plan.rows);
    let count = match slot.cases.first() {
        Some(Choice::Pick(texts)) => Some(
            slot.cases
                .iter()
                .map(|case| match case {
                    Choice::Pick(texts) => texts.len() as u64,
                    _ => 0,
                })
                .sum::<u64>()
                .max(texts.len() as u64),
        ),
        Some(Choice::Make(_)) => slot.recipe.as_ref().and_then(|recipe| recipe.capacity),
        Some(Choice::Null | Choice::With(..) | Choice::Own(_, true)) | None => None,
        Some(_) => Some(1),
    };
    count.filter(|count| *count < plenty)
}

/// The smallest number whose power is at least `wanted`.
fn root(wanted: u64, power: usize) -> u64 {
    let power = u32::try_from(power).unwrap_or(1).max(1);
    let mut low: u64 = 1;
    let mut high = wanted.max(1);
    while low < high {
        let middle = low + (high - low) / 2;
        if middle.checked_pow(power).is_none_or(|all| all >= wanted) {
            high = middle
        } else {
            low = middle + 1
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_parents_of_a_pair_need_the_square_root_each() {
        assert_eq!(root(20_000, 2), 142);
        assert_eq!(root(20_000, 1), 20_000);
        assert_eq!(root(0, 2), 1);
    }
}
