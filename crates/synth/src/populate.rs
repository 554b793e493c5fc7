//! Rows for several tenants in every table of a schema.

mod order;
mod pages;
mod patch;
mod shares;
mod tenants;

use std::collections::{BTreeMap, BTreeSet};

use freehold_db::Session;
use freehold_model::catalog::{Catalog, Relation, RelationKind};

use crate::{
    ask::guarded,
    book::Book,
    error::SynthError,
    fill::{Coloured, Filler, quiet},
};

/// What to make.
#[derive(Debug, Clone, Default)]
pub struct Population {
    /// How many tenants, at least one.
    pub tenants: u32,
    /// Rows for each tenant in each table, as far as the table takes so many. The root has one for each tenant.
    pub rows: u64,
    /// The same seed makes the same rows.
    pub seed: u64,
    /// The oid of the table with one row for each tenant, where there is one.
    pub root: Option<u32>,
    /// The column of the root that tenant columns hold; its primary key where nothing is said.
    pub root_key: Option<String>,
    /// The tenant column of each table that has one, by the table's oid; with a foreign key or without.
    pub columns: BTreeMap<u32, String>,
    /// Tables that all tenants share: their rows belong to nobody. Such a table is filled only if it is empty.
    pub shared: BTreeSet<u32>,
    /// The only tables to fill, with those that they point to. None: all.
    pub tables: Option<BTreeSet<u32>>,
    /// Tables that are left alone, such as a history of migrations.
    pub except: BTreeSet<u32>,
    /// SQL expressions for columns, by the table's oid and the column's name. They are the project's own SQL, and
    /// stand in a statement as they are.
    pub generators: BTreeMap<(u32, String), String>,
    /// The exponent of Zipf's law: the second tenant has `1 / 2^skew` of the rows of the first, the third
    /// `1 / 3^skew`. None: all have as many.
    pub skew: Option<f64>,
    /// Runs the schema's triggers and rules, which otherwise keep still.
    pub triggers: bool,
}

/// What was made.
#[derive(Debug, Default)]
pub struct Populated {
    /// The key of each tenant as text.
    pub tenants: Vec<String>,
    /// New rows by table: whole tables, then also each of their partitions.
    pub tables: Vec<(u32, u64)>,
    /// Tables that all tenants share after all, because they could not take rows for each, and why.
    pub shared: Vec<(u32, String)>,
    /// Tables and partitions that hold rows of some tenants only, or fewer rows than were asked for, and why.
    pub partly: Vec<(u32, String)>,
    /// One for each table that could not be filled for all tenants, with the constraint that refused.
    pub unsatisfied: Vec<SynthError>,
}

/// Puts rows for several tenants into all tables of the catalog, inside the transaction that is open on the session;
/// the caller commits or rolls back.
///
/// Every row belongs to one tenant, or to a table that all share. A row refers only to rows of its own tenant and to
/// shared ones, also in tables without a tenant column; rows that were there before are referred to only in shared
/// tables and in those that cannot take new rows. A table that cannot be filled does not stop the others.
///
/// # Errors
/// When the session fails, or pages for keys cannot be made; a table that refuses rows is no error but part of the
/// answer. On failure the transaction is as before.
pub async fn populate(
    session: &Session,
    catalog: &Catalog,
    population: &Population,
) -> Result<Populated, SynthError> {
    guarded(session, async {
        let before = if population.triggers { None } else { quiet::hush(session).await? };
        let mut work = Work {
            filler: Filler::with_book(session, population.seed, book(catalog, population)),
            catalog,
            population,
            done: Populated::default(),
        };
        work.all().await?;
        quiet::restore(session, before).await?;
        Ok(work.done)
    })
    .await
}

fn book(catalog: &Catalog, population: &Population) -> Book {
    let above = order::above(catalog);
    let planned = order::planned(catalog, population, &above);
    Book {
        shares: shares::of(population),
        root: population.root,
        columns: population.columns.clone(),
        open: population.shared.iter().copied().chain(order::left_out(catalog, &planned, &above)).collect(),
        planned,
        above,
        generators: population.generators.clone(),
        triggers: population.triggers,
        ..Book::default()
    }
}

struct Work<'s> {
    filler: Filler<'s>,
    catalog: &'s Catalog,
    population: &'s Population,
    done: Populated,
}

impl Work<'_> {
    async fn all(&mut self) -> Result<(), SynthError> {
        pages::open(self).await?;
        if self.population.root.is_none_or(|root| !self.book().planned.contains(&root)) {
            tenants::invent(self).await?;
        }
        for circle in order::circles(self.catalog, self.book()) {
            for oid in circle {
                let Some(relation) = self.catalog.relation_by_oid(oid) else { continue };
                self.table(relation).await?;
            }
            patch::all(self).await?;
        }
        pages::close(self).await
    }

    fn book(&self) -> &Book {
        self.filler.book.as_ref().unwrap_or(&order::NOTHING)
    }

    fn with_book(&mut self, change: impl FnOnce(&mut Book)) {
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
            Ok(made) => self.judge(relation, made).await?,
            Err(error) if error.is_connection_lost() => return Err(error),
            Err(error) => {
                self.with_book(|book| book.patches.truncate(patches));
                let there = self.count(relation).await?;
                self.refused(oid, error, there > 0);
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

    /// A table that takes no row: what is there is shared, or nothing can be had from it.
    fn refused(&mut self, oid: u32, error: SynthError, has_rows: bool) {
        if has_rows {
            self.done.shared.push((oid, error.to_string()));
        } else {
            self.done.unsatisfied.push(error);
        }
        self.with_book(|book| {
            book.open.insert(oid);
        });
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
            let made = self.filler.coloured(relation.oid, colours, None).await?;
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
        let each: Vec<(u32, u64)> = colours
            .iter()
            .map(|(colour, rows)| (*colour, rows.div_ceil(leaves.len() as u64).max(1)))
            .collect();
        self.partitions(relation, &leaves, &each).await
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
        let owned =
            outcome.owned || self.population.columns.contains_key(&oid) || self.population.root == Some(oid);
        if (reached > 0 && !owned) || (reached == 0 && outcome.before > 0) {
            self.done.shared.push((oid, why));
            self.with_book(|book| {
                book.open.insert(oid);
            });
            return Ok(());
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
