//! How a [`Db`](crate::Db) is set up.

pub(crate) mod checks;
mod open;

use std::{sync::Arc, time::Duration};

use crate::{Db, Error, StatusCheck, SystemWork, Tenancy, signed::SigningKey};

/// What is called for each piece of work across tenants.
pub(crate) type OnSystemWork = Arc<dyn Fn(&SystemWork) + Send + Sync>;

/// Sets up a [`Db`]. What is not said has a value that suits most services.
///
/// ```no_run
/// use std::time::Duration;
/// use freehold_tenancy::{Db, StatusCheck, Tenancy};
///
/// # async fn open(url: &str, system_url: &str, settings: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let db = Db::builder(url)
///     .tenancy(Tenancy::from_toml(settings)?)
///     .system_url(system_url)
///     .application_name("meetings")
///     .statement_timeout(Duration::from_secs(10))
///     .status(StatusCheck::query("SELECT status = 'active' FROM tenants WHERE id = $1"))
///     .open()
///     .await?;
/// # Ok(())
/// # }
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
    pub fn tenancy(mut self, tenancy: Tenancy) -> Self {
        self.tenancy = tenancy;
        self
    }

    /// As whom work across tenants logs in. Without it, [`Tenancy::system_role`] is taken on by the tenants' own login,
    /// which must be a member of it: then a statement of a tenant's could take it on as well, so that a login of its own
    /// is safer.
    pub fn system_url(mut self, url: impl Into<String>) -> Self {
        self.system_url = Some(url.into());
        self
    }

    /// As whom [`ingest`](crate::ingest) copies many rows straight into tables that
    /// [`copy_role_sql`](crate::ingest::copy_role_sql) has set up: a role that may insert and nothing else.
    pub fn copy_url(mut self, url: impl Into<String>) -> Self {
        self.copy_url = Some(url.into());
        self
    }

    /// A streaming replica, which answers read-only handles as long as it lags no more than
    /// [`DbBuilder::replica_lag`] behind.
    pub fn replica(mut self, url: impl Into<String>) -> Self {
        self.replica_url = Some(url.into());
        self
    }

    /// How far the replica may lag behind (1 s unless said): a read-only handle sees at least what was committed so long
    /// ago. Beyond that the primary answers.
    pub fn replica_lag(mut self, lag: Duration) -> Self {
        self.replica_lag = lag;
        self
    }

    /// At most so many connections for transactions, streams and COPY; at least 1.
    pub fn max_connections(mut self, max: usize) -> Self {
        self.max_connections = Some(max);
        self
    }

    /// The database server's cores and disks, from which the number of connections follows: twice the cores and one for
    /// each disk. Unless said, the server is taken to have this machine's cores and one disk.
    pub fn server_size(mut self, cores: usize, disks: usize) -> Self {
        self.size = Some((cores, disks));
        self
    }

    /// So many connections are shared by all single statements (4 unless said); at least 1.
    pub fn shared_connections(mut self, count: usize) -> Self {
        self.shared_connections = count;
        self
    }

    /// For so long one waits for a free connection (5 s unless said); then it is [`Error::Busy`].
    pub fn checkout_timeout(mut self, time: Duration) -> Self {
        self.checkout_timeout = time;
        self
    }

    /// For so long one waits for the server to let one in (5 s unless said); then it is [`Error::Connect`].
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = time;
        self
    }

    /// Connections that nobody used for so long (1 min unless said) are closed, but for two in five.
    pub fn idle_timeout(mut self, time: Duration) -> Self {
        self.idle_timeout = time;
        self
    }

    /// A connection is closed at this age (30 min unless said), give or take a tenth.
    pub fn lifetime(mut self, time: Duration) -> Self {
        self.lifetime = time;
        self
    }

    /// The longest that one statement may take, where its handle has no nearer deadline
    /// ([`Tenant::within`](crate::Tenant::within)). Unless said, the server's own `statement_timeout` holds.
    pub fn statement_timeout(mut self, time: Duration) -> Self {
        self.statement_timeout = Some(time);
        self
    }

    /// How often [`Tenant::transaction`](crate::Tenant::transaction) tries at most (5 times unless said).
    pub fn attempts(mut self, attempts: usize) -> Self {
        self.attempts = attempts;
        self
    }

    /// Who is shown in `pg_stat_activity`.
    pub fn application_name(mut self, name: impl Into<String>) -> Self {
        self.application_name = Some(name.into());
        self
    }

    /// Tables (`name` or `schema.name`) that have the tenant column, may be reached by tenants, and are meant to be
    /// without row level security. Every other such table keeps the database from being opened.
    pub fn accept_unprotected<T: Into<String>>(mut self, tables: impl IntoIterator<Item = T>) -> Self {
        self.accepted.extend(tables.into_iter().map(Into::into));
        self
    }

    /// Signs tenants with this key, for a database that takes signed ones alone: see [`signed`](crate::signed).
    pub fn signed(mut self, key: SigningKey) -> Self {
        self.signer = Some(Arc::new(key));
        self
    }

    /// Looks up whether a tenant is served before its first statement, and remembers it for a while.
    pub fn status(mut self, check: StatusCheck) -> Self {
        self.status = Some(check);
        self
    }

    /// Is called with each piece of work across tenants before it begins, besides the log. It must not block.
    pub fn on_system_work(mut self, call: impl Fn(&SystemWork) + Send + Sync + 'static) -> Self {
        self.on_system_work = Some(Arc::new(call));
        self
    }

    /// Connects, and makes sure that row level security will hold.
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
