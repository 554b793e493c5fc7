//! The tenants' keys: read from the root, or made where there is none.

use freehold_model::{catalog::Relation, name::quote_identifier};

use super::Work;
use crate::{
    ask::{Bound, rows},
    error::SynthError,
    look,
    plan::{COLOUR, NUMBER},
    recipe::recipe,
};

/// The page with the keys as text.
const PAGE: &str = "pg_temp.\"freehold tenants\"";

/// Takes the keys from the root's new rows.
pub(super) async fn read(work: &mut Work<'_>, root: &Relation) -> Result<(), SynthError> {
    let book = work.book();
    let Some(page) = book.pages.get(&root.oid) else { return Ok(()) };
    let named = work.population.root_key.clone();
    let key = named.filter(|name| page.columns.contains(name)).or_else(|| {
        let primary = root.primary_key().map(|key| key.columns.as_slice()).unwrap_or_default();
        if let [one] = primary { Some(one.clone()) } else { page.columns.first().cloned() }
    });
    let Some(key) = key else { return Ok(()) };
    let query = format!(
        "SELECT {COLOUR}, {NUMBER}, {}::pg_catalog.text AS key FROM {}",
        quote_identifier(&key),
        page.name
    );
    note(work, &query).await
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
    let query = format!(
        "SELECT n.n::pg_catalog.int4 AS {COLOUR}, n.n AS {NUMBER}, (({})::{})::pg_catalog.text AS key \
         FROM pg_catalog.generate_series(0::pg_catalog.int8, {}) AS n(n)",
        (recipe.wide)("n.n"),
        kind.base().cast,
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
