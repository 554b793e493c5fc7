//! What the thread of the administrating session does for each order.

mod roles;
mod settings;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use freehold_db::{ConnectTo, DbError, Session};
use freehold_model::name::quote_identifier;
use tokio::sync::mpsc;

use super::{Answer, Kind, Order};
use crate::error::SandboxError;
use crate::scratch::ScratchName;
use crate::settings::TEMPLATE_DATABASE;

/// How long a fork waits for the sessions on its source to end.
const IN_USE_LIMIT: Duration = Duration::from_secs(2);

/// Runs until it is told to end or every handle is gone.
pub(super) fn serve(to: ConnectTo, kind: Kind, mut incoming: mpsc::UnboundedReceiver<Order>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    runtime.block_on(async {
        let mut clerk = Clerk { to, kind, session: None, alive: BTreeMap::new(), roles_before: None };
        while let Some(order) = incoming.recv().await {
            if let Some(last) = clerk.carry_out(order).await {
                let _ = last.send(());
                return;
            }
        }
        clerk.end().await;
    });
}

struct Clerk {
    to: ConnectTo,
    kind: Kind,
    session: Option<Session>,
    /// The scratch databases of this process by oid.
    alive: BTreeMap<u32, ScratchName>,
    /// The oids of the roles that were there when the session was first opened; only kept for a given server.
    roles_before: Option<BTreeSet<u32>>,
}

impl Clerk {
    /// Nobody may wait for an answer any more: that is no failure of the order.
    async fn carry_out(&mut self, order: Order) -> Option<std::sync::mpsc::Sender<()>> {
        match order {
            Order::Create { name, from, answer } => {
                let made = self.create(&name, from.as_deref()).await;
                let oid = made.as_ref().ok().copied();
                if answer.send(made).is_err()
                    && let Some(oid) = oid
                {
                    let _ = self.remove(&name, oid).await;
                }
            }
            Order::Drop { name, oid, answer } => {
                let outcome = self.remove(&name, oid).await;
                match answer {
                    Answer::Task(task) => drop(task.send(outcome)),
                    Answer::Thread(thread) => drop(thread.send(())),
                    Answer::Nobody => {}
                }
            }
            Order::RolesMade { answer } => drop(answer.send(self.roles_made().await)),
            Order::Sweep { answer } => drop(answer.send(self.sweep().await)),
            Order::End { answer } => {
                self.end().await;
                return Some(answer);
            }
        }
        None
    }

    /// The session; opened anew when it was lost, with the locks of everything that is alive.
    async fn session(&mut self) -> Result<&Session, SandboxError> {
        if self.session.as_ref().is_none_or(Session::is_closed) {
            let session = Session::open(&self.to)
                .await
                .map_err(|source| database(format!("connect to {}", self.to.masked()), source))?;
            if self.kind == Kind::Given {
                for name in self.alive.values() {
                    take_lock(&session, name).await?;
                }
                if self.roles_before.is_none() {
                    self.roles_before = Some(
                        roles::all(&session)
                            .await
                            .map_err(|source| database("list the roles".to_owned(), source))?,
                    );
                }
            }
            self.session = Some(session);
        }
        match &self.session {
            Some(session) => Ok(session),
            None => Err(SandboxError::ThreadLost { doing: "keep a session" }),
        }
    }

    async fn create(&mut self, name: &ScratchName, from: Option<&str>) -> Result<u32, SandboxError> {
        match self.try_create(name, from).await {
            // The session was killed, maybe by the very script under test: once more on a new one.
            Err(SandboxError::Database { source, .. }) if source.is_connection_lost() => {
                self.session = None;
                self.try_create(name, from).await
            }
            other => other,
        }
    }

