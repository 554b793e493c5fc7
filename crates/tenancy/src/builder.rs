//! How a [`Db`](crate::Db) is set up.

pub(crate) mod checks;
mod limits;
mod open;

use std::{sync::Arc, time::Duration};

use crate::{Db, Error, StatusCheck, SystemWork, Tenancy, signed::SigningKey};

/// What is called for each piece of work across tenants.
pub(crate) type OnSystemWork = Arc<dyn Fn(&SystemWork) + Send + Sync>;

/// Sets up a [`Db`]. What is not said has a value that suits most services.
///
/// ```
/// use std::time::Duration;
/// use freehold_tenancy::{Db, Execute, StatusCheck, Tenancy};
///
/// # use freehold_tenancy_ground::{tenant, with_ground};
/// # with_ground(|ground| async move {
/// # let (url, system_url) = (ground.url("app_writer"), ground.url("app_system"));
/// # let (settings, tenant) = ("[tenancy]\nsystem_role = 'app_system'", tenant(1));
/// let db = Db::builder(&url)
///     .tenancy(Tenancy::from_toml(settings)?)
///     .system_url(system_url)
///     .application_name("meetings")
///     .statement_timeout(Duration::from_secs(10))
///     .status(StatusCheck::query("SELECT status = 'active' FROM tenants WHERE id = $1"))
///     .open()
///     .await?;
/// let notes: i64 = db.tenant(&tenant).query_value("SELECT count(*) FROM notes", &[]).await?;
/// assert_eq!(notes, 3);
/// # Ok(())
/// # });
/// ```
#[derive(Clone)]
#[must_use = "nothing is opened before open()"]
pub struct DbBuilder {
    pub(crate) url: String,
    pub(crate) system_url: Option<String>,
    pub(crate) copy_url: Option<String>,
    pub(crate) replica_url: Option<String>,
    pub(crate) replica_lag: Duration,
    pub(crate) tenancy: Tenancy,
    pub(crate) max_connections: Option<usize>,
    pub(crate) size: Option<(usize, usize)>,
    pub(crate) shared_connections: usize,
    pub(crate) checkout_timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) lifetime: Duration,
    pub(crate) statement_timeout: Option<Duration>,
    pub(crate) attempts: usize,
    pub(crate) application_name: Option<String>,
    pub(crate) accepted: Vec<String>,
    pub(crate) signer: Option<Arc<SigningKey>>,
    pub(crate) status: Option<StatusCheck>,
    pub(crate) on_system_work: Option<OnSystemWork>,
}

