//! Differences that are none: the server prints some definitions in another form once it has read its own print again.
//!
//! `a BETWEEN 1 AND 2 AND b` is printed as `((a >= 1) AND (a <= 2)) AND b`, and after a dump and a restore as
//! `(a >= 1) AND (a <= 2) AND b`. So a database is dumped and restored, unchanged, by PostgreSQL's own program; what
//! differs between it and its restored copy in the print of a definition differs in nothing else.

use std::sync::Arc;

use freehold_db::{Session, catalog::CatalogReader};
use freehold_model::catalog::{Catalog, Change, Difference, FactChange};
use freehold_sandbox::{DumpOf, Scratch};

use super::{
    ground::{Field, GroundError},
    text::{is_setting, statements},
};

/// What differs between a database and its own restored copy.
#[derive(Debug, Clone, Default)]
pub(in crate::migrate) struct Reprint {
    differences: Vec<Difference>,
}

impl Reprint {
    /// Dumps and restores. Where that cannot be done nothing is known, and every difference counts.
    pub(in crate::migrate) async fn of(
        field: &Field,
        scratch: &Scratch,
        catalog: &Catalog,
    ) -> Result<Self, GroundError> {
        let restored = restored(field, scratch).await?;
        Ok(restored.map(|restored| Self::between(catalog, &restored)).unwrap_or_default())
    }

    /// From a catalog and that of its restored copy.
    pub(in crate::migrate) fn between(catalog: &Catalog, restored: &Catalog) -> Self {
        Self { differences: catalog.differences(restored) }
    }

    /// The differences without those facts that a dump and a restore alone make so. `before` of these differences must
    /// be the catalog that was dumped.
    pub(in crate::migrate) fn without(&self, differences: Vec<Difference>) -> Vec<Difference> {
        let same = |known: &FactChange, fact: &FactChange| known == fact;
        differences.into_iter().filter_map(|difference| self.rest(difference, same)).collect()
    }

    /// The same where it is the `after` of these differences that was dumped.
    pub(in crate::migrate) fn without_reversed(&self, differences: Vec<Difference>) -> Vec<Difference> {
        let same = |known: &FactChange, fact: &FactChange| {
            (&known.name, &known.before, &known.after) == (&fact.name, &fact.after, &fact.before)
        };
        differences.into_iter().filter_map(|difference| self.rest(difference, same)).collect()
    }

    fn rest(
        &self,
        mut difference: Difference,
        is_same: impl Fn(&FactChange, &FactChange) -> bool,
    ) -> Option<Difference> {
        let same = self.differences.iter().find(|known| {
            (known.kind, &known.object, &known.part)
                == (difference.kind, &difference.object, &difference.part)
        });
        if let (Some(Change::Changed(known)), Change::Changed(facts)) =
            (same.map(|known| &known.change), &mut difference.change)
        {
            facts.retain(|fact| !(is_print(fact) && known.iter().any(|known| is_same(known, fact))));
            if facts.is_empty() {
                return None;
            }
        }
        Some(difference)
    }
}

/// The catalog of a copy of a database, dumped and restored; nothing where that cannot be done.
pub(in crate::migrate) async fn restored(
    field: &Field,
    scratch: &Scratch,
) -> Result<Option<Arc<Catalog>>, GroundError> {
    let Some(sandbox) = field.server().sandbox() else { return Ok(None) };
    let Ok(dump) = sandbox.dump(scratch, field.role(), &DumpOf::Schema).await else {
        return Ok(None);
    };
    let copy = field.server().scratch().await?;
    let session = field.session(&copy).await?;
    let restored =
        if restore(&session, &dump).await { CatalogReader::new().read(&session).await.ok() } else { None };
    session.close().await;
    copy.remove().await?;
    Ok(restored)
}

/// Facts that are a text which the server makes of something that it keeps otherwise; and the mark by which a partition's
/// key is not inherited further, which a dump gives to every key that it attaches and which means nothing for keys.
pub(in crate::migrate) fn is_print(fact: &FactChange) -> bool {
    matches!(
        fact.name.as_str(),
        "definition"
            | "default"
            | "expression"
            | "USING"
            | "WITH CHECK"
            | "partition bound"
            | "partition key"
            | "arguments"
            | "body"
            | "no inherit"
    ) || fact.name.starts_with("constraint ")
}

/// Restores with the path as it is: bodies of functions mean by it what they meant when they were made.
async fn restore(session: &Session, dump: &str) -> bool {
    let Ok(statements) = statements(dump) else { return false };
    let mut sql = String::from("SET check_function_bodies = false;\n");
    for (statement, text) in statements {
        let path = is_setting(&statement)
            && statement
                .effect
                .session
                .iter()
                .any(|change| matches!(change.name.as_str(), "search_path" | "check_function_bodies"));
        if !path {
            sql.push_str(text);
            sql.push_str(";\n");
        }
    }
    session.run(&sql).await.is_ok()
}
