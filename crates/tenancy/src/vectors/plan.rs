//! Which tenants should have an index of their own: decided from values, before anything is done.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::vectors::{IndexSeen, Reason, Rules, Space, Step, TenantRows};

/// A tenant, and the name that its index has or would have.
type Named<'t> = (String, &'t TenantRows);

/// How much larger a newcomer has to be than a tenant with an index, in percent, to take its place.
const NEWCOMER: u64 = 120;

/// Decides what has to be done: drops first, then what is to be made, the largest tenant first.
///
/// `tenants` may leave out those with fewer than [`Rules::index_until`] vectors; `indexes` are those whose names begin
/// as this space's do.
///
/// ```
/// use freehold_tenancy::vectors::{Metric, Reason, Space, SpaceOptions, Step, TenantRows, plan_maintenance};
///
/// let faces = Space::new(SpaceOptions {
///     table: "faces".to_owned(),
///     half: Some("embedding_search".to_owned()),
///     ..SpaceOptions::new(512, Metric::Cosine)
/// })?;
/// let acme = TenantRows { tenant: "7".to_owned(), rows: 12_000 };
/// let steps = plan_maintenance(&faces, &[acme], &[]);
/// assert!(matches!(&steps[..], [Step::Create { reason: Reason::Grown { rows: 12_000 }, .. }]));
/// # Ok::<(), freehold_tenancy::vectors::VectorError>(())
/// ```
pub fn plan_maintenance(space: &Space, tenants: &[TenantRows], indexes: &[IndexSeen]) -> Vec<Step> {
    let rules = &space.options().rules;
    let named: Vec<Named<'_>> =
        tenants.iter().map(|tenant| (index_name(space, &tenant.tenant), tenant)).collect();
    let is_there = |name: &str| indexes.iter().any(|index| index.valid && index.name == name);
    let wanted = wanted(rules, &named, is_there);
    let mut steps = Vec::new();
    for index in indexes {
        let owner = named.iter().find(|(name, _)| *name == index.name).map(|(_, tenant)| tenant);
        let reason = match owner {
            _ if !index.valid => Reason::Invalid,
            _ if wanted.iter().any(|(name, _)| *name == index.name) => continue,
            Some(tenant) if tenant.rows >= rules.index_until => Reason::Displaced { rows: tenant.rows },
            _ => Reason::Unwanted,
        };
        steps.push(Step::Drop { index: index.name.clone(), reason });
    }
    for (name, tenant) in wanted {
        if !is_there(name) {
            steps.push(Step::Create {
                index: name.clone(),
                tenant: tenant.tenant.clone(),
                reason: Reason::Grown { rows: tenant.rows },
            });
        }
    }
    steps
}

/// The indexes to be measured once [`plan_maintenance`] is carried out, and their tenants: new ones, those whose tenant
/// has grown or shrunk by more than a fifth since, and those whose rows may be others by now.
pub(crate) fn plan_measuring<'t>(
    space: &Space,
    tenants: &'t [TenantRows],
    indexes: &[IndexSeen],
    now: Timestamp,
) -> Vec<Named<'t>> {
    let rules = &space.options().rules;
    if rules.recall <= 0.0 {
        return Vec::new();
    }
    let named: Vec<Named<'_>> =
        tenants.iter().map(|tenant| (index_name(space, &tenant.tenant), tenant)).collect();
    let seen = |name: &str| indexes.iter().find(|index| index.valid && index.name == name);
    let due = |name: &str, rows: u64| match seen(name).and_then(|index| index.measured.as_ref()) {
        None => true,
        Some(then) => {
            rows.abs_diff(then.rows).saturating_mul(5) > then.rows
                || now.duration_since(then.at)
                    >= SignedDuration::try_from(rules.measure_after).unwrap_or_default()
        }
    };
    let wanted = wanted(rules, &named, |name| seen(name).is_some());
    wanted.into_iter().filter(|(name, tenant)| due(name, tenant.rows)).cloned().collect()
}