impl DbBuilder {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            system_url: None,
            copy_url: None,
            replica_url: None,
            replica_lag: Duration::from_secs(1),
            tenancy: Tenancy::default(),
            max_connections: None,
            size: None,
            shared_connections: 4,
            checkout_timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(60),
            lifetime: Duration::from_secs(30 * 60),
            statement_timeout: None,
            attempts: 5,
            application_name: None,
            accepted: Vec::new(),
            signer: None,
            status: None,
            on_system_work: None,
        }
    }

    /// How tables tell tenants apart; [`Tenancy::default`] unless said.
    ///
    /// ```
    /// use freehold_tenancy::{Db, Error, Tenancy};
    ///
    /// # freehold_tenancy_ground::alone(async {
    /// let tenancy = Tenancy { setting: "tenant".to_owned(), ..Tenancy::default() };
    /// let opened = Db::builder("postgres://app_writer@db.internal/app").tenancy(tenancy).open().await;
    /// // Refused before anybody is asked: a setting of one's own has a dot in its name.
    /// assert!(matches!(opened, Err(Error::Setup(why)) if why.contains("prefix.name")));
    /// # Ok(())
    /// # });
    /// ```
    pub fn tenancy(mut self, tenancy: Tenancy) -> Self {
        self.tenancy = tenancy;
        self
    }

    /// As whom work across tenants logs in. Without it, [`Tenancy::system_role`] is taken on by the tenants' own login,
    /// which must be a member of it: then a statement of a tenant's could take it on as well, so that a login of its own
    /// is safer.
    ///
    /// ```
    /// use freehold_tenancy::{Db, Execute};
    ///
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let (url, system_url) = (ground.url("app_writer"), ground.url("app_system"));
    /// let db = Db::builder(&url).system_url(system_url).open().await?;
    /// let role: String = db.system("showing who asks")?.query_value("SELECT current_user::text", &[]).await?;
    /// assert_eq!(role, "app_system");
    /// # Ok(())
    /// # });
    /// ```
    pub fn system_url(mut self, url: impl Into<String>) -> Self {
        self.system_url = Some(url.into());
        self
    }

    /// As whom [`ingest`](crate::ingest) copies many rows straight into tables that
    /// [`copy_role_sql`](crate::ingest::copy_role_sql) has set up: a role that may insert and nothing else.
    ///
    /// ```
    /// use freehold_tenancy::Db;
    ///
    /// let builder = Db::builder("postgres://app_writer@db.internal/app")
    ///     .copy_url("postgres://app_copy:secret@db.internal/app");
    /// assert!(!format!("{builder:?}").contains("secret"));
    /// ```
    pub fn copy_url(mut self, url: impl Into<String>) -> Self {
        self.copy_url = Some(url.into());
        self
    }

    /// A streaming replica, which answers read-only handles as long as it lags no more than
    /// [`DbBuilder::replica_lag`] behind.
    ///
    /// ```
    /// use freehold_tenancy::Error;
    ///
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let (builder, other_role) = (ground.builder(), ground.url("app_system"));
    /// // It has to be the same role: what was found out about one says nothing of another.
    /// let opened = builder.replica(other_role).open().await;
    /// assert!(matches!(opened, Err(Error::Setup(why)) if why.contains("replica")));
    /// # Ok(())
    /// # });
    /// ```
    pub fn replica(mut self, url: impl Into<String>) -> Self {
        self.replica_url = Some(url.into());
        self
    }

    /// How far the replica may lag behind (1 s unless said): a read-only handle sees at least what was committed so long
    /// ago. Beyond that the primary answers.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::Db;
    ///
    /// let builder = Db::builder("postgres://app_writer@primary.internal/app")
    ///     .replica("postgres://app_writer@replica.internal/app")
    ///     .replica_lag(Duration::from_millis(200));
    /// # drop(builder);
    /// ```
    pub fn replica_lag(mut self, lag: Duration) -> Self {
        self.replica_lag = lag;
        self
    }

    /// Who is shown in `pg_stat_activity`.
    ///
    /// ```
    /// use freehold_tenancy::Execute;
    ///
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let (builder, tenant) = (ground.builder(), freehold_tenancy_ground::tenant(1));
    /// let db = builder.application_name("meetings").open().await?;
    /// let name: String = db.tenant(&tenant).query_value("SELECT current_setting('application_name')", &[]).await?;
    /// assert_eq!(name, "meetings");
    /// # Ok(())
    /// # });
    /// ```
    pub fn application_name(mut self, name: impl Into<String>) -> Self {
        self.application_name = Some(name.into());
        self
    }

    /// Tables (`name` or `schema.name`) that have the tenant column, may be reached by tenants, and are meant to be
    /// without row level security. Every other such table keeps the database from being opened.
    ///
    /// ```
    /// use freehold_tenancy::Error;
    ///
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// ground.admin("CREATE TABLE plans (tenant_id uuid, name text); GRANT SELECT ON plans TO app_writer").await;
    /// assert!(matches!(ground.builder().open().await, Err(Error::Setup(why)) if why.contains("public.plans")));
    /// ground.builder().accept_unprotected(["plans"]).open().await?;
    /// # Ok(())
    /// # });
    /// ```
    pub fn accept_unprotected<T: Into<String>>(mut self, tables: impl IntoIterator<Item = T>) -> Self {
        self.accepted.extend(tables.into_iter().map(Into::into));
        self
    }

    /// Signs tenants with this key, for a database that takes signed ones alone: see [`signed`](crate::signed).
    ///
    /// ```
    /// use freehold_tenancy::{Db, signed::SigningKey};
    ///
    /// let key = SigningKey::from_hex(1, &"5c".repeat(32))?;
    /// let builder = Db::builder("postgres://app_writer@db.internal/app").signed(key);
    /// # drop(builder);
    /// # Ok::<(), freehold_tenancy::signed::SigningKeyError>(())
    /// ```
    pub fn signed(mut self, key: SigningKey) -> Self {
        self.signer = Some(Arc::new(key));
        self
    }

    /// Looks up whether a tenant is served before its first statement, and remembers it for a while.
    ///
    /// ```
    /// use freehold_tenancy::{Error, Execute, StatusCheck};
    ///
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let (builder, tenant) = (ground.builder(), freehold_tenancy_ground::tenant(1));
    /// # ground.admin("UPDATE tenants SET status = 'suspended'").await;
    /// let check = StatusCheck::query("SELECT status = 'active' FROM tenants WHERE id = $1");
    /// let db = builder.status(check).open().await?;
    /// let asked = db.tenant(&tenant).execute("SELECT 1", &[]).await;
    /// assert!(matches!(asked, Err(Error::NotServed { why: "suspended", .. })));
    /// # Ok(())
    /// # });
    /// ```
    pub fn status(mut self, check: StatusCheck) -> Self {
        self.status = Some(check);
        self
    }

    /// Is called with each piece of work across tenants before it begins, besides the log. It must not block.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    ///
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let builder = ground.builder();
    /// let reasons = Arc::new(Mutex::new(Vec::new()));
    /// let seen = reasons.clone();
    /// let db = builder.on_system_work(move |work| seen.lock().unwrap().push(work.reason)).open().await?;
    /// db.system("nightly roll-up")?;
    /// assert_eq!(*reasons.lock().unwrap(), ["nightly roll-up"]);
    /// # Ok(())
    /// # });
    /// ```
    pub fn on_system_work(mut self, call: impl Fn(&SystemWork) + Send + Sync + 'static) -> Self {
        self.on_system_work = Some(Arc::new(call));
        self
    }

    /// Connects, and makes sure that row level security will hold.
    ///
    /// ```
    /// use freehold_tenancy::{Db, Error};
    ///
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let (url, url_that_bypasses) = (ground.url("app_writer"), ground.url("app_system"));
    /// let db = Db::builder(&url).open().await?;
    /// // A role for which row level security does not hold is no role for tenants.
    /// let opened = Db::builder(&url_that_bypasses).open().await;
    /// assert!(matches!(opened, Err(Error::Setup(why)) if why.contains("BYPASSRLS")));
    /// # drop(db);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Setup`] when settings, roles or tables would let one tenant see another's rows, with what to do;
    /// [`Error::Connect`] and [`Error::Tls`] when nobody answers, or the wrong server does.
    pub async fn open(self) -> Result<Db, Error> {
        open::open(self).await
    }
}

/// Shows neither URLs, which hold passwords, nor calls.
impl std::fmt::Debug for DbBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DbBuilder")
            .field("tenancy", &self.tenancy)
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}
