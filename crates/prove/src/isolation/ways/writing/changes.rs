//! What became of the rows of others, as the superuser sees it.

use std::collections::BTreeMap;

use freehold_model::name::quote_identifier;

use super::subject::Subject;
use crate::isolation::trial::Answer;

/// What became of the rows of others.
#[derive(Debug, Clone, Default)]
pub(in crate::isolation::ways) struct Changes {
    /// Rows of others that are not there any more as they were, as lines for people.
    pub(in crate::isolation::ways) gone: Vec<String>,
    /// New rows, or new versions, that belong to another tenant than A.
    pub(in crate::isolation::ways) made: Vec<String>,
    /// New rows that belong to nobody.
    pub(in crate::isolation::ways) nobodys: Vec<String>,
}

impl Changes {
    /// True when a row of another tenant was changed, taken or made.
    pub(in crate::isolation::ways) fn reach_others(&self) -> bool {
        !self.gone.is_empty() || !self.made.is_empty()
    }

    /// A few lines of them.
    pub(in crate::isolation::ways) fn lines(&self, most: usize) -> Vec<String> {
        let gone = self.gone.iter().map(|line| format!("not as it was: {line}"));
        let made = self.made.iter().map(|line| format!("is now: {line}"));
        gone.take(most).chain(made.take(most)).collect()
    }
}

impl Subject<'_> {
    /// What to ask after an attempt; see [`Self::changes`].
    pub(in crate::isolation::ways) fn looks(&self) -> Vec<String> {
        self.reach.iter().filter_map(|oid| self.look(*oid)).collect()
    }

    fn look(&self, oid: u32) -> Option<String> {
        let relation = self.world.catalog.relation_by_oid(oid)?;
        let tenant = self.world.tenant_of(oid, "r")?;
        let truth = self.world.truth(oid)?;
        let columns: Vec<String> =
            truth.columns.iter().map(|name| format!(", r.{}", quote_identifier(name))).collect();
        // A version that this transaction made is of age 0, or less when a part of it made it.
        Some(format!(
            "SELECT pg_catalog.age(r.xmin) <= 0, {tenant}{} FROM {} r",
            columns.concat(),
            relation.name.quoted()
        ))
    }

    /// Compares what was looked at with what there was; `removed` was taken away on purpose before.
    pub(in crate::isolation::ways) fn changes(&self, looks: &[Answer], removed: &[(u32, usize)]) -> Changes {
        let mut changes = Changes::default();
        let looked = self.reach.iter().filter(|oid| self.look(**oid).is_some());
        for (oid, answer) in looked.zip(looks) {
            self.changes_of(*oid, answer, removed, &mut changes);
        }
        changes
    }

    fn changes_of(&self, oid: u32, answer: &Answer, removed: &[(u32, usize)], changes: &mut Changes) {
        let (Some(truth), Some(relation)) = (self.world.truth(oid), self.world.catalog.relation_by_oid(oid))
        else {
            return;
        };
        let own_key = self.world.tenants.first();
        let told = |values: &[Option<String>]| -> String {
            let fields = truth.columns.iter().zip(values);
            let fields: Vec<String> = fields
                .take(8)
                .map(|(name, value)| format!("{name} = {}", value.as_deref().unwrap_or("NULL")))
                .collect();
            format!("{}: {}", relation.name, fields.join(", "))
        };
        // What stands as it was, by tenant's key and values.
        let mut standing: BTreeMap<&[Option<String>], usize> = BTreeMap::new();
        for row in &answer.rows {
            let Some((is_new, rest)) = row.split_first() else { continue };
            let Some((key, values)) = rest.split_first() else { continue };
            if is_new.as_deref() != Some("t") {
                *standing.entry(rest).or_default() += 1;
            } else if key.is_none() {
                changes.nobodys.push(told(values));
            } else if key.as_ref() != own_key {
                changes.made.push(told(values));
            }
        }
        for (at, row) in truth.rows.iter().enumerate() {
            if row.key.is_none() || row.tenant == Some(0) || removed.contains(&(oid, at)) {
                continue;
            }
            let mut wanted = vec![row.key.clone()];
            wanted.extend(row.values.iter().cloned());
            match standing.get_mut(wanted.as_slice()) {
                Some(number) if *number > 0 => *number -= 1,
                _ => changes.gone.push(told(&row.values)),
            }
        }
    }
}
