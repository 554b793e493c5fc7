//! Why a database could not be filled.

use freehold_db::DbError;
use freehold_synth::SynthError;

use crate::explain::Explain;

/// Why a database could not be filled. Nothing was kept.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// It looks like production.
    #[error("{ground} is not filled with made-up rows")]
    Production {
        /// What says so.
        ground: String,
    },
    /// Tables have rows already.
    #[error("there are rows already in {}", shown(tables))]
    NotEmpty {
        /// The tables.
        tables: Vec<String>,
    },
    /// A table that was named is not there.
    #[error("{of} names {name}, and there is no such table")]
    NoTable {
        /// What names it.
        of: &'static str,
        /// The name.
        name: String,
        /// The nearest that is there.
        near: Option<String>,
    },
    /// A generator is for a column that is not there.
    #[error("[seed] generators names {name}, and {table} has no such column")]
    NoColumn {
        /// As it is written.
        name: String,
        /// The table.
        table: String,
    },
    /// The database could not be asked.
    #[error("{doing} failed")]
    Server {
        /// What was being done.
        doing: &'static str,
        /// What the session says.
        #[source]
        source: Box<DbError>,
    },
    /// No rows could be made at all.
    #[error("no rows could be made")]
    Synth(#[from] Box<SynthError>),
}

impl SeedError {
    pub(super) fn server(doing: &'static str) -> impl FnOnce(DbError) -> Self {
        move |source| Self::Server { doing, source: Box::new(source) }
    }
}

impl Explain for SeedError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Production { .. } => Some(
                "Name a development database with --url, or an environment of freehold.toml without the rules of \
                 production."
                    .to_owned(),
            ),
            Self::NotEmpty { .. } => Some(
                "Add to them with --append, or name what all tenants share in [tenancy] shared of freehold.toml: such \
                 tables stay as they are."
                    .to_owned(),
            ),
            Self::NoTable { near, .. } => near.as_ref().map(|near| format!("Did you mean {near}?")),
            Self::NoColumn { .. } => Some("Write it as \"table.column\" or \"schema.table.column\".".to_owned()),
            Self::Server { .. } => None,
            Self::Synth(error) => error.help().map(str::to_owned),
        }
    }
}

fn shown(tables: &[String]) -> String {
    let (first, rest) = tables.split_at(tables.len().min(6));
    let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
    format!("{}{more}", first.join(", "))
}
