//! Sends texts, and counts how many of their statements were carried out.

use freehold_db::Session;
use futures_util::{SinkExt, StreamExt};
use tokio_postgres::SimpleQueryMessage;

/// How far a text came.
#[derive(Debug)]
pub(super) struct Sent {
    /// How many statements were carried out.
    pub(super) completed: usize,
    /// What stopped the next one.
    pub(super) error: Option<tokio_postgres::Error>,
}

impl Sent {
    pub(super) fn whole(self) -> Result<(), tokio_postgres::Error> {
        self.error.map_or(Ok(()), Err)
    }
}

/// Sends a text as one simple query. It is on its way as soon as the future is first polled.
pub(super) async fn send(session: &Session, sql: &str) -> Sent {
    if sql.is_empty() {
        return Sent { completed: 0, error: None };
    }
    let stream = match session.client().simple_query_raw(sql).await {
        Ok(stream) => stream,
        Err(error) => return Sent { completed: 0, error: Some(error) },
    };
    let mut stream = std::pin::pin!(stream);
    let mut completed = 0;
    while let Some(message) = stream.next().await {
        match message {
            Ok(SimpleQueryMessage::CommandComplete(_)) => completed += 1,
            Ok(_) => {}
            Err(error) => return Sent { completed, error: Some(error) },
        }
    }
    Sent { completed, error: None }
}

/// Sends one statement, with the rows that belong to it.
pub(super) async fn send_one(
    session: &Session,
    sql: &str,
    rows: Option<&str>,
) -> Result<(), tokio_postgres::Error> {
    let Some(rows) = rows else { return send(session, sql).await.whole() };
    let sink = session.client().copy_in(sql).await?;
    let mut sink = std::pin::pin!(sink);
    sink.send(std::io::Cursor::new(rows.as_bytes().to_vec())).await?;
    sink.as_mut().finish().await?;
    Ok(())
}
