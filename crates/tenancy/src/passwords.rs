//! Passwords: argon2id for all that is stored from now on, and older bcrypt hashes that are still taken.
//!
//! Hashing is made to be slow, so it runs on threads of its own, a few at a time: logins can't hold up the other
//! requests, nor fill the pool of blocking threads. When too many wait, further ones are turned away at once.
//!
//! ```
//! use freehold_tenancy::{Execute, Tenant};
//! use freehold_tenancy::passwords::{Passwords, Verdict};
//!
//! type Failed = Box<dyn std::error::Error + Send + Sync>;
//!
//! async fn is_right(passwords: &Passwords, tenant: &Tenant, user: i64, password: &str) -> Result<bool, Failed> {
//!     let sql = "SELECT password_hash FROM users WHERE id = $1";
//!     let stored: Option<(String,)> = tenant.query_opt(sql, &[&user]).await?;
//!     // Asked for unknown users too: it takes as long as for known ones.
//!     let stored = stored.as_ref().map(|(hash,)| hash.as_str());
//!     match passwords.verify(password, stored).await? {
//!         Verdict::Wrong => Ok(false),
//!         Verdict::Right => Ok(true),
//!         Verdict::RightRehashed(new) => {
//!             let sql = "UPDATE users SET password_hash = $2 WHERE id = $1 AND password_hash = $3";
//!             tenant.execute(sql, &[&user, &new.as_str(), &stored]).await?;
//!             Ok(true)
//!         }
//!     }
//! }
//!
//! # freehold_tenancy_ground::with_vault(|tenant, _, _| async move {
//! let passwords = Passwords::new()?; // once, when the program starts
//! # // Made by another program, of "correctbatteryhorsestapler".
//! # let older = "$2b$04$EGdrhbKUv8Oc9vGiXX0HQOxSg445d458Muh7DAHskb6QbtCvdxcie";
//! # tenant.execute("UPDATE users SET password_hash = $1 WHERE id = 1", &[&older]).await?;
//! assert!(is_right(&passwords, &tenant, 1, "correctbatteryhorsestapler").await?);
//! assert!(!is_right(&passwords, &tenant, 1, "correct horse").await?);
//! assert!(!is_right(&passwords, &tenant, 99, "correct horse").await?, "there is no such user");
//! # let stored: String = tenant.query_value("SELECT password_hash FROM users WHERE id = 1", &[]).await?;
//! # assert!(stored.starts_with("$argon2id$"));
//! # Ok(())
//! # });
//! ```

mod error;
mod hash;
mod settings;

use std::{fmt, sync::Arc};

use tokio::sync::Semaphore;
use zeroize::Zeroizing;

pub use error::PasswordError;
pub use hash::PasswordHash;
pub use settings::PasswordSettings;

use hash::Stored;

/// Whether a password was right.
///
/// ```
/// use freehold_tenancy::passwords::{Passwords, Verdict};
///
/// # freehold_tenancy_ground::alone(async {
/// let passwords = Passwords::new()?;
/// // Made by bcrypt, years ago.
/// let stored = "$2b$04$EGdrhbKUv8Oc9vGiXX0HQOxSg445d458Muh7DAHskb6QbtCvdxcie";
/// let verdict = passwords.verify("correctbatteryhorsestapler", Some(stored)).await?;
/// let Verdict::RightRehashed(new) = verdict else { panic!("{verdict:?}") };
/// assert!(new.as_str().starts_with("$argon2id$"));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It was not, or there is no such user.
    Wrong,
    /// It was.
    Right,
    /// It was, and its hash is of an older kind than the settings ask for: store this one instead.
    RightRehashed(PasswordHash),
}

impl Verdict {
    /// Whether the password was right.
    ///
    /// ```
    /// use freehold_tenancy::passwords::Verdict;
    ///
    /// assert!(Verdict::Right.is_right());
    /// assert!(!Verdict::Wrong.is_right());
    /// ```
    pub fn is_right(&self) -> bool {
        !matches!(self, Self::Wrong)
    }
}

/// Hashes and verifies passwords. One for a program; cheap to clone.
///
/// See the [module](self) for an example.
///
/// ```
/// use freehold_tenancy::passwords::{Passwords, Verdict};
///
/// # freehold_tenancy_ground::alone(async {
/// let passwords = Passwords::new()?;
/// let stored = passwords.hash("correct horse").await?;
/// assert_eq!(passwords.verify("correct horse", Some(stored.as_str())).await?, Verdict::Right);
/// assert_eq!(passwords.verify("battery staple", Some(stored.as_str())).await?, Verdict::Wrong);
/// # Ok(())
/// # });
/// ```
#[derive(Clone)]
pub struct Passwords(Arc<Inner>);

struct Inner {
    settings: PasswordSettings,
    /// Those who hash, and those who wait for it.
    admitted: Arc<Semaphore>,
    /// Those who hash.
    hashing: Arc<Semaphore>,
    /// The hash of a password that nobody knows: what unknown users are verified against.
    nobody: PasswordHash,
}

impl Passwords {
    /// With the usual settings.
    ///
    /// ```
    /// use freehold_tenancy::passwords::Passwords;
    ///
    /// let passwords = Passwords::new()?;
    /// assert_eq!((passwords.settings().memory_kib, passwords.settings().passes), (19_456, 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PasswordError::Random`] when the operating system gives no random bytes.
    pub fn new() -> Result<Self, PasswordError> {
        Self::with(PasswordSettings::default())
    }

