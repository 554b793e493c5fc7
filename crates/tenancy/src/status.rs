//! Whether a tenant is served: looked up before its first statement, remembered for a while.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use moka::future::Cache;

use crate::{Db, Error, Sql, TenantId, context::Context, wire};

/// How a tenant stands.
///
/// ```
/// use freehold_tenancy::{Standing, StatusCheck};
///
/// // Another service knows; here it is only asked for the answer's form.
/// let check = StatusCheck::call(|tenant| async move {
///     Ok(if tenant.to_string().ends_with('9') { Standing::Unknown } else { Standing::Served })
/// });
/// # drop(check);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It is served.
    Served,
    /// It exists and is not served.
    Suspended,
    /// There is no such tenant.
    Unknown,
}

type LookUp = Arc<dyn Fn(TenantId) -> BoxFuture<'static, Result<Standing, Error>> + Send + Sync>;

#[derive(Clone)]
enum Source {
    Query(Sql),
    Call(LookUp),
}

/// How one finds out whether a tenant is served, and for how long the answer is believed. A tenant that is not served
/// gets [`Error::NotServed`] before any statement of its own is sent; where the look-up itself fails, so does the
/// statement that waits for it.
///
/// ```
/// use std::time::Duration;
/// use freehold_tenancy::StatusCheck;
///
/// let check = StatusCheck::query("SELECT status = 'active' FROM tenants WHERE id = $1")
///     .remembered_for(Duration::from_secs(10));
/// # let _ = check;
/// ```
#[derive(Clone)]
pub struct StatusCheck {
    source: Source,
    remembered_for: Duration,
    remembered: u64,
}

impl StatusCheck {
    /// Asks the database, in the tenant's own context: the statement has the tenant as its only parameter and gives one
    /// row with one boolean, true when the tenant is served; no row means that there is no such tenant.
    ///
    /// ```
    /// use freehold_tenancy::StatusCheck;
    ///
    /// let check = StatusCheck::query("SELECT deleted_at IS NULL FROM tenants WHERE id = $1");
    /// assert_eq!(
    ///     format!("{check:?}"),
    ///     r#"StatusCheck { source: "SELECT deleted_at IS NULL FROM tenants WHERE id = $1", .. }"#
    /// );
    /// ```
    pub fn query(sql: impl Into<Sql>) -> Self {
        Self::of(Source::Query(sql.into()))
    }

    /// Asks something else, such as another service.
    ///
    /// ```
    /// use freehold_tenancy::{Error, Execute, Standing, StatusCheck};
    ///
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let (builder, tenant) = (ground.builder(), freehold_tenancy_ground::tenant(1));
    /// let check = StatusCheck::call(|_tenant| async { Ok(Standing::Suspended) });
    /// let db = builder.status(check).open().await?;
    /// let asked = db.tenant(&tenant).begin().await;
    /// assert!(matches!(asked, Err(Error::NotServed { why: "suspended", .. })));
    /// # Ok(())
    /// # });
    /// ```
    pub fn call<F, W>(look_up: F) -> Self
    where
        F: Fn(TenantId) -> W + Send + Sync + 'static,
        W: Future<Output = Result<Standing, Error>> + Send + 'static,
    {
        Self::of(Source::Call(Arc::new(move |tenant| Box::pin(look_up(tenant)))))
    }

    fn of(source: Source) -> Self {
        Self { source, remembered_for: Duration::from_secs(30), remembered: 10_000 }
    }

    /// For so long an answer is believed (30 s unless said), also one that refuses. A tenant that is suspended meanwhile
    /// is served for so long at most; [`Db::forget_status`] ends that at once, in this process.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::StatusCheck;
    ///
    /// let check = StatusCheck::query("SELECT true FROM tenants WHERE id = $1").remembered_for(Duration::from_secs(5));
    /// # drop(check);
    /// ```
    #[must_use]
    pub fn remembered_for(mut self, time: Duration) -> Self {
        self.remembered_for = time;
        self
    }

    /// So many tenants are remembered at most (10,000 unless said).
    ///
    /// ```
    /// use freehold_tenancy::StatusCheck;
    ///
    /// let check = StatusCheck::query("SELECT true FROM tenants WHERE id = $1").remembered(100_000);
    /// # drop(check);
    /// ```
    #[must_use]
    pub fn remembered(mut self, tenants: u64) -> Self {
        self.remembered = tenants;
        self
    }
}

