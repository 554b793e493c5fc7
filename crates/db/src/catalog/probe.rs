//! The probe: a mark for every object, which changes whenever what the server says of the object may have changed.

use tokio_postgres::Row;

use super::{
    group::Group,
    rows::{Bad, Fields},
};

/// How the session stands: the current transaction's id if it has one, on the scale of [`Marks`]' `newest`; the
/// snapshot; the values of the settings `$1`; when the transaction began; how many rows this session has written to
/// each of the catalogs `$2`, on a scale that only grows within a transaction.
pub(super) const STANDING: &str = "select pg_catalog.age('3'::pg_catalog.xid) \
     - pg_catalog.age(pg_catalog.pg_current_xact_id_if_assigned()::pg_catalog.xid), \
     pg_catalog.pg_current_snapshot()::pg_catalog.text, \
     array(select pg_catalog.current_setting(s.name) \
           from pg_catalog.unnest($1::pg_catalog.text[]) with ordinality s(name, place) order by s.place), \
     pg_catalog.now()::pg_catalog.text, \
     array(select pg_catalog.pg_stat_get_xact_tuples_inserted(c.id) \
                + pg_catalog.pg_stat_get_xact_tuples_updated(c.id) \
                + pg_catalog.pg_stat_get_xact_tuples_deleted(c.id) \
           from pg_catalog.unnest($2::pg_catalog.oid[]) with ordinality c(id, place) order by c.place)";

/// The tag of the branch that has no xmin in it.
const ROLES: i32 = 52;

/// The marks of one branch of the probe, ordered by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// Which branch.
    pub(super) tag: i32,
    /// Id of the anchor, its mark, and the youngest transaction that wrote any of its rows.
    entries: Vec<(u32, i64, i32)>,
}

/// What a whole probe gave.
#[derive(Debug, Clone, Default)]
pub(super) struct Probe {
    branches: Vec<Marks>,
    /// The writing transaction in which the probe was made, if it was.
    transaction: Option<i32>,
    /// The snapshot just before the probe.
    snapshot: String,
    /// The tags that were asked for, when only some were; the others are as they were.
    asked: Option<Vec<i32>>,
}

impl Probe {
    /// From the rows of [`SQL`]; nothing when these say that nothing can have changed.
    pub(super) fn from_rows(
        rows: &[Row],
        transaction: Option<i32>,
        snapshot: String,
    ) -> Result<Option<Self>, Bad> {
        if rows.is_empty() {
            return Ok(None);
        }
        let mut branches = rows.iter().map(marks).collect::<Result<Vec<_>, _>>()?;
        branches.sort_by_key(|branch| branch.tag);
        Ok(Some(Self { branches, transaction, snapshot, asked: None }))
    }

    /// From the rows of some groups; what the others would say is as in `before`.
    pub(super) fn partly(
        before: &Self,
        groups: &[&Group],
        rows: &[Row],
        transaction: Option<i32>,
        snapshot: String,
    ) -> Result<Self, Bad> {
        let asked: Vec<i32> = groups.iter().flat_map(|group| group.tags.iter().copied()).collect();
        let mut branches = rows.iter().map(marks).collect::<Result<Vec<_>, _>>()?;
        branches.extend(before.branches.iter().filter(|branch| !asked.contains(&branch.tag)).cloned());
        branches.sort_by_key(|branch| branch.tag);
        Ok(Self { branches, transaction, snapshot, asked: Some(asked) })
    }

    /// Says that the transaction in which the probe was made wrote nothing more.
    pub(super) fn settle(&mut self) {
        self.transaction = None;
    }

    /// The snapshot that shows exactly what was probed; none when the probing transaction had written itself.
    pub(super) fn snapshot(&self) -> Option<&str> {
        self.transaction.is_none().then_some(self.snapshot.as_str())
    }

    /// All ids of one branch.
    pub(super) fn ids(&self, tag: i32) -> impl Iterator<Item = u32> {
        let branch = self.branches.iter().filter(move |branch| branch.tag == tag);
        branch.flat_map(|branch| branch.entries.iter().map(|(id, _, _)| *id))
    }

    /// Calls `each` with branch and id of everything that is not as it was at the time of `before`.
    ///
    /// A second write by one transaction leaves the mark as it is. So what the transaction in which `before` was made
    /// has written counts as changed, until a probe is made outside of it.
    pub(super) fn changed_since(&self, before: &Self, mut each: impl FnMut(i32, u32)) {
        let nothing = Marks::default();
        let mut tags: Vec<i32> =
            self.branches.iter().chain(&before.branches).map(|branch| branch.tag).collect();
        tags.sort_unstable();
        tags.dedup();
        if let Some(asked) = &self.asked {
            tags.retain(|tag| asked.contains(tag));
        }
        for tag in tags {
            let find = |probe: &'_ Self| probe.branches.iter().position(|branch| branch.tag == tag);
            let old = find(before).and_then(|at| before.branches.get(at)).unwrap_or(&nothing);
            let new = find(self).and_then(|at| self.branches.get(at)).unwrap_or(&nothing);
            if let Some(since) = before.transaction.filter(|_| tag != ROLES) {
                let young = new.entries.iter().filter(|(_, _, newest)| *newest >= since);
                young.for_each(|(id, _, _)| each(tag, *id));
            }
            if old.entries != new.entries {
                differing(&old.entries, &new.entries, |id| each(tag, id));
            }
        }
    }
}

/// Walks two lists ordered by id.
fn differing(old: &[(u32, i64, i32)], new: &[(u32, i64, i32)], mut each: impl FnMut(u32)) {
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    loop {
        match (old.peek(), new.peek()) {
            (Some(a), Some(b)) if a.0 == b.0 => {
                if a.1 != b.1 {
                    each(a.0);
                }
                old.next();
                new.next();
            }
            (Some(a), Some(b)) if a.0 < b.0 => {
                each(a.0);
                old.next();
            }
            (Some(a), None) => {
                each(a.0);
                old.next();
            }
            (_, Some(b)) => {
                each(b.0);
                new.next();
            }
            (None, None) => return,
        }
    }
}

fn marks(row: &Row) -> Result<Marks, Bad> {
    let mut fields = Fields::new(row);
    let tag = fields.next()?;
    let ids: Vec<u32> = fields.next()?;
    let marks: Vec<i64> = fields.next()?;
    let newest: Vec<i32> = fields.next()?;
    let mut entries: Vec<_> =
        ids.into_iter().zip(marks).zip(newest).map(|((id, mark), newest)| (id, mark, newest)).collect();
    entries.sort_unstable();
    Ok(Marks { tag, entries })
}
