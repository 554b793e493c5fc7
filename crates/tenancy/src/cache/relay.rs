//! Tells Redis what the outbox notes, so that nothing that changed in PostgreSQL stands in the cache.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    future::Future,
    time::Duration,
};

use futures_util::future::try_join_all;

use super::{
    Cache, Entity, Tag,
    error::CacheError,
    key::{Key, Owned},
    outbox::{CHANNEL, Outbox},
};
use crate::{
    Error, Execute, FromRow, Sql, System, TenantId,
    listen::{Channel, ListenError, Listener, Subscription},
};

/// Notes that are told in one transaction.
const BATCH: i64 = 500;

/// Keys that are forgotten by one command.
const KEYS_AT_ONCE: usize = 100;

/// The longest pause after failures in a row.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Why a round of a [`Relay`] ended early. Nothing is lost: what was not told is told in the next one.
///
/// ```
/// use freehold_tenancy::cache::{Outbox, Relay, RelayError};
///
/// # freehold_tenancy_ground::with_both(|ground, cache| async move {
/// # let db = ground.db().await;
/// let outbox = Outbox::new(["app_writer"], "app_system");
/// let mut relay = Relay::new(&cache, db.system("telling the cache what changed")?, &outbox);
/// // Nobody has made the table yet.
/// assert!(matches!(relay.tell().await, Err(RelayError::Outbox(_))));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RelayError {
    /// Reading or marking notes failed.
    #[error("reading the outbox")]
    Outbox(#[from] Error),
    /// Redis did not take it.
    #[error("telling Redis what changed")]
    Redis(#[from] CacheError),
    /// The connection that listens could not be made.
    #[error("listening to the outbox")]
    Listen(#[from] ListenError),
}

/// Forgets in Redis what triggers note in the [`Outbox`].
///
/// A note is marked as told in the transaction that read it, after Redis took it: if either fails, it is told again.
/// Whatever commits late is found, since notes are looked for by their mark and not by their number. Any number of
/// relays may run, in as many processes; each note is told by one of them.
///
/// Told notes are kept for a while and told again when Redis was started anew or another server took its place: it may
/// have come back with what it held earlier.
///
/// ```
/// use freehold_tenancy::{Execute, Tenancy, cache::{Entity, Found, Outbox, Relay}, listen::Listener};
///
/// const BODY: Entity<String> = Entity::new("note", "body");
/// # freehold_tenancy_ground::with_both(|ground, cache| async move {
/// # let (db, acme) = (ground.db().await, &freehold_tenancy_ground::tenant(1));
/// # let direct_url = ground.url("app_system");
/// let outbox = Outbox::new(["app_writer"], "app_system");
/// # ground.admin(&outbox.create(&Tenancy::default())).await;
/// # ground.admin(&outbox.watch(&Tenancy::default(), "public.notes", "note", "id")).await;
/// let listener = Listener::connect(&direct_url).await?;
/// let relay = Relay::new(&cache, db.system("telling the cache what changed")?, &outbox)
///     .watch(&BODY)
///     .listen(&listener)
///     .await?;
/// tokio::spawn(relay.run(std::future::pending()));
///
/// # let load = || async { Ok::<_, std::io::Error>(Some("milk".to_owned())) };
/// # cache.tenant(acme).get_or_load(&BODY, 1, load).await?;
/// db.tenant(acme).execute("UPDATE notes SET body = 'oat milk' WHERE id = 1", &[]).await?;
/// while cache.tenant(acme).get(&BODY, 1).await? != Found::Miss {
///     tokio::time::sleep(std::time::Duration::from_millis(5)).await;
/// }
/// # Ok(())
/// # });
/// ```
pub struct Relay {
    cache: Cache,
    system: System,
    table: String,
    /// Fields of each entity.
    watched: BTreeMap<&'static str, BTreeSet<&'static str>>,
    news: Option<Subscription>,
    interval: Duration,
    keep: Duration,
    /// The Redis that was told last.
    known: Option<String>,
}

impl Relay {
    /// A relay that looks every second, and keeps told notes for ten minutes.
    ///
    /// ```
    /// use freehold_tenancy::{Db, Error, cache::{Cache, Outbox, Relay}};
    ///
    /// fn relay(cache: &Cache, db: &Db, outbox: &Outbox) -> Result<Relay, Error> {
    ///     Ok(Relay::new(cache, db.system("telling the cache what changed")?, outbox))
    /// }
    /// ```
    pub fn new(cache: &Cache, system: System, outbox: &Outbox) -> Self {
        Self {
            cache: cache.clone(),
            system,
            table: outbox.table(),
            watched: BTreeMap::new(),
            news: None,
            interval: Duration::from_secs(1),
            keep: Duration::from_secs(600),
            known: None,
        }
    }

    /// Forgets the values of this entity, too, when a row of its name changed. Tags ([`Tag::all`], [`Tag::one`]) are
    /// forgotten for every name.
    ///
    /// ```
    /// use freehold_tenancy::cache::{Entity, Relay};
    ///
    /// const NAME: Entity<String> = Entity::new("person", "name");
    /// const PROFILE: Entity<String> = Entity::new("person", "profile");
    ///
    /// /// Both are forgotten when a row of the entity `person` changes.
    /// fn watching(relay: Relay) -> Relay {
    ///     relay.watch(&NAME).watch(&PROFILE)
    /// }
    /// ```
    #[must_use]
    pub fn watch<V>(mut self, entity: &Entity<V, Owned>) -> Self {
        self.watched.entry(entity.name).or_default().insert(entity.field);
        self
    }

    /// Looks this often, also when no notification comes.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::cache::Relay;
    ///
    /// /// With a listener that is enough: it looks at once when something was noted.
    /// fn lazy(relay: Relay) -> Relay {
    ///     relay.every(Duration::from_secs(10))
    /// }
    /// ```
    #[must_use]
    pub fn every(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Keeps told notes for this long: as long as Redis, after a crash, may come back with what it held before.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::cache::Relay;
    ///
    /// /// For a Redis that writes its snapshot once an hour.
    /// fn long(relay: Relay) -> Relay {
    ///     relay.keep(Duration::from_secs(2 * 3_600))
    /// }
    /// ```
    #[must_use]
    pub fn keep(mut self, time: Duration) -> Self {
        self.keep = time;
        self
    }

    /// Looks at once when something was noted.
    ///
    /// ```
    /// use freehold_tenancy::{cache::{Relay, RelayError}, listen::Listener};
    ///
    /// async fn prompt(relay: Relay, direct_url: &str) -> Result<Relay, RelayError> {
    ///     relay.listen(&Listener::connect(direct_url).await?).await
    /// }
    /// ```
    ///
    /// # Errors
    /// [`RelayError::Listen`] when the server refuses.
    pub async fn listen(mut self, listener: &Listener) -> Result<Self, RelayError> {
        let channel = Channel::new(CHANNEL)?;
        self.news = Some(listener.subscribe_across_tenants(&self.system, &channel).await?);
        Ok(self)
    }

    /// Runs until `stop` is ready. Failures are logged and counted, and it goes on after a pause.
    ///
    /// ```
    /// use freehold_tenancy::cache::Relay;
    /// use tokio::sync::watch;
    ///
    /// /// A task of the service, which ends with it.
    /// fn start(relay: Relay, mut stop: watch::Receiver<bool>) {
    ///     tokio::spawn(relay.run(async move { drop(stop.wait_for(|stop| *stop).await) }));
    /// }
    /// ```
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        let mut failures = 0_u32;
        loop {
            let told = tokio::select! {
                () = &mut stop => return,
                told = self.tell() => told,
            };
            let pause = match told {
                // There may be more.
                Ok(count) if count >= BATCH.unsigned_abs() => continue,
                Ok(_) => {
                    failures = 0;
                    self.interval
                }
                Err(error) => {
                    failures = failures.saturating_add(1);
                    metrics::counter!("freehold_cache_relay_failures_total").increment(1);
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the cache is not told what changed"
                    );
                    self.interval.min(LONGEST_PAUSE).mul_f64(f64::from(failures.min(8))).min(LONGEST_PAUSE)
                }
            };
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(pause) => {}
                () = noted(&mut self.news), if failures == 0 => {}
            }
        }
    }

    /// Tells Redis the next notes, 500 at most; gives how many.
    ///
    /// ```
    /// use freehold_tenancy::{Execute, Tenancy, cache::{Outbox, Relay}};
    ///
    /// # freehold_tenancy_ground::with_both(|ground, cache| async move {
    /// # let (db, acme) = (ground.db().await, &freehold_tenancy_ground::tenant(1));
    /// # let outbox = Outbox::new(["app_writer"], "app_system");
    /// # ground.admin(&outbox.create(&Tenancy::default())).await;
    /// # ground.admin(&outbox.watch(&Tenancy::default(), "public.notes", "note", "id")).await;
    /// let mut relay = Relay::new(&cache, db.system("telling the cache what changed")?, &outbox);
    /// db.tenant(acme).execute("UPDATE notes SET body = ''", &[]).await?;
    /// assert_eq!(relay.tell().await?, 3, "a note of each row");
    /// assert_eq!(relay.tell().await?, 0);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`RelayError`]; then none of them counts as told.
    pub async fn tell(&mut self) -> Result<u64, RelayError> {
        self.replay_for_another_redis().await?;
        let transaction = self.system.begin().await?;
        let column = crate::quote_identifier(&self.system.tenancy().column);
        let table = &self.table;
        let next = Sql::vouched(format!(
            "SELECT id, {column}::text AS tenant, entity, row_key, extract(epoch FROM now() - noted_at)::float8 AS age
             FROM {table} WHERE told_at IS NULL ORDER BY id LIMIT {BATCH} FOR UPDATE SKIP LOCKED"
        ));
        let notes: Vec<Note> = transaction.query(next, &[]).await?;
        if notes.is_empty() {
            transaction.commit().await?;
            metrics::gauge!("freehold_cache_outbox_lag_seconds").set(0.0);
            return Ok(0);
        }
        let lag = notes.iter().map(|note| note.age).fold(0.0, f64::max);
        metrics::gauge!("freehold_cache_outbox_lag_seconds").set(lag);
        self.forget(&notes).await?;
        let ids: Vec<i64> = notes.iter().map(|note| note.id).collect();
        let mark =
            Sql::vouched(format!("UPDATE {table} SET told_at = clock_timestamp() WHERE id = ANY ($1)"));
        transaction.execute(mark, &[&ids]).await?;
        let old = Sql::vouched(format!(
            "DELETE FROM {table} WHERE id IN (SELECT id FROM {table}
             WHERE told_at < clock_timestamp() - make_interval(secs => $1) LIMIT {BATCH} FOR UPDATE SKIP LOCKED)"
        ));
        transaction.execute(old, &[&self.keep.as_secs_f64()]).await?;
        transaction.commit().await?;
        let count = u64::try_from(notes.len()).unwrap_or(u64::MAX);
        metrics::counter!("freehold_cache_outbox_told_total").increment(count);
        Ok(count)
    }

    async fn forget(&self, notes: &[Note]) -> Result<(), RelayError> {
        let mut by_tenant: HashMap<&str, Changed<'_>> = HashMap::new();
        for note in notes {
            let changed = by_tenant.entry(&note.tenant).or_default();
            changed.entities.insert(&note.entity);
            changed.rows.insert((&note.entity, &note.row_key));
        }
        for (tenant, Changed { entities, rows }) in by_tenant {
            let tenant = match TenantId::parse(self.system.tenancy().kind, tenant) {
                Ok(tenant) => tenant,
                Err(error) => {
                    // No key was ever made for nobody; the note must not hold up the others.
                    tracing::error!(%error, "a note of the outbox has no tenant");
                    continue;
                }
            };
            let scope = self.cache.tenant(&tenant);
            let keys: Vec<Key> = rows
                .iter()
                .flat_map(|(entity, row)| {
                    let fields = self.watched.get(entity).into_iter().flatten();
                    fields.map(|field| scope.named(entity, row, field)).collect::<Vec<_>>()
                })
                .collect();
            try_join_all(keys.chunks(KEYS_AT_ONCE).map(|some| self.cache.forget_keys(some))).await?;
            let tags = entities.into_iter().map(Tag::all);
            let tags = tags.chain(rows.iter().map(|(entity, row)| Tag::one(entity, row)));
            let tags: Vec<Key> = tags.map(|tag| scope.tag_key(&tag)).collect();
            try_join_all(tags.iter().map(|tag| self.cache.forget_tag_key(tag))).await?;
        }
        Ok(())
    }

    /// A Redis that this relay does not know may hold what was forgotten in the one before it.
    async fn replay_for_another_redis(&mut self) -> Result<(), RelayError> {
        let Some(now) = self.cache.run_id().await? else { return Ok(()) };
        if self.known.as_ref() == Some(&now) {
            return Ok(());
        }
        let again = Sql::vouched(format!(
            "UPDATE {} SET told_at = NULL WHERE told_at > clock_timestamp() - make_interval(secs => $1)",
            self.table
        ));
        let count = self.system.execute(again, &[&self.keep.as_secs_f64()]).await?;
        tracing::info!(count, "this Redis is told again what changed lately");
        self.known = Some(now);
        Ok(())
    }
}

