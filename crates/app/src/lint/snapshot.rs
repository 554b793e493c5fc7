//! `freehold snapshot`: what the rules want to know of a live database, as text that people can read before they pass it
//! on. No values of rows are in it.

mod catalog;
mod kept;
mod queries;
mod records;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use freehold_db::{ConnectTo, DbError, Session};
use freehold_lint::Production;
use freehold_model::{catalog::Catalog, name::QualifiedName};
use serde::{Deserialize, Serialize};

use super::live::{self, Live};
use crate::{explain::Explain, render::json_text, report::NotVerified};
use catalog::CatalogRecord;
use kept::{Kept, Name};
use queries::QueryRecord;

/// The version of a snapshot's shape.
const VERSION: u32 = 1;

/// Bytes of every table and materialised view with its indexes and long values, by its size on this server alone.
const BYTES: &str = "
SELECT n.nspname::text, c.relname::text, pg_catalog.pg_total_relation_size(c.oid)::int8
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  AND n.nspname NOT LIKE 'pg\\_temp\\_%' AND n.nspname NOT LIKE 'pg\\_toast\\_temp\\_%'";

/// What a database showed at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    version: u32,
    /// The program that took it.
    #[serde(default)]
    tool: String,
    /// When, in UTC.
    taken: String,
    /// The server's version.
    server: String,
    /// What could not be seen.
    #[serde(default)]
    missing: Vec<Missing>,
    /// Tables and materialised views, in the order of names.
    #[serde(default)]
    sizes: Vec<Size>,
    /// Indexes, in the order of names.
    #[serde(default)]
    index_scans: Vec<Scans>,
    /// Over how many seconds the queries were counted; 0 when that is unknown.
    #[serde(default)]
    queries_counted_for_seconds: f64,
    /// In the order of their texts.
    #[serde(default)]
    queries: Vec<QueryRecord>,
    catalog: CatalogRecord,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Missing {
    what: String,
    why: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Size {
    table: Name,
    /// Nothing when they were never counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scans {
    index: Name,
    scans: u64,
}

/// Enough of a snapshot to know whether the rest can be read.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

/// A snapshot that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The file cannot be read.
    #[error("the snapshot {} could not be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It is no snapshot.
    #[error("{} is no snapshot", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// It was written by another Freehold.
    #[error("the snapshot {} has version {found}; this Freehold reads version {VERSION}", path.display())]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// The database could not be looked at.
    #[error("the database could not be looked at")]
    Live(#[source] DbError),
}

impl Explain for SnapshotError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Live(error) => error.help().map(str::to_owned),
            Self::Unreadable { .. } | Self::Malformed { .. } | Self::OtherVersion { .. } => {
                Some("take one with `freehold snapshot --url URL`".to_owned())
            }
        }
    }
}

/// Looks at a database over a session that cannot write.
///
/// # Errors
/// When it cannot be connected to, or the server refuses to show its catalog.
pub async fn take(to: &ConnectTo) -> Result<Snapshot, SnapshotError> {
    look(to).await.map_err(SnapshotError::Live)
}

async fn look(to: &ConnectTo) -> Result<Snapshot, DbError> {
    let session = live::open(to).await?;
    let live = live::seen(&session, to).await?;
    let bytes = bytes(&session).await?;
    let server = session.version().to_string();
    session.close().await;
    Ok(Snapshot::of(&live, &bytes, server))
}

type Sizes = BTreeMap<QualifiedName, u64>;

async fn bytes(session: &Session) -> Result<Sizes, DbError> {
    let mut all = Sizes::new();
    for row in session.query(BYTES, &[]).await? {
        let (schema, name, bytes): (Option<String>, Option<String>, Option<i64>) =
            (row.try_get(0).ok(), row.try_get(1).ok(), row.try_get(2).ok().flatten());
        if let (Some(schema), Some(name), Some(bytes)) = (schema, name, bytes) {
            all.insert(QualifiedName::new(schema, name), u64::try_from(bytes).unwrap_or(0));
        }
    }
    Ok(all)
}

impl Snapshot {
    fn of(live: &Live, bytes: &Sizes, server: String) -> Self {
        let (queries, unread) = queries::kept(&live.production.queries);
        let gaps = live.gaps.iter().map(|gap| Missing { what: gap.what.clone(), why: gap.why.clone() });
        let mut missing: Vec<Missing> = gaps.collect();
        if unread > 0 {
            missing.push(Missing {
                what: format!("{unread} live queries"),
                why: "their texts could not be read, or hold values, and were left out of the snapshot"
                    .to_owned(),
            });
        }
        let tables: BTreeSet<_> = live.rows.keys().chain(bytes.keys()).collect();
        let size = |table: &QualifiedName| Size {
            table: table.kept(),
            rows: live.rows.get(table).copied(),
            bytes: bytes.get(table).copied(),
        };
        let scans = live.production.index_scans.iter();
        Self {
            version: VERSION,
            tool: format!("freehold {}", env!("CARGO_PKG_VERSION")),
            taken: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            server,
            missing,
            sizes: tables.into_iter().map(size).collect(),
            index_scans: scans.map(|(index, scans)| Scans { index: index.kept(), scans: *scans }).collect(),
            queries_counted_for_seconds: (live.production.seconds * 1_000.0).round() / 1_000.0,
            queries,
            catalog: live.catalog.kept(),
        }
    }

    /// Reads the file of one.
    ///
    /// # Errors
    /// When it cannot be read, or is none that this program knows.
    pub fn read(path: &Path) -> Result<Self, SnapshotError> {
        let text = fs::read_to_string(path)
            .map_err(|source| SnapshotError::Unreadable { path: path.to_owned(), source })?;
        let malformed = |source| SnapshotError::Malformed { path: path.to_owned(), source };
        let head: Head = serde_json::from_str(&text).map_err(malformed)?;
        if head.version != VERSION {
            return Err(SnapshotError::OtherVersion { path: path.to_owned(), found: head.version });
        }
        serde_json::from_str(&text).map_err(malformed)
    }

    /// Its text, which [`Self::read`] reads.
    pub fn text(&self) -> String {
        json_text(self)
    }

    /// What could not be seen, and why.
    pub fn missing(&self) -> impl Iterator<Item = (&str, &str)> {
        self.missing.iter().map(|gap| (gap.what.as_str(), gap.why.as_str()))
    }

    /// What was seen when it was taken.
    pub(crate) fn live(&self) -> Live {
        let catalog = Arc::new(Catalog::told(self.catalog.clone()));
        let name = |name: &Name| QualifiedName::told(name.clone());
        let queries = queries::told(&self.queries, &catalog);
        let scans = self.index_scans.iter().map(|one| (name(&one.index), one.scans));
        let rows = self.sizes.iter().filter_map(|size| Some((name(&size.table), size.rows?)));
        let gaps = self.missing.iter();
        Live {
            rows: rows.collect(),
            production: Production {
                queries,
                seconds: self.queries_counted_for_seconds,
                index_scans: scans.collect(),
                ..Production::default()
            },
            server: format!("PostgreSQL {}, a snapshot taken {}", self.server, self.taken),
            gaps: gaps
                .map(|gap| NotVerified::for_completeness(gap.what.as_str(), gap.why.as_str()))
                .collect(),
            catalog,
        }
    }
}