    /// With settings of one's own. It hashes once, so it takes as long as a login.
    ///
    /// ```
    /// use freehold_tenancy::passwords::{PasswordError, PasswordSettings, Passwords};
    ///
    /// let lanes = PasswordSettings { lanes: 2, ..PasswordSettings::default() };
    /// assert_eq!(Passwords::with(lanes)?.settings().lanes, 2);
    /// let weak = PasswordSettings { memory_kib: 1_024, ..PasswordSettings::default() };
    /// assert!(matches!(Passwords::with(weak), Err(PasswordError::Settings(_))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PasswordError::Settings`] for parameters that argon2 refuses or that are too weak, and as [`Passwords::new`].
    pub fn with(settings: PasswordSettings) -> Result<Self, PasswordError> {
        settings.check()?;
        let unknown = crate::secrets::random::<32>().map_err(|_| PasswordError::Random)?;
        let nobody = hash::hash(&settings, &unknown)?;
        let waiting = settings.at_once.saturating_add(settings.waiting);
        Ok(Self(Arc::new(Inner {
            admitted: Arc::new(Semaphore::new(waiting.min(Semaphore::MAX_PERMITS))),
            hashing: Arc::new(Semaphore::new(settings.at_once)),
            nobody,
            settings,
        })))
    }

    /// The settings.
    ///
    /// ```
    /// use freehold_tenancy::passwords::Passwords;
    ///
    /// assert_eq!(Passwords::new()?.settings().shortest, 8);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn settings(&self) -> &PasswordSettings {
        &self.0.settings
    }

    /// Hashes a password that is to be stored.
    ///
    /// ```
    /// use freehold_tenancy::passwords::{PasswordError, Passwords};
    ///
    /// # freehold_tenancy_ground::alone(async {
    /// let passwords = Passwords::new()?;
    /// // Salts differ, so equal passwords have different hashes.
    /// assert_ne!(passwords.hash("correct horse").await?, passwords.hash("correct horse").await?);
    /// assert_eq!(passwords.hash("horse").await, Err(PasswordError::TooShort { least: 8 }));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`PasswordError::TooShort`], [`PasswordError::TooLong`], [`PasswordError::Busy`], [`PasswordError::Random`].
    pub async fn hash(&self, password: &str) -> Result<PasswordHash, PasswordError> {
        let least = self.0.settings.shortest;
        if password.chars().count() < least {
            return Err(PasswordError::TooShort { least });
        }
        self.on_a_thread(password, hash::hash).await
    }

    /// Verifies a password against the stored hash, or against nobody's when there is no such user, which takes as long.
    ///
    /// ```
    /// use freehold_tenancy::passwords::{PasswordError, Passwords, Verdict};
    ///
    /// # freehold_tenancy_ground::alone(async {
    /// let passwords = Passwords::new()?;
    /// // There is no such user: it takes as long, and is wrong.
    /// assert_eq!(passwords.verify("correct horse", None).await?, Verdict::Wrong);
    /// // A column that holds something else is no wrong password, but an error.
    /// assert_eq!(passwords.verify("correct horse", Some("5f4dcc3b")).await, Err(PasswordError::Algorithm));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`PasswordError::TooLong`], [`PasswordError::Busy`]; for a stored text that is no hash
    /// [`PasswordError::Malformed`], [`PasswordError::Algorithm`] or [`PasswordError::TooCostly`].
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<Verdict, PasswordError> {
        let known = stored.is_some();
        let stored = Stored::read(stored.unwrap_or_else(|| self.0.nobody.as_str()))?;
        let verdict = self
            .on_a_thread(password, move |settings, password| {
                if !stored.matches(password)? {
                    return Ok(Verdict::Wrong);
                }
                if known && stored.is_outdated(settings) {
                    return hash::hash(settings, password).map(Verdict::RightRehashed);
                }
                Ok(Verdict::Right)
            })
            .await?;
        // Nobody's password was drawn at random and is not kept, so nobody can have given it.
        Ok(if known { verdict } else { Verdict::Wrong })
    }

    /// Whether a stored hash is of another kind than the settings ask for: bcrypt, or argon2 with other parameters.
    ///
    /// ```
    /// use freehold_tenancy::passwords::Passwords;
    ///
    /// let passwords = Passwords::new()?;
    /// let bcrypt = "$2b$04$EGdrhbKUv8Oc9vGiXX0HQOxSg445d458Muh7DAHskb6QbtCvdxcie";
    /// let older = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    /// assert!(passwords.needs_rehash(bcrypt)? && passwords.needs_rehash(older)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// For a stored text that is no hash, as [`Passwords::verify`].
    pub fn needs_rehash(&self, stored: &str) -> Result<bool, PasswordError> {
        Ok(Stored::read(stored)?.is_outdated(&self.0.settings))
    }

    /// Runs `work` on a thread where it may take its time.
    async fn on_a_thread<T: Send + 'static>(
        &self,
        password: &str,
        work: impl FnOnce(&PasswordSettings, &[u8]) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let most = self.0.settings.longest;
        if password.len() > most {
            return Err(PasswordError::TooLong { bytes: password.len(), most });
        }
        let admitted = self.0.admitted.clone().try_acquire_owned().map_err(|_| PasswordError::Busy)?;
        let hashing = self.0.hashing.clone().acquire_owned().await.map_err(|_| PasswordError::Busy)?;
        let inner = self.0.clone();
        let password = Zeroizing::new(password.as_bytes().to_vec());
        let task = tokio::task::spawn_blocking(move || {
            // The work can't be stopped, so it keeps its place even when nobody waits for it any more.
            let _places = (admitted, hashing);
            work(&inner.settings, &password)
        });
        task.await.map_err(|_| PasswordError::Stopped)?
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
