//! Whether a target can hold a history, and whether the table that is there is one.

use freehold_db::{DbError, Session};
use tokio_postgres::Row;

use super::table::{COLUMNS, VERSION, version_of};
use crate::history::History;
use crate::target::{HistoryTable, Target};

/// Why a target's history cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The server does not take writes.
    #[error("{target} cannot be changed: {why}")]
    ReadOnly {
        /// The target.
        target: String,
        /// What makes it so, as a clause.
        why: String,
    },
    /// The tenant's schema is not there.
    #[error("the schema {schema} does not exist in {database}")]
    SchemaMissing {
        /// The schema.
        schema: String,
        /// The database.
        database: String,
    },
    /// The role may not make the history's schema or table.
    #[error("the role {role} may not make {table} in {database}")]
    NotAllowed {
        /// The role.
        role: String,
        /// The history's table.
        table: String,
        /// The database.
        database: String,
        /// What it lacks, as SQL that its owner would run.
        grant: String,
    },
    /// A newer Freehold made the table.
    #[error(
        "{table} was made by a newer Freehold: it has version {found} of its shape, and this program knows up to {VERSION}"
    )]
    Newer {
        /// The history's table.
        table: String,
        /// The version that was found.
        found: u32,
    },
    /// Columns are missing.
    #[error("{table} lacks the columns {}", columns.join(", "))]
    ColumnsMissing {
        /// The history's table.
        table: String,
        /// What is missing.
        columns: Vec<String>,
    },
    /// Something else has the name.
    #[error("{table} is no table")]
    NoTable {
        /// The name.
        table: String,
    },
    /// A row holds something that no version of the program writes.
    #[error("row {id} of {table} cannot be understood: {what}")]
    Row {
        /// The history's table.
        table: String,
        /// The row's number.
        id: i64,
        /// What is wrong, as a clause.
        what: String,
    },
    /// The server refused, or the connection was lost.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl HistoryError {
    /// What to do next, as a sentence.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::ReadOnly { .. } => "Connect to the primary, as a role whose sessions may write.".to_owned(),
            Self::SchemaMissing { schema, .. } => format!(
                "Make it first (CREATE SCHEMA {}), or take it off the list of targets.",
                freehold_model::name::quote_identifier(schema)
            ),
            Self::NotAllowed { grant, .. } => {
                format!(
                    "Let its owner run: {grant}; or name another table in freehold.toml as [migrate] history."
                )
            }
            Self::Newer { .. } => "Use the Freehold that made it, or a newer one.".to_owned(),
            Self::ColumnsMissing { table, .. } => format!(
                "Something else made or changed {table}: restore the columns, or name another table in freehold.toml as [migrate] history."
            ),
            Self::NoTable { .. } => "Name another table in freehold.toml as [migrate] history.".to_owned(),
            Self::Row { .. } => "Mend or remove that row by hand; nothing was changed.".to_owned(),
            Self::Db(_) => return None,
        })
    }
}

/// What a session sees of its target before anything is done.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) table_exists: bool,
    schema_exists: bool,
    in_recovery: bool,
    read_only: bool,
    database: String,
    role: String,
    comment: Option<String>,
    columns: Vec<String>,
    kind: Option<String>,
    may_make_schema: bool,
    may_use_schema: bool,
    schema_is_empty: bool,
    database_is_empty: bool,
}

const FACTS: &str = "\
SELECT pg_catalog.pg_is_in_recovery(),
       pg_catalog.current_setting('transaction_read_only') = 'on',
       pg_catalog.current_database()::text,
       current_user::text,
       n.oid IS NOT NULL,
       c.relkind::text,
       pg_catalog.obj_description(c.oid, 'pg_class'),
       coalesce((SELECT pg_catalog.array_agg(a.attname::text) FROM pg_catalog.pg_attribute a
                  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '{}'::text[]),
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),
       coalesce(pg_catalog.has_schema_privilege(n.oid, 'CREATE'), false),
       c.oid IS NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_class r
                  WHERE r.relnamespace = n.oid AND r.relkind IN ('r', 'p', 'v', 'm', 'f')),
       c.oid IS NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_class r
                   JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
                  WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')
                    AND rn.nspname !~ '^pg_' AND rn.nspname <> 'information_schema'
                    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = r.oid
                                     AND d.classid = 'pg_catalog.pg_class'::regclass AND d.deptype = 'e'))
  FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) WITH ORDINALITY AS w (s, t, n)
  LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = w.s
  LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.t
 ORDER BY w.n";

