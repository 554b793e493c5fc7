//! Hashes of passwords, ours and older ones.

use std::fmt;

use argon2::{Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash};
use bcrypt::HashParts;

use super::{
    error::PasswordError,
    settings::{MOST_BCRYPT_COST, MOST_LANES, MOST_MEMORY_KIB, MOST_PASSES, PasswordSettings},
};

/// The hash of a password, as it is stored: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`.
///
/// ```
/// use freehold_tenancy::passwords::Passwords;
///
/// # freehold_tenancy_ground::alone(async {
/// let hash = Passwords::new()?.hash("correct horse").await?;
/// assert_eq!(format!("{hash:?}"), "PasswordHash(..)");
/// # Ok(())
/// # });
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// The text. To be stored, and shown to nobody.
    ///
    /// ```
    /// use freehold_tenancy::passwords::Passwords;
    ///
    /// # freehold_tenancy_ground::alone(async {
    /// let hash = Passwords::new()?.hash("correct horse").await?;
    /// assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    /// # Ok(())
    /// # });
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

pub(super) fn hash(settings: &PasswordSettings, password: &[u8]) -> Result<PasswordHash, PasswordError> {
    let hash = settings.argon2()?.hash_password(password).map_err(|_| PasswordError::Random)?;
    Ok(PasswordHash(hash.to_string()))
}

/// A hash that was stored, taken apart.
pub(super) enum Stored {
    Argon2 { hash: Box<argon2::PasswordHash>, params: Box<Params>, current: bool },
    Bcrypt { hash: String },
}

impl Stored {
    pub(super) fn read(stored: &str) -> Result<Self, PasswordError> {
        if ["$2a$", "$2b$", "$2y$"].iter().any(|version| stored.starts_with(version)) {
            return Self::read_bcrypt(stored);
        }
        if stored.starts_with("$argon2") {
            return Self::read_argon2(stored);
        }
        if stored.is_empty() {
            return Err(PasswordError::Malformed("it is empty"));
        }
        Err(PasswordError::Algorithm)
    }

    fn read_bcrypt(stored: &str) -> Result<Self, PasswordError> {
        let parts: HashParts = stored.parse().map_err(|_| {
            PasswordError::Malformed("it begins as bcrypt's do, and is none of 60 characters")
        })?;
        match parts.get_cost() {
            ..4 => Err(PasswordError::Malformed("bcrypt's cost is at least 4")),
            4..=MOST_BCRYPT_COST => Ok(Self::Bcrypt { hash: stored.to_owned() }),
            _ => Err(PasswordError::TooCostly("rounds of bcrypt")),
        }
    }

    fn read_argon2(stored: &str) -> Result<Self, PasswordError> {
        let malformed = |_| PasswordError::Malformed("it begins as argon2's do, and a part of it is wrong");
        let hash = argon2::PasswordHash::new(stored).map_err(malformed)?;
        if hash.algorithm.as_str() != "argon2id" {
            // argon2i and argon2d are the weaker siblings; nothing here ever stored them.
            return Err(PasswordError::Algorithm);
        }
        if hash.salt.is_none() || hash.hash.is_none() {
            return Err(PasswordError::Malformed("the salt or the hash is missing"));
        }
        let params =
            Params::try_from(&hash).map_err(|_| PasswordError::Malformed("argon2 refuses its parameters"))?;
        if params.m_cost() > MOST_MEMORY_KIB {
            return Err(PasswordError::TooCostly("memory"));
        }
        if params.t_cost() > MOST_PASSES || params.p_cost() > MOST_LANES {
            return Err(PasswordError::TooCostly("passes or lanes"));
        }
        let current = hash.version == Some(Version::V0x13.into());
        Ok(Self::Argon2 { hash: Box::new(hash), params: Box::new(params), current })
    }

    /// Whether this is the password. Compares in constant time.
    pub(super) fn matches(&self, password: &[u8]) -> Result<bool, PasswordError> {
        match self {
            Self::Argon2 { hash, .. } => match Argon2::default().verify_password(password, &**hash) {
                Ok(()) => Ok(true),
                Err(password_hash::Error::PasswordInvalid) => Ok(false),
                Err(_) => Err(PasswordError::Malformed("argon2 refuses it")),
            },
            // Those who made these hashes cut passwords off at 72 bytes, so that has to be done here too.
            Self::Bcrypt { hash } => {
                bcrypt::verify(password, hash).map_err(|_| PasswordError::Malformed("bcrypt refuses it"))
            }
        }
    }

    /// Whether it was made in another way than the settings ask for.
    pub(super) fn is_outdated(&self, settings: &PasswordSettings) -> bool {
        match self {
            Self::Bcrypt { .. } => true,
            Self::Argon2 { params, current, .. } => {
                let of = (params.m_cost(), params.t_cost(), params.p_cost());
                !current || of != (settings.memory_kib, settings.passes, settings.lanes)
            }
        }
    }
}
