//! Who takes part, and what each does to read one row.

use std::sync::Arc;

use freehold_tenancy::{Db, Execute, TenantId};
use futures_util::future::BoxFuture;
use sqlx::{
    Connection, Row as _,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions},
};
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

/// What is read: one row by its key.
const GUARDED: &str = "SELECT id, body FROM guarded WHERE tenant_id = $1 AND id = $2";
const PLAIN: &str = "SELECT id, body FROM plain WHERE tenant_id = $1 AND id = $2";
const TAKE_ON: &str = "SELECT set_config('app.current_tenant_id', $1, true)";

/// Where the server is.
#[derive(Clone)]
pub(crate) struct Way {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) database: String,
    /// Whether no statement stays prepared.
    pub(crate) unprepared: bool,
}

impl Way {
    fn url(&self) -> String {
        let Self { host, port, database, .. } = self;
        format!("host={host} port={port} user=app_writer dbname={database}")
    }

    async fn driver(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

/// One of those who are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// tokio-postgres, a connection for each task, a prepared statement, no tenant, no row security.
    Raw,
    /// The same, all tasks on four connections.
    RawShared,
    /// sqlx: a transaction of a pool with a connection for each task.
    Sqlx,
    /// tokio-postgres, a connection for each task: BEGIN, context, statement, COMMIT, each awaited.
    Stepwise,
    Ours,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw: tokio-postgres, no tenant, a connection per task",
            Self::RawShared => "raw, four connections for all tasks",
            Self::Sqlx => "sqlx transaction, a connection per task",
            Self::Stepwise => "tokio-postgres step by step, a connection per task",
            Self::Ours => "Freehold, single statement",
        }
    }

    /// Ready to read, by so many tasks at once.
    pub(crate) async fn ready(self, way: &Way, tasks: usize) -> Vec<Arc<dyn Reader>> {
        let mut readers: Vec<Arc<dyn Reader>> = Vec::new();
        match self {
            Self::Raw | Self::RawShared => {
                let connections = if self == Self::Raw { tasks } else { tasks.min(4) };
                for _ in 0..connections {
                    let client = way.driver().await;
                    let statement = client.prepare(PLAIN).await.unwrap();
                    readers.push(Arc::new(Raw { client, statement }));
                }
            }
            Self::Stepwise => {
                for _ in 0..tasks {
                    let client = way.driver().await;
                    let take_on = client.prepare(TAKE_ON).await.unwrap();
                    let statement = client.prepare(GUARDED).await.unwrap();
                    readers.push(Arc::new(Stepwise(tokio::sync::Mutex::new((client, take_on, statement)))));
                }
            }
            Self::Sqlx => {
                let options = PgConnectOptions::new()
                    .host(&way.host)
                    .port(way.port)
                    .username("app_writer")
                    .database(&way.database)
                    .ssl_mode(sqlx::postgres::PgSslMode::Disable)
                    .statement_cache_capacity(if way.unprepared { 0 } else { 100 });
                let count = u32::try_from(tasks).unwrap();
                let pool = PgPoolOptions::new().min_connections(count).max_connections(count);
                let pool = pool.test_before_acquire(false).connect_with(options).await.unwrap();
                readers.push(Arc::new(Sqlx { pool, persistent: !way.unprepared }));
            }
            Self::Ours => {
                let db = Db::builder(&way.url()).accept_unprotected(["plain"]).open().await.unwrap();
                readers.push(Arc::new(Ours(db)));
            }
        }
        (0..tasks).map(|task| readers.get(task % readers.len()).unwrap().clone()).collect()
    }
}

/// Reads one row of one tenant, and gives its id.
pub(crate) trait Reader: Send + Sync {
    fn read(&self, tenant: u128, id: i64) -> BoxFuture<'_, i64>;
}

struct Raw {
    client: Client,
    statement: Statement,
}

impl Reader for Raw {
    fn read(&self, tenant: u128, id: i64) -> BoxFuture<'_, i64> {
        Box::pin(async move {
            let tenant = Uuid::from_u128(tenant);
            let row = self.client.query_one(&self.statement, &[&tenant, &id]).await.unwrap();
            assert!(!row.get::<_, &str>(1).is_empty());
            row.get(0)
        })
    }
}

struct Stepwise(tokio::sync::Mutex<(Client, Statement, Statement)>);

impl Reader for Stepwise {
    fn read(&self, tenant: u128, id: i64) -> BoxFuture<'_, i64> {
        Box::pin(async move {
            let mut held = self.0.lock().await;
            let (client, take_on, statement) = &mut *held;
            let tenant = Uuid::from_u128(tenant);
            let transaction = client.transaction().await.unwrap();
            transaction.execute(&*take_on, &[&tenant.to_string()]).await.unwrap();
            let row = transaction.query_one(&*statement, &[&tenant, &id]).await.unwrap();
            transaction.commit().await.unwrap();
            assert!(!row.get::<_, &str>(1).is_empty());
            row.get(0)
        })
    }
}

struct Sqlx {
    pool: PgPool,
    persistent: bool,
}

impl Reader for Sqlx {
    fn read(&self, tenant: u128, id: i64) -> BoxFuture<'_, i64> {
        Box::pin(async move {
            let tenant = Uuid::from_u128(tenant);
            let mut connection = self.pool.acquire().await.unwrap();
            let mut transaction = connection.begin().await.unwrap();
            let take_on = sqlx::query(TAKE_ON).bind(tenant.to_string()).persistent(self.persistent);
            take_on.execute(&mut *transaction).await.unwrap();
            let query = sqlx::query(GUARDED).bind(tenant).bind(id).persistent(self.persistent);
            let row = query.fetch_one(&mut *transaction).await.unwrap();
            transaction.commit().await.unwrap();
            assert!(!row.get::<&str, _>(1).is_empty());
            row.get(0)
        })
    }
}

struct Ours(Db);

impl Reader for Ours {
    fn read(&self, tenant: u128, id: i64) -> BoxFuture<'_, i64> {
        Box::pin(async move {
            let tenant = TenantId::uuid(Uuid::from_u128(tenant)).unwrap();
            let (found, body): (i64, String) =
                self.0.tenant(&tenant).query_one(GUARDED, &[&tenant, &id]).await.unwrap();
            assert!(!body.is_empty());
            found
        })
    }
}
