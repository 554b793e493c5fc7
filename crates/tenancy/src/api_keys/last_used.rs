//! When keys were last used, written in batches.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{sync::oneshot, task::JoinHandle};
use uuid::Uuid;

use super::{ApiKeys, error::ApiKeyError};
use crate::{Execute, TenantId};

/// Uses that were not yet written, and when keys were last written.
pub(super) struct LastUsed {
    every: Duration,
    seen: Mutex<HashMap<TenantId, HashMap<Uuid, Seen>>>,
}

#[derive(Default, Clone, Copy)]
struct Seen {
    written: Option<Instant>,
    /// The use that is to be written.
    pending: Option<Instant>,
}

impl LastUsed {
    pub(super) fn new(every: Duration) -> Self {
        Self { every, seen: Mutex::default() }
    }

    pub(super) fn note(&self, tenant: &TenantId, key: Uuid) {
        let now = Instant::now();
        let mut all = self.lock();
        // The tenant is copied for its first key only.
        if !all.contains_key(tenant) {
            all.insert(tenant.clone(), HashMap::new());
        }
        let Some(keys) = all.get_mut(tenant) else { return };
        let seen = keys.entry(key).or_default();
        if seen.written.is_none_or(|written| now.duration_since(written) >= self.every) {
            seen.pending = Some(now);
        }
    }

    /// What is to be written, by tenant. It counts as written from now on.
    fn take(&self) -> Vec<(TenantId, Vec<(Uuid, Instant)>)> {
        let now = Instant::now();
        let mut all = self.lock();
        let mut taken = Vec::new();
        for (tenant, keys) in all.iter_mut() {
            let mut used = Vec::new();
            keys.retain(|id, seen| {
                if let Some(at) = seen.pending.take() {
                    used.push((*id, at));
                    seen.written = Some(now);
                }
                seen.written.is_some_and(|written| now.duration_since(written) < self.every)
            });
            if !used.is_empty() {
                taken.push((tenant.clone(), used));
            }
        }
        all.retain(|_, keys| !keys.is_empty());
        taken
    }

    /// Puts back what could not be written.
    fn give_back(&self, tenant: &TenantId, used: &[(Uuid, Instant)]) {
        let mut all = self.lock();
        let keys = all.entry(tenant.clone()).or_default();
        for (id, at) in used {
            let seen = keys.entry(*id).or_default();
            seen.written = None;
            seen.pending = seen.pending.max(Some(*at));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TenantId, HashMap<Uuid, Seen>>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was written of last uses.
///
/// ```
/// use freehold_tenancy::api_keys::{NewKey, Written};
///
/// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
/// for name in ["nightly job", "importer"] {
///     let issued = keys.issue(&tenant, NewKey::named(name)).await?;
///     keys.verify(issued.key.expose()).await?;
/// }
/// // Two keys of one tenant: one statement.
/// assert_eq!(keys.flush().await?, Written { statements: 1, keys: 2 });
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// Statements that were run: one for each tenant.
    pub statements: u64,
    /// Rows that were changed.
    pub keys: u64,
}

impl ApiKeys {
    /// Writes the last uses that were noted since: one statement for each tenant, and each key at most once in
    /// [`ApiKeySettings::used_every`](super::ApiKeySettings::used_every), over all processes.
    ///
    /// ```
    /// # use freehold_tenancy::api_keys::{NewKey, Written};
    /// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
    /// let issued = keys.issue(&tenant, NewKey::named("nightly job")).await?;
    /// keys.verify(issued.key.expose()).await?;
    /// assert_eq!(keys.flush().await?.keys, 1);
    /// // Used again within the minute: nothing is written.
    /// keys.verify(issued.key.expose()).await?;
    /// assert_eq!(keys.flush().await?, Written::default());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`ApiKeyError::Store`] for the first tenant that failed; the others are written, and what failed is kept for the
    /// next time.
    pub async fn flush(&self) -> Result<Written, ApiKeyError> {
        let inner = &*self.0;
        let mut written = Written::default();
        let mut failed = None;
        let Some(sql) = &inner.statements.used else {
            drop(inner.used.take());
            return Ok(written);
        };
        let every = inner.settings.used_every.as_secs_f64();
        for (tenant, used) in inner.used.take() {
            let ids: Vec<Uuid> = used.iter().map(|(id, _)| *id).collect();
            let ages: Vec<f64> = used.iter().map(|(_, at)| at.elapsed().as_secs_f64()).collect();
            match inner.db.tenant(&tenant).affected(sql, &[&tenant, &ids, &ages, &every]).await {
                Ok(keys) => {
                    written.statements += 1;
                    written.keys += keys;
                }
                Err(error) => {
                    inner.used.give_back(&tenant, &used);
                    let store = ApiKeyError::store("writing when API keys were last used");
                    failed.get_or_insert(store(error));
                }
            }
        }
        failed.map_or(Ok(written), Err)
    }

    /// Starts a task that calls [`ApiKeys::flush`] at this interval, until it is stopped or dropped. Failures are
    /// logged, and tried again the next time.
    ///
    /// ```
    /// # use freehold_tenancy::api_keys::NewKey;
    /// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
    /// # let issued = keys.issue(&tenant, NewKey::named("nightly job")).await?;
    /// let writer = keys.write_last_used(std::time::Duration::from_millis(5));
    /// keys.verify(issued.key.expose()).await?;
    /// while keys.list(&tenant).await?[0].last_used_at.is_none() {
    ///     tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    /// }
    /// writer.stop().await?;
    /// # Ok(())
    /// # });
    /// ```
    pub fn write_last_used(&self, interval: Duration) -> LastUsedWriter {
        let (stop, mut stopped) = oneshot::channel();
        let keys = self.clone();
        let task = tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = &mut stopped => return,
                    () = tokio::time::sleep(interval) => {}
                }
                if let Err(error) = keys.flush().await {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "last uses of API keys are kept for later"
                    );
                }
            }
        });
        LastUsedWriter { keys: self.clone(), stop: Some(stop), task }
    }
}

/// The task that writes last uses. Dropped, it ends, and what was not written is lost; [`LastUsedWriter::stop`] writes it.
///
/// ```
/// # use freehold_tenancy::api_keys::NewKey;
/// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
/// # let issued = keys.issue(&tenant, NewKey::named("nightly job")).await?;
/// let writer = keys.write_last_used(std::time::Duration::from_secs(10));
/// keys.verify(issued.key.expose()).await?;
/// // The service ends before ten seconds are over, and the use is written all the same.
/// assert_eq!(writer.stop().await?.keys, 1);
/// # Ok(())
/// # });
/// ```
#[must_use = "dropped, it writes no more"]
#[derive(Debug)]
pub struct LastUsedWriter {
    keys: ApiKeys,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl LastUsedWriter {
    /// Ends the task and writes what is left.
    ///
    /// ```
    /// # use freehold_tenancy::api_keys::Written;
    /// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
    /// let writer = keys.write_last_used(std::time::Duration::from_secs(10));
    /// assert_eq!(writer.stop().await?, Written::default(), "nothing was left to be written");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`ApiKeyError::Store`].
    pub async fn stop(mut self) -> Result<Written, ApiKeyError> {
        if let Some(stop) = self.stop.take() {
            // It fails only when the task is over already.
            let _ = stop.send(());
        }
        // A batch that is under way is finished first, so that none of it is written twice.
        let _ = (&mut self.task).await;
        self.keys.flush().await
    }
}

impl Drop for LastUsedWriter {
    fn drop(&mut self) {
        self.task.abort();
    }
}