impl Facts {
    /// Asks the server, in one round trip.
    pub(crate) async fn of(session: &Session, history: &HistoryTable) -> Result<Self, HistoryError> {
        let facts = Self::of_many(session, &[history]).await?.pop();
        facts.ok_or_else(|| HistoryError::NoTable { table: history.shown() })
    }

    /// The same of many tables of one database, in one round trip and in their order.
    pub(crate) async fn of_many(
        session: &Session,
        histories: &[&HistoryTable],
    ) -> Result<Vec<Self>, DbError> {
        let schemas: Vec<&str> = histories.iter().map(|history| history.schema.as_str()).collect();
        let tables: Vec<&str> = histories.iter().map(|history| history.table.as_str()).collect();
        let rows = session.query(FACTS, &[&schemas, &tables]).await?;
        let facts = rows.iter().map(Self::read).collect::<Result<Vec<_>, _>>();
        facts.map_err(|error| DbError::from_postgres("reading what is known of the history's table", error))
    }

    fn read(row: &Row) -> Result<Self, tokio_postgres::Error> {
        let kind: Option<String> = row.try_get(5)?;
        Ok(Self {
            in_recovery: row.try_get(0)?,
            read_only: row.try_get(1)?,
            database: row.try_get(2)?,
            role: row.try_get(3)?,
            schema_exists: row.try_get(4)?,
            table_exists: kind.is_some(),
            kind,
            comment: row.try_get(6)?,
            columns: row.try_get(7)?,
            may_make_schema: row.try_get(8)?,
            may_use_schema: row.try_get(9)?,
            schema_is_empty: row.try_get(10)?,
            database_is_empty: row.try_get(11)?,
        })
    }

    /// Whether the table that is there is a history that this program can read. Nothing is said where there is none.
    pub(crate) fn readable(&self, target: &Target) -> Result<(), HistoryError> {
        let table = || target.history.shown();
        if let Some(tenant) = &target.tenant
            && tenant.schema == target.history.schema
            && !self.schema_exists
        {
            return Err(HistoryError::SchemaMissing {
                schema: tenant.schema.clone(),
                database: self.database.clone(),
            });
        }
        match self.kind.as_deref() {
            None => return Ok(()),
            Some("r" | "p") => {}
            Some(_) => return Err(HistoryError::NoTable { table: table() }),
        }
        if let Some(found) = self.comment.as_deref().and_then(version_of).filter(|found| *found > VERSION) {
            return Err(HistoryError::Newer { table: table(), found });
        }
        let missing: Vec<String> = COLUMNS
            .iter()
            .filter(|column| !self.columns.iter().any(|there| there == *column))
            .map(|column| (*column).to_owned())
            .collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(HistoryError::ColumnsMissing { table: table(), columns: missing })
        }
    }

    /// Whether migrations can be applied to the target.
    pub(crate) fn writable(&self, target: &Target) -> Result<(), HistoryError> {
        let why = if self.in_recovery {
            Some("its server is a read-only replica (in recovery)")
        } else if self.read_only {
            Some("its transactions are read-only (default_transaction_read_only)")
        } else {
            None
        };
        if let Some(why) = why {
            return Err(HistoryError::ReadOnly { target: target.name.clone(), why: why.to_owned() });
        }
        if self.table_exists || self.may_make() {
            return Ok(());
        }
        let quote = freehold_model::name::quote_identifier;
        let role = quote(&self.role);
        let grant = if self.schema_exists {
            format!("GRANT USAGE, CREATE ON SCHEMA {} TO {role}", quote(&target.history.schema))
        } else {
            format!("CREATE SCHEMA {} AUTHORIZATION {role}", quote(&target.history.schema))
        };
        Err(HistoryError::NotAllowed {
            role: self.role.clone(),
            table: target.history.shown(),
            database: self.database.clone(),
            grant,
        })
    }

    fn may_make(&self) -> bool {
        if self.schema_exists { self.may_use_schema } else { self.may_make_schema }
    }

    /// The history of a target that has no table for it: nothing, on ground that may be untouched.
    pub(crate) fn nothing_yet(&self, target: &Target) -> History {
        let untouched = if target.tenant.is_some() { self.schema_is_empty } else { self.database_is_empty };
        History { untouched, ..History::default() }
    }

    /// The role that the session acts as.
    pub(crate) fn role(&self) -> &str {
        &self.role
    }

    /// True when the history's schema has to be made as well.
    pub(crate) fn must_make_schema(&self) -> bool {
        !self.schema_exists
    }
}
