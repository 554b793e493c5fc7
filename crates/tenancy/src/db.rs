//! The database of an application: the pool, and the two ways to ask.

mod connect_options;
mod pool;

use std::{sync::Arc, time::Duration};

use crate::{
    DbBuilder, Error, Pooler, System, SystemWork, Tenancy, Tenant, TenantId,
    builder::{OnSystemWork, checks},
    context::Context,
    replica::{Replica, may_move_on},
    signed::SigningKey,
    status::Statuses,
    transaction::Shapes,
};

pub(crate) use connect_options::ConnectOptions;
pub(crate) use pool::{Pool, PoolOptions, describe};

/// The connections of an application to its database. Cheap to clone.
///
/// It runs no statement by itself: [`Db::tenant`] gives the handle of a tenant, [`Db::system`] the one for work across
/// tenants.
///
/// ```
/// use freehold_tenancy::{Db, Execute, Tenancy};
///
/// # use freehold_tenancy_ground::{tenant, with_ground};
/// # with_ground(|ground| async move {
/// # let (url, tenant) = (ground.url("app_writer"), tenant(1));
/// let db = Db::builder(&url).tenancy(Tenancy::default()).open().await?;
/// let bodies: Vec<(String,)> = db.tenant(&tenant).query("SELECT body FROM notes ORDER BY id", &[]).await?;
/// assert_eq!(bodies[0].0, "milk");
/// # Ok(())
/// # });
/// ```
#[derive(Clone)]
pub struct Db(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) tenancy: Arc<Tenancy>,
    /// For transactions, streams and COPY of tenants.
    pub(crate) pool: Pool,
    pub(crate) system: Option<SystemAccess>,
    pub(crate) copy: Option<crate::ingest::CopyAccess>,
    /// What tenants are signed with.
    pub(crate) signer: Option<Arc<SigningKey>>,
    /// The role that tenants' transactions take on, where it is not the one that logs in.
    pub(crate) role: Option<Arc<str>>,
    pub(crate) pooler: Pooler,
    pub(crate) status: Option<Statuses>,
    pub(crate) replica: Option<Arc<Replica>>,
    pub(crate) settings: Settings,
    pub(crate) shapes: Arc<Shapes>,
    /// Tables that are meant to be without row level security.
    pub(crate) accepted: Vec<String>,
    pub(crate) on_system_work: Option<OnSystemWork>,
}

/// How work across tenants reaches the database.
pub(crate) struct SystemAccess {
    pub(crate) pool: Pool,
    /// The role to take on, where it is not the one that logs in.
    pub(crate) role: Option<Arc<str>>,
}

pub(crate) struct Settings {
    pub(crate) statement_timeout: Option<Duration>,
    pub(crate) attempts: usize,
}

impl Db {
    /// Begins to set up a database by its URL: `postgres://user:password@host/database?sslmode=verify-full`, or the
    /// words of libpq (`host=... user=... dbname=...`).
    ///
    /// ```
    /// # use freehold_tenancy::Db;
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let url = ground.url("app_writer");
    /// let db = Db::builder(&url).max_connections(4).open().await?;
    /// # drop(db);
    /// # Ok(())
    /// # });
    /// ```
    pub fn builder(url: &str) -> DbBuilder {
        DbBuilder::new(url)
    }

    /// Connects with the usual settings.
    ///
    /// ```
    /// use freehold_tenancy::{Db, Execute, Tenancy};
    ///
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let (url, tenant) = (ground.url("app_writer"), freehold_tenancy_ground::tenant(1));
    /// let db = Db::connect(&url, Tenancy::default()).await?;
    /// assert_eq!(db.tenant(&tenant).execute("SELECT FROM notes", &[]).await?, 3);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`DbBuilder::open`].
    pub async fn connect(url: &str, tenancy: Tenancy) -> Result<Self, Error> {
        Self::builder(url).tenancy(tenancy).open().await
    }

