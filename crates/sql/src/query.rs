//! What queries have in common: fingerprints and normal forms.

use crate::worker::with_deep_stack;

/// Why a query could not be fingerprinted or normalised.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// PostgreSQL's grammar refuses it, or it nests too deeply.
    #[error("the query cannot be parsed: {message}")]
    Refused {
        /// PostgreSQL's own words.
        message: String,
    },
    /// The system gave no thread to parse in.
    #[error("no thread could be started for the parser: {reason}")]
    NoThread {
        /// What the system said.
        reason: String,
    },
}

/// Sixteen hexadecimal digits that are the same for queries that differ only in constants, white space, comments and
/// the number of values in a list (libpg_query's fingerprint).
///
/// # Errors
/// When the query cannot be parsed.
pub fn fingerprint(sql: &str) -> Result<String, QueryError> {
    run(sql, |sql| pg_query::fingerprint(sql, 0, 0).map(|fingerprint| fingerprint.hex))
}

/// The query with its constants replaced by `$1`, `$2`, ... as `pg_stat_statements` shows it.
///
/// # Errors
/// When the query cannot be parsed.
pub fn normalise(sql: &str) -> Result<String, QueryError> {
    run(sql, pg_query::normalize)
}

/// True when the text is exactly one query or change of rows: `SELECT`, `VALUES`, `INSERT`, `UPDATE`, `DELETE`,
/// `MERGE`, also with `WITH`. False for anything else, unparsable text too.
pub fn is_query(sql: &str) -> bool {
    crate::parse(sql).is_ok_and(|statements| matches!(statements.as_slice(), [only] if only.effect.is_query))
}

fn run(
    sql: &str,
    work: impl FnOnce(&str) -> Result<String, pg_query::Error> + Send + 'static,
) -> Result<String, QueryError> {
    with_deep_stack(sql, work).map_err(|reason| QueryError::NoThread { reason })?.map_err(|error| match error
    {
        pg_query::Error::Parse(message) => QueryError::Refused { message },
        other => QueryError::Refused { message: other.to_string() },
    })
}
