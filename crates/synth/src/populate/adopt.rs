//! Rows that the schema's own triggers made while parents were filled.

use freehold_model::{catalog::Relation, name::quote_identifier};

use super::work::Work;
use crate::{
    ask::{Bound, rows, run},
    error::SynthError,
    plan::{COLOUR, NUMBER},
};

/// Takes rows that triggers wrote as the table's own, if every tenant has some; each belongs to whom its parent does.
pub(super) async fn adopt(work: &mut Work<'_>, relation: &Relation) -> Result<bool, SynthError> {
    let book = work.book();
    if !book.triggers {
        return Ok(false);
    }
    let session = work.filler.session;
    let doing = format!("looking for rows that triggers wrote to {}", relation.name);
    for key in relation.foreign_keys() {
        let Some(parent) = key.referenced_oid.filter(|oid| !book.open.contains(&book.whole(*oid))) else {
            continue;
        };
        let Some(page) = book.pages.get(&parent) else { continue };
        let pairs = key.columns.iter().zip(&key.referenced_columns);
        let same: Vec<String> = pairs
            .map(|(own, parent)| format!("t.{} = s.{}", quote_identifier(own), quote_identifier(parent)))
            .collect();
        let from =
            format!("{} AS t JOIN {} AS s ON {}", relation.name.quoted(), page.name, same.join(" AND "));
        let sql = format!("SELECT pg_catalog.count(DISTINCT s.{COLOUR}), pg_catalog.count(*) FROM {from}");
        let found =
            rows(session, &doing, &sql, &Bound::default()).await.map_err(SynthError::server(&doing))?;
        let number = |at: usize| found.first().and_then(|row| row.try_get::<_, i64>(at).ok()).unwrap_or(0);
        if usize::try_from(number(0)).ok() != Some(book.shares.len()) {
            continue;
        }
        if let Some(own) = book.pages.get(&relation.oid) {
            let list: Vec<String> = own.columns.iter().map(|name| quote_identifier(name)).collect();
            let theirs: Vec<String> = list.iter().map(|name| format!("t.{name}")).collect();
            let sql = format!(
                "INSERT INTO {} ({COLOUR}, {NUMBER}, {}) SELECT s.{COLOUR}, pg_catalog.row_number() OVER (), {} FROM {from}",
                own.name,
                list.join(", "),
                theirs.join(", ")
            );
            run(session, &doing, &sql, &Bound::default()).await.map_err(SynthError::server(&doing))?;
        }
        work.done.tables.retain(|(oid, rows)| *oid != relation.oid || *rows > 0);
        work.done.tables.push((relation.oid, u64::try_from(number(1)).unwrap_or(0)));
        return Ok(true);
    }
    Ok(false)
}
