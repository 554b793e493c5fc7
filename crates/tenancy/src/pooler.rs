//! Whether a pooler stands in between, and what it lets one do.

use std::{collections::HashSet, fmt, time::Duration};

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::{DatabaseError, Error, db::ConnectOptions};

/// What stands between the application and its server, as [`DbBuilder::open`](crate::DbBuilder::open) finds out by trying.
///
/// Tenants and their transactions work through all of them. Through [`Pooler::TransactionUnprepared`] the server plans
/// every statement anew, and a first use of a type that is not PostgreSQL's own costs another look-up each time. LISTEN
/// needs a way past a pooler in transaction mode. A pooler that takes statements apart from their transactions is refused.
///
/// ```
/// use freehold_tenancy::{Db, Pooler};
///
/// fn advice(db: &Db) -> &'static str {
///     match db.pooler() {
///         Pooler::TransactionUnprepared => "PgBouncer 1.21 with max_prepared_statements would save planning",
///         _ => "nothing to do",
///     }
/// }
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// # let _ = tenant;
/// assert_eq!(advice(&db), "nothing to do");
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pooler {
    /// Nothing: a connection is a server's process.
    Direct,
    /// A pooler that keeps one server's process for each connection, as long as it lasts.
    Session,
    /// A pooler that gives a connection any server's process for each transaction, and knows statements prepared by
    /// protocol, as PgBouncer does from 1.21 on.
    Transaction,
    /// A pooler that gives a connection any server's process for each transaction, where no prepared statement lasts
    /// longer than that, as PgBouncer up to 1.20.
    TransactionUnprepared,
}

impl fmt::Display for Pooler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Direct => "no pooler",
            Self::Session => "a pooler in session mode",
            Self::Transaction => "a pooler in transaction mode that keeps prepared statements",
            Self::TransactionUnprepared => "a pooler in transaction mode that loses prepared statements",
        })
    }
}

/// Two connections change turns so often before they are taken to have a server's process each.
const TURNS: usize = 6;

impl Pooler {
    /// Whether a statement that was prepared in one transaction is there in the next.
    ///
    /// ```
    /// use freehold_tenancy::Pooler;
    ///
    /// assert!(Pooler::Transaction.keeps_statements());
    /// assert!(!Pooler::TransactionUnprepared.keeps_statements());
    /// ```
    pub fn keeps_statements(self) -> bool {
        self != Self::TransactionUnprepared
    }

    /// Tries it out.
    ///
    /// # Errors
    /// [`Error::Setup`] for a pooler in statement mode, else as [`ConnectOptions::open`].
    pub(crate) async fn detect(connect: &ConnectOptions, within: Duration) -> Result<Self, Error> {
        let found = match tokio::time::timeout(within.saturating_mul(2), try_out(connect, within)).await {
            Ok(found) => found?,
            Err(_) => return Err(connect.slow(within.saturating_mul(2))),
        };
        tracing::info!(pooler = %found, "connected");
        Ok(found)
    }
}

async fn try_out(connect: &ConnectOptions, within: Duration) -> Result<Pooler, Error> {
    let mark = format!("m{}", fastrand::u64(..));
    if takes_options(connect, within, &mark).await? {
        return Ok(Pooler::Direct);
    }
    let (one, _) = connect.open(within).await?;
    if ask(&one, "BEGIN").await.is_err() {
        return Err(Error::Setup(
            "the pooler in between is in statement mode, where no statement knows its tenant; set pool_mode = \
             transaction"
                .to_owned(),
        ));
    }
    let keeps = keeps_statements(&one, &mark).await.map_err(|error| connect.error(error))?;
    ask(&one, "COMMIT").await.map_err(|error| connect.error(error))?;
    if !shares_processes(connect, &one, within).await? {
        return Ok(Pooler::Session);
    }
    Ok(if keeps { Pooler::Transaction } else { Pooler::TransactionUnprepared })
}

/// Only a server takes a setting of any name at the start of a session: a pooler refuses it, or swallows it.
async fn takes_options(connect: &ConnectOptions, within: Duration, mark: &str) -> Result<bool, Error> {
    let mut marked = connect.clone();
    let options = connect.config.get_options().unwrap_or_default();
    marked.config.options(format!("{options} -c freehold.probe={mark}"));
    match marked.open(within).await {
        Ok((client, _)) => {
            let sql = "SELECT current_setting('freehold.probe', true)";
            let seen = ask(&client, sql).await.map_err(|error| connect.error(error))?;
            Ok(seen.as_deref() == Some(mark))
        }
        // `unsupported startup parameter: options`
        Err(Error::Connect { source, .. })
            if source
                .downcast_ref::<DatabaseError>()
                .is_some_and(|error| error.sqlstate().code() == "08P01") =>
        {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// A pooler that knows prepared statements gives them names of its own.
async fn keeps_statements(client: &Client, mark: &str) -> Result<bool, tokio_postgres::Error> {
    let statement = client.prepare(&format!("SELECT '{mark}'")).await?;
    let sql = format!("SELECT name FROM pg_prepared_statements WHERE statement = 'SELECT ''{mark}'''");
    let name = ask(client, &sql).await?;
    drop(statement);
    // The driver's own are `s0`, `s1` and so on.
    let drivers = |name: &str| {
        name.strip_prefix('s').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    Ok(name.is_some_and(|name| !drivers(&name)))
}

/// Whether a connection meets another's process, or another process than before.
async fn shares_processes(connect: &ConnectOptions, one: &Client, within: Duration) -> Result<bool, Error> {
    let pid = "SELECT pg_backend_pid()";
    let lost = |error| connect.error(error);
    let other = tokio::time::timeout(Duration::from_secs(1), connect.open(within)).await;
    // It waits for the only process, which the first connection keeps.
    let Ok(other) = other else { return Ok(false) };
    let (other, _) = other?;
    let (mut ones, mut others) = (HashSet::new(), HashSet::new());
    for _ in 0..TURNS {
        ones.insert(ask(one, pid).await.map_err(lost)?);
        match tokio::time::timeout(Duration::from_secs(1), ask(&other, pid)).await {
            Ok(pid) => others.insert(pid.map_err(lost)?),
            Err(_) => return Ok(false),
        };
        if ones.len() > 1 || others.len() > 1 || ones.intersection(&others).next().is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The first column of the first row of a statement without parameters, without preparing anything.
async fn ask(client: &Client, sql: &str) -> Result<Option<String>, tokio_postgres::Error> {
    let answer = client.simple_query(sql).await?;
    Ok(answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    }))
}
