//! Rows for several tenants in every table of a schema.

mod adopt;
mod order;
mod pages;
mod patch;
mod shares;
mod tenants;
mod work;

use std::collections::{BTreeMap, BTreeSet};

use freehold_db::Session;
use freehold_model::catalog::{Catalog, Relation};

use crate::{
    ask::guarded,
    book::Book,
    error::SynthError,
    fill::{Filler, quiet},
};
use work::Work;

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
    populate_telling(session, catalog, population, &|_| {}).await
}

/// The tables that [`populate`] would fill.
pub fn planned(catalog: &Catalog, population: &Population) -> BTreeSet<u32> {
    order::planned(catalog, population, &order::above(catalog))
}

/// As [`populate`]; `tell` is told of each table before it is filled.
///
/// # Errors
/// As [`populate`].
pub async fn populate_telling(
    session: &Session,
    catalog: &Catalog,
    population: &Population,
    tell: &(dyn Fn(&Relation) + Sync),
) -> Result<Populated, SynthError> {
    guarded(session, async {
        let before = if population.triggers { None } else { quiet::hush(session).await? };
        let mut work = Work {
            filler: Filler::with_book(session, population.seed, book(catalog, population)),
            catalog,
            population,
            tell,
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
