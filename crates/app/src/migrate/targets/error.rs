//! Why it is not clear which targets are meant.

use freehold_db::{ConnectToError, DbError};

use crate::settings::PLACEHOLDER;

/// The most names that an error lists.
const SHOWN: usize = 10;

/// Why it is not clear which targets are meant. Nothing was changed anywhere.
#[derive(Debug, thiserror::Error)]
pub enum TargetsError {
    /// Tenants were asked for, and there are none.
    #[error("no tenants are configured")]
    NoTenants,
    /// Two things name the tenants.
    #[error("{first} and {second} do not go together")]
    TwoSources {
        /// The first.
        first: &'static str,
        /// The second.
        second: &'static str,
    },
    /// The names are of something else than the settings say.
    #[error("{of} does not fit [tenants] kind = \"{kind}\"")]
    OtherKind {
        /// What names the tenants.
        of: &'static str,
        /// What the settings say.
        kind: &'static str,
    },
    /// The settings say what tenants have, and not which tenants there are.
    #[error("[tenants] says that each tenant has a {kind}, and not which there are")]
    KindOnly {
        /// `schema` or `database`.
        kind: &'static str,
    },
    /// The history of tenants' schemas cannot be in one schema.
    #[error("[migrate] history = \"{schema}.{table}\" names one schema for the histories of all tenants")]
    HistoryElsewhere {
        /// The schema.
        schema: String,
        /// The table.
        table: String,
    },
    /// There is a URL for tenants' databases, and they have schemas.
    #[error("[tenants] url is for tenants' databases, and tenants have schemas here")]
    UrlOfSchemas,
    /// The variable that should hold the URL of tenants' databases is not set.
    #[error("the variable {variable}, which holds the URL of the tenants' databases, is not set")]
    VariableNotSet {
        /// The variable.
        variable: String,
    },
    /// The URL of a tenant's database cannot be used.
    #[error("{of} cannot be used")]
    Url {
        /// What holds it.
        of: String,
        /// Why.
        #[source]
        source: ConnectToError,
    },
    /// It says nowhere where the name goes, or cannot take one.
    #[error("{of} {why}")]
    Pattern {
        /// What holds it.
        of: String,
        /// Why, as a clause.
        why: &'static str,
    },
    /// The query is not one that can be asked.
    #[error("the query of {of} {why}")]
    Query {
        /// What holds it.
        of: &'static str,
        /// Why, as a clause.
        why: String,
    },
    /// The database cannot be asked.
    #[error("{of} could not be answered")]
    Ask {
        /// What was to be answered.
        of: String,
        /// Why.
        #[source]
        source: DbError,
    },
    /// The database does not answer.
    #[error("{of} could not be answered: {to} did not answer within {seconds} s")]
    NoAnswer {
        /// What was to be answered.
        of: String,
        /// The connection, for people.
        to: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// A row of the query's answer names nobody.
    #[error("row {row} of what {of} gives is NULL")]
    Null {
        /// What holds the query.
        of: &'static str,
        /// The row, from 1.
        row: usize,
    },
    /// There are no names.
    #[error("{of} names no {kind}")]
    Empty {
        /// What names the tenants.
        of: &'static str,
        /// `schema` or `database`.
        kind: &'static str,
    },
    /// Names are there more than once.
    #[error("{of} names more than once: {}", list(names))]
    Twice {
        /// What names the tenants.
        of: &'static str,
        /// The names.
        names: Vec<String>,
        /// True for a query.
        query: bool,
    },
    /// A name cannot be a tenant's.
    #[error("{of}: the {kind} {name:?} {why}")]
    NotATenants {
        /// What names the tenants.
        of: &'static str,
        /// `schema` or `database`.
        kind: &'static str,
        /// The name.
        name: String,
        /// Why not, as a clause.
        why: &'static str,
    },
    /// One was asked for that is not among the tenants.
    #[error("{name:?} is not among the {count} {kind}s that {of} names")]
    NotAmong {
        /// What was asked for.
        name: String,
        /// `schema` or `database`.
        kind: &'static str,
        /// What names the tenants.
        of: &'static str,
        /// How many there are.
        count: usize,
        /// The nearest of them.
        near: Option<String>,
    },
    /// Listed ones do not exist.
    #[error("there is no {kind} {} on {on}", list(names))]
    Missing {
        /// `schema` or `database`.
        kind: &'static str,
        /// The names.
        names: Vec<String>,
        /// The connection, for people.
        on: String,
        /// The nearest name that exists, for the first of them.
        near: Option<String>,
    },
}

impl TargetsError {
    /// What to do next, as a sentence.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoTenants => {
                "Name them with --schema, --schemas-query, --database or --databases-query, or in \
                                freehold.toml under [tenants]."
                    .to_owned()
            }
            Self::TwoSources { .. } => "Keep one of them.".to_owned(),
            Self::OtherKind { .. } => "Leave out kind, or set it beside the names.".to_owned(),
            Self::KindOnly { kind } => format!("Add {kind}s or {kind}s_query under [tenants]."),
            Self::HistoryElsewhere { table, .. } => format!(
                "Each tenant's history is in the tenant's own schema: write [migrate] history = \"{table}\"."
            ),
            Self::UrlOfSchemas => {
                "Remove it; the schemas are in the database of the environment's own url.".to_owned()
            }
            Self::VariableNotSet { variable } => {
                format!("Set {variable} to a URL such as postgres://USER:PASSWORD@HOST/{PLACEHOLDER}.")
            }
            Self::Url { source, .. } => source.help().to_owned(),
            Self::Pattern { .. } => {
                format!("Write a URL such as postgres://USER:PASSWORD@HOST/{PLACEHOLDER}.")
            }
            Self::Query { .. } | Self::Null { .. } => {
                "The query must be one SELECT that gives one column with the names.".to_owned()
            }
            Self::Ask { .. } | Self::NoAnswer { .. } => return None,
            Self::Empty { .. } => {
                "If there are no tenants yet, --no-tenants applies the migrations to the database itself."
                    .to_owned()
            }
            Self::Twice { query: true, .. } => "Write SELECT DISTINCT.".to_owned(),
            Self::Twice { query: false, .. } => "Name each once.".to_owned(),
            Self::NotATenants { .. } => "Leave it out.".to_owned(),
            Self::NotAmong { near, .. } => {
                return near.as_ref().map(|near| format!("Did you mean {near:?}?"));
            }
            Self::Missing { near: Some(near), .. } => format!("Did you mean {near:?}?"),
            Self::Missing { kind, .. } => format!("Make the {kind} first, or take it off the list."),
        })
    }
}

fn list(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    let more = names.len().saturating_sub(SHOWN);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", shown.join(", "))
}
