//! The index that keeps each tenant's vectors together, whatever the order in which its rows came.

use crate::{
    Execute, Row, Sql, System, TenantId, TenantKind, quote_identifier,
    vectors::{IndexSeen, Reason, Space, Step, TenantRows, VectorError, plan, statement::ids_are_a_key},
};

/// What the columns of a B-tree's row may have: `BTMaxItemSize` for pages of 8 KiB is 2,704 bytes, the header included.
const MOST_BYTES: i64 = 2_680;
/// What aligning a column takes at most.
const ALIGNING: i64 = 7;
/// A tenant's text with its length before it.
const LONGEST_TENANT: i64 = TenantId::LONGEST_TEXT as i64 + 4;
/// How many times as many pages as they would fill have to be read for a tenant's rows for them to lie apart.
const APART: u64 = 2;
/// So many of the largest tenants that are searched exactly are looked at.
pub(crate) const LOOKED_AT: usize = 3;

/// How a tenant's rows lie in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spread {
    /// The tenant's vectors.
    pub(crate) rows: u64,
    /// The pages on which they are.
    pub(crate) pages: u64,
    /// The pages that so many rows fill where they lie together.
    pub(crate) together: u64,
}

/// What the columns of a space allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Columns {
    /// Every row is sure to fit into a page of a B-tree. If one did not, it could not be written to the table any more.
    pub(crate) fit: bool,
    /// Searches would read the index.
    pub(crate) read: bool,
}

/// What happened to a table since it was last vacuumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Changed {
    /// Rows that were written or deleted.
    pub(crate) rows: u64,
    /// Rows that there are.
    pub(crate) there: u64,
}

impl Spread {
    fn apart(self) -> bool {
        self.pages > self.together.saturating_add(1).saturating_mul(APART)
    }
}

/// Decides on the covering index: at most one is kept, that of the space's present columns.
///
/// `spreads` are those of the largest tenants that are searched exactly. An index that this space would not read may be
/// another's of the same table, so it stays.
pub(crate) fn plan_covering(
    space: &Space,
    spreads: &[Spread],
    columns: Columns,
    indexes: &[IndexSeen],
) -> Vec<Step> {
    let from = space.options().rules.covering_from;
    let name = covering_name(space);
    let wanted = columns.fit && from < u64::MAX;
    let worth = |least: u64| wanted && spreads.iter().any(|spread| spread.rows >= least);
    let mut steps = Vec::new();
    let mut there = false;
    for index in indexes {
        let reason = match () {
            () if !index.valid => Reason::Invalid,
            // Half of it, so that an index is not built day after day for tenants on the border.
            () if index.name == name && worth(from / 2) => {
                there = true;
                continue;
            }
            () => Reason::Unwanted,
        };
        steps.push(Step::Drop { index: index.name.clone(), reason });
    }
    let apart = spreads.iter().filter(|spread| spread.rows >= from && spread.apart());
    let missing = wanted && columns.read && !there;
    if let Some(worst) = apart.max_by_key(|spread| spread.pages).filter(|_| missing) {
        let reason = Reason::Apart { rows: worst.rows, pages: worst.pages };
        steps.push(Step::Cover { index: name, reason });
    }
    steps
}

/// Whether the table is to be vacuumed, for a covering index that is there and stays.
pub(crate) fn plan_vacuum(
    space: &Space,
    steps: &[Step],
    indexes: &[IndexSeen],
    changed: Changed,
) -> Option<Step> {
    let name = covering_name(space);
    let there = indexes.iter().any(|index| index.valid && index.name == name);
    let goes = steps.iter().any(|step| matches!(step, Step::Drop { index, .. } if *index == name));
    let allowed = changed.there as f64 * space.options().rules.vacuum_after;
    let reason = Reason::Changed { rows: changed.rows };
    (there && !goes && changed.rows as f64 > allowed).then_some(Step::Vacuum { reason })
}

/// What all names of a space's covering indexes begin with.
pub(crate) fn covering_prefix(space: &Space) -> String {
    plan::prefix(space, "covering")
}

/// The name of the covering index of these columns.
pub(crate) fn covering_name(space: &Space) -> String {
    let ids: Vec<&str> = space.options().ids.iter().map(String::as_str).collect();
    format!("{}{}", covering_prefix(space), plan::digest(&ids, 8))
}

impl Space {
    /// The columns by which an exact search finds what is nearest, besides the tenant, quoted, each once.
    pub(crate) fn covered_columns(&self, tenant: &str) -> String {
        let options = self.options();
        let mut columns: Vec<&str> = Vec::new();
        for name in options.ids.iter().map(String::as_str).chain([self.searched().0]) {
            if name != tenant && !columns.contains(&name) {
                columns.push(name);
            }
        }
        columns.into_iter().map(quote_identifier).collect::<Vec<_>>().join(", ")
    }

