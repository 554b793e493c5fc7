//! What a database holds, for comparing two: its catalog, the rows of every table, and where its sequences stand.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use freehold_db::{DbError, Session, catalog::CatalogReader};
use freehold_model::{catalog::Catalog, name::QualifiedName};

use super::reprint::Reprint;

/// Tables with rows of their own, and, last, materialised views, whose rows are those of another time; those of extensions only where the extension says that their
/// rows are the user's.
const TABLES: &str = "SELECT n.nspname::text, c.relname::text, c.relkind = 'm' FROM pg_catalog.pg_class c \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND c.relispopulated \
     AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
         AND d.objid = c.oid AND d.deptype = 'e' \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE c.oid = ANY (e.extconfig))) ORDER BY 1, 2";

const SEQUENCES: &str = "SELECT n.nspname::text, c.relname::text, s.seqstart FROM pg_catalog.pg_sequence s \
     JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.relpersistence <> 't' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
         WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e') \
     ORDER BY 1, 2";

/// Extensions: name, version, whether that is the default one, whether the comment is its own.
const EXTENSIONS: &str = "SELECT e.extname::text, e.extversion, e.extversion = a.default_version, \
     pg_catalog.obj_description(e.oid, 'pg_extension') IS NOT DISTINCT FROM a.comment \
     FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_available_extensions a ON a.name = e.extname";

/// Names of columns whose values are not the same in every run, by table.
pub(super) type Volatile = BTreeMap<QualifiedName, BTreeSet<String>>;

/// What a database holds.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) catalog: Arc<Catalog>,
    /// Each row as one text, sorted.
    pub(super) rows: BTreeMap<QualifiedName, Vec<String>>,
    /// The same of materialised views.
    pub(super) filled: BTreeMap<QualifiedName, Vec<String>>,
    pub(super) sequences: BTreeMap<QualifiedName, Position>,
    pub(super) extensions: Vec<Installed>,
    pub(super) large_objects: i64,
}

/// Where a sequence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) last: i64,
    pub(super) called: bool,
    pub(super) start: i64,
}

/// An extension as it is installed.
#[derive(Debug, Clone)]
pub(super) struct Installed {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) by_default: bool,
    pub(super) own_comment: bool,
}

impl State {
    /// Reads all of it.
    pub(super) async fn read(session: &Session) -> Result<Self, DbError> {
        let catalog = CatalogReader::new().read(session).await?;
        session.run("SET search_path = pg_catalog; SET timezone = 'UTC'; SET bytea_output = hex").await?;
        let mut rows = BTreeMap::new();
        let mut filled = BTreeMap::new();
        for (table, is_view) in tables(session).await? {
            let texts = rows_of(session, &table, None).await?;
            if is_view {
                filled.insert(table, texts)
            } else {
                rows.insert(table, texts)
            };
        }
        let large = session.query("SELECT count(*) FROM pg_catalog.pg_largeobject_metadata", &[]).await?;
        let large_objects = large.first().map_or(Ok(0), |row| row.try_get(0)).map_err(wrong)?;
        let (sequences, extensions) = (sequences(session).await?, extensions(session).await?);
        Ok(Self { catalog, rows, filled, sequences, extensions, large_objects })
    }

    /// Sequences from which nothing was taken, in the words of `setval`.
    pub(super) fn fresh_sequences(&self) -> HashSet<String> {
        let fresh = self.sequences.iter().filter(|(_, at)| !at.called && at.last == at.start);
        fresh.map(|(name, _)| regclass(name)).collect()
    }

    pub(super) fn versions(&self) -> HashMap<String, String> {
        let other = self.extensions.iter().filter(|extension| !extension.by_default);
        other.map(|extension| (extension.name.clone(), extension.version.clone())).collect()
    }

    pub(super) fn commented(&self) -> HashSet<String> {
        let other = self.extensions.iter().filter(|extension| !extension.own_comment);
        other.map(|extension| extension.name.clone()).collect()
    }

