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
//! ```no_run
//! use freehold_tenancy::{Db, Execute, TenantId, cache::{Cache, CacheOptions, Entity}};
//!
//! const NAME: Entity<String> = Entity::new("person", "name");
//!
//! async fn name_of(cache: &Cache, db: &Db, tenant: &TenantId, person: i64) -> Result<Option<String>, Box<dyn std::error::Error>> {
//!     let name = cache.tenant(tenant).get_or_load(&NAME, person, || async {
//!         let sql = "SELECT name FROM people WHERE id = $1";
//!         let row = db.tenant(tenant).query_opt::<(String,)>(sql, &[&person]).await?;
//!         Ok::<_, freehold_tenancy::Error>(row.map(|(name,)| name))
//!     }).await?;
//!     Ok(name)
//! }
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! let cache = Cache::open(CacheOptions::new("people-service", "redis://127.0.0.1/")).await?;
//! # Ok(())
//! # }
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
    pub fn tenant(&self, tenant: &TenantId) -> Scope<Owned> {
        self.scope(Owner::Tenant(tenant.clone()))
    }

    /// The handle for what belongs to no tenant.
    pub fn shared(&self) -> Scope<Shared> {
        self.scope(Owner::Nobody)
    }

    /// Asks Redis whether it is there.
    ///
    /// # Errors
    /// [`CacheError`], by what is wrong.
    pub async fn ping(&self) -> Result<(), CacheError> {
        let answer: String = self.0.link.command("ping", &redis::cmd("PING")).await?;
        if answer == "PONG" { Ok(()) } else { Err(CacheError::Garbage { doing: "ping" }) }
    }

    /// Whether Redis is left alone just now because it failed: everything comes from PostgreSQL.
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
pub struct Scope<S = Owned> {
    pub(crate) cache: Cache,
    pub(crate) owner: Owner,
    pub(crate) tags: Arc<[Key]>,
    kind: PhantomData<fn() -> S>,
}

impl<S> Scope<S> {
    /// The key of a value.
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
