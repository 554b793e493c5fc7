//! Two clients of a pooler on one server connection, one after the other.

use std::time::Duration;

use freehold_db::{ConnectTo, Session};

use crate::isolation::{
    error::IsolationError,
    trial::{Answer, Refused, send},
};

/// How often two clients are sent until they meet.
const TIMES: usize = 20;
/// How long a client waits until the pooler gives it a connection.
const PATIENCE: Duration = Duration::from_secs(3);

/// What the second client saw on the connection that the first had used.
pub(super) struct Met {
    /// What ran, ready to paste into two sessions.
    pub(super) sql: String,
    /// The second's answers, to what it asked before the first came, then after.
    pub(super) before: Vec<Result<Answer, Refused>>,
    pub(super) after: Vec<Result<Answer, Refused>>,
}

/// What came of sending two clients.
pub(super) enum Came {
    Met(Met),
    /// They could not be made to meet, or the pooler refused something: why.
    Apart(String),
}

/// Sends two clients through a pooler: the first runs `first` in a transaction that it commits, the second asks `asks`
/// in the next on the same server connection and runs `cleans`.
pub(super) async fn meet(
    to: &ConnectTo,
    first: &[String],
    asks: &[String],
    cleans: &[String],
) -> Result<Came, IsolationError> {
    let mut why = String::from("the pooler never gave both clients the same server connection");
    // While the first stays connected, as clients of a transaction's connection do; then when it has gone.
    for stays in [true, false] {
        for _ in 0..TIMES {
            match once(to, stays, first, asks, cleans).await {
                Ok(Some(met)) => return Ok(Came::Met(met)),
                Ok(None) => {}
                Err(refused) => {
                    why = refused;
                    break;
                }
            }
        }
    }
    Ok(Came::Apart(why))
}

async fn once(
    to: &ConnectTo,
    stays: bool,
    first: &[String],
    asks: &[String],
    cleans: &[String],
) -> Result<Option<Met>, String> {
    let one = open(to).await?;
    let mut before = Vec::new();
    if let Some((_, answers)) = transaction(&one, asks, "ROLLBACK").await? {
        before = answers;
    }
    let Some((pid, done)) = transaction(&one, first, "COMMIT").await? else {
        return Err("the pooler lets no transaction run over several statements".to_owned());
    };
    if let Some(refused) = done.iter().find_map(|answer| answer.as_ref().err()) {
        return Err(format!("the first client could not do its part: {}", refused.words()));
    }
    let kept = if stays {
        Some(one)
    } else {
        one.close().await;
        None
    };
    let two = open(to).await?;
    let Some((other_pid, after)) = transaction(&two, asks, "ROLLBACK").await? else { return Ok(None) };
    let met = pid == other_pid;
    let cleaner = if met { &two } else { kept.as_ref().unwrap_or(&two) };
    for sql in cleans {
        // What is not there cannot be cleaned away.
        one_statement(cleaner, sql).await?.ok();
    }
    let sql = format!(
        "-- the first client\nBEGIN;\n{};\nCOMMIT;\n-- the second, on the same server connection\nBEGIN;\n{};\nROLLBACK;",
        first.join(";\n"),
        asks.join(";\n")
    );
    two.close().await;
    if let Some(one) = kept {
        one.close().await;
    }
    Ok(met.then_some(Met { sql, before, after }))
}

async fn open(to: &ConnectTo) -> Result<Session, String> {
    match tokio::time::timeout(PATIENCE, Session::open(to)).await {
        Ok(Ok(session)) => Ok(session),
        Ok(Err(error)) => {
            let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
            Err(format!("the pooler did not let a client in: {error}{}", source.unwrap_or_default()))
        }
        Err(_) => Err("the pooler had no second server connection for a second client".to_owned()),
    }
}

type Answers = Vec<Result<Answer, Refused>>;

/// One transaction, statement by statement, as poolers release a connection between answers. None: it was no transaction.
async fn transaction(
    session: &Session,
    statements: &[String],
    end: &str,
) -> Result<Option<(String, Answers)>, String> {
    if one_statement(session, "BEGIN").await?.is_err() {
        return Ok(None);
    }
    let pid = one_statement(session, "SELECT pg_catalog.pg_backend_pid()").await?;
    let Ok(Some(pid)) = pid.map(|answer| answer.value().map(str::to_owned)) else { return Ok(None) };
    let mut answers = Vec::new();
    for sql in statements {
        answers.push(one_statement(session, sql).await?);
    }
    one_statement(session, end).await?.ok();
    Ok(Some((pid, answers)))
}

async fn one_statement(session: &Session, sql: &str) -> Result<Result<Answer, Refused>, String> {
    let sent = [sql.to_owned()];
    let lost = |error: IsolationError| format!("the connection through the pooler was lost: {error}");
    let answer = match tokio::time::timeout(PATIENCE, send(session, &sent)).await {
        Ok(answers) => answers.map_err(lost)?.pop(),
        Err(_) => return Err("the pooler gave no server connection for a statement".to_owned()),
    };
    answer.ok_or_else(|| "the pooler gave no answer".to_owned())
}
