//! The private server on which migrations are applied to see what they give: for squashing, and for finding drift.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use freehold_db::{ConnectTo, DbError, Session};
use freehold_migrate::{
    Allow, Command, Folder, HistoryTable, Migration, Prepared, RunError, RunOptions, Target, TenantSchema,
    run,
};
use freehold_model::name::quote_identifier;
use freehold_sandbox::{Sandbox, SandboxError, SandboxOptions, Scratch, Search, Server};

/// The schema of the runner's own history on a scratch database; dropped before anything is looked at.
const HISTORY_SCHEMA: &str = "freehold_scratch_history";

/// How long a server may take to read the map of roles that may log in.
const ADMITTED_WITHIN: Duration = Duration::from_secs(5);

/// Which PostgreSQL to start, and where its files go.
#[derive(Debug, Clone, Default)]
pub struct Ground {
    /// Where to look for PostgreSQL's programs.
    pub search: Search,
    /// The major version; the newest one found otherwise.
    pub pg_major: Option<u32>,
    /// Where templates are kept between runs; a default place otherwise.
    pub cache_dir: Option<PathBuf>,
    /// What every scratch database has before the migrations come: roles, schemas and the like that a platform brings.
    pub prelude: Vec<PreludeScript>,
}

/// A script that is run before the migrations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreludeScript {
    /// How people call it: its file.
    pub name: String,
    /// The script.
    pub sql: String,
}

/// Why the migrations could not be applied on a private server.
#[derive(Debug, thiserror::Error)]
pub enum GroundError {
    /// No server could be had, or it failed.
    #[error("no PostgreSQL could be had to try it on")]
    Server(#[from] Box<SandboxError>),
    /// A session to the scratch database, or something of our own on it, failed.
    #[error("could not {doing} on the scratch database")]
    Own {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        #[source]
        source: Box<DbError>,
    },
    /// The prelude was refused.
    #[error("the prelude {name} was refused")]
    Prelude {
        /// The script.
        name: String,
        /// What the server said.
        #[source]
        source: Box<DbError>,
    },
    /// A migration was refused.
    #[error("the migrations could not be applied to a scratch database")]
    Apply(#[source] Box<RunError>),
}

impl GroundError {
    /// What to do next, as a sentence.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Server(error) => error.help(),
            Self::Prelude { .. } => Some("See [sandbox] prelude in freehold.toml.".to_owned()),
            Self::Apply(_) => Some(
                "`freehold check` shows more of it. What a platform brings before the first migration (roles, schemas) \
                 belongs into a file named by [sandbox] prelude in freehold.toml."
                    .to_owned(),
            ),
            Self::Own { .. } => None,
        }
    }

    pub(in crate::migrate) fn own(doing: &'static str) -> impl FnOnce(DbError) -> Self {
        move |source| Self::Own { doing, source: Box::new(source) }
    }
}

impl From<SandboxError> for GroundError {
    fn from(error: SandboxError) -> Self {
        Self::Server(Box::new(error))
    }
}

/// A started server, on which one superuser owns what nobody else is given.
#[derive(Debug)]
pub(in crate::migrate) struct Field {
    server: Server,
    role: String,
    prelude: Vec<PreludeScript>,
}

impl Field {
    /// Starts a private server. The scratch databases on it belong to `role`, which is made unless it is there.
    pub(in crate::migrate) async fn start(ground: &Ground, role: &str) -> Result<Self, GroundError> {
        let mut options = SandboxOptions {
            search: ground.search.clone(),
            pg_major: ground.pg_major,
            ..SandboxOptions::default()
        };
        if let Some(cache_dir) = &ground.cache_dir {
            options.cache_dir.clone_from(cache_dir);
        }
        let sandbox = Sandbox::start(&options).await?;
        sandbox.admit(role)?;
        let session =
            Session::open(&sandbox.connect_to()).await.map_err(GroundError::own("open a session"))?;
        let known = session.query("SELECT FROM pg_catalog.pg_roles WHERE rolname = $1", &[&role]).await;
        if known.map_err(GroundError::own("look at the roles"))?.is_empty() {
            let sql = format!("CREATE ROLE {} SUPERUSER LOGIN", quote_identifier(role));
            session.run(&sql).await.map_err(GroundError::own("make the role"))?;
        }
        session.close().await;
        wait_until_admitted(&sandbox.connect_to().with_user(role)).await?;
        Ok(Self { server: Server::Own(sandbox), role: role.to_owned(), prelude: ground.prelude.clone() })
    }

