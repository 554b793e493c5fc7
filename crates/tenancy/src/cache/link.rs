//! The connection to Redis: with a limit of time, a breaker and figures for every question.

use std::{
    future::Future,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use redis::{
    Client, Cmd, FromRedisValue, Pipeline, RedisFuture, RedisResult, ScriptInvocation, Value,
    aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig},
    cluster::ClusterClient,
    cluster_async::ClusterConnection,
};

use super::{
    breaker::{Breaker, Change},
    error::CacheError,
};

/// Commands that may wait to be written at once.
const QUEUE: usize = 1_024;

/// A server, or the nodes of a cluster.
#[derive(Clone)]
pub(crate) enum Target {
    Server(Client),
    Cluster(Box<ClusterClient>),
}

/// An open connection; a clone shares it.
#[derive(Clone)]
pub(crate) enum Connection {
    Server(ConnectionManager),
    Cluster(ClusterConnection),
}

/// The way to Redis.
pub(crate) struct Link {
    service: String,
    target: Target,
    connection: Mutex<Option<Connection>>,
    breaker: Breaker,
    timeout: Duration,
}

impl Target {
    /// From URLs: one is a server, several, or one when `cluster` is set, are nodes of a cluster.
    pub(crate) fn of(urls: &[String], cluster: bool, timeout: Duration) -> Result<Self, CacheError> {
        // The parser's own words could repeat a password.
        let unreadable = |_| {
            CacheError::Setup(
                "a URL of Redis can't be used: write redis://host:port/db or redis+unix:///path".to_owned(),
            )
        };
        match urls {
            [] => Err(CacheError::Setup("no URL of Redis was given".to_owned())),
            [url] if !cluster => Client::open(url.as_str()).map(Self::Server).map_err(unreadable),
            nodes => {
                let nodes: Vec<&str> = nodes.iter().map(String::as_str).collect();
                let builder =
                    ClusterClient::builder(nodes).response_timeout(timeout).connection_timeout(timeout);
                builder.retries(2).build().map(Box::new).map(Self::Cluster).map_err(unreadable)
            }
        }
    }
}

impl Link {
    pub(crate) fn new(service: &str, target: Target, timeout: Duration) -> Self {
        Self {
            service: service.to_owned(),
            target,
            connection: Mutex::new(None),
            breaker: Breaker::new(),
            timeout,
        }
    }

    /// A command.
    pub(crate) async fn command<T: FromRedisValue>(
        &self,
        doing: &'static str,
        command: &Cmd,
    ) -> Result<T, CacheError> {
        self.ask(doing, |mut connection| async move { command.query_async(&mut connection).await }).await
    }

    /// Commands on keys of one slot, in one go.
    pub(crate) async fn pipeline<T: FromRedisValue>(
        &self,
        doing: &'static str,
        commands: &Pipeline,
    ) -> Result<T, CacheError> {
        self.ask(doing, |mut connection| async move { commands.query_async(&mut connection).await }).await
    }

    /// A script; it is sent in full when the server does not know it.
    pub(crate) async fn script<T: FromRedisValue>(
        &self,
        doing: &'static str,
        call: &ScriptInvocation<'_>,
    ) -> Result<T, CacheError> {
        self.ask(doing, |mut connection| async move { call.invoke_async(&mut connection).await }).await
    }

    /// Whether it is a cluster.
    pub(crate) fn is_cluster(&self) -> bool {
        matches!(self.target, Target::Cluster(_))
    }

    /// Whether Redis is left alone just now.
    pub(crate) fn is_open(&self) -> bool {
        self.breaker.is_open()
    }

    async fn ask<T, F: Future<Output = RedisResult<T>>>(
        &self,
        doing: &'static str,
        question: impl FnOnce(Connection) -> F,
    ) -> Result<T, CacheError> {
        let Some(leave) = self.breaker.admit() else {
            self.count_failure(doing, &CacheError::Open);
            return Err(CacheError::Open);
        };
        let started = Instant::now();
        let asked = async { question(self.connected().await?).await };
        let answer = match tokio::time::timeout(self.timeout, asked).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err((is_sick(&error), CacheError::from_redis(doing, &error, self.timeout))),
            Err(_) => Err((true, CacheError::Timeout { doing, waited: self.timeout })),
        };
        metrics::histogram!("freehold_cache_redis_seconds", "operation" => doing).record(started.elapsed());
        let change = if matches!(&answer, Err((true, _))) { leave.failed() } else { leave.answered() };
        if let Some(change) = change {
            self.note(change);
        }
        answer.map_err(|(_, error)| {
            self.count_failure(doing, &error);
            error
        })
    }

    async fn connected(&self) -> RedisResult<Connection> {
        if let Some(connection) = self.connection.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return Ok(connection);
        }
        let new = match &self.target {
            Target::Server(client) => {
                let config = ConnectionManagerConfig::new()
                    .set_number_of_retries(0)
                    .set_pipeline_buffer_size(QUEUE)
                    .set_connection_timeout(Some(self.timeout))
                    .set_response_timeout(Some(self.timeout));
                Connection::Server(ConnectionManager::new_lazy_with_config(client.clone(), config)?)
            }
            Target::Cluster(client) => Connection::Cluster(client.get_async_connection().await?),
        };
        let mut known = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(known.get_or_insert(new).clone())
    }

    fn note(&self, change: Change) {
        let service = self.service.clone();
        let gauge = metrics::gauge!("freehold_cache_breaker_open", "service" => service);
        match change {
            Change::Opened => {
                gauge.set(1.0);
                tracing::warn!(service = self.service, "Redis does not answer; going on without it");
                // What hangs is not asked again: the next question makes a new connection.
                *self.connection.lock().unwrap_or_else(PoisonError::into_inner) = None;
            }
            Change::Closed => {
                gauge.set(0.0);
                tracing::info!(service = self.service, "Redis answers again");
            }
        }
    }

    fn count_failure(&self, doing: &'static str, error: &CacheError) {
        let why = match error {
            CacheError::Open => "open",
            CacheError::Timeout { .. } => "timeout",
            CacheError::Connection { .. } => "connection",
            CacheError::Refused { .. } => "refused",
            _ => "garbage",
        };
        metrics::counter!("freehold_cache_redis_failures_total", "operation" => doing, "why" => why)
            .increment(1);
    }
}

/// Whether the server itself is not well, rather than this question wrong.
fn is_sick(error: &redis::RedisError) -> bool {
    use redis::{ErrorKind as Kind, ServerErrorKind as Server};
    match error.kind() {
        Kind::Server(kind) => {
            matches!(kind, Server::BusyLoading | Server::MasterDown | Server::ClusterDown | Server::TryAgain)
        }
        Kind::Extension | Kind::UnexpectedReturnType => false,
        _ => true,
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Server(connection) => connection.req_packed_command(cmd),
            Self::Cluster(connection) => connection.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        cmd: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Server(connection) => connection.req_packed_commands(cmd, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(cmd, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Server(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}
