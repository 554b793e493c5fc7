//! Versions of the PostgreSQL server, and which of them are supported.

use std::fmt;

/// The oldest major version that Freehold serves.
pub const OLDEST_MAJOR: u32 = 14;
/// The newest major version that Freehold serves.
pub const NEWEST_MAJOR: u32 = 18;

/// A server's version as `server_version_num` gives it: 150018 is 15.18.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PgVersion(u32);

/// A version that Freehold does not serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "PostgreSQL {found} is not supported; Freehold serves the major versions {OLDEST_MAJOR} to {NEWEST_MAJOR}"
)]
pub struct UnsupportedVersion {
    /// What the server or binary said of itself.
    pub found: String,
}

impl PgVersion {
    /// From `server_version_num`; refuses a major version outside 14 to 18.
    pub fn from_number(number: u32) -> Result<Self, UnsupportedVersion> {
        let version = Self(number);
        if (OLDEST_MAJOR..=NEWEST_MAJOR).contains(&version.major()) {
            Ok(version)
        } else {
            Err(UnsupportedVersion { found: version.to_string() })
        }
    }

    /// From the text that `postgres --version` prints, such as `postgres (PostgreSQL) 15.18 (Debian 15.18-0)`.
    pub fn from_banner(banner: &str) -> Result<Self, UnsupportedVersion> {
        let unsupported = || UnsupportedVersion { found: banner.trim().to_owned() };
        let text = banner.split("(PostgreSQL)").nth(1).unwrap_or(banner).trim_start();
        let digits: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let mut parts = digits.split('.').map(str::parse::<u32>);
        let major = parts.next().and_then(Result::ok).ok_or_else(unsupported)?;
        let minor = parts.next().and_then(Result::ok).unwrap_or(0);
        if major > 1000 || minor > 9999 {
            return Err(unsupported());
        }
        Self::from_number(major * 10_000 + minor)
    }

    /// The major version: 15 of 15.18.
    pub fn major(self) -> u32 {
        self.0 / 10_000
    }

    /// The minor version: 18 of 15.18.
    pub fn minor(self) -> u32 {
        self.0 % 10_000
    }
}

impl fmt::Display for PgVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major(), self.minor())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_numbers_and_banners() {
        let version =
            PgVersion::from_banner("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n").unwrap();
        assert_eq!((version.major(), version.minor()), (15, 18));
        assert_eq!(PgVersion::from_number(180_000).unwrap().to_string(), "18.0");
        assert_eq!(PgVersion::from_banner("postgres (PostgreSQL) 18beta1").unwrap().major(), 18);
    }

    #[test]
    fn versions_outside_the_supported_range_are_refused_by_name() {
        let error = PgVersion::from_number(130_011).unwrap_err();
        assert!(error.to_string().contains("13.11"), "{error}");
        assert!(PgVersion::from_number(190_000).is_err());
        assert!(PgVersion::from_banner("nonsense").is_err());
    }
}