    async fn try_create(&mut self, name: &ScratchName, from: Option<&str>) -> Result<u32, SandboxError> {
        let kind = self.kind;
        let session = self.session().await?;
        let failed = |source| database(format!("create the scratch database {name}"), source);
        if kind == Kind::Given {
            take_lock(session, name).await?;
        }
        if let Some(from) = from {
            wait_until_unused(session, from).await?;
        }
        let template = from.unwrap_or(if kind == Kind::Own { TEMPLATE_DATABASE } else { "template0" });
        // Copying files is twice as fast as logging every block when nothing is synced to disk; a given server is
        // spared the checkpoints that it needs.
        let strategy =
            if kind == Kind::Own && session.version().major() >= 15 { " STRATEGY file_copy" } else { "" };
        let sql = format!(
            "CREATE DATABASE {} TEMPLATE {}{strategy}",
            quote_identifier(name.as_str()),
            quote_identifier(template)
        );
        session.run(&sql).await.map_err(failed)?;
        let rows = session
            .query("SELECT oid FROM pg_catalog.pg_database WHERE datname = $1", &[&name.as_str()])
            .await
            .map_err(failed)?;
        let oid = rows.first().and_then(|row| row.try_get::<_, u32>(0).ok()).unwrap_or_default();
        if let Some(from) = from {
            settings::copy(session, from, name).await.map_err(failed)?;
        }
        self.alive.insert(oid, name.clone());
        let newest_role = self.roles_before.as_ref().and_then(BTreeSet::last).copied();
        if let Some(newest) = newest_role {
            roles::mark(self.session().await?, name, newest).await.map_err(failed)?;
        }
        Ok(oid)
    }

    async fn remove(&mut self, name: &ScratchName, oid: u32) -> Result<(), SandboxError> {
        let to = self.to.clone();
        let kind = self.kind;
        let session = self.session().await?;
        drop_database(session, &to, name, oid).await?;
        if kind == Kind::Given {
            release_lock(session, name).await?;
        }
        self.alive.remove(&oid);
        Ok(())
    }

    /// Drops what is left of this process: databases, then roles.
    async fn end(&mut self) {
        if self.kind == Kind::Own || self.session.is_none() {
            return;
        }
        for (oid, name) in self.alive.clone() {
            // One that cannot be dropped now is swept by the next run.
            let _ = self.remove(&name, oid).await;
        }
        let Ok(made) = self.roles_made().await else { return };
        if let Ok(session) = self.session().await {
            roles::drop_unused(session, made).await;
        }
    }

    async fn roles_made(&mut self) -> Result<Vec<String>, SandboxError> {
        self.session().await?;
        let before = self.roles_before.clone().unwrap_or_default();
        let session = self.session().await?;
        let rows = session
            .query("SELECT oid, rolname::text FROM pg_catalog.pg_roles ORDER BY oid DESC", &[])
            .await
            .map_err(|source| database("list the roles".to_owned(), source))?;
        let pairs = rows.iter().filter_map(|row| Some((row.try_get(0).ok()?, row.try_get(1).ok()?)));
        Ok(pairs.filter(|(oid, _)| !before.contains(oid)).map(|(_, name): (u32, String)| name).collect())
    }

    async fn sweep(&mut self) -> Result<usize, SandboxError> {
        let (to, ours) = (self.to.clone(), self.alive.clone());
        let session = self.session().await?;
        let rows = session
            .query(
                "SELECT d.oid, d.datname::text FROM pg_catalog.pg_database AS d
                 WHERE d.datname LIKE 'freehold\\_scratch\\_%'
                   AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity AS a WHERE a.datid = d.oid)",
                &[],
            )
            .await
            .map_err(|source| database("list scratch databases".to_owned(), source))?;
        let mut swept = 0;
        for row in rows {
            let (Ok(oid), Ok(name)) = (row.try_get::<_, u32>(0), row.try_get::<_, String>(1)) else {
                continue;
            };
            let Some(name) = ScratchName::parse(&name).filter(|_| !ours.contains_key(&oid)) else { continue };
            if is_locked(session, &name).await? {
                continue;
            }
            let made = roles::made_by_leftover(session, oid)
                .await
                .map_err(|source| database(format!("list the roles that {name} uses"), source))?;
            drop_database(session, &to, &name, oid).await?;
            roles::drop_unused(session, made).await;
            swept += 1;
        }
        Ok(swept)
    }
}

