//! Where the sequences stand: `nextval` is not undone by a rollback, so trials set them back themselves.

use std::collections::HashMap;

use freehold_db::{DbError, Session};

use crate::error::RehearsalError;

const SEQUENCES: &str = "SELECT s.seqrelid, pg_catalog.pg_sequence_last_value(s.seqrelid) AS last_value, s.seqstart \
     FROM pg_catalog.pg_sequence AS s";

/// The last value of every sequence; `None` for one that was never asked.
pub(super) struct SequenceMarks {
    last: HashMap<u32, Option<i64>>,
}

impl SequenceMarks {
    pub(super) async fn take(session: &Session) -> Result<Self, RehearsalError> {
        let mut last = HashMap::new();
        for (oid, value, _) in read(session).await? {
            last.insert(oid, value);
        }
        Ok(Self { last })
    }

    /// Sets back the sequences that moved.
    pub(super) async fn restore(&self, session: &Session) -> Result<(), RehearsalError> {
        if self.last.is_empty() {
            return Ok(());
        }
        for (oid, now, start) in read(session).await? {
            let Some(then) = self.last.get(&oid) else { continue };
            if *then != now {
                let (value, called) = then.map_or((start, false), |value| (value, true));
                session
                    .query(
                        "SELECT pg_catalog.setval($1::pg_catalog.oid::pg_catalog.regclass, $2, $3)",
                        &[&oid, &value, &called],
                    )
                    .await
                    .map_err(RehearsalError::own("set a sequence back"))?;
            }
        }
        Ok(())
    }
}

async fn read(session: &Session) -> Result<Vec<(u32, Option<i64>, i64)>, RehearsalError> {
    let doing = "read where the sequences stand";
    let rows = session.query(SEQUENCES, &[]).await.map_err(RehearsalError::own(doing))?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
        .collect::<Result<_, tokio_postgres::Error>>()
        .map_err(|e| RehearsalError::own(doing)(DbError::from_postgres(doing, e)))
}