    /// What is not the same in `other`, a readable line each. Catalogs are compared in the order of columns too. Rows of
    /// tables that stand in `volatile` without a column are not compared.
    pub(super) fn differences(
        &self,
        other: &Self,
        volatile: Option<&Volatile>,
        reprint: &Reprint,
    ) -> Vec<String> {
        let catalogs = reprint.without(self.catalog.differences(&other.catalog));
        let mut lines: Vec<String> = catalogs.iter().flat_map(|d| d.lines()).collect();
        let names: BTreeSet<&QualifiedName> = self.rows.keys().chain(other.rows.keys()).collect();
        let none = Vec::new();
        let uncertain = |name: &QualifiedName| {
            volatile.and_then(|volatile| volatile.get(name)).is_some_and(BTreeSet::is_empty)
        };
        for name in names.into_iter().filter(|name| !uncertain(name)) {
            let (a, b) = (self.rows.get(name).unwrap_or(&none), other.rows.get(name).unwrap_or(&none));
            lines.extend(rows_differ(name, a, b));
        }
        for (name, at) in &self.sequences {
            match other.sequences.get(name) {
                Some(there) if (there.last, there.called) != (at.last, at.called) => lines.push(format!(
                    "sequence {name}: stands at {} instead of {}",
                    there.in_words(),
                    at.in_words()
                )),
                // One that is missing is a difference of the catalogs.
                _ => {}
            }
        }
        lines
    }

    /// Materialised views that hold other rows in `other`, where they were filled at another time.
    pub(super) fn filled_otherwise(&self, other: &Self) -> Vec<String> {
        let differ = |(name, rows): &(&QualifiedName, &Vec<String>)| other.filled.get(*name) != Some(*rows);
        self.filled.iter().filter(differ).map(|(name, _)| name.to_string()).collect()
    }

    /// The same, without the columns that differ from run to run.
    pub(super) async fn without(mut self, session: &Session, volatile: &Volatile) -> Result<Self, DbError> {
        for (table, columns) in volatile {
            if let Some(rows) = self.rows.get_mut(table) {
                *rows = rows_of(session, table, Some(columns)).await?;
            }
        }
        Ok(self)
    }
}

impl Position {
    fn in_words(self) -> String {
        if self.called { format!("{} (taken)", self.last) } else { format!("{} (next)", self.last) }
    }
}

/// How many rows are told of a table whose rows differ.
const SHOWN: usize = 3;

fn rows_differ(name: &QualifiedName, a: &[String], b: &[String]) -> Vec<String> {
    if a == b {
        return Vec::new();
    }
    let mut lines = vec![format!("rows of {name}: {} instead of {}", b.len(), a.len())];
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    a.iter().for_each(|row| *counts.entry(row).or_default() -= 1);
    b.iter().for_each(|row| *counts.entry(row).or_default() += 1);
    let sign = |count: i64| if count < 0 { "-" } else { "+" };
    let different = counts.iter().filter(|(_, count)| **count != 0).take(SHOWN);
    lines.extend(different.map(|(row, count)| format!("{} {row}", sign(*count))));
    lines
}

/// The columns of seed rows that a second run of the same migrations gives other values, by table. A table whose number
/// of rows differs is given with no columns.
pub(super) async fn volatile(
    first: (&State, &Session),
    second: (&State, &Session),
) -> Result<Volatile, DbError> {
    let mut found = Volatile::new();
    for (table, rows) in &first.0.rows {
        let Some(again) = second.0.rows.get(table) else { continue };
        if rows == again {
            continue;
        }
        let columns = first.0.catalog.relation(table).map(|relation| &relation.columns);
        let mut differing = BTreeSet::new();
        for column in columns.into_iter().flatten() {
            let a = column_of(first.1, table, &column.name).await?;
            let b = column_of(second.1, table, &column.name).await?;
            if a != b {
                differing.insert(column.name.clone());
            }
        }
        found.insert(table.clone(), differing);
    }
    Ok(found)
}