impl std::fmt::Debug for StatusCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let source = match &self.source {
            Source::Query(sql) => sql.as_str(),
            Source::Call(_) => "a call",
        };
        f.debug_struct("StatusCheck").field("source", &source).finish_non_exhaustive()
    }
}

/// What is remembered of tenants.
pub(crate) struct Statuses {
    source: Source,
    known: Cache<TenantId, Standing>,
    /// Counts what was forgotten: an answer that was asked for before is not remembered after.
    forgotten: AtomicU64,
}

impl Statuses {
    pub(crate) fn new(check: StatusCheck) -> Self {
        let known =
            Cache::builder().max_capacity(check.remembered).time_to_live(check.remembered_for).build();
        Self { source: check.source, known, forgotten: AtomicU64::new(0) }
    }

    async fn standing(&self, db: &Db, context: &Context, tenant: &TenantId) -> Result<Standing, Error> {
        if let Some(known) = self.known.get(tenant).await {
            return Ok(known);
        }
        let before = self.forgotten.load(Ordering::SeqCst);
        let found = match &self.source {
            Source::Call(look_up) => look_up(tenant.clone()).await?,
            Source::Query(sql) => ask(db, context, sql, tenant).await?,
        };
        if self.forgotten.load(Ordering::SeqCst) == before {
            self.known.insert(tenant.clone(), found).await;
        }
        Ok(found)
    }
}

fn ask<'a>(
    db: &'a Db,
    context: &Context,
    sql: &'a Sql,
    tenant: &'a TenantId,
) -> BoxFuture<'a, Result<Standing, Error>> {
    let context = Context {
        unchecked: true,
        read_only: false,
        settings: Vec::new(),
        deadline: context.deadline,
        ..db.context(Some(tenant.clone()))
    };
    // Boxed: it is a statement that a statement waits for.
    Box::pin(async move {
        let rows = wire::rows(db, &context, sql, &[tenant]).await?;
        match rows.as_slice() {
            [] => Ok(Standing::Unknown),
            [row] if row.get::<Option<bool>>(0)? == Some(true) => Ok(Standing::Served),
            [_] => Ok(Standing::Suspended),
            more => Err(Error::Rows { wanted: "one row for the tenant's status", got: more.len() }),
        }
    })
}

impl Db {
    /// Lets a context ask only for a tenant that is served.
    pub(crate) async fn admit(&self, context: &Context) -> Result<(), Error> {
        let (false, Some(statuses), Some(tenant)) = (context.unchecked, &self.0.status, &context.tenant)
        else {
            return Ok(());
        };
        let why = match statuses.standing(self, context, tenant).await? {
            Standing::Served => return Ok(()),
            Standing::Suspended => "suspended",
            Standing::Unknown => "unknown",
        };
        Err(Error::NotServed { tenant: tenant.clone(), why })
    }

    /// Forgets what is known of a tenant's status, so that its next statement looks it up: after it was suspended, or
    /// served again. Other processes forget by themselves in time ([`StatusCheck::remembered_for`]).
    ///
    /// ```
    /// use freehold_tenancy::{Execute, StatusCheck};
    ///
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let (builder, tenant) = (ground.builder(), freehold_tenancy_ground::tenant(1));
    /// # let check = StatusCheck::query("SELECT status = 'active' FROM tenants WHERE id = $1");
    /// let db = builder.status(check).open().await?;
    /// db.tenant(&tenant).execute("SELECT 1", &[]).await?;
    /// ground.admin("UPDATE tenants SET status = 'suspended'").await;
    /// assert!(db.tenant(&tenant).execute("SELECT 1", &[]).await.is_ok(), "it is remembered");
    /// db.forget_status(&tenant).await;
    /// assert!(db.tenant(&tenant).execute("SELECT 1", &[]).await.is_err());
    /// # Ok(())
    /// # });
    /// ```
    pub async fn forget_status(&self, tenant: &TenantId) {
        if let Some(statuses) = &self.0.status {
            statuses.forgotten.fetch_add(1, Ordering::SeqCst);
            statuses.known.invalidate(tenant).await;
        }
    }
}