    /// The handle of one tenant: everything that is asked through it is asked within that tenant.
    ///
    /// ```
    /// use freehold_tenancy::Execute;
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let other = freehold_tenancy_ground::tenant(2);
    /// // The same statement, and other rows.
    /// assert_eq!(db.tenant(&tenant).execute("SELECT FROM notes", &[]).await?, 3);
    /// assert_eq!(db.tenant(&other).execute("SELECT FROM notes", &[]).await?, 1);
    /// # Ok(())
    /// # });
    /// ```
    pub fn tenant(&self, id: &TenantId) -> Tenant {
        Tenant { db: self.clone(), context: self.context(Some(id.clone())) }
    }

    /// The handle for work across tenants, as another role. The reason is logged and audited.
    ///
    /// ```
    /// use freehold_tenancy::{Error, Execute};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let system = db.system("counting notes for the bill")?;
    /// let notes: i64 = system.query_value("SELECT count(*) FROM notes", &[]).await?;
    /// assert_eq!(notes, 4, "those of all tenants");
    /// assert!(matches!(db.system(" "), Err(Error::Input { .. })));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Setup`] when no role for such work is configured, [`Error::Input`] for an empty reason.
    pub fn system(&self, reason: &'static str) -> Result<System, Error> {
        if reason.trim().is_empty() {
            return Err(Error::Input {
                what: "working across tenants",
                why: "the reason is empty".to_owned(),
            });
        }
        let Some(access) = &self.0.system else {
            return Err(Error::Setup(
                "there is no role for work across tenants: set system_role in [tenancy], or give system_url"
                    .to_owned(),
            ));
        };
        let role = access.role.as_deref().unwrap_or_else(|| access.pool.connect.user());
        let work = SystemWork { reason, role: role.to_owned(), at: jiff::Timestamp::now() };
        tracing::info!(target: "freehold_tenancy::system_work", reason, role, "working across tenants");
        if let Some(call) = &self.0.on_system_work {
            call(&work);
        }
        let context =
            Context { role: access.role.clone(), system: true, unchecked: true, ..self.context(None) };
        Ok(System { db: self.clone(), context, reason })
    }

    /// Looks at roles and tables again, as [`DbBuilder::open`] did: after a migration, for example.
    ///
    /// ```
    /// use freehold_tenancy::Error;
    ///
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let db = ground.db().await;
    /// db.check_protection().await?;
    /// ground.admin("ALTER TABLE notes DISABLE ROW LEVEL SECURITY").await;
    /// assert!(matches!(db.check_protection().await, Err(Error::Setup(why)) if why.contains("public.notes")));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Setup`] when row level security would not hold.
    pub async fn check_protection(&self) -> Result<(), Error> {
        checks::check(self, &self.0.accepted).await
    }

    /// How tables tell tenants apart.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// assert_eq!(db.tenancy().column, "tenant_id");
    /// assert_eq!(db.tenancy().setting, "app.current_tenant_id");
    /// # Ok(())
    /// # });
    /// ```
    pub fn tenancy(&self) -> &Tenancy {
        &self.0.tenancy
    }

    /// What stands between the application and its server.
    ///
    /// ```
    /// use freehold_tenancy::Pooler;
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// assert_eq!(db.pooler(), Pooler::Direct);
    /// # Ok(())
    /// # });
    /// ```
    pub fn pooler(&self) -> Pooler {
        self.0.pooler
    }

    /// The pool whose connections a context is for, once its tenant is known to be served.
    pub(crate) async fn pool_for(&self, context: &Context) -> Result<&Pool, Error> {
        self.admit(context).await?;
        match (&self.0.system, &self.0.replica) {
            (Some(access), _) if context.system => Ok(&access.pool),
            (None, _) if context.system => {
                Err(Error::Setup("there is no role for work across tenants".to_owned()))
            }
            (_, Some(replica)) if context.read_only && replica.is_near() => Ok(&replica.pool),
            _ => Ok(&self.0.pool),
        }
    }

    /// Where to ask again what the replica could not answer; `None` when it was not the replica, or it would be in vain.
    pub(crate) fn instead_of(&self, pool: &Pool, error: &Error) -> Option<&Pool> {
        let replica = self.0.replica.as_deref()?;
        if !std::ptr::eq(pool, &replica.pool) || !may_move_on(error) {
            return None;
        }
        replica.distrust();
        Some(&self.0.pool)
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").field("tenancy", &self.0.tenancy).finish_non_exhaustive()
    }
}
