//! Who acts: what a transaction tells the trail about the person behind it.

use std::net::IpAddr;

use crate::Error;

/// The setting that holds the user.
///
/// ```
/// # use freehold_tenancy::Execute;
/// use freehold_tenancy::audit::{Actor, USER};
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// let ada = db.tenant(&tenant).acting_as(&Actor::user("ada@example.org")?);
/// // What triggers of one's own can read as well.
/// let user: String = ada.query_value("SELECT current_setting($1)", &[&USER]).await?;
/// assert_eq!(user, "ada@example.org");
/// # Ok(())
/// # });
/// ```
pub const USER: &str = "app.current_user_id";
/// The setting that holds the request.
///
/// ```
/// # use freehold_tenancy::Execute;
/// use freehold_tenancy::audit::{Actor, REQUEST};
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// let ada = db.tenant(&tenant).acting_as(&Actor::user("ada")?.request("req-7")?);
/// let request: String = ada.query_value("SELECT current_setting($1)", &[&REQUEST]).await?;
/// assert_eq!(request, "req-7");
/// # Ok(())
/// # });
/// ```
pub const REQUEST: &str = "app.request_id";
/// The setting that holds the address.
///
/// ```
/// # use freehold_tenancy::Execute;
/// use freehold_tenancy::audit::{Actor, IP};
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// let ada = db.tenant(&tenant).acting_as(&Actor::user("ada")?.ip("2001:db8::9".parse()?));
/// let ip: String = ada.query_value("SELECT current_setting($1)", &[&IP]).await?;
/// assert_eq!(ip, "2001:db8::9");
/// # Ok(())
/// # });
/// ```
pub const IP: &str = "app.client_ip";

/// The person, key or job behind a change: goes with every statement of a handle
/// ([`Tenant::acting_as`](crate::Tenant::acting_as)), for one transaction each.
///
/// ```
/// use freehold_tenancy::audit::Actor;
///
/// let actor = Actor::user("ada@example.org")?.request("req-7")?.ip("203.0.113.9".parse()?);
/// assert!(Actor::user("a\0b").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    user: String,
    request: Option<String>,
    ip: Option<IpAddr>,
}

impl Actor {
    /// Bytes of the longest user and of the longest request.
    ///
    /// ```
    /// use freehold_tenancy::audit::Actor;
    ///
    /// assert!(Actor::user("u".repeat(Actor::LONGEST)).is_ok());
    /// assert!(Actor::user("u".repeat(Actor::LONGEST + 1)).is_err());
    /// ```
    pub const LONGEST: usize = 200;

    /// By the user's key, an API key's name, or the name of a job.
    ///
    /// ```
    /// use freehold_tenancy::audit::Actor;
    ///
    /// assert!(Actor::user("job: nightly roll-up").is_ok());
    /// let refused = Actor::user("  ").unwrap_err();
    /// assert_eq!(refused.to_string(), "naming the user who acts: it is empty");
    /// ```
    ///
    /// # Errors
    /// [`Error::Input`] when it is empty, longer than [`Actor::LONGEST`] bytes or holds a NUL byte.
    pub fn user(user: impl Into<String>) -> Result<Self, Error> {
        Ok(Self { user: fit("naming the user who acts", user.into())?, request: None, ip: None })
    }

    /// The same, within a request of this name.
    ///
    /// ```
    /// # use freehold_tenancy::Execute;
    /// # use freehold_tenancy::audit::{self, Actor, Page};
    /// # freehold_tenancy_ground::with_trail(|ground, tenant| async move {
    /// let ada = tenant.acting_as(&Actor::user("ada")?.request("req-7")?);
    /// ada.execute("UPDATE notes SET body = 'oat milk' WHERE id = 1", &[]).await?;
    /// let entries = audit::of_actor(&ada, "ada", &Page::first(1)).await?.entries;
    /// assert_eq!(entries[0].request.as_deref(), Some("req-7"));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Actor::user`].
    pub fn request(mut self, request: impl Into<String>) -> Result<Self, Error> {
        self.request = Some(fit("naming the request within which somebody acts", request.into())?);
        Ok(self)
    }

    /// The same, from this address.
    ///
    /// ```
    /// # use freehold_tenancy::Execute;
    /// # use freehold_tenancy::audit::{self, Actor, Page};
    /// # freehold_tenancy_ground::with_trail(|ground, tenant| async move {
    /// let ada = tenant.acting_as(&Actor::user("ada")?.ip("203.0.113.9".parse()?));
    /// ada.execute("DELETE FROM notes WHERE id = 1", &[]).await?;
    /// let entries = audit::of_actor(&ada, "ada", &Page::first(1)).await?.entries;
    /// assert_eq!(entries[0].ip.as_deref(), Some("203.0.113.9"));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn ip(mut self, ip: IpAddr) -> Self {
        self.ip = Some(ip);
        self
    }

    /// Takes the place of whoever acted before.
    pub(crate) fn put_into(&self, settings: &mut Vec<(String, String)>) {
        settings.retain(|(name, _)| ![USER, REQUEST, IP].contains(&name.as_str()));
        settings.push((USER.to_owned(), self.user.clone()));
        settings.extend(self.request.iter().map(|request| (REQUEST.to_owned(), request.clone())));
        settings.extend(self.ip.iter().map(|ip| (IP.to_owned(), ip.to_string())));
    }
}

fn fit(what: &'static str, text: String) -> Result<String, Error> {
    let why = if text.trim().is_empty() {
        "it is empty"
    } else if text.len() > Actor::LONGEST {
        "it is longer than 200 bytes"
    } else if text.contains('\0') {
        "it holds a NUL byte"
    } else {
        return Ok(text);
    };
    Err(Error::Input { what, why: why.to_owned() })
}