    /// What the catalog says of the columns that the covering index has.
    pub(super) async fn columns(&self, system: &System, tenant: &str) -> Result<Columns, VectorError> {
        let options = self.options();
        let key: bool = system
            .query_value(
                Sql::vouched(format!("SELECT {}", ids_are_a_key("$1", "$2", "$3"))),
                &[&self.table(), &options.ids, &tenant],
            )
            .await
            .map_err(VectorError::Count)?;
        let read = key || options.also.is_empty();
        let widest = self.widest(system, tenant).await?;
        let fit = widest.is_some_and(|bytes| bytes <= MOST_BYTES);
        if !fit || !read {
            tracing::debug!(
                read,
                widest,
                "no covering index: its rows may be too long, or the ids are no key by which to find what comes with a hit"
            );
        }
        Ok(Columns { fit, read })
    }

    /// The bytes of the longest row that the covering index may have; `None` where nothing bounds them.
    async fn widest(&self, system: &System, tenant: &str) -> Result<Option<i64>, VectorError> {
        let options = self.options();
        let (searched, half) = self.searched();
        let mut names: Vec<&str> = options.ids.iter().map(String::as_str).collect();
        names.extend([tenant, searched]);
        // Four bytes for each character that `varchar(n)` and `char(n)` may have, and the numbers that a vector may;
        // nothing bounds the others.
        let widths: Vec<(String, Option<i64>)> = system
            .query(
                "SELECT a.attname::text, CASE WHEN a.attlen > 0 THEN a.attlen::bigint \
                 WHEN a.attname = $3 AND a.atttypmod > 0 THEN 8 + $4 * a.atttypmod::bigint \
                 WHEN a.atttypid IN ('pg_catalog.varchar'::regtype, 'pg_catalog.bpchar'::regtype) \
                 AND a.atttypmod > 4 THEN 4 * (a.atttypmod - 4)::bigint + 4 END \
                 FROM pg_catalog.pg_attribute a WHERE a.attrelid = pg_catalog.to_regclass($1) \
                 AND NOT a.attisdropped AND a.attname = ANY($2)",
                &[&self.table(), &names, &searched, &(if half { 2_i64 } else { 4 })],
            )
            .await
            .map_err(VectorError::Count)?;
        let mut bytes = 0_i64;
        for (name, width) in widths {
            // The tenant's text is bound to be the session's, which is a `TenantId`.
            let text = name == tenant && system.tenancy().kind == TenantKind::Text;
            let Some(width) = width.or(text.then_some(LONGEST_TENANT)) else { return Ok(None) };
            bytes = bytes.saturating_add(width).saturating_add(ALIGNING);
        }
        Ok(Some(bytes))
    }

    /// What the server counted of the table.
    pub(super) async fn changed(&self, system: &System) -> Result<Changed, VectorError> {
        let counted: Option<(i64, i64)> = system
            .query_opt(
                "SELECT n_dead_tup + n_ins_since_vacuum, n_live_tup FROM pg_catalog.pg_stat_all_tables \
                 WHERE relid = pg_catalog.to_regclass($1)",
                &[&self.table()],
            )
            .await
            .map_err(VectorError::Count)?;
        let (rows, there) = counted.unwrap_or_default();
        Ok(Changed { rows: rows.unsigned_abs(), there: there.unsigned_abs() })
    }

