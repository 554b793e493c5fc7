//! What a service is told when it is started: where to listen, and which servers to use.

use std::net::SocketAddr;

/// Where to listen, and which servers to use.
#[derive(Clone, Default)]
pub struct Settings {
    /// Where to listen; a free port of this machine when `None`.
    pub listen: Option<SocketAddr>,
    /// The database as the role of the application; own servers are started when it is missing.
    pub database_url: Option<String>,
    /// The database as the role for work across tenants.
    pub admin_database_url: Option<String>,
    /// The database as the owner of its tables, for migrations and partitions.
    pub owner_database_url: Option<String>,
    /// Redis.
    pub redis_url: Option<String>,
    /// The master keys of encrypted columns, as [`MasterKeys::from_text`](freehold_tenancy::secrets::MasterKeys::from_text)
    /// reads them. Made for this run when they are missing, which only own servers are right for.
    pub master_key: Option<String>,
    /// What opens the door to administration: making tenants. Made at random, and told, when it is missing.
    pub admin_token: Option<String>,
}

/// Why the settings can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// No address.
    #[error("LISTEN is no address such as 127.0.0.1:8080")]
    Listen(#[source] std::net::AddrParseError),
    /// Some of the URLs, not all.
    #[error("DATABASE_URL, ADMIN_DATABASE_URL and OWNER_DATABASE_URL are given together, or none of them")]
    Partly,
}

/// Without the URLs and keys.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("listen", &self.listen).finish_non_exhaustive()
    }
}

impl Settings {
    /// From variables, by their names: `LISTEN`, `DATABASE_URL`, `ADMIN_DATABASE_URL`, `OWNER_DATABASE_URL`,
    /// `REDIS_URL`, `MASTER_KEY`, `ADMIN_TOKEN`.
    ///
    /// # Errors
    /// When an address can't be read, or only some of the databases are given.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let listen = given("LISTEN").map(|text| text.parse()).transpose().map_err(SettingsError::Listen)?;
        let settings = Self {
            listen,
            database_url: given("DATABASE_URL"),
            admin_database_url: given("ADMIN_DATABASE_URL"),
            owner_database_url: given("OWNER_DATABASE_URL"),
            redis_url: given("REDIS_URL"),
            master_key: given("MASTER_KEY"),
            admin_token: given("ADMIN_TOKEN"),
        };
        let databases = [&settings.database_url, &settings.admin_database_url, &settings.owner_database_url];
        match databases.iter().filter(|url| url.is_some()).count() {
            0 | 3 => Ok(settings),
            _ => Err(SettingsError::Partly),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_are_given_together() {
        let read = |given: &[&str]| {
            Settings::from_variables(|name| given.contains(&name).then(|| "postgres://a/b".to_owned()))
        };
        assert!(read(&[]).is_ok());
        assert!(read(&["DATABASE_URL", "ADMIN_DATABASE_URL", "OWNER_DATABASE_URL"]).is_ok());
        assert!(matches!(read(&["DATABASE_URL"]), Err(SettingsError::Partly)));
    }

    #[test]
    fn an_address_is_read_or_refused() {
        let listen = |text: &str| {
            let text = text.to_owned();
            Settings::from_variables(move |name| (name == "LISTEN").then(|| text.clone()))
        };
        assert_eq!(listen("127.0.0.1:80").unwrap().listen, Some("127.0.0.1:80".parse().unwrap()));
        assert!(matches!(listen("localhost"), Err(SettingsError::Listen(_))));
    }
}
