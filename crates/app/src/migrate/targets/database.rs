//! What the environment's database says of tenants, and where a tenant's own database is.

use std::time::Duration;

use freehold_db::{ConnectTo, DbError, Session};
use freehold_model::secret::Secret;
use tokio_postgres::SimpleQueryMessage;

use super::Of;
use super::error::TargetsError;
use super::names::near;
use crate::settings::{PLACEHOLDER, TenantKind, one_select};

/// How long the database may take to connect and answer.
const LIMIT: Duration = Duration::from_secs(30);

/// A query on tenants must not write, nor hold anybody up.
const SETTINGS: &str = "SET default_transaction_read_only = on; SET statement_timeout = '25s'; \
                        SET lock_timeout = '5s'";

/// The names that a query gives, in its order.
pub(super) async fn ask(to: &ConnectTo, sql: &str, of: &Of) -> Result<Vec<String>, TargetsError> {
    one_select(sql).map_err(|why| TargetsError::Query { of: of.shown(), why })?;
    let doing = || format!("the query of {}", of.shown());
    let (columns, names) = within(to, doing(), async {
        let session = open(to).await?;
        session.run("BEGIN READ ONLY").await?;
        // As text, whatever the column's type: a number or a uuid is a good name too.
        let messages = session.client().simple_query(sql).await;
        let messages =
            messages.map_err(|error| DbError::from_postgres(format!("running {}", doing()), error))?;
        session.run("ROLLBACK").await?;
        session.close().await;
        Ok(read(&messages))
    })
    .await?;
    if columns != 1 {
        let why = format!("gives {columns} columns instead of one");
        return Err(TargetsError::Query { of: of.shown(), why });
    }
    let names = names.into_iter().enumerate();
    names.map(|(row, name)| name.ok_or(TargetsError::Null { of: of.shown(), row: row + 1 })).collect()
}

/// The number of columns, and the first of them.
fn read(messages: &[SimpleQueryMessage]) -> (usize, Vec<Option<String>>) {
    let mut columns = 0;
    let mut names = Vec::new();
    for message in messages {
        match message {
            SimpleQueryMessage::RowDescription(described) => columns = described.len(),
            SimpleQueryMessage::Row(row) => names.push(row.try_get(0).ok().flatten().map(str::to_owned)),
            _ => {}
        }
    }
    (columns, names)
}

/// Demands that listed schemas or databases exist.
pub(super) async fn demand(to: &ConnectTo, kind: TenantKind, names: &[String]) -> Result<(), TargetsError> {
    let sql = match kind {
        TenantKind::Schema => "SELECT nspname::text FROM pg_catalog.pg_namespace",
        TenantKind::Database => "SELECT datname::text FROM pg_catalog.pg_database",
    };
    let asked = within(to, format!("which {}s there are", kind.word()), async {
        let session = open(to).await?;
        let rows = session.query(sql, &[]).await?;
        session.close().await;
        let known: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get(0)).collect();
        known.map_err(|error| DbError::from_postgres("reading names", error))
    })
    .await;
    let known = match (asked, kind) {
        (Ok(known), _) => known,
        // Tenants' databases can be worked on where the environment's own cannot be reached; each tells for itself.
        (Err(_), TenantKind::Database) => return Ok(()),
        (Err(error), TenantKind::Schema) => return Err(error),
    };
    let missing: Vec<String> = names.iter().filter(|name| !known.contains(name)).cloned().collect();
    match missing.first() {
        None => Ok(()),
        Some(first) => Err(TargetsError::Missing {
            kind: kind.word(),
            near: near(first, &known),
            on: to.masked(),
            names: missing,
        }),
    }
}

async fn open(to: &ConnectTo) -> Result<Session, DbError> {
    let session = Session::open(to).await?;
    session.run(SETTINGS).await?;
    Ok(session)
}

async fn within<T>(
    to: &ConnectTo,
    of: String,
    work: impl Future<Output = Result<T, DbError>>,
) -> Result<T, TargetsError> {
    match tokio::time::timeout(LIMIT, work).await {
        Ok(done) => done.map_err(|source| TargetsError::Ask { of, source }),
        Err(_) => Err(TargetsError::NoAnswer { of, to: to.masked(), seconds: LIMIT.as_secs() }),
    }
}

/// The URL of tenants' databases, with a place for the name.
pub(super) struct Pattern {
    url: Secret,
    of: String,
}

impl Pattern {
    pub(super) fn new(url: Secret, of: String) -> Result<Self, TargetsError> {
        let text = url.reveal();
        let why = if !text.contains(PLACEHOLDER) {
            "does not say with {name} where the name goes"
        } else if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            "is no postgres:// URL"
        } else {
            return Ok(Self { url, of });
        };
        Err(TargetsError::Pattern { of, why })
    }

    /// The database of one tenant.
    pub(super) fn database(&self, name: &str) -> Result<ConnectTo, TargetsError> {
        let url = self.url.reveal().replace(PLACEHOLDER, &encoded(name));
        ConnectTo::from_url(&url)
            .map_err(|source| TargetsError::Url { of: format!("{} for {name:?}", self.of), source })
    }
}

/// A name as a part of a URL: everything but letters, digits, `-`, `_`, `.` and `~` is percent-encoded (RFC 3986, 2.3).
fn encoded(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                text.push(char::from(byte))
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_goes_into_the_url_without_changing_its_meaning() {
        let pattern = "postgres://deploy:hunter2@{name}.db.internal:6432/{name}?connect_timeout=3";
        let pattern = Pattern::new(Secret::new(pattern.to_owned()), "x".to_owned()).unwrap();
        assert_eq!(
            pattern.database("acme").unwrap().masked(),
            "postgres://deploy:****@acme.db.internal:6432/acme"
        );
        let pattern = Secret::new("postgres://deploy@db/{name}".to_owned());
        let pattern = Pattern::new(pattern, "x".to_owned()).unwrap();
        for name in ["a/b", "a@b", "a?host=c", "naïve one", "50%"] {
            assert_eq!(pattern.database(name).unwrap().database(), name);
        }
    }

    #[test]
    fn a_url_without_a_place_for_the_name_is_refused_without_its_password() {
        for url in ["postgres://u:hunter2@h/app", "host=h password=hunter2 dbname={name}"] {
            let error = Pattern::new(Secret::new(url.to_owned()), "T".to_owned()).err().unwrap();
            assert!(!format!("{error} {error:?} {:?}", error.help()).contains("hunter2"));
        }
    }
}
