//! Fills a table: parents first, then conditions, then one statement.

mod insert;
pub(crate) mod quiet;

use std::{collections::BTreeMap, future::Future, pin::Pin};

use freehold_db::Session;
use freehold_model::catalog::Catalog;

use crate::{
    ask::guarded,
    book::Book,
    error::SynthError,
    look::{self, Kinds},
    parents::{self, Debt, Keys, Wish},
    plan::{Choice, Plan, Slot, Span},
    recipe::recipe,
    shape,
    table::{Foreign, Parent, Table, Unique},
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
            book: None,
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
    pub(crate) seed: u64,
    pub(crate) kinds: Kinds,
    /// Tables that are being filled, the one that was asked for first.
    filling: Vec<u32>,
    pub(crate) debts: Vec<Debt>,
    pub(crate) parents: Vec<(String, u64)>,
    /// What is known where rows belong to tenants.
    pub(crate) book: Option<Book>,
}

impl<'s> Filler<'s> {
    /// For tables whose rows belong to tenants.
    pub(crate) fn with_book(session: &'s Session, seed: u64, book: Book) -> Self {
        let kinds = Kinds::new();
        let (filling, debts, parents) = (Vec::new(), Vec::new(), Vec::new());
        Self { session, seed, kinds, filling, debts, parents, book: Some(book) }
    }
}

