//! Keys by which programs call a service: `fr_<tenant>_<secret>`.
//!
//! A key names its tenant, so it is looked for within that tenant like everything else, and a look-up can't tell one
//! tenant of another's keys. Its secret has 256 random bits and a checksum: what was mistyped or cut off is told without
//! asking the database, and a scanner of source code knows a key when it sees one ([`ApiKeys::pattern`]). Only the
//! SHA-256 of the whole key is stored.
//!
//! The server's clock alone decides whether a key is expired; the program's own may be wrong.
//!
//! ```no_run
//! use freehold_tenancy::{Db, TenantId};
//! use freehold_tenancy::api_keys::{ApiKeyError, ApiKeySettings, ApiKeys, NewKey};
//!
//! # async fn example(db: &Db, id: &TenantId, header: &str) -> Result<(), ApiKeyError> {
//! let keys = ApiKeys::new(db, ApiKeySettings::prefixed("fr"))?;
//! let writer = keys.write_last_used(std::time::Duration::from_secs(10));
//!
//! let issued = keys.issue(&db.tenant(id), NewKey::named("billing job").scope("faces:verify")).await?;
//! println!("{}", issued.key.expose()); // shown once, and never again
//!
//! let key = keys.verify(header).await?;
//! key.require("faces:verify")?;
//! let tenant = db.tenant(&key.tenant);
//!
//! keys.revoke(&tenant, key.id).await?;
//! writer.stop().await?;
//! # Ok(())
//! # }
//! ```

mod error;
mod issue;
mod last_used;
mod settings;
mod text;
mod verify;

use std::{
    fmt,
    sync::{Arc, atomic::AtomicU64},
};

use moka::future::Cache;

use crate::Db;

pub use error::ApiKeyError;
pub use issue::{IssuedKey, KeyInfo, NewKey};
pub use last_used::{LastUsedWriter, Written};
pub use settings::{ApiKeySettings, ApiKeyTable};
pub use text::ApiKey;
pub use verify::VerifiedKey;

use last_used::LastUsed;
use settings::Statements;
use verify::Known;

/// Issues, verifies and revokes the keys of all tenants. Cheap to clone.
///
/// See the [module](self) for an example.
#[derive(Clone)]
pub struct ApiKeys(Arc<Inner>);

struct Inner {
    db: Db,
    settings: ApiKeySettings,
    statements: Statements,
    /// By generation and hash: to count the generation up forgets all.
    cache: Cache<(u64, [u8; 32]), Arc<Known>>,
    generation: AtomicU64,
    used: LastUsed,
}

impl ApiKeys {
    /// For a table of keys.
    ///
    /// # Errors
    /// [`ApiKeyError::Settings`] when the prefix can't be one.
    pub fn new(db: &Db, settings: ApiKeySettings) -> Result<Self, ApiKeyError> {
        settings.check()?;
        let cache = Cache::builder().max_capacity(settings.keys).time_to_live(settings.remembered).build();
        let statements = Statements::new(&settings.table, &db.tenancy().column);
        Ok(Self(Arc::new(Inner {
            db: db.clone(),
            statements,
            cache,
            generation: AtomicU64::new(0),
            used: LastUsed::new(settings.used_every),
            settings,
        })))
    }

    /// The settings.
    pub fn settings(&self) -> &ApiKeySettings {
        &self.0.settings
    }

    /// A regular expression that keys match, for scanners of source code and logs.
    pub fn pattern(&self) -> String {
        text::pattern(&self.0.settings.prefix, self.0.db.tenancy().kind)
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
