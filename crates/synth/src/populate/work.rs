//! The tables one by one, and what became of each.

use freehold_model::catalog::{Catalog, Relation, RelationKind};

use super::{Populated, Population, adopt::adopt, order, pages, patch, tenants};
use crate::{
    ask::{Bound, guarded, rows},
    book::Book,
    error::SynthError,
    fill::{Coloured, Filler},
};

/// A population that is being made.
pub(super) struct Work<'s> {
    pub(super) filler: Filler<'s>,
    pub(super) catalog: &'s Catalog,
    pub(super) population: &'s Population,
    pub(super) tell: &'s (dyn Fn(&Relation) + Sync),
    pub(super) done: Populated,
}

impl Work<'_> {
    pub(super) async fn all(&mut self) -> Result<(), SynthError> {
        pages::open(self).await?;
        if self.population.root.is_none_or(|root| !self.book().planned.contains(&root)) {
            tenants::invent(self).await?;
        }
        for circle in order::circles(self.catalog, self.book()) {
            for oid in circle {
                let Some(relation) = self.catalog.relation_by_oid(oid) else { continue };
                (self.tell)(relation);
                self.table(relation).await?;
            }
            patch::all(self).await?;
        }
        pages::close(self).await
    }

    pub(super) fn book(&self) -> &Book {
        self.filler.book.as_ref().unwrap_or(&order::NOTHING)
    }

    pub(super) fn with_book(&mut self, change: impl FnOnce(&mut Book)) {
        if let Some(book) = &mut self.filler.book {
            change(book);
        }
    }

    async fn table(&mut self, relation: &Relation) -> Result<(), SynthError> {
        let oid = relation.oid;
        let patches = self.book().patches.len();
        let session = self.filler.session;
        let outcome = guarded(session, self.fill(relation)).await;
        match outcome {
            Ok(made) if made.made.values().all(|rows| *rows == 0) && adopt(self, relation).await? => {}
            Ok(made) => self.judge(relation, made).await?,
            Err(error) if error.is_connection_lost() => return Err(error),
            Err(error) => {
                self.with_book(|book| book.patches.truncate(patches));
                if !adopt(self, relation).await? {
                    let there = self.count(relation).await?;
                    self.refused(relation, error, there > 0);
                }
            }
        }
        self.with_book(|book| {
            book.done.insert(oid);
        });
        if self.population.root == Some(oid) {
            tenants::read(self, relation).await?;
        }
        Ok(())
    }

    /// A table that takes no row: what is there is shared, unless it should be somebody's; or nothing can be had of it.
    fn refused(&mut self, relation: &Relation, error: SynthError, has_rows: bool) {
        if has_rows && !self.is_owned(relation) {
            self.done.shared.push((relation.oid, error.to_string()));
        } else {
            self.done.unsatisfied.push(error);
        }
        self.with_book(|book| {
            book.open.insert(relation.oid);
        });
    }

    /// True when the rows of a table are somebody's by its columns or by what they point to.
    fn is_owned(&self, relation: &Relation) -> bool {
        let book = self.book();
        let leads = |parent: u32| {
            let whole = book.whole(parent);
            whole != relation.oid && book.planned.contains(&whole) && !book.open.contains(&whole)
        };
        self.population.columns.contains_key(&relation.oid)
            || self.population.root == Some(relation.oid)
            || relation.foreign_keys().filter_map(|key| key.referenced_oid).any(leads)
    }

    async fn count(&self, relation: &Relation) -> Result<i64, SynthError> {
        let sql = format!("SELECT pg_catalog.count(*) FROM {}", relation.name.quoted());
        crate::look::count(self.filler.session, &sql, &format!("counting the rows of {}", relation.name))
            .await
    }

    /// Fills a table, or each of its partitions.
    async fn fill(&mut self, relation: &Relation) -> Result<Coloured, SynthError> {
        let open = self.population.shared.contains(&relation.oid);
        if open && self.count(relation).await? > 0 {
            return Ok(Coloured::default());
        }
        let colours = self.colours(relation, open);
        if relation.kind != RelationKind::PartitionedTable {
            let made = self.whole(relation, colours).await?;
            self.done.tables.push((relation.oid, made.made.values().sum()));
            return Ok(made);
        }
        let leaves = order::leaves(self.catalog, self.book(), relation.oid);
        if leaves.is_empty() {
            return Err(SynthError::Unsatisfied {
                relation: relation.name.to_string(),
                column: None,
                constraint: None,
                why: "it is partitioned and has no partition that could hold a row".to_owned(),
            });
        }
        if order::by_tenant(self.catalog, self.population, relation) {
            return self.routed(relation, colours).await;
        }
        let each: Vec<(u32, u64)> = colours
            .iter()
            .map(|(colour, rows)| (*colour, rows.div_ceil(leaves.len() as u64).max(1)))
            .collect();
        self.partitions(relation, &leaves, &each).await
    }

    /// A table that is not partitioned. The root's first rows have the keys that partitions are made for.
    async fn whole(&mut self, relation: &Relation, colours: Vec<(u32, u64)>) -> Result<Coloured, SynthError> {
        let listed = tenants::listed(self.catalog, self.population);
        let key =
            tenants::key_of(self.catalog, relation, self.population).and_then(|key| relation.column(&key));
        let Some(key) = key.filter(|_| self.population.root == Some(relation.oid) && !listed.is_empty())
        else {
            return self.filler.coloured(relation.oid, colours, None).await;
        };
        let wish = tenants::wish(&key.name, &key.type_name, &listed);
        let (first, rest): (Vec<_>, Vec<_>) =
            colours.into_iter().partition(|(colour, _)| (*colour as usize) < listed.len());
        let session = self.filler.session;
        let wished = guarded(session, self.filler.coloured(relation.oid, first.clone(), Some(&wish))).await;
        let mut made = match wished {
            Ok(made) if made.made.values().filter(|rows| **rows > 0).count() == first.len() => made,
            Err(error) if error.is_connection_lost() => return Err(error),
            _ => self.filler.coloured(relation.oid, first, None).await?,
        };
        if !rest.is_empty() {
            let others = self.filler.coloured(relation.oid, rest, None).await?;
            made.made.extend(others.made);
            made.refusal = made.refusal.or(others.refusal);
        }
        Ok(made)
    }

    /// Where a row goes follows from whose it is: the server knows, and each partition gets what it can hold.
    async fn routed(
        &mut self,
        relation: &Relation,
        colours: Vec<(u32, u64)>,
    ) -> Result<Coloured, SynthError> {
        let made = self.filler.coloured(relation.oid, colours, None).await?;
        self.done.tables.push((relation.oid, made.made.values().sum()));
        if made.before == 0 {
            let doing = format!("counting the rows of the partitions of {}", relation.name);
            let sql = format!(
                "SELECT tableoid, pg_catalog.count(*) FROM {} GROUP BY 1 ORDER BY 1",
                relation.name.quoted()
            );
            let found = rows(self.filler.session, &doing, &sql, &Bound::default()).await;
            for row in found.map_err(SynthError::server(&doing))? {
                let (Ok(leaf), Ok(count)) = (row.try_get::<_, u32>(0), row.try_get::<_, i64>(1)) else {
                    continue;
                };
                self.done.tables.push((leaf, u64::try_from(count).unwrap_or(0)));
            }
        }
        Ok(made)
    }

    async fn partitions(
        &mut self,
        relation: &Relation,
        leaves: &[u32],
        each: &[(u32, u64)],
    ) -> Result<Coloured, SynthError> {
        let at = self.done.tables.len();
        self.done.tables.push((relation.oid, 0));
        let mut all = Coloured::default();
        for &leaf in leaves {
            let session = self.filler.session;
            let patches = self.book().patches.len();
            match guarded(session, self.filler.coloured(leaf, each.to_vec(), None)).await {
                Ok(made) => {
                    let total: u64 = made.made.values().sum();
                    self.done.tables.push((leaf, total));
                    let lacking =
                        each.iter().filter(|(colour, _)| made.made.get(colour).is_none_or(|n| *n == 0));
                    let lacking = lacking.count();
                    if lacking > 0 {
                        let why = made.refusal.as_ref().map(ToString::to_string).unwrap_or_default();
                        self.done
                            .partly
                            .push((leaf, format!("no rows for {lacking} of {} tenants. {why}", each.len())));
                    }
                    for (colour, rows) in made.made {
                        *all.made.entry(colour).or_default() += rows;
                    }
                    all.owned |= made.owned;
                    all.refusal = made.refusal.or(all.refusal);
                }
                Err(error) if error.is_connection_lost() => return Err(error),
                Err(error) => {
                    self.with_book(|book| book.patches.truncate(patches));
                    self.done.tables.push((leaf, 0));
                    self.done.partly.push((leaf, error.to_string()));
                    all.refusal = Some(error);
                }
            }
        }
        if let Some((_, rows)) = self.done.tables.get_mut(at) {
            *rows = all.made.values().sum();
        }
        match all.refusal {
            Some(error) if all.made.values().all(|rows| *rows == 0) => Err(error),
            _ => Ok(all),
        }
    }

    /// How many rows each colour is to get.
    fn colours(&self, relation: &Relation, open: bool) -> Vec<(u32, u64)> {
        if open {
            return vec![(0, self.population.rows.max(1))];
        }
        let root = self.population.root == Some(relation.oid);
        let rows = |share: &u64| if root { 1 } else { *share };
        (0_u32..).zip(self.book().shares.iter().map(rows)).collect()
    }

    /// Does every tenant have its rows?
    async fn judge(&mut self, relation: &Relation, outcome: Coloured) -> Result<(), SynthError> {
        let oid = relation.oid;
        if self.population.shared.contains(&oid) {
            return Ok(());
        }
        let tenants = self.book().shares.len();
        let reached = outcome.made.values().filter(|rows| **rows > 0).count();
        let why = match &outcome.refusal {
            Some(error) => error.to_string(),
            None => "its parents have rows of those only".to_owned(),
        };
        if reached == tenants {
            return Ok(());
        }
        let owned = outcome.owned || self.is_owned(relation);
        if !owned && (reached > 0 || outcome.before > 0) {
            self.done.shared.push((oid, why));
            self.with_book(|book| {
                book.open.insert(oid);
            });
            return Ok(());
        }
        if reached == 0 {
            // What is there already is all that others can point to.
            self.with_book(|book| {
                book.open.insert(oid);
            });
        }
        let (column, constraint) = match outcome.refusal {
            Some(SynthError::Unsatisfied { column, constraint, .. }) => (column, constraint),
            _ => (None, None),
        };
        self.done.unsatisfied.push(SynthError::Unsatisfied {
            relation: relation.name.to_string(),
            column,
            constraint,
            why: format!("{reached} of {tenants} tenants have rows: {why}"),
        });
        Ok(())
    }
}
