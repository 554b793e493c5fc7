//! Fills a table: parents first, then conditions, then one statement.

mod insert;
mod quiet;

use std::{future::Future, pin::Pin};

use freehold_db::Session;
use freehold_model::catalog::Catalog;

use crate::{
    ask::guarded,
    error::SynthError,
    look::{self, Kinds},
    parents::{self, Debt, Keys, Wish},
    plan::{Choice, Plan, Slot},
    recipe::recipe,
    shape,
    table::{Table, Unique},
};

/// What was put in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// Rows in the table that was asked for.
    pub rows: u64,
    /// Other tables that had to get rows first, in the order in which they did, with how many.
    pub parents: Vec<(String, u64)>,
}

/// Puts `rows` more rows into a table or partitioned table, inside the transaction that is open on the session; the
/// caller rolls back. The same seed gives the same rows on the same schema and content, but for sequences, which
/// PostgreSQL does not roll back. On failure the transaction is as before and can go on.
///
/// Triggers and rules do not run meanwhile, where the session's role may say so (`session_replication_role`).
///
/// # Errors
/// [`SynthError::Unsatisfied`] with the constraint, when no rows were found that the table takes.
pub async fn fill(
    session: &Session,
    catalog: &Catalog,
    relation_oid: u32,
    rows: u64,
    seed: u64,
) -> Result<Filled, SynthError> {
    let outcome = guarded(session, async {
        let before = quiet::hush(session).await?;
        let mut filler = Filler {
            session,
            seed,
            kinds: Kinds::new(),
            filling: Vec::new(),
            debts: Vec::new(),
            parents: Vec::new(),
        };
        let made = filler.table(relation_oid, rows, None, &[]).await?;
        parents::settle(session, std::mem::take(&mut filler.debts)).await?;
        quiet::restore(session, before).await?;
        Ok(Filled { rows: made, parents: filler.parents })
    });
    outcome.await.map_err(|error| match error {
        SynthError::NoSuchTable { oid, .. } => SynthError::NoSuchTable {
            oid,
            name: catalog.relation_by_oid(oid).map(|relation| relation.name.to_string()),
        },
        other => other,
    })
}

/// What one call knows.
pub(crate) struct Filler<'s> {
    pub(crate) session: &'s Session,
    seed: u64,
    kinds: Kinds,
    /// Tables that are being filled, the one that was asked for first.
    filling: Vec<u32>,
    pub(crate) debts: Vec<Debt>,
    parents: Vec<(String, u64)>,
}

impl Filler<'_> {
    /// How many tables are being filled: 1 for the one that was asked for.
    pub(crate) fn depth(&self) -> usize {
        self.filling.len()
    }

    /// Fills a parent of the table that is being filled.
    pub(crate) async fn parent(
        &mut self,
        oid: u32,
        rows: u64,
        wish: Option<&Wish>,
        distinct: &[String],
    ) -> Result<(), SynthError> {
        let debts = self.debts.len();
        let parents = self.parents.len();
        let outcome = self.table(oid, rows, wish, distinct).await;
        if outcome.is_err() {
            self.debts.truncate(debts);
            self.parents.truncate(parents);
        }
        outcome.map(|_| ())
    }

    fn table<'a>(
        &'a mut self,
        oid: u32,
        rows: u64,
        wish: Option<&'a Wish>,
        distinct: &'a [String],
    ) -> Pin<Box<dyn Future<Output = Result<u64, SynthError>> + Send + 'a>> {
        Box::pin(async move {
            let mut table = look::table(self.session, oid, &mut self.kinds).await?;
            let numbers = distinct.iter().filter_map(|name| table.column(name)).map(|column| column.number);
            let columns: Vec<i16> = numbers.collect();
            if !columns.is_empty() {
                table.uniques.push(Unique { columns, partial: false });
            }
            if table.without_partitions {
                return Err(SynthError::Unsatisfied {
                    relation: table.name.to_string(),
                    column: None,
                    constraint: None,
                    why: "it is partitioned and has no partition that could hold a row".to_owned(),
                });
            }
            self.filling.push(oid);
            let made = self.rows(&table, rows, wish).await;
            self.filling.pop();
            let made = made?;
            if !self.filling.is_empty() {
                self.parents.push((table.name.to_string(), made));
            }
            Ok(made)
        })
    }

    async fn rows(&mut self, table: &Table, rows: u64, wish: Option<&Wish>) -> Result<u64, SynthError> {
        if rows == 0 {
            return Ok(0);
        }
        let mut plan = self.plan(table, rows).await?;
        let keys = Keys::of(table, wish, &self.filling);
        let by_keys = keys.positions(table);
        let own: Vec<usize> = plan.given().into_iter().filter(|at| !by_keys.contains(at)).collect();
        shape::one_by_one(self.session, &mut plan, &own).await?;
        parents::provide(self, &mut plan, keys).await?;
        let follows =
            |slot: &Slot| slot.cases.iter().any(|case| matches!(case, Choice::Same(_) | Choice::Null));
        let mut fixed = by_keys;
        fixed.extend(plan.slots.iter().enumerate().filter(|(_, slot)| follows(slot)).map(|(at, _)| at));
        shape::together(self.session, &mut plan, &fixed).await?;
        insert::insert(self.session, &plan).await
    }

    /// Every column by the recipe of its type; an empty slot where there is none.
    async fn plan<'t>(&self, table: &'t Table, rows: u64) -> Result<Plan<'t>, SynthError> {
        let doing = format!("counting the rows of {}", table.name);
        let sql = format!("SELECT pg_catalog.count(*) FROM {}", table.name.quoted());
        let base = u64::try_from(look::count(self.session, &sql, &doing).await?).unwrap_or(0);
        let mut slots = Vec::new();
        for column in &table.columns {
            let recipe = recipe(&column.kind, self.seed);
            let unique = table.uniques.iter().any(|unique| unique.columns.contains(&column.number));
            let mut shift = 0;
            let cases = match (&column.default, &recipe) {
                (Some(default), _) if column.counted => vec![Choice::Own(default.clone(), true)],
                (_, Some(recipe)) if unique => {
                    if recipe.counts && base > 0 {
                        let largest = look::largest(self.session, table, column).await?;
                        let fits = recipe.capacity.is_none_or(|capacity| {
                            u64::try_from(largest).unwrap_or(0).saturating_add(rows) < capacity
                        });
                        shift = if fits { largest - i64::try_from(base).unwrap_or(0) } else { 0 };
                    }
                    vec![Choice::Make(recipe.wide.clone())]
                }
                (_, Some(recipe)) => vec![Choice::Make(recipe.plain.clone())],
                (Some(default), None) => vec![Choice::Own(default.clone(), false)],
                (None, None) => Vec::new(),
            };
            slots.push(Slot { cases, recipe, unique, stride: 1, shift });
        }
        Ok(Plan { table, base, rows, slots, pools: Vec::new() })
    }
}
