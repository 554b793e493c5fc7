//! Opening: URLs are read, pools made, roles and tables looked at.

use std::sync::Arc;

use super::DbBuilder;
use crate::{
    Db, Error, Pooler,
    context::Context,
    db::{ConnectOptions, Pool, PoolOptions, Settings, Shared, SystemAccess, describe},
    ingest::CopyAccess,
    replica::Replica,
    status::Statuses,
    wire::WireOptions,
};

pub(super) async fn open(builder: DbBuilder) -> Result<Db, Error> {
    let tenancy = builder.tenancy.clone().checked().map_err(|error| Error::Setup(error.to_string()))?;
    let tenancy = Arc::new(tenancy);
    describe();
    let mut options = pool_options(&builder)?;
    let connect = connect_options(&builder, &builder.url)?;
    let role: Option<Arc<str>> =
        tenancy.role.as_deref().filter(|role| *role != connect.user()).map(Into::into);
    let pooler = Pooler::detect(&connect, options.connect_timeout).await?;
    options.shared.pooled = pooler != Pooler::Direct;
    options.shared.unnamed = !pooler.keeps_statements();
    let pool = Pool::new("tenants", connect, options.clone())?;
    let replica = replica(&builder, &pool, &options)?;
    let system = system_access(&builder, &tenancy, &pool, &options)?;
    let copy = match &builder.copy_url {
        Some(url) => {
            Some(CopyAccess::new(Pool::new("copy", connect_options(&builder, url)?, options.clone())?))
        }
        None => None,
    };
    let db = Db(Arc::new(Shared {
        tenancy,
        pool,
        system,
        copy,
        signer: builder.signer.clone(),
        role,
        pooler,
        status: builder.status.clone().map(Statuses::new),
        replica,
        settings: Settings {
            statement_timeout: builder.statement_timeout,
            attempts: builder.attempts.max(1),
        },
        shapes: Arc::default(),
        accepted: builder.accepted,
        on_system_work: builder.on_system_work,
    }));
    db.check_protection().await?;
    Ok(db)
}

fn pool_options(builder: &DbBuilder) -> Result<PoolOptions, Error> {
    let (cores, disks) = builder
        .size
        .unwrap_or_else(|| (std::thread::available_parallelism().map_or(2, std::num::NonZero::get), 1));
    let max = builder.max_connections.unwrap_or(cores * 2 + disks);
    if max == 0 {
        return Err(Error::Setup("max_connections is 0: no transaction could ever begin".to_owned()));
    }
    Ok(PoolOptions {
        max,
        idle: (max * 2).div_ceil(5),
        idle_timeout: builder.idle_timeout,
        lifetime: builder.lifetime,
        checkout_timeout: builder.checkout_timeout,
        connect_timeout: builder.connect_timeout,
        shared: WireOptions {
            connections: builder.shared_connections.max(1),
            most: builder.shared_connections.max(1) * 4,
            patience: builder.checkout_timeout,
            connect_timeout: builder.connect_timeout,
            lifetime: builder.lifetime,
            ..WireOptions::default()
        },
    })
}

fn connect_options(builder: &DbBuilder, url: &str) -> Result<ConnectOptions, Error> {
    let mut options = ConnectOptions::from_url(url)?;
    if let Some(name) = &builder.application_name {
        options.config.application_name(name);
    }
    if options.config.get_application_name().is_none() {
        options.config.application_name("freehold-tenancy");
    }
    Ok(options)
}

fn replica(
    builder: &DbBuilder,
    primary: &Pool,
    options: &PoolOptions,
) -> Result<Option<Arc<Replica>>, Error> {
    let Some(url) = &builder.replica_url else { return Ok(None) };
    let connect = connect_options(builder, url)?;
    if connect.user() != primary.connect.user() {
        return Err(Error::Setup(format!(
            "the replica's URL logs in as {}, the primary's as {}: what was found out about the one says nothing of the \
             other",
            connect.user(),
            primary.connect.user()
        )));
    }
    let pool = Pool::new("replica", connect, options.clone())?;
    Ok(Some(Replica::follow(primary.connect.clone(), pool, builder.replica_lag)))
}

fn system_access(
    builder: &DbBuilder,
    tenancy: &crate::Tenancy,
    pool: &Pool,
    options: &PoolOptions,
) -> Result<Option<SystemAccess>, Error> {
    let Some(url) = &builder.system_url else {
        return Ok(tenancy
            .system_role
            .as_deref()
            .map(|role| SystemAccess { pool: pool.clone(), role: Some(role.into()) }));
    };
    let connect = connect_options(builder, url)?;
    let role = tenancy.system_role.as_deref().filter(|role| *role != connect.user()).map(Into::into);
    Ok(Some(SystemAccess { pool: Pool::new("system", connect, options.clone())?, role }))
}

impl Db {
    /// The context of a handle, before anything is added to it.
    pub(crate) fn context(&self, tenant: Option<crate::TenantId>) -> Context {
        let shared = &self.0;
        Context {
            tenancy: shared.tenancy.clone(),
            tenant,
            role: shared.role.clone(),
            system: false,
            unchecked: shared.status.is_none(),
            statement_timeout: shared.settings.statement_timeout,
            settings: Vec::new(),
            deadline: None,
            read_only: false,
            snapshot: false,
            signer: shared.signer.clone(),
            tags: None,
        }
    }
}
