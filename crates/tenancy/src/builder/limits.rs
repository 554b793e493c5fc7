//! How many connections, how long anything may take, how often it is tried.

use std::time::Duration;

use super::DbBuilder;

impl DbBuilder {
    /// At most so many connections for transactions, streams and COPY; at least 1.
    ///
    /// ```
    /// use freehold_tenancy::{Db, Error};
    ///
    /// # freehold_tenancy_ground::alone(async {
    /// let opened = Db::builder("postgres://app_writer@db.internal/app").max_connections(0).open().await;
    /// assert!(matches!(opened, Err(Error::Setup(_))));
    /// # Ok(())
    /// # });
    /// ```
    pub fn max_connections(mut self, max: usize) -> Self {
        self.max_connections = Some(max);
        self
    }

    /// The database server's cores and disks, from which the number of connections follows: twice the cores and one for
    /// each disk. Unless said, the server is taken to have this machine's cores and one disk.
    ///
    /// ```
    /// use freehold_tenancy::Db;
    ///
    /// // 18 connections at most: 2 × 8 + 2.
    /// let builder = Db::builder("postgres://app_writer@db.internal/app").server_size(8, 2);
    /// # drop(builder);
    /// ```
    pub fn server_size(mut self, cores: usize, disks: usize) -> Self {
        self.size = Some((cores, disks));
        self
    }

    /// So many connections are shared by all single statements (4 unless said); at least 1.
    ///
    /// ```
    /// use freehold_tenancy::Db;
    ///
    /// // Far more requests than eight may wait for an answer at once: statements follow each other without waiting.
    /// let builder = Db::builder("postgres://app_writer@db.internal/app").shared_connections(8);
    /// # drop(builder);
    /// ```
    pub fn shared_connections(mut self, count: usize) -> Self {
        self.shared_connections = count;
        self
    }

    /// For so long one waits for a free connection (5 s unless said); then it is [`Error::Busy`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::{Error, Execute};
    ///
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let (builder, tenant) = (ground.builder(), freehold_tenancy_ground::tenant(1));
    /// let db = builder.max_connections(1).checkout_timeout(Duration::from_millis(50)).open().await?;
    /// let acme = db.tenant(&tenant);
    /// let held = acme.begin().await?;
    /// assert!(matches!(acme.begin().await, Err(Error::Busy { .. })));
    /// // A single statement takes no connection for itself.
    /// acme.execute("SELECT 1", &[]).await?;
    /// # held.rollback().await?;
    /// # Ok(())
    /// # });
    /// ```
    pub fn checkout_timeout(mut self, time: Duration) -> Self {
        self.checkout_timeout = time;
        self
    }

    /// For so long one waits for the server to let one in (5 s unless said); then it is [`Error::Connect`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::{Db, Error};
    ///
    /// # freehold_tenancy_ground::alone(async {
    /// // Nobody listens there.
    /// let url = "postgres://app_writer@127.0.0.1:1/app";
    /// let opened = Db::builder(url).connect_timeout(Duration::from_secs(1)).open().await;
    /// assert!(matches!(opened, Err(Error::Connect { .. })));
    /// # Ok(())
    /// # });
    /// ```
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = time;
        self
    }

    /// Connections that nobody used for so long (1 min unless said) are closed, but for two in five.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::Db;
    ///
    /// let builder = Db::builder("postgres://app_writer@db.internal/app").idle_timeout(Duration::from_secs(300));
    /// # drop(builder);
    /// ```
    pub fn idle_timeout(mut self, time: Duration) -> Self {
        self.idle_timeout = time;
        self
    }

    /// A connection is closed at this age (30 min unless said), give or take a tenth.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::Db;
    ///
    /// // Behind a proxy that cuts connections after ten minutes.
    /// let builder = Db::builder("postgres://app_writer@db.internal/app").lifetime(Duration::from_secs(8 * 60));
    /// # drop(builder);
    /// ```
    pub fn lifetime(mut self, time: Duration) -> Self {
        self.lifetime = time;
        self
    }

    /// The longest that one statement may take, where its handle has no nearer deadline
    /// ([`Tenant::within`](crate::Tenant::within)). Unless said, the server's own `statement_timeout` holds.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::{Execute, SqlState};
    ///
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let (builder, tenant) = (ground.builder(), freehold_tenancy_ground::tenant(1));
    /// let db = builder.statement_timeout(Duration::from_millis(50)).open().await?;
    /// let slow = db.tenant(&tenant).execute("SELECT pg_sleep(60)", &[]).await.unwrap_err();
    /// assert_eq!(slow.sqlstate(), Some(SqlState::QUERY_CANCELED));
    /// # Ok(())
    /// # });
    /// ```
    pub fn statement_timeout(mut self, time: Duration) -> Self {
        self.statement_timeout = Some(time);
        self
    }

    /// How often [`Tenant::transaction`](crate::Tenant::transaction) tries at most (5 times unless said).
    ///
    /// ```
    /// use freehold_tenancy::Db;
    ///
    /// // Never begun anew: each failure reaches the caller.
    /// let builder = Db::builder("postgres://app_writer@db.internal/app").attempts(1);
    /// # drop(builder);
    /// ```
    pub fn attempts(mut self, attempts: usize) -> Self {
        self.attempts = attempts;
        self
    }
}
