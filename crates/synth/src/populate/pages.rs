//! The temporary tables in which the keys of new rows are written down.

use std::collections::BTreeSet;

use freehold_model::{catalog::Relation, name::quote_identifier};

use super::work::Work;
use crate::{
    error::SynthError,
    plan::{COLOUR, NUMBER, Page},
};

/// One page for each table that another points to, and for the root.
pub(super) async fn open(work: &mut Work<'_>) -> Result<(), SynthError> {
    let mut sql = String::new();
    let (mut pages, mut identities) = (Vec::new(), Vec::new());
    for relation in work.catalog.relations.iter() {
        let book = work.book();
        if !book.planned.contains(&book.whole(relation.oid)) {
            continue;
        }
        let (columns, identity) = columns(work, relation);
        if columns.is_empty() {
            continue;
        }
        let name = format!("pg_temp.{}", quote_identifier(&format!("freehold made {}", relation.oid)));
        let list: Vec<String> = columns.iter().map(|name| quote_identifier(name)).collect();
        sql += &format!(
            "CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS SELECT NULL::pg_catalog.int4 AS {COLOUR}, \
             NULL::pg_catalog.int8 AS {NUMBER}, {} FROM {} WITH NO DATA;\n",
            list.join(", "),
            relation.name.quoted()
        );
        pages.push((relation.oid, Page { name, columns }));
        identities.push((relation.oid, identity));
    }
    let doing = "making temporary tables for the keys of new rows";
    work.filler.session.run(&sql).await.map_err(SynthError::server(doing))?;
    work.with_book(|book| {
        book.pages.extend(pages);
        book.identities.extend(identities);
    });
    Ok(())
}

/// What is to be known of a table's rows, and by what they are found again.
fn columns(work: &Work<'_>, relation: &Relation) -> (Vec<String>, Vec<String>) {
    let mut found: BTreeSet<&String> = BTreeSet::new();
    let mut first: Option<&Vec<String>> = None;
    for other in work.catalog.relations.iter() {
        for key in other.foreign_keys().filter(|key| key.referenced_oid == Some(relation.oid)) {
            found.extend(&key.referenced_columns);
            first = first.or(Some(&key.referenced_columns));
        }
    }
    let primary = relation.primary_key().map(|key| &key.columns);
    if work.population.root == Some(relation.oid) {
        found.extend(work.population.root_key.iter().filter(|name| relation.column(name).is_some()));
        found.extend(primary.into_iter().flatten());
    }
    if !found.is_empty() {
        found.extend(primary.into_iter().flatten());
    }
    let identity = primary.or(first).cloned().unwrap_or_default();
    (found.into_iter().cloned().collect(), identity)
}

/// Away with them.
pub(super) async fn close(work: &mut Work<'_>) -> Result<(), SynthError> {
    let book = work.book();
    let names: Vec<&str> =
        book.pages.values().map(|page| page.name.as_str()).chain(book.tenants.as_deref()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let sql = format!("DROP TABLE {}", names.join(", "));
    work.filler.session.run(&sql).await.map_err(SynthError::server("removing the temporary tables for keys"))
}
