//! Running a whole script without looking at what it does: the quick way to a later state.

use std::time::Duration;

use freehold_db::{DbError, Session};
use freehold_model::sqlstate::SqlState;

use crate::{
    error::RehearsalError,
    send::{Trouble, send, sort},
    step::{Course, Script, ScriptStatement},
};

/// Applies a script as its tool would, and commits.
pub(super) async fn silently(
    session: &Session,
    script: &Script,
    major: u32,
    limit: Duration,
) -> Result<(), Trouble> {
    match script.course(major) {
        Course::OneTransaction { first, last } => {
            own(session, "BEGIN").await?;
            within(session, script.statements.get(first..last).unwrap_or_default(), limit).await?;
            session.run("COMMIT").await.map_err(|error| match script.statements.last() {
                Some(statement) => sort(error, statement, session),
                None => Trouble::Refused(error),
            })
        }
        Course::Separately { opened } => {
            if opened {
                own(session, "BEGIN").await?;
            }
            for statement in &script.statements {
                send(session, statement, limit).await?;
            }
            if opened {
                own(session, "COMMIT").await?;
            }
            Ok(())
        }
    }
}

/// Applies a script that was applied to another database of this server before: roles and their like are there already,
/// so a statement that makes some may be refused.
pub(super) async fn once_more(
    session: &Session,
    script: &Script,
    major: u32,
    limit: Duration,
) -> Result<(), Trouble> {
    match silently(session, script, major, limit).await {
        Err(Trouble::Refused(error))
            if error.sqlstate() == Some(SqlState::DUPLICATE_OBJECT)
                && script.statements.iter().any(|s| s.statement.effect.cluster_wide) => {}
        outcome => return outcome,
    }
    own(session, "ROLLBACK").await?;
    own(session, "BEGIN").await?;
    for statement in script.statements.iter().filter(|s| !s.bounds_transaction()) {
        own(session, "SAVEPOINT freehold_once_more").await?;
        match send(session, statement, limit).await {
            Ok(_) => {}
            Err(Trouble::Refused(_)) if statement.statement.effect.cluster_wide => {
                own(session, "ROLLBACK TO SAVEPOINT freehold_once_more").await?;
            }
            Err(trouble) => return Err(trouble),
        }
    }
    own(session, "COMMIT").await
}

/// Runs statements inside the transaction that is open: as one message where that is possible.
pub(super) async fn within(
    session: &Session,
    statements: &[ScriptStatement],
    limit: Duration,
) -> Result<(), Trouble> {
    let Some(last) = statements.last() else { return Ok(()) };
    if statements.iter().any(|s| s.copy_data.is_some()) {
        for statement in statements {
            send(session, statement, limit).await?;
        }
        return Ok(());
    }
    let mut whole = String::with_capacity(statements.iter().map(|s| s.sql.len() + 2).sum());
    for statement in statements {
        whole.push_str(&statement.sql);
        // A comment at the end of a statement must not swallow the semicolon.
        whole.push_str("\n;");
    }
    match tokio::time::timeout(limit * count(statements), session.run(&whole)).await {
        Ok(outcome) => outcome.map_err(|error| sort(error, last, session)),
        Err(_) => {
            // A cancel that fails changes nothing: the session is given up either way.
            let _ = session.cancel().await;
            Err(Trouble::Stop(RehearsalError::TimedOut {
                place: Box::new(last.place.clone()),
                headline: last.headline.clone(),
                after: limit * count(statements),
            }))
        }
    }
}

fn count(statements: &[ScriptStatement]) -> u32 {
    u32::try_from(statements.len()).unwrap_or(u32::MAX).clamp(1, 1_000)
}

async fn own(session: &Session, sql: &str) -> Result<(), Trouble> {
    session
        .run(sql)
        .await
        .map_err(|error: DbError| Trouble::Stop(RehearsalError::own("open or end a transaction")(error)))
}
