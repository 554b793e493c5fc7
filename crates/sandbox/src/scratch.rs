//! A throw-away database, gone with its value.

use std::fmt;
use std::sync::Arc;

use freehold_db::ConnectTo;

use crate::admin::Admin;
use crate::error::SandboxError;

/// What every scratch database's name begins with.
const PREFIX: &str = "freehold_scratch_";

/// `freehold_scratch_` and sixteen hexadecimal digits, which are also the key of the lock that its owner holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScratchName(String);

impl ScratchName {
    /// A name that nobody else has.
    pub(crate) fn new() -> Self {
        let digits: String = uuid::Uuid::new_v4().simple().to_string().chars().take(16).collect();
        Self(format!("{PREFIX}{digits}"))
    }

    /// `None` for a name that was not made by [`ScratchName::new`].
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let digits = name.strip_prefix(PREFIX)?;
        let ours =
            digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        ours.then(|| Self(name.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The key of the advisory lock.
    pub(crate) fn lock_key(&self) -> i64 {
        let digits = self.0.strip_prefix(PREFIX).unwrap_or_default();
        u64::from_str_radix(digits, 16).unwrap_or_default().cast_signed()
    }
}

impl fmt::Display for ScratchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A scratch database. Dropping the value drops the database, and ends the sessions on it.
#[derive(Debug)]
pub struct Scratch {
    name: ScratchName,
    oid: u32,
    to: ConnectTo,
    admin: Arc<Admin>,
    removed: bool,
}

impl Scratch {
    /// Makes one; a clone of `from` when given.
    pub(crate) async fn create(
        admin: &Arc<Admin>,
        server: &ConnectTo,
        from: Option<&Self>,
    ) -> Result<Self, SandboxError> {
        let name = ScratchName::new();
        let oid = admin.create(&name, from.map(|from| from.name.as_str())).await?;
        let to = server.with_database(name.as_str());
        Ok(Self { name, oid, to, admin: admin.clone(), removed: false })
    }

    /// How to connect to it, as the role that owns it.
    pub fn connect_to(&self) -> ConnectTo {
        self.to.clone()
    }

    /// Its name, such as `freehold_scratch_0123456789abcdef`.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Drops the database and reports a failure, which dropping the value cannot.
    pub async fn remove(mut self) -> Result<(), SandboxError> {
        self.removed = true;
        self.admin.remove(&self.name, self.oid).await
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.removed {
            self.admin.remove_in_drop(&self.name, self.oid);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_we_make_are_taken_for_scratch_databases() {
        let name = ScratchName::new();
        assert_eq!(ScratchName::parse(name.as_str()), Some(name));
        assert_eq!(ScratchName::parse("freehold_scratch_ffffffffffffffff").unwrap().lock_key(), -1);
        for other in
            ["freehold_scratch_mine", "freehold_scratch_FFFFFFFFFFFFFFFF", "app", "freehold_scratch_"]
        {
            assert_eq!(ScratchName::parse(other), None, "{other}");
        }
    }
}
