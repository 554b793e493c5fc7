//! Why rows could not be made.

use freehold_db::DbError;

/// A table that could not be filled, or a session that failed.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// No rows were found that the table takes.
    #[error("synthesising rows for {relation}{}: {why}", part(column.as_deref(), constraint.as_deref()))]
    Unsatisfied {
        /// The table, for people.
        relation: String,
        /// The column concerned, when it is one.
        column: Option<String>,
        /// The constraint that refused, when it was one.
        constraint: Option<String>,
        /// What was tried, or what the server said.
        why: String,
    },
    /// There is no table with this oid.
    #[error("synthesising rows for {}: there is no such table or partitioned table", name.clone().unwrap_or_else(|| format!("the relation with oid {oid}")))]
    NoSuchTable {
        /// The oid that was asked for.
        oid: u32,
        /// Its name, where the catalog that was given knows one.
        name: Option<String>,
    },
    /// The server refused something other than the rows themselves, or the session broke.
    #[error("{doing}")]
    Server {
        /// What was being done, to what.
        doing: String,
        /// What the session says.
        #[source]
        source: DbError,
    },
}

impl SynthError {
    /// What can be done about it, where that is known.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Unsatisfied { .. } => Some(
                "rows that a migration itself inserts into this table are used as they are: insert some there",
            ),
            Self::NoSuchTable { .. } | Self::Server { .. } => None,
        }
    }

    /// The table that got no rows, for people, where it is about one.
    pub fn relation(&self) -> Option<&str> {
        match self {
            Self::Unsatisfied { relation, .. } => Some(relation),
            Self::NoSuchTable { name, .. } => name.as_deref(),
            Self::Server { .. } => None,
        }
    }

    pub(crate) fn server(doing: impl Into<String>) -> impl FnOnce(DbError) -> Self {
        let doing = doing.into();
        move |source| Self::Server { doing, source }
    }

    /// True when a session is of no use any more.
    pub fn is_connection_lost(&self) -> bool {
        matches!(self, Self::Server { source, .. } if source.is_connection_lost())
    }
}

fn part(column: Option<&str>, constraint: Option<&str>) -> String {
    match (column, constraint) {
        (_, Some(constraint)) => format!(", constraint {constraint}"),
        (Some(column), None) => format!(", column {column}"),
        (None, None) => String::new(),
    }
}

impl From<DbError> for SynthError {
    fn from(source: DbError) -> Self {
        Self::Server { doing: "keeping the transaction usable while rows are synthesised".to_owned(), source }
    }
}