async fn column_of(session: &Session, table: &QualifiedName, column: &str) -> Result<Vec<String>, DbError> {
    let sql = format!(
        "SELECT COALESCE(pg_catalog.to_jsonb(freehold_row) OPERATOR(pg_catalog.->>) $1, '') \
         FROM ONLY {} freehold_row",
        table.quoted()
    );
    let mut values = texts(session, &sql, &[&column]).await?;
    values.sort_unstable();
    Ok(values)
}

/// The rows of a table as texts, sorted; without some columns when these are named.
async fn rows_of(
    session: &Session,
    table: &QualifiedName,
    without: Option<&BTreeSet<String>>,
) -> Result<Vec<String>, DbError> {
    let from = format!("FROM ONLY {} freehold_row", table.quoted());
    let mut rows = match without {
        None => texts(session, &format!("SELECT freehold_row::pg_catalog.text {from}"), &[]).await?,
        Some(columns) => {
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            let sql = format!(
                "SELECT (pg_catalog.to_jsonb(freehold_row) OPERATOR(pg_catalog.-) $1::pg_catalog.text[])::pg_catalog.text {from}"
            );
            texts(session, &sql, &[&columns]).await?
        }
    };
    rows.sort_unstable();
    Ok(rows)
}

async fn texts(
    session: &Session,
    sql: &str,
    params: &[&(dyn tokio_postgres::types::ToSql + Sync)],
) -> Result<Vec<String>, DbError> {
    let rows = session.query(sql, params).await?;
    rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>().map_err(wrong)
}

async fn tables(session: &Session) -> Result<Vec<(QualifiedName, bool)>, DbError> {
    let rows = session.query(TABLES, &[]).await?;
    let name = |row: &tokio_postgres::Row| {
        let name = QualifiedName::new(row.try_get::<_, String>(0)?, row.try_get::<_, String>(1)?);
        Ok((name, row.try_get(2)?))
    };
    rows.iter().map(name).collect::<Result<_, _>>().map_err(wrong)
}

async fn sequences(session: &Session) -> Result<BTreeMap<QualifiedName, Position>, DbError> {
    let mut all = BTreeMap::new();
    for row in session.query(SEQUENCES, &[]).await? {
        let name = QualifiedName::new(
            row.try_get::<_, String>(0).map_err(wrong)?,
            row.try_get::<_, String>(1).map_err(wrong)?,
        );
        let start = row.try_get(2).map_err(wrong)?;
        let sql = format!("SELECT last_value, is_called FROM {}", name.quoted());
        if let Some(at) = session.query(&sql, &[]).await?.first() {
            let (last, called) = (at.try_get(0).map_err(wrong)?, at.try_get(1).map_err(wrong)?);
            all.insert(name, Position { last, called, start });
        }
    }
    Ok(all)
}

async fn extensions(session: &Session) -> Result<Vec<Installed>, DbError> {
    let rows = session.query(EXTENSIONS, &[]).await?;
    let installed = |row: &tokio_postgres::Row| {
        Ok(Installed {
            name: row.try_get(0)?,
            version: row.try_get(1)?,
            by_default: row.try_get::<_, Option<bool>>(2)?.unwrap_or(true),
            own_comment: row.try_get(3)?,
        })
    };
    rows.iter().map(installed).collect::<Result<_, _>>().map_err(wrong)
}

fn wrong(error: tokio_postgres::Error) -> DbError {
    DbError::from_postgres("reading what a scratch database holds", error)
}

/// A name as pg_dump writes it: each part quoted only where it must be.
fn regclass(name: &QualifiedName) -> String {
    let part = |name: &str| freehold_model::name::display_identifier(name);
    format!("{}.{}", part(&name.schema), part(&name.name))
}
