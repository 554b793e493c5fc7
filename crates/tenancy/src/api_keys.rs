//! Keys by which programs call a service: `fr_<tenant>_<secret>`.
//!
//! A key names its tenant, so it is looked for within that tenant like everything else, and a look-up can't tell one
//! tenant of another's keys. Its secret has 256 random bits and a checksum: what was mistyped or cut off is told without
//! asking the database, and a scanner of source code knows a key when it sees one ([`ApiKeys::pattern`]). Only the
//! SHA-256 of the whole key is stored.
//!
//! The server's clock alone decides whether a key is expired; the program's own may be wrong.
//!
//! ```
//! use freehold_tenancy::api_keys::{ApiKeySettings, ApiKeys, NewKey};
//!
//! # freehold_tenancy_ground::with_api_keys(|_, tenant| async move {
//! # let (db, id) = (tenant.db().clone(), tenant.id().cloned().ok_or("a tenant")?);
//! let keys = ApiKeys::new(&db, ApiKeySettings::prefixed("fr"))?;
//! let writer = keys.write_last_used(std::time::Duration::from_secs(10));
//!
//! let issued = keys.issue(&db.tenant(&id), NewKey::named("billing job").scope("faces:verify")).await?;
//! println!("{}", issued.key.expose()); // shown once, and never again
//! # let header = issued.key.expose();
//!
//! let key = keys.verify(header).await?;
//! key.require("faces:verify")?;
//! let tenant = db.tenant(&key.tenant);
//!
//! assert!(keys.revoke(&tenant, key.id).await?);
//! assert!(keys.verify(header).await.is_err());
//! writer.stop().await?;
//! # Ok(())
//! # });
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
///
/// ```
/// use freehold_tenancy::api_keys::NewKey;
///
/// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
/// let issued = keys.issue(&tenant, NewKey::named("nightly job").scope("faces:verify")).await?;
/// let known = keys.verify(issued.key.expose()).await?;
/// assert_eq!((known.id, known.name.as_str()), (issued.id, "nightly job"));
/// # Ok(())
/// # });
/// ```
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
    /// ```
    /// use freehold_tenancy::api_keys::{ApiKeyError, ApiKeySettings, ApiKeys};
    ///
    /// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
    /// # let db = tenant.db();
    /// assert!(ApiKeys::new(db, ApiKeySettings::prefixed("acme")).is_ok());
    /// let refused = ApiKeys::new(db, ApiKeySettings::prefixed("Acme-Live"));
    /// assert!(matches!(refused, Err(ApiKeyError::Settings(_))));
    /// # Ok(())
    /// # });
    /// ```
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
    ///
    /// ```
    /// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
    /// assert_eq!(keys.settings().prefix, "fr");
    /// assert_eq!(keys.settings().remembered.as_secs(), 30);
    /// # Ok(())
    /// # });
    /// ```
    pub fn settings(&self) -> &ApiKeySettings {
        &self.0.settings
    }

    /// A regular expression that keys match, for scanners of source code and logs.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
    /// // Tenants are uuids here: 32 hex digits.
    /// assert_eq!(keys.pattern(), "fr_[0-9a-f]{32}_[0-9A-Za-z]{49}");
    /// # Ok(())
    /// # });
    /// ```
    pub fn pattern(&self) -> String {
        text::pattern(&self.0.settings.prefix, self.0.db.tenancy().kind)
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