    pub(in crate::migrate) fn server(&self) -> &Server {
        &self.server
    }

    pub(in crate::migrate) fn role(&self) -> &str {
        &self.role
    }

    /// How to connect to a scratch database as the role.
    pub(in crate::migrate) fn to(&self, scratch: &Scratch) -> ConnectTo {
        scratch.connect_to().with_user(&self.role)
    }

    /// A session to a scratch database as the role.
    pub(in crate::migrate) async fn session(&self, scratch: &Scratch) -> Result<Session, GroundError> {
        Session::open(&self.to(scratch)).await.map_err(GroundError::own("open a session"))
    }

    /// A scratch database with the prelude in it.
    pub(in crate::migrate) async fn scratch(&self) -> Result<Scratch, GroundError> {
        let scratch = self.server.scratch().await?;
        let session =
            Session::open(&scratch.connect_to()).await.map_err(GroundError::own("open a session"))?;
        let sql = format!(
            "ALTER DATABASE {} OWNER TO {}",
            quote_identifier(scratch.name()),
            quote_identifier(&self.role)
        );
        session.run(&sql).await.map_err(GroundError::own("give the database to its role"))?;
        session.close().await;
        for script in &self.prelude {
            // A prelude is written for the server's first superuser, and may leave settings in its session.
            let session =
                Session::open(&scratch.connect_to()).await.map_err(GroundError::own("open a session"))?;
            let outcome = session.run(&script.sql).await;
            outcome.map_err(|source| GroundError::Prelude {
                name: script.name.clone(),
                source: Box::new(source),
            })?;
            session.close().await;
        }
        Ok(scratch)
    }

    /// Makes those of the roles that are missing, unable to log in.
    pub(in crate::migrate) async fn make_roles(&self, roles: &BTreeSet<String>) -> Result<(), GroundError> {
        let session =
            Session::open(&self.server.connect_to()).await.map_err(GroundError::own("open a session"))?;
        for role in roles {
            let known = session.query("SELECT FROM pg_catalog.pg_roles WHERE rolname = $1", &[role]).await;
            // Names that begin with pg_ are the server's own: those that this version lacks cannot be made.
            if known.map_err(GroundError::own("look at the roles"))?.is_empty() && !role.starts_with("pg_") {
                let sql = format!("CREATE ROLE {} NOLOGIN", quote_identifier(role));
                session.run(&sql).await.map_err(GroundError::own("make a role"))?;
            }
        }
        session.close().await;
        Ok(())
    }

    /// Applies migrations in the given order, whatever was applied before, and leaves no history.
    pub(in crate::migrate) async fn apply(
        &self,
        scratch: &Scratch,
        folder: &Folder,
        migrations: &[Migration],
        tenant: Option<&TenantSchema>,
    ) -> Result<(), GroundError> {
        if migrations.is_empty() {
            return Ok(());
        }
        let part = Folder {
            dir: folder.dir.clone(),
            format: folder.format,
            migrations: migrations.to_vec(),
            skipped: Vec::new(),
            warnings: Vec::new(),
        };
        let history = HistoryTable::new(HISTORY_SCHEMA, "migrations");
        let mut target = Target::database("the scratch database", self.to(scratch)).with_history(history);
        target.tenant = tenant.cloned();
        let allow = Allow { out_of_order: true, missing: true, code: true };
        let options = RunOptions { allow, attempts: 1, ..RunOptions::default() };
        let up = Command::Up { count: None };
        let outcome = run(&target, &Prepared::new(part), &up, &options, &|_| {}).await;
        outcome.map_err(|error| GroundError::Apply(Box::new(error)))?;
        let session = self.session(scratch).await?;
        let sql = format!("DROP SCHEMA IF EXISTS {HISTORY_SCHEMA} CASCADE");
        session.run(&sql).await.map_err(GroundError::own("drop the history"))?;
        session.close().await;
        Ok(())
    }

    /// Stops the server.
    pub(in crate::migrate) async fn stop(self) -> Result<(), GroundError> {
        Ok(self.server.close().await?)
    }
}

/// Before version 16 the server reads a changed map a moment later.
async fn wait_until_admitted(to: &ConnectTo) -> Result<(), GroundError> {
    let begun = std::time::Instant::now();
    loop {
        match Session::open(to).await {
            Ok(session) => {
                session.close().await;
                return Ok(());
            }
            Err(_) if begun.elapsed() < ADMITTED_WITHIN => {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            Err(error) => return Err(GroundError::own("log in with the role")(error)),
        }
    }
}