/// The largest `most` of the tenants that get no index of their own.
pub(crate) fn searched_exactly<'t>(
    space: &Space,
    tenants: &'t [TenantRows],
    indexes: &[IndexSeen],
    most: usize,
) -> Vec<&'t TenantRows> {
    let named: Vec<Named<'_>> =
        tenants.iter().map(|tenant| (index_name(space, &tenant.tenant), tenant)).collect();
    let is_there = |name: &str| indexes.iter().any(|index| index.valid && index.name == name);
    let wanted = wanted(&space.options().rules, &named, is_there);
    let mut others: Vec<&TenantRows> =
        named.iter().filter(|both| !wanted.contains(both)).map(|(_, tenant)| *tenant).collect();
    others.sort_by(|one, other| (other.rows, &one.tenant).cmp(&(one.rows, &other.tenant)));
    others.truncate(most);
    others
}

/// The tenants that should have an index, the largest first.
fn wanted<'n, 't>(
    rules: &Rules,
    named: &'n [Named<'t>],
    is_there: impl Fn(&str) -> bool,
) -> Vec<&'n Named<'t>> {
    let mut wanted: Vec<((u64, bool), &'n Named<'t>)> = named
        .iter()
        .filter_map(|both| {
            let (name, tenant) = both;
            let there = is_there(name);
            let from = if there { rules.index_until } else { rules.index_from };
            let weight = tenant.rows.saturating_mul(if there { NEWCOMER } else { 100 });
            (tenant.rows >= from).then_some(((weight, there), both))
        })
        .collect();
    // Of two that weigh the same, the one that has an index keeps it.
    wanted.sort_by(|(weight, one), (other_weight, other)| {
        other_weight.cmp(weight).then_with(|| one.0.cmp(&other.0))
    });
    wanted.truncate(rules.most_indexes);
    wanted.into_iter().map(|(_, both)| both).collect()
}

/// What the names of all tenants' indexes of a space begin with.
pub(crate) fn index_prefix(space: &Space) -> String {
    prefix(space, "hnsw")
}

/// What all names of a space's indexes of a sort begin with.
pub(crate) fn prefix(space: &Space, sort: &str) -> String {
    let options = space.options();
    let mut end = options.table.len().min(20);
    while !options.table.is_char_boundary(end) {
        end -= 1;
    }
    let (column, _) = space.searched();
    let hash = digest(&[&options.table, column, options.metric.operator()], 4);
    format!("{}_{sort}_{hash}_", options.table.get(..end).unwrap_or_default())
}

/// The name of a tenant's index: the same for the same tenant, column, metric and way of building.
pub(crate) fn index_name(space: &Space, tenant: &str) -> String {
    let rules = &space.options().rules;
    let built = format!("{} {}", rules.m, rules.ef_construction);
    format!("{}{}", index_prefix(space), digest(&[&built, tenant], 8))
}