    /// How the rows of those lie that are searched exactly. `all` is how many vectors there are in the table.
    pub(super) async fn spreads(
        &self,
        system: &System,
        tenants: &[&TenantRows],
        all: u64,
    ) -> Result<Vec<Spread>, VectorError> {
        let table = self.table();
        let pages_of_all: i64 = system
            .query_value(
                "SELECT pg_catalog.pg_relation_size(pg_catalog.to_regclass($1)) \
                 / pg_catalog.current_setting('block_size')::bigint",
                &[&table],
            )
            .await
            .map_err(VectorError::Count)?;
        let whose = quote_identifier(self.tenant_column(&system.tenancy().column));
        let searched = quote_identifier(self.searched().0);
        let sql = format!(
            "SELECT count(DISTINCT (ctid::text::point)[0]) FROM {table} WHERE {whose} = $1 AND {searched} IS NOT NULL"
        );
        let mut spreads = Vec::with_capacity(tenants.len());
        for tenant in tenants {
            let Ok(id) = TenantId::parse(system.tenancy().kind, &tenant.tenant) else { continue };
            let row: Row =
                system.query_one(Sql::vouched(sql.clone()), &[&id]).await.map_err(VectorError::Count)?;
            let pages: i64 = row.get(0).map_err(VectorError::Count)?;
            let together =
                u128::from(tenant.rows) * u128::from(pages_of_all.unsigned_abs()) / u128::from(all.max(1));
            let together = u64::try_from(together).unwrap_or(u64::MAX);
            spreads.push(Spread { rows: tenant.rows, pages: pages.unsigned_abs(), together });
        }
        Ok(spreads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{Metric, Rules, SpaceOptions};

    const APART: Spread = Spread { rows: 500, pages: 480, together: 70 };

    const GOOD: Columns = Columns { fit: true, read: true };
    const TOO_LONG: Columns = Columns { fit: false, read: true };

    fn space(ids: &[&str], covering_from: u64) -> Space {
        Space::new(SpaceOptions {
            table: "faces".to_owned(),
            half: Some("v".to_owned()),
            ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            rules: Rules { covering_from, ..Rules::default() },
            ..SpaceOptions::new(4, Metric::L2)
        })
        .unwrap()
    }

    fn there(space: &Space) -> IndexSeen {
        IndexSeen { name: covering_name(space), valid: true, measured: None }
    }

    fn made(space: &Space) -> Step {
        Step::Cover { index: covering_name(space), reason: Reason::Apart { rows: 500, pages: 480 } }
    }

    fn dropped(space: &Space, reason: Reason) -> Step {
        Step::Drop { index: covering_name(space), reason }
    }

    #[test]
    fn an_index_is_made_where_rows_lie_apart_and_stays_until_nobody_is_large_enough() {
        let space = space(&["id"], 500);
        assert_eq!(plan_covering(&space, &[APART], GOOD, &[]), [made(&space)]);
        assert_eq!(plan_covering(&space, &[Spread { rows: 499, ..APART }], GOOD, &[]), []);
        assert_eq!(plan_covering(&space, &[Spread { pages: 142, ..APART }], GOOD, &[]), [], "together");
        assert_eq!(plan_covering(&space, &[Spread { pages: 143, ..APART }], GOOD, &[]).len(), 1);
        assert_eq!(plan_covering(&space, &[APART], TOO_LONG, &[]), [], "a row may be too long");
        let unread = Columns { read: false, ..GOOD };
        assert_eq!(plan_covering(&space, &[APART], unread, &[]), [], "nobody would read it");
        assert_eq!(plan_covering(&space, &[], GOOD, &[]), []);
        let seen = [there(&space)];
        for rows in [250, 500] {
            let together = Spread { rows, pages: 70, together: 70 };
            assert_eq!(plan_covering(&space, &[together], GOOD, &seen), []);
        }
        let unwanted = [dropped(&space, Reason::Unwanted)];
        assert_eq!(plan_covering(&space, &[Spread { rows: 249, ..APART }], GOOD, &seen), unwanted);
        assert_eq!(plan_covering(&space, &[APART], TOO_LONG, &seen), unwanted);
        assert_eq!(plan_covering(&space, &[APART], unread, &seen), [], "another space may");
    }

    #[test]
    fn who_wants_none_has_none() {
        let none = space(&["id"], u64::MAX);
        let all = Spread { rows: u64::MAX, pages: u64::MAX, together: 1 };
        assert_eq!(plan_covering(&none, &[all], GOOD, &[]), []);
        let seen = [there(&none)];
        assert_eq!(plan_covering(&none, &[all], GOOD, &seen), [dropped(&none, Reason::Unwanted)]);
    }

    #[test]
    fn an_index_of_other_columns_or_half_an_index_is_replaced() {
        let (one, two) = (space(&["id"], 500), space(&["id", "part"], 500));
        let seen = [there(&one)];
        assert_eq!(plan_covering(&two, &[APART], GOOD, &seen), [dropped(&one, Reason::Unwanted), made(&two)]);
        let broken = [IndexSeen { valid: false, ..there(&one) }];
        assert_eq!(
            plan_covering(&one, &[APART], GOOD, &broken),
            [dropped(&one, Reason::Invalid), made(&one)]
        );
    }

    #[test]
    fn a_table_is_vacuumed_for_an_index_that_stays_when_much_has_changed() {
        let space = space(&["id"], 500);
        let changed = |rows| Changed { rows, there: 1_000 };
        let seen = [there(&space)];
        assert_eq!(plan_vacuum(&space, &[], &seen, changed(20)), None);
        let reason = Reason::Changed { rows: 21 };
        assert_eq!(plan_vacuum(&space, &[], &seen, changed(21)), Some(Step::Vacuum { reason }));
        assert_eq!(plan_vacuum(&space, &[], &[], changed(999)), None, "there is none");
        assert_eq!(plan_vacuum(&space, &[made(&space)], &[], changed(999)), None, "that vacuums too");
        let goes = [dropped(&space, Reason::Unwanted)];
        assert_eq!(plan_vacuum(&space, &goes, &seen, changed(999)), None);
        let rules = Rules { vacuum_after: f64::INFINITY, ..space.options().rules.clone() };
        let patient = Space::new(SpaceOptions { rules, ..space.options().clone() }).unwrap();
        assert_eq!(plan_vacuum(&patient, &[], &seen, changed(999)), None);
    }

    #[test]
    fn a_column_is_covered_once() {
        assert_eq!(space(&["id", "Part"], 1).covered_columns("org"), r#""id", "Part", "v""#);
        assert_eq!(space(&["org", "v"], 1).covered_columns("org"), r#""v""#);
    }
}