fn database(doing: String, source: DbError) -> SandboxError {
    SandboxError::Database { doing, source }
}

async fn take_lock(session: &Session, name: &ScratchName) -> Result<(), SandboxError> {
    let locked = session.query("SELECT pg_catalog.pg_advisory_lock($1)", &[&name.lock_key()]).await;
    locked.map(drop).map_err(|source| database(format!("mark {name} as in use"), source))
}

async fn release_lock(session: &Session, name: &ScratchName) -> Result<(), SandboxError> {
    let unlocked = session.query("SELECT pg_catalog.pg_advisory_unlock($1)", &[&name.lock_key()]).await;
    unlocked.map(drop).map_err(|source| database(format!("release {name}"), source))
}

/// True when some session of the server, in whichever database it is, holds the lock of this name: `pg_locks` shows
/// all databases, while taking the lock would only compare within one.
async fn is_locked(session: &Session, name: &ScratchName) -> Result<bool, SandboxError> {
    let rows = session
        .query(
            "SELECT FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted
               AND (classid::int8 << 32) | objid::int8 = $1",
            &[&name.lock_key()],
        )
        .await;
    rows.map(|rows| !rows.is_empty())
        .map_err(|source| database(format!("look whether {name} is in use"), source))
}

/// A session that was just closed is still counted for a millisecond, and `CREATE DATABASE` would then sleep for a
/// tenth of a second. One that stays open is an error that says which.
async fn wait_until_unused(session: &Session, name: &str) -> Result<(), SandboxError> {
    let started = Instant::now();
    loop {
        let rows = session
            .query(
                "SELECT coalesce(nullif(application_name, ''), 'a session') || ' (process ' || pid || ', ' || coalesce(state, 'starting') || ')'
                 FROM pg_catalog.pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'",
                &[&name],
            )
            .await
            .map_err(|source| database(format!("look for sessions on {name}"), source))?;
        if rows.is_empty() {
            return Ok(());
        }
        if started.elapsed() > IN_USE_LIMIT {
            let sessions = rows.iter().filter_map(|row| row.try_get(0).ok()).collect();
            return Err(SandboxError::InUse { name: name.to_owned(), sessions });
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Drops a database by its oid: a script may have renamed it, marked it as a template or left prepared transactions.
async fn drop_database(
    session: &Session,
    to: &ConnectTo,
    name: &ScratchName,
    oid: u32,
) -> Result<(), SandboxError> {
    let failed = |source| database(format!("drop the scratch database {name}"), source);
    let rows = session
        .query("SELECT datname::text, datistemplate FROM pg_catalog.pg_database WHERE oid = $1", &[&oid])
        .await
        .map_err(failed)?;
    let Some((current, is_template)) = rows
        .first()
        .and_then(|row| Some((row.try_get::<_, String>(0).ok()?, row.try_get::<_, bool>(1).ok()?)))
    else {
        return Ok(());
    };
    let quoted = quote_identifier(&current);
    if is_template {
        session.run(&format!("ALTER DATABASE {quoted} IS_TEMPLATE false")).await.map_err(failed)?;
    }
    let sql = format!("DROP DATABASE IF EXISTS {quoted} WITH (FORCE)");
    let Err(first) = session.run(&sql).await else { return Ok(()) };
    if first.is_connection_lost() || !roll_back_prepared(session, to, &current).await.map_err(failed)? {
        return Err(failed(first));
    }
    session.run(&sql).await.map_err(failed)
}

/// Rolls back the prepared transactions of a database; true when there were some.
async fn roll_back_prepared(session: &Session, to: &ConnectTo, name: &str) -> Result<bool, DbError> {
    let rows =
        session.query("SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE database = $1", &[&name]).await?;
    if rows.is_empty() {
        return Ok(false);
    }
    let inside = Session::open(&to.with_database(name)).await?;
    for row in rows {
        if let Ok(gid) = row.try_get::<_, String>(0) {
            inside.run(&format!("ROLLBACK PREPARED {}", freehold_model::name::quote_literal(&gid))).await?;
        }
    }
    Ok(true)
}
