//! The tenants' keys: read from the root, or made where there is none.

use freehold_model::{
    catalog::{Catalog, Relation},
    name::{quote_identifier, quote_literal},
};

use super::{Population, work::Work};
use crate::{
    ask::{Bound, rows},
    error::SynthError,
    literal, look,
    parents::Wish,
    plan::{COLOUR, NUMBER},
    recipe::recipe,
};

/// The page with the keys as text.
const PAGE: &str = "pg_temp.\"freehold tenants\"";

/// Takes the keys from the root's new rows.
pub(super) async fn read(work: &mut Work<'_>, root: &Relation) -> Result<(), SynthError> {
    let book = work.book();
    let Some(page) = book.pages.get(&root.oid) else { return Ok(()) };
    let key = key_of(work.catalog, root, work.population).filter(|name| page.columns.contains(name));
    let Some(key) = key else { return Ok(()) };
    let query = format!(
        "SELECT {COLOUR}, {NUMBER}, {}::pg_catalog.text AS key FROM {}",
        quote_identifier(&key),
        page.name
    );
    note(work, &query).await
}

/// The keys that partitions of tenants are made for: values of the tenant column in the bounds of tables that have no
/// other place for a row.
pub(super) fn listed(catalog: &Catalog, population: &Population) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for relation in catalog.relations.iter() {
        let (Some(key), Some(column)) = (&relation.partition_key, population.columns.get(&relation.oid))
        else {
            continue;
        };
        if key.strategy != "LIST" || key.columns.as_slice() != std::slice::from_ref(column) {
            continue;
        }
        let parts = catalog.relations.iter().filter_map(|part| part.partition.as_ref());
        let bounds: Vec<&str> =
            parts.filter(|part| part.parent == relation.name).map(|part| part.bound.as_str()).collect();
        if bounds.contains(&"DEFAULT") {
            continue;
        }
        for bound in bounds {
            for word in literal::words(bound) {
                if let literal::Word::Text(text) | literal::Word::Number(text) = word
                    && !found.contains(&text)
                {
                    found.push(text);
                }
            }
        }
    }
    found.truncate(population.tenants.max(1) as usize);
    found
}

/// The wish that the first tenants have these keys.
pub(super) fn wish(key: &str, cast: &str, listed: &[String]) -> Wish {
    let rows: Vec<String> = listed
        .iter()
        .enumerate()
        .map(|(at, text)| format!("({at}, {at}::pg_catalog.int8, {}::{cast})", quote_literal(text)))
        .collect();
    let name = quote_identifier(key);
    Wish {
        columns: vec![key.to_owned()],
        query: format!("SELECT * FROM (VALUES {}) AS listed({COLOUR}, {NUMBER}, {name})", rows.join(", ")),
        coloured: true,
    }
}

/// The column of the root that tenant columns hold.
pub(super) fn key_of(catalog: &Catalog, root: &Relation, population: &Population) -> Option<String> {
    let named = population.root_key.clone().filter(|name| root.column(name).is_some());
    // What keys of tenant columns point to.
    let pointed = || {
        population.columns.iter().find_map(|(oid, column)| {
            let mut keys = catalog.relation_by_oid(*oid)?.foreign_keys();
            let key = keys.find(|key| {
                key.referenced_oid == Some(root.oid) && key.columns.as_slice() == std::slice::from_ref(column)
            });
            key?.referenced_columns.first().cloned()
        })
    };
    named.or_else(pointed).or_else(|| match root.primary_key().map(|key| key.columns.as_slice()) {
        Some([one]) => Some(one.clone()),
        _ => None,
    })
}

/// Makes keys of the type that most tenant columns have.
pub(super) async fn invent(work: &mut Work<'_>) -> Result<(), SynthError> {
    let mut types: Vec<(u32, usize)> = Vec::new();
    for (oid, column) in &work.population.columns {
        let relation = work.catalog.relation_by_oid(*oid);
        let Some(column) = relation.and_then(|relation| relation.column(column)) else { continue };
        match types.iter_mut().find(|(known, _)| *known == column.type_oid) {
            Some((_, count)) => *count += 1,
            None => types.push((column.type_oid, 1)),
        }
    }
    let Some((oid, _)) = types.into_iter().max_by_key(|(_, count)| *count) else { return Ok(()) };
    let kind = look::kind(work.filler.session, oid, -1, &mut work.filler.kinds).await?;
    let Some(recipe) = recipe(&kind, work.filler.seed ^ 0x7465_6e61_6e74) else { return Ok(()) };
    let listed = listed(work.catalog, work.population);
    let made = format!("(({})::{})::pg_catalog.text", (recipe.wide)("n.n"), kind.base().cast);
    let list: Vec<String> = listed.iter().map(|text| quote_literal(text)).collect();
    let key = match list.is_empty() {
        true => made,
        false => format!("coalesce((ARRAY[{}]::pg_catalog.text[])[n.n + 1], {made})", list.join(", ")),
    };
    let query = format!(
        "SELECT n.n::pg_catalog.int4 AS {COLOUR}, n.n AS {NUMBER}, {key} AS key \
         FROM pg_catalog.generate_series(0::pg_catalog.int8, {}) AS n(n)",
        work.book().shares.len().saturating_sub(1)
    );
    note(work, &query).await
}

async fn note(work: &mut Work<'_>, query: &str) -> Result<(), SynthError> {
    let doing = "noting the keys of the tenants";
    let sql = format!("CREATE TEMPORARY TABLE {PAGE} ON COMMIT DROP AS {query}");
    work.filler.session.run(&sql).await.map_err(SynthError::server(doing))?;
    let sql = format!("SELECT key FROM {PAGE} ORDER BY {COLOUR}");
    let found =
        rows(work.filler.session, doing, &sql, &Bound::default()).await.map_err(SynthError::server(doing))?;
    work.done.tenants = found.iter().filter_map(|row| row.try_get(0).ok()).collect();
    work.with_book(|book| book.tenants = Some(PAGE.to_owned()));
    Ok(())
}
