//! Redis beside PostgreSQL: a cache that never holds what it should have forgotten, and small typed tools on Redis.
//!
//! PostgreSQL stays the truth. [`Cache::tenant`] gives the handle of one tenant; every key it makes holds the tenant
//! ([`Key`]). [`Scope::get_or_load`] asks Redis and, where it has nothing, the loader: one load at a time in the
//! process and among processes, and none for what is about to expire, since it is loaded a little early. A value that is
//! forgotten ([`Scope::forget`], [`Scope::write_through`], or a row of the [outbox](Relay)) takes the leave to store
//! away from whoever was just loading it, so that nothing old comes back.
//!
//! Without Redis the same calls go on from PostgreSQL: a breaker leaves a Redis alone that does not answer.
//!
//! ```
//! use freehold_tenancy::{Db, Execute, TenantId, cache::{Cache, Entity}};
//!
//! const BODY: Entity<String> = Entity::new("note", "body");
//!
//! type Failed = Box<dyn std::error::Error + Send + Sync>;
//!
//! async fn body(cache: &Cache, db: &Db, tenant: &TenantId, note: i64) -> Result<Option<String>, Failed> {
//!     let body = cache.tenant(tenant).get_or_load(&BODY, note, || async {
//!         let row = db.tenant(tenant).query_opt("SELECT body FROM notes WHERE id = $1", &[&note]).await?;
//!         Ok::<_, freehold_tenancy::Error>(row.map(|(body,)| body))
//!     }).await?;
//!     Ok(body)
//! }
//! # freehold_tenancy_ground::with_both(|ground, cache| async move {
//! # let (db, acme) = (ground.db().await, freehold_tenancy_ground::tenant(1));
//! assert_eq!(body(&cache, &db, &acme, 1).await?, Some("milk".to_owned()));
//! // There is no note 9, which is remembered as well.
//! assert_eq!(body(&cache, &db, &acme, 9).await?, None);
//! # Ok(())
//! # });
//! ```

mod behind;
mod board;
mod breaker;
mod error;
mod flight;
mod key;
mod lease;
mod limit;
mod link;
mod local;
mod lock;
mod options;
mod outbox;
mod presence;
mod read;
mod relay;
mod stream;
mod tags;
mod unique;
mod value;
mod warm;
mod write;

use std::{fmt, marker::PhantomData, sync::Arc, time::Duration};

pub use behind::{BehindError, Write, WriteBehind};
pub use board::{Board, Standing};
pub use error::{CacheError, LoadError};
pub use key::{Entity, Key, Owned, Shared};
pub use limit::{Allowance, Rate, WhenAway};
pub use lock::Lock;
pub use options::CacheOptions;
pub use outbox::Outbox;
pub use presence::Presence;
pub use read::Found;
pub use relay::{Relay, RelayError};
pub use stream::{Place, Stream};
pub use tags::Tag;
pub use unique::Unique;

use crate::TenantId;
use flight::Flights;
use key::Owner;
use limit::InProcess;
use link::{Link, Target};
use local::Local;

/// A service's part of Redis. Cheap to clone.
///
/// It reads and writes nothing itself: [`Cache::tenant`] gives the handle of a tenant, [`Cache::shared`] the one for
/// what belongs to no tenant.
///
/// ```
/// use freehold_tenancy::cache::{Entity, Found};
///
/// const NAME: Entity<String> = Entity::new("person", "name");
/// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
/// # let other = freehold_tenancy_ground::tenant(2);
/// let acme = cache.tenant(&tenant);
/// acme.get_or_load(&NAME, 7, || async { Ok::<_, std::io::Error>(Some("Ada".to_owned())) }).await?;
/// assert_eq!(acme.get(&NAME, 7).await?, Found::Value("Ada".to_owned()));
/// assert_eq!(cache.tenant(&other).get(&NAME, 7).await?, Found::Miss, "another tenant's person 7");
/// # Ok(())
/// # });
/// ```
#[derive(Clone)]
pub struct Cache(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) service: String,
    pub(crate) link: Link,
    pub(crate) flights: Flights,
    pub(crate) local: Option<Arc<Local>>,
    /// Rates while Redis is away.
    pub(crate) limits: InProcess,
    /// How long a load or a write may take until another may begin.
    pub(crate) lease: Duration,
    /// How long to wait for somebody else's load.
    pub(crate) wait: Duration,
}

impl Cache {
    /// Sets a cache up. It connects when it is first asked: a service starts without Redis, too.
    ///
    /// ```
    /// use freehold_tenancy::cache::{Cache, CacheError, CacheOptions};
    ///
    /// # freehold_tenancy_ground::alone(async {
    /// // Nobody is asked before there is something to ask.
    /// assert!(Cache::open(CacheOptions::new("people", "redis://127.0.0.1:1/")).await.is_ok());
    /// let nonsense = Cache::open(CacheOptions::new("people", "http://127.0.0.1/")).await;
    /// assert!(matches!(nonsense, Err(CacheError::Setup(_))));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`CacheError::Setup`] when the settings make no sense.
    pub async fn open(options: CacheOptions) -> Result<Self, CacheError> {
        let options = options.checked()?;
        let target = Target::of(&options.urls, options.cluster, options.timeout)?;
        let local = match options.local_bytes {
            0 => None,
            bytes => Some(Local::start(bytes, &target, &options.service, options.timeout)?),
        };
        Ok(Self(Arc::new(Inner {
            link: Link::new(&options.service, target, options.timeout),
            service: options.service,
            flights: Flights::default(),
            local,
            limits: InProcess::default(),
            lease: options.lease,
            wait: options.wait,
        })))
    }

