//! Beginning again after a serialisation failure or a deadlock.

use std::{sync::Arc, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};

use super::{Transaction, TransactionOptions};
use crate::{Db, Error, context::Context};

/// Runs `work` in a transaction and commits it. It is begun again, after a wait of random length, when a statement of it
/// met a serialisation failure, a deadlock or a stale plan; never when it is unknown whether it was committed.
pub(crate) async fn retried<T, E, F, W>(
    db: &Db,
    context: &Context,
    options: TransactionOptions,
    work: F,
) -> Result<T, E>
where
    F: Fn(Arc<Transaction>) -> W,
    W: Future<Output = Result<T, E>>,
    E: From<Error>,
{
    let mut waits = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(4))
        .with_max_delay(Duration::from_millis(500))
        .with_jitter()
        .with_max_times(db.0.settings.attempts - 1)
        .build();
    loop {
        let transaction = Arc::new(Transaction::begin(db, context.clone(), options).await?);
        let done = work(transaction.clone()).await;
        // What still holds it after the work could write after the commit. Then it is rolled back when it is let go.
        let Some(transaction) = Arc::into_inner(transaction) else {
            let why = "something still holds it after the work was done".to_owned();
            return Err(done
                .err()
                .unwrap_or_else(|| Error::Input { what: "committing a transaction", why }.into()));
        };
        let failed = match done {
            Ok(value) => match transaction.commit().await {
                Ok(()) => return Ok(value),
                Err(error) if error.is_retryable() => E::from(error),
                Err(error) => return Err(error.into()),
            },
            Err(error) => {
                let again = transaction.link.has_conflict();
                // A connection that can't even do this is closed by being dropped.
                drop(transaction.rollback().await);
                if !again {
                    return Err(error);
                }
                error
            }
        };
        let Some(wait) = waits.next() else { return Err(failed) };
        if context.time_left()?.is_some_and(|left| left <= wait) {
            return Err(Error::Deadline.into());
        }
        metrics::counter!("freehold_transaction_retries_total").increment(1);
        tokio::time::sleep(wait).await;
    }
}
