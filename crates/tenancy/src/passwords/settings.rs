//! How passwords are hashed.

use std::thread;

use argon2::{Algorithm, Argon2, Params, Version};

use super::error::PasswordError;

/// How passwords are hashed, and how many at once.
///
/// The usual parameters are those that OWASP recommends for argon2id: 19 MiB of memory, 2 passes, 1 lane.
///
/// ```
/// use freehold_tenancy::passwords::PasswordSettings;
///
/// let stronger = PasswordSettings { memory_kib: 46 * 1_024, passes: 1, ..PasswordSettings::default() };
/// assert_eq!(stronger.longest, 1_024);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordSettings {
    /// Memory of one hash, in KiB. Usually 19,456.
    pub memory_kib: u32,
    /// Passes over the memory. Usually 2.
    pub passes: u32,
    /// Lanes. Usually 1; more only if the hash is to be reckoned by several threads elsewhere.
    pub lanes: u32,
    /// Characters that a new password has at least. Usually 8.
    pub shortest: usize,
    /// Bytes of the longest password that is taken. Usually 1,024.
    pub longest: usize,
    /// How many are hashed at once; each takes a core and the memory. Usually half of the cores.
    pub at_once: usize,
    /// How many may wait for their turn; more are turned away. Usually 256.
    pub waiting: usize,
}

impl Default for PasswordSettings {
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            memory_kib: 19 * 1_024,
            passes: 2,
            lanes: 1,
            shortest: 8,
            longest: 1_024,
            at_once: (cores / 2).max(1),
            waiting: 256,
        }
    }
}

impl PasswordSettings {
    pub(super) fn check(&self) -> Result<(), PasswordError> {
        // The weakest of the choices that OWASP calls equally strong: 7 MiB and 5 passes.
        if self.memory_kib < 7 * 1_024 || u64::from(self.memory_kib) * u64::from(self.passes) < 35 * 1_024 {
            return Err(PasswordError::Settings("argon2id takes at least 7 MiB, and 35 MiB over all passes"));
        }
        if self.memory_kib > MOST_MEMORY_KIB || self.passes > MOST_PASSES || self.lanes > MOST_LANES {
            return Err(PasswordError::Settings("1 GiB, 64 passes and 64 lanes are the most"));
        }
        if self.at_once == 0 || self.longest < 64 {
            return Err(PasswordError::Settings("at least one is hashed at once, and 64 bytes are taken"));
        }
        self.argon2().map(drop)
    }

    pub(super) fn argon2(&self) -> Result<Argon2<'static>, PasswordError> {
        let refused = |_| PasswordError::Settings("argon2 refuses these parameters");
        let params = Params::new(self.memory_kib, self.passes, self.lanes, None).map_err(refused)?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }
}

/// What a stored hash may ask for at most: whoever can write one must not be able to stop the service with it.
pub(super) const MOST_MEMORY_KIB: u32 = 1 << 20;
pub(super) const MOST_PASSES: u32 = 64;
pub(super) const MOST_LANES: u32 = 64;
/// 2^16 rounds of bcrypt are some four seconds.
pub(super) const MOST_BCRYPT_COST: u32 = 16;