impl Filler<'_> {
    /// The key as rows of the table find their parents; nothing for a key into what is being filled.
    pub(crate) fn source(&self, table: &Table, key: &Foreign) -> Option<Foreign> {
        let circle = matches!(key.parent, Parent::Relation(oid) if self.filling.contains(&oid));
        match &self.book {
            _ if circle => None,
            Some(book) => book.source(table, key),
            None => Some(key.clone()),
        }
    }

    /// The tenant column as a key, where nothing else tells the tenant.
    pub(crate) fn tenant_key(&self, table: &Table, keys: &[Foreign]) -> Option<Foreign> {
        self.book.as_ref().and_then(|book| book.tenant_key(table, keys))
    }

    /// Remembers a key that is left open for now.
    pub(crate) fn note_open(&mut self, table: &Table, key: &Foreign, own: &[String]) {
        if let Some(book) = &mut self.book {
            book.note_open(table, key, own);
        }
    }

    /// True when a table may get more rows than were planned. There is one row for each tenant in the root.
    pub(crate) fn may_grow(&self, oid: u32) -> bool {
        let allowed = |book: &Book| book.root != Some(oid) && !book.open.contains(&oid);
        self.filling.len() < 6 && self.book.as_ref().is_none_or(allowed)
    }

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
            if let Some(book) = &self.book {
                let colours = (0_u32..).zip(&book.shares).map(|(colour, _)| (colour, rows)).collect();
                let outcome = self.coloured(oid, colours, wish).await?;
                return Ok(outcome.made.values().sum());
            }
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
        let mut plan = self.plan(table).await?;
        plan.rows = rows;
        plan.spans = vec![Span::plain(plan.base, rows)];
        self.choose(&mut plan, wish).await?;
        insert::insert(self.session, &plan).await
    }

    /// Decides how each column gets its values. True when rows have parents of their own colour.
    async fn choose(&mut self, plan: &mut Plan<'_>, wish: Option<&Wish>) -> Result<bool, SynthError> {
        self.columns(plan).await?;
        let keys = Keys::of(plan.table, wish, self);
        let by_keys = keys.positions(plan.table);
        let free = |at: &usize| !by_keys.contains(at) && !plan.slots.get(*at).is_some_and(|slot| slot.fixed);
        let own: Vec<usize> = plan.given().into_iter().filter(free).collect();
        shape::one_by_one(self.session, plan, &own).await?;
        let coloured = keys.groups.iter().any(|group| group.coloured(group.keys.len()));
        parents::provide(self, plan, keys).await?;
        let follows = |slot: &Slot| {
            slot.fixed || slot.cases.iter().any(|case| matches!(case, Choice::Same(_) | Choice::Null))
        };
        let mut fixed = by_keys;
        fixed.extend(plan.slots.iter().enumerate().filter(|(_, slot)| follows(slot)).map(|(at, _)| at));
        shape::together(self.session, plan, &fixed).await?;
        Ok(coloured)
    }

    /// So many rows of each colour in a table or one partition, as far as it takes them.
    pub(crate) async fn coloured(
        &mut self,
        oid: u32,
        colours: Vec<(u32, u64)>,
        wish: Option<&Wish>,
    ) -> Result<Coloured, SynthError> {
        let mut table = look::table(self.session, oid, &mut self.kinds).await?;
        let Some(book) = &self.book else { return Ok(Coloured::default()) };
        table.whole_oid = book.whole(oid);
        if table.whole_oid != oid {
            table.whole = look::name(self.session, table.whole_oid).await?;
        }
        let table = table;
        let mut plan = self.plan(&table).await?;
        let Some(book) = &self.book else { return Ok(Coloured::default()) };
        plan.spans = book.spans(&table, plan.base, &colours);
        plan.rows = plan.spans.iter().map(|span| span.count).sum();
        if plan.spans.is_empty() {
            return Ok(Coloured::default());
        }
        self.filling.push(oid);
        let chosen = self.choose(&mut plan, wish).await;
        self.filling.pop();
        let owned = chosen?;
        let Some(book) = &mut self.book else { return Ok(Coloured::default()) };
        let pages = book.pages_of(oid);
        let generated = |name: &String| table.column(name).is_some_and(|column| column.generated);
        let as_made = !book.triggers && !pages.iter().flat_map(|page| &page.columns).any(generated);
        let outcome = insert::insert_by_colour(self.session, &plan, &pages, as_made).await?;
        for span in &plan.spans {
            let place = book.places.entry((table.whole_oid, span.colour)).or_default();
            *place = (*place).max(span.place + span.count);
        }
        Ok(Coloured { made: outcome.made, refusal: outcome.refusal, owned, before: plan.base })
    }

    /// The table's rows are counted, and every column has an empty slot.
    async fn plan<'t>(&self, table: &'t Table) -> Result<Plan<'t>, SynthError> {
        let doing = format!("counting the rows of {}", table.name);
        let sql = format!("SELECT pg_catalog.count(*) FROM {}", table.whole.quoted());
        let base = u64::try_from(look::count(self.session, &sql, &doing).await?).unwrap_or(0);
        Ok(Plan { table, base, rows: 0, spans: Vec::new(), slots: Vec::new(), pools: Vec::new() })
    }

    /// Every column by the recipe of its type, or as the project wants it; an empty slot where there is neither.
    async fn columns(&self, plan: &mut Plan<'_>) -> Result<(), SynthError> {
        let table = plan.table;
        let seed = if self.book.is_some() { mixed(self.seed, &table.whole.quoted()) } else { self.seed };
        for column in &table.columns {
            let recipe = recipe(&column.kind, seed);
            let unique = table.uniques.iter().any(|unique| unique.columns.contains(&column.number));
            let mut shift = 0;
            let given = self.book.as_ref().and_then(|book| {
                let of = |oid: u32| book.generators.get(&(oid, column.name.clone()));
                of(table.oid).or_else(|| of(table.whole_oid))
            });
            let cases = match (&column.default, &recipe) {
                _ if given.is_some() => {
                    given.map(|sql| Choice::Own(sql.clone(), false)).into_iter().collect()
                }
                (Some(default), _) if column.counted => vec![Choice::Own(default.clone(), true)],
                (_, Some(recipe)) if unique => {
                    if recipe.counts && plan.base > 0 {
                        let largest = look::largest(self.session, table, column).await?;
                        let fits = recipe.capacity.is_none_or(|capacity| {
                            u64::try_from(largest).unwrap_or(0).saturating_add(plan.rows) < capacity
                        });
                        shift = if fits { largest - i64::try_from(plan.base).unwrap_or(0) } else { 0 };
                    }
                    vec![Choice::Make(recipe.wide.clone())]
                }
                (_, Some(recipe)) => vec![Choice::Make(recipe.plain.clone())],
                (Some(default), None) => vec![Choice::Own(default.clone(), false)],
                (None, None) => Vec::new(),
            };
            let fixed = given.is_some();
            plan.slots.push(Slot { cases, recipe, unique, stride: 1, shift, within: false, fixed });
        }
        Ok(())
    }
}

/// What became of a table.
#[derive(Debug, Default)]
pub(crate) struct Coloured {
    pub(crate) made: BTreeMap<u32, u64>,
    pub(crate) refusal: Option<SynthError>,
    /// The rows have parents of their own colour.
    pub(crate) owned: bool,
    /// Rows that were there before.
    pub(crate) before: u64,
}

/// A seed of the table's own, so that the same number gives other values in other tables (FNV-1a).
fn mixed(seed: u64, name: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ seed;
    name.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