    /// The handle of one tenant.
    ///
    /// ```
    /// use freehold_tenancy::{TenantId, cache::{Cache, CacheOptions, Entity}};
    ///
    /// const NAME: Entity<String> = Entity::new("person", "name");
    /// # freehold_tenancy_ground::alone(async {
    /// let cache = Cache::open(CacheOptions::new("people", "redis://127.0.0.1/")).await?;
    /// let acme = cache.tenant(&TenantId::text("acme")?);
    /// assert_eq!(acme.key(&NAME, 7).as_str(), "people:person:{acme}:7:name");
    /// # Ok(())
    /// # });
    /// ```
    pub fn tenant(&self, tenant: &TenantId) -> Scope<Owned> {
        self.scope(Owner::Tenant(tenant.clone()))
    }

    /// The handle for what belongs to no tenant.
    ///
    /// ```
    /// use freehold_tenancy::cache::{Entity, Found, Shared};
    ///
    /// const PLANS: Entity<Vec<String>, Shared> = Entity::shared("plan", "names");
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// # let _ = tenant;
    /// let plans = cache.shared();
    /// let load = || async { Ok::<_, std::io::Error>(Some(vec!["free".to_owned(), "paid".to_owned()])) };
    /// plans.get_or_load(&PLANS, "all", load).await?;
    /// assert!(matches!(plans.get(&PLANS, "all").await?, Found::Value(names) if names.len() == 2));
    /// # Ok(())
    /// # });
    /// ```
    pub fn shared(&self) -> Scope<Shared> {
        self.scope(Owner::Nobody)
    }

    /// Asks Redis whether it is there.
    ///
    /// ```
    /// use freehold_tenancy::cache::{Cache, CacheOptions};
    ///
    /// # freehold_tenancy_ground::alone(async {
    /// let cache = Cache::open(CacheOptions::new("people", "redis://127.0.0.1:1/")).await?;
    /// // For a probe that is shown, not one that stops the service: it goes on without Redis.
    /// assert!(cache.ping().await.is_err_and(|error| error.is_away()));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`CacheError`], by what is wrong.
    pub async fn ping(&self) -> Result<(), CacheError> {
        let answer: String = self.0.link.command("ping", &redis::cmd("PING")).await?;
        if answer == "PONG" { Ok(()) } else { Err(CacheError::Garbage { doing: "ping" }) }
    }

    /// Whether Redis is left alone just now because it failed: everything comes from PostgreSQL.
    ///
    /// ```
    /// use freehold_tenancy::cache::{Cache, CacheError, CacheOptions};
    ///
    /// # freehold_tenancy_ground::alone(async {
    /// let cache = Cache::open(CacheOptions::new("people", "redis://127.0.0.1:1/")).await?;
    /// for _ in 0..5 {
    ///     assert!(matches!(cache.ping().await, Err(CacheError::Connection { .. })));
    /// }
    /// assert!(cache.is_away(), "five failures in a row are enough");
    /// # Ok(())
    /// # });
    /// ```
    pub fn is_away(&self) -> bool {
        self.0.link.is_open()
    }

    fn scope<S>(&self, owner: Owner) -> Scope<S> {
        Scope { cache: self.clone(), owner, tags: Arc::new([]), kind: PhantomData }
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("service", &self.0.service).finish_non_exhaustive()
    }
}

/// Everything that is asked through this is one tenant's (or, from [`Cache::shared`], nobody's). Cheap to clone.
///
/// ```
/// use std::time::Duration;
/// use freehold_tenancy::cache::{Entity, Rate};
///
/// const NAME: Entity<String> = Entity::new("person", "name");
/// const SEARCHES: Rate = Rate::new("search", "free", 60, Duration::from_secs(60));
/// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
/// let acme = cache.tenant(&tenant);
/// assert_eq!(acme.get(&NAME, 7).await?.value(), None);
/// assert!(acme.limit(&SEARCHES, "ada", 1).await?.allowed);
/// assert!(acme.lock("nightly-report", Duration::from_secs(30)).await?.is_some());
/// # Ok(())
/// # });
/// ```
pub struct Scope<S = Owned> {
    pub(crate) cache: Cache,
    pub(crate) owner: Owner,
    pub(crate) tags: Arc<[Key]>,
    kind: PhantomData<fn() -> S>,
}

impl<S> Scope<S> {
    /// The key of a value.
    ///
    /// ```
    /// use freehold_tenancy::{TenantId, cache::{Cache, CacheOptions, Entity, Key}};
    ///
    /// const NAME: Entity<String> = Entity::new("person", "name");
    /// # freehold_tenancy_ground::alone(async {
    /// let cache = Cache::open(CacheOptions::new("people", "redis://127.0.0.1/")).await?;
    /// let acme = TenantId::bigint(7)?;
    /// assert_eq!(cache.tenant(&acme).key(&NAME, "a:b"), Key::new("people", "person", &acme, "a:b", "name"));
    /// # Ok(())
    /// # });
    /// ```
    pub fn key<V>(&self, entity: &Entity<V, S>, id: impl fmt::Display) -> Key {
        self.named(entity.name, id, entity.field)
    }

    pub(crate) fn named(&self, entity: &str, id: impl fmt::Display, field: &str) -> Key {
        Key::of(&self.cache.0.service, entity, &self.owner, &id.to_string(), field)
    }
}

impl<S> Clone for Scope<S> {
    fn clone(&self) -> Self {
        Self {
            cache: self.cache.clone(),
            owner: self.owner.clone(),
            tags: self.tags.clone(),
            kind: PhantomData,
        }
    }
}

impl<S> fmt::Debug for Scope<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let owner = match &self.owner {
            Owner::Tenant(tenant) => tenant.hash_for_logs(),
            Owner::Nobody => "nobody".to_owned(),
        };
        f.debug_struct("Scope").field("cache", &self.cache).field("owner", &owner).finish_non_exhaustive()
    }
}
