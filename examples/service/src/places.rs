//! The servers of a service: those it was told of, or private ones that die with it.

use freehold_db::Session;
use freehold_sandbox::{
    PoolerOptions, PoolerServer, RedisOptions, RedisServer, Sandbox, SandboxError, SandboxOptions,
};

use crate::{Owner, OwnerError, Settings};

/// What is special to one service.
#[derive(Debug, Clone, Copy)]
pub struct Service {
    /// Its name; its login roles begin with it.
    pub name: &'static str,
    /// SQL that the owner runs at each start, after the migrations: partitions made ahead.
    pub prepare: &'static str,
    /// A statement that says of its only parameter, a tenant, whether it is served.
    pub served: &'static str,
}

/// Where the servers are. Private ones stop when this value is dropped.
pub struct Places {
    /// The database as the role of the application.
    pub database_url: String,
    /// The database as the role for work across tenants.
    pub admin_database_url: String,
    /// The database as the owner of its tables.
    pub owner_database_url: String,
    /// Redis.
    pub redis_url: Option<String>,
    sandbox: Option<Sandbox>,
    redis: Option<RedisServer>,
    pooler: Option<PoolerServer>,
    /// The roles of the application and of work across tenants.
    logins: [String; 2],
}

/// Why there are no servers to work with.
#[derive(Debug, thiserror::Error)]
pub enum PlacesError {
    /// The private PostgreSQL could not be started.
    #[error("starting a private PostgreSQL")]
    Sandbox(#[from] SandboxError),
    /// The private Redis could not be started.
    #[error("starting a private Redis")]
    Redis(#[source] SandboxError),
    /// The private PgBouncer could not be started.
    #[error("starting a private PgBouncer")]
    Pooler(#[source] SandboxError),
    /// Its roles could not be made.
    #[error("making the roles of a private PostgreSQL")]
    Roles(#[from] OwnerError),
    /// A role could not log in.
    #[error("the role {0} can't log in to the private PostgreSQL")]
    Login(String),
}

impl Places {
    /// The servers that the settings name, or private ones.
    ///
    /// # Errors
    /// When a private server can't be started.
    pub async fn find(service: &Service, settings: &Settings) -> Result<Self, PlacesError> {
        let given = (&settings.database_url, &settings.admin_database_url, &settings.owner_database_url);
        if let (Some(app), Some(admin), Some(owner)) = given {
            return Ok(Self {
                database_url: app.clone(),
                admin_database_url: admin.clone(),
                owner_database_url: owner.clone(),
                redis_url: settings.redis_url.clone(),
                sandbox: None,
                redis: None,
                pooler: None,
                logins: Default::default(),
            });
        }
        // What was told as done survives a crash of the server, as it would outside.
        let mut options = SandboxOptions::default();
        options.settings.push(("synchronous_commit".to_owned(), "on".to_owned()));
        let sandbox = Sandbox::start(&options).await?;
        let owner_database_url = sandbox.connect_to().masked();
        let name = |what: &str| format!("{}_{what}", service.name.replace('-', "_"));
        let (app, admin) = (name("app"), name("admin"));
        Owner::new(&owner_database_url)?.run("making roles", &roles_sql(&app, &admin)).await?;
        for role in [&app, &admin] {
            sandbox.admit(role)?;
        }
        let redis = match &settings.redis_url {
            Some(_) => None,
            None => Some(RedisServer::start(&RedisOptions::default()).await.map_err(PlacesError::Redis)?),
        };
        let places = Self {
            database_url: sandbox.connect_to().with_user(&app).masked(),
            admin_database_url: sandbox.connect_to().with_user(&admin).masked(),
            owner_database_url,
            redis_url: settings.redis_url.clone().or_else(|| redis.as_ref().map(RedisServer::url)),
            sandbox: Some(sandbox),
            redis,
            pooler: None,
            logins: [app.clone(), admin.clone()],
        };
        for role in [&app, &admin] {
            places.wait_for_login(role).await?;
        }
        Ok(places)
    }

    /// The private PostgreSQL, where there is one.
    pub fn sandbox(&self) -> Option<&Sandbox> {
        self.sandbox.as_ref()
    }

    /// The private Redis, where there is one.
    pub fn redis(&self) -> Option<&RedisServer> {
        self.redis.as_ref()
    }

    /// Puts a private PgBouncer in transaction mode between the application and a private PostgreSQL; the owner goes on
    /// past it. Nothing happens when the servers were given.
    ///
    /// # Errors
    /// When PgBouncer can't be started.
    pub async fn put_pooler_between(&mut self) -> Result<(), PlacesError> {
        let Some(sandbox) = &self.sandbox else { return Ok(()) };
        let options = PoolerOptions::for_roles(self.logins.clone());
        let pooler = PoolerServer::start(&options, sandbox).await.map_err(PlacesError::Pooler)?;
        let [app, admin] = &self.logins;
        self.database_url = pooler.connect_to(app, "postgres").masked();
        self.admin_database_url = pooler.connect_to(admin, "postgres").masked();
        self.pooler = Some(pooler);
        Ok(())
    }

    /// Starts the private PgBouncer again whenever it has ended, as a supervisor does: version 1.18 was seen to die under
    /// many cancelled requests. Ends never.
    pub async fn keep_pooler(&self) {
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            let Some(pooler) = &self.pooler else { continue };
            if pooler.pid().is_none()
                && let Err(error) = pooler.restart().await
            {
                tracing::warn!(%error, "PgBouncer does not come back");
            }
        }
    }

    /// The private PgBouncer, where there is one.
    pub fn pooler(&self) -> Option<&PoolerServer> {
        self.pooler.as_ref()
    }

    /// A server takes a moment to read whom it lets in.
    async fn wait_for_login(&self, role: &str) -> Result<(), PlacesError> {
        let Some(sandbox) = &self.sandbox else { return Ok(()) };
        let to = sandbox.connect_to().with_user(role);
        for _ in 0..200 {
            if Session::open(&to).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        Err(PlacesError::Login(role.to_owned()))
    }
}

/// The group roles that the migrations grant to, and two logins that are members of them and own nothing.
fn roles_sql(app: &str, admin: &str) -> String {
    use freehold_tenancy::quote_identifier as quoted;
    format!(
        "CREATE ROLE app_reader NOLOGIN; CREATE ROLE app_writer NOLOGIN; CREATE ROLE app_admin NOLOGIN;
         CREATE ROLE {app} LOGIN IN ROLE app_writer; CREATE ROLE {admin} LOGIN IN ROLE app_admin;",
        app = quoted(app),
        admin = quoted(admin),
    )
}