/// A row of the outbox.
#[derive(FromRow)]
struct Note {
    id: i64,
    tenant: String,
    entity: String,
    row_key: String,
    /// In seconds.
    age: f64,
}

/// What changed of a tenant.
#[derive(Default)]
struct Changed<'n> {
    entities: BTreeSet<&'n str>,
    /// With the entity.
    rows: BTreeSet<(&'n str, &'n str)>,
}

/// Waits for a notification; for ever without a listener.
async fn noted(news: &mut Option<Subscription>) {
    let Some(subscription) = news else { return std::future::pending().await };
    // A gap too is a reason to look.
    if subscription.next().await.is_none() {
        *news = None;
        std::future::pending().await
    }
}

impl Cache {
    /// What tells one start of a Redis server from another; `None` for a cluster, which has many.
    async fn run_id(&self) -> Result<Option<String>, CacheError> {
        if self.0.link.is_cluster() {
            return Ok(None);
        }
        let about: String = self.0.link.command("info", redis::cmd("INFO").arg("server")).await?;
        let id = about.lines().find_map(|line| line.trim().strip_prefix("run_id:").map(str::to_owned));
        id.map(Some).ok_or(CacheError::Garbage { doing: "info" })
    }
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay")
            .field("table", &self.table)
            .field("watched", &self.watched)
            .finish_non_exhaustive()
    }
}
