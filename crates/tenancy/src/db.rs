//! The database of an application: the pool, and the two ways to ask.

use std::sync::Arc;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use tokio_postgres::NoTls;

use crate::{Error, System, Tenancy, Tenant, TenantId, context::Context};

/// The connections of an application to its database. Cheap to clone.
///
/// It runs no statement by itself: [`Db::tenant`] gives the handle of a tenant, [`Db::system`] the one for work across
/// tenants.
#[derive(Clone)]
pub struct Db(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) tenancy: Arc<Tenancy>,
    pub(crate) pool: Pool,
}

impl Db {
    /// Connects with the usual settings.
    ///
    /// # Errors
    /// [`Error::Setup`] when the URL can't be read, [`Error::Connect`] when nobody answers.
    pub async fn connect(url: &str, tenancy: Tenancy) -> Result<Self, Error> {
        let tenancy = tenancy.checked().map_err(|error| Error::Setup(error.to_string()))?;
        let config: tokio_postgres::Config =
            url.parse().map_err(|_| Error::Setup("the database's URL can't be read".to_owned()))?;
        let manager =
            Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
        let pool =
            Pool::builder(manager).max_size(16).build().map_err(|error| Error::Setup(error.to_string()))?;
        let db = Self(Arc::new(Shared { tenancy: Arc::new(tenancy), pool }));
        drop(db.client().await?);
        Ok(db)
    }

    /// The handle of one tenant: everything that is asked through it is asked within that tenant.
    pub fn tenant(&self, id: &TenantId) -> Tenant {
        Tenant { db: self.clone(), context: self.context(Some(id.clone())) }
    }

    /// The handle for work across tenants, as another role. The reason is logged and audited.
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
        tracing::info!(reason, "working across tenants");
        Ok(System { db: self.clone(), context: self.context(None), reason })
    }

    /// How tables tell tenants apart.
    pub fn tenancy(&self) -> &Tenancy {
        &self.0.tenancy
    }

    fn context(&self, tenant: Option<TenantId>) -> Context {
        Context {
            tenancy: self.0.tenancy.clone(),
            tenant,
            settings: Vec::new(),
            deadline: None,
            read_only: false,
            tags: None,
        }
    }

    pub(crate) async fn client(&self) -> Result<deadpool_postgres::Client, Error> {
        self.0
            .pool
            .get()
            .await
            .map_err(|error| Error::Connect { to: "the database".to_owned(), source: Box::new(error) })
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").field("tenancy", &self.0.tenancy).finish_non_exhaustive()
    }
}