pub(crate) fn digest(parts: &[&str], bytes: usize) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hex::encode(hasher.finalize().get(..bytes).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{Measured, Metric, SpaceOptions};

    fn space(most_indexes: usize) -> Space {
        Space::new(SpaceOptions {
            table: "faces".to_owned(),
            half: Some("v".to_owned()),
            rules: Rules { most_indexes, ..Rules::default() },
            ..SpaceOptions::new(4, Metric::L2)
        })
        .unwrap()
    }

    fn has(tenant: &str, rows: u64) -> TenantRows {
        TenantRows { tenant: tenant.to_owned(), rows }
    }

    fn index(space: &Space, tenant: &str) -> IndexSeen {
        IndexSeen { name: index_name(space, tenant), valid: true, measured: None }
    }

    fn create(space: &Space, tenant: &str, rows: u64) -> Step {
        let index = index_name(space, tenant);
        Step::Create { index, tenant: tenant.to_owned(), reason: Reason::Grown { rows } }
    }

    #[test]
    fn a_tenant_on_the_border_keeps_what_it_has() {
        let space = space(8);
        assert_eq!(plan_maintenance(&space, &[has("a", 9_999)], &[]), []);
        assert_eq!(plan_maintenance(&space, &[has("a", 10_000)], &[]), [create(&space, "a", 10_000)]);
        let there = [index(&space, "a")];
        assert_eq!(plan_maintenance(&space, &[has("a", 7_000)], &there), []);
        let dropped = Step::Drop { index: index_name(&space, "a"), reason: Reason::Unwanted };
        assert_eq!(plan_maintenance(&space, &[has("a", 6_999)], &there), std::slice::from_ref(&dropped));
        assert_eq!(plan_maintenance(&space, &[], &there), [dropped]);
    }

    #[test]
    fn the_largest_have_the_places_and_a_newcomer_has_to_be_much_larger() {
        let space = space(2);
        let tenants = [has("a", 10_000), has("b", 30_000), has("c", 20_000)];
        let all = plan_maintenance(&space, &tenants, &[]);
        assert_eq!(all, [create(&space, "b", 30_000), create(&space, "c", 20_000)]);
        let there = [index(&space, "b"), index(&space, "c")];
        let close = [has("b", 30_000), has("c", 20_000), has("d", 24_000)];
        assert_eq!(plan_maintenance(&space, &close, &there), []);
        let much = [has("b", 30_000), has("c", 20_000), has("d", 24_001)];
        let displaced =
            Step::Drop { index: index_name(&space, "c"), reason: Reason::Displaced { rows: 20_000 } };
        assert_eq!(plan_maintenance(&space, &much, &there), [displaced, create(&space, "d", 24_001)]);
    }

    #[test]
    fn what_an_attempt_left_is_dropped_and_made_again() {
        let space = space(8);
        let left = IndexSeen { valid: false, ..index(&space, "a") };
        let dropped = Step::Drop { index: left.name.clone(), reason: Reason::Invalid };
        let made = create(&space, "a", 50_000);
        assert_eq!(plan_maintenance(&space, &[has("a", 50_000)], &[left]), [dropped, made]);
    }

    #[test]
    fn an_index_is_measured_when_it_is_new_or_its_tenant_may_have_other_rows() {
        let space = space(2);
        let now = Timestamp::UNIX_EPOCH;
        let due = |rows, then: Option<u64>, hours| {
            let measured = then.map(|rows| {
                let at = now - SignedDuration::from_hours(hours);
                Measured { ef_search: 20, recall: 1.0, searches: 200, rows, at }
            });
            let seen = IndexSeen { measured, ..index(&space, "a") };
            !plan_measuring(&space, &[has("a", rows)], &[seen], now).is_empty()
        };
        assert!(due(10_000, None, 0));
        assert!(!due(12_000, Some(10_000), 0) && !due(8_000, Some(10_000), 0));
        assert!(due(12_001, Some(10_000), 0) && due(7_999, Some(10_000), 0));
        assert!(!due(10_000, Some(10_000), 23) && due(10_000, Some(10_000), 24));
        let tenants = [has("a", 10_000), has("b", 9_999), has("c", 20_000)];
        let planned = plan_measuring(&space, &tenants, &[], now);
        let whose: Vec<&str> = planned.iter().map(|(_, tenant)| tenant.tenant.as_str()).collect();
        assert_eq!(whose, ["c", "a"], "only those that get an index");
        let rules = Rules { recall: 0.0, ..space.options().rules.clone() };
        let careless = Space::new(SpaceOptions { rules, ..space.options().clone() }).unwrap();
        assert!(plan_measuring(&careless, &tenants, &[], now).is_empty());
    }

    #[test]
    fn what_was_done_is_not_done_again() {
        let space = space(3);
        let tenants: Vec<TenantRows> = (1..6).map(|n| has(&n.to_string(), n * 9_000)).collect();
        let mut indexes: Vec<IndexSeen> = Vec::new();
        for _ in 0..2 {
            for step in plan_maintenance(&space, &tenants, &indexes) {
                match step {
                    Step::Create { index, .. } => {
                        indexes.push(IndexSeen { name: index, valid: true, measured: None });
                    }
                    Step::Drop { index, .. } => indexes.retain(|seen| seen.name != index),
                    other => panic!("{other:?}"),
                }
            }
        }
        assert_eq!(indexes.len(), 3);
        assert_eq!(plan_maintenance(&space, &tenants, &indexes), []);
    }

    #[test]
    fn names_are_stable_and_fit() {
        let space = space(1);
        assert_eq!(index_name(&space, "a"), index_name(&self::space(9), "a"));
        assert_ne!(index_name(&space, "a"), index_name(&space, "b"));
        let long = Space::new(SpaceOptions { table: "ü".repeat(31), ..space.options().clone() }).unwrap();
        assert!(index_name(&long, "a").len() < 63 - "_ccnew1".len());
        let other = Rules { m: 24, ..Rules::default() };
        let other = Space::new(SpaceOptions { rules: other, ..space.options().clone() }).unwrap();
        assert_eq!(index_prefix(&space), index_prefix(&other));
        assert_ne!(index_name(&space, "a"), index_name(&other, "a"));
    }
}
