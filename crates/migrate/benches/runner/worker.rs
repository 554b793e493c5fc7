//! The runner as a program of its own, which can be measured and killed: `--worker WHAT KIND SOCKETS FOLDER COUNT`.

use std::path::Path;
use std::process::Command as Process;
use std::sync::Arc;

use freehold_db::{ConnectTo, DbError, Session};
use freehold_migrate::{
    Command, FleetOptions, LookOptions, Prepared, RunOptions, Target, TargetOutcome, look_many, plan,
    run_many,
};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::ground::Outcome;

/// What tells tenants apart.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// A schema for each, all in the database [`DATABASE`].
    Schemas,
    /// A database for each.
    Databases,
}

/// The database that holds the schemas.
pub(crate) const DATABASE: &str = "tenants";

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Schemas => "schemas",
            Self::Databases => "databases",
        }
    }
}

/// The name of a tenant, which is its schema or its database.
pub(crate) fn name(tenant: usize) -> String {
    format!("tenant_{tenant:05}")
}

/// What the worker does with its targets.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    /// Applies what is pending.
    Up,
    /// Finds out what is pending, and changes nothing.
    Status,
    /// Only opens a session on each and closes it: what no look can go below.
    Connect,
}

/// The command that starts one.
pub(crate) fn command(
    work: Work,
    kind: Kind,
    socket_dir: &Path,
    folder: &Path,
    count: usize,
) -> Outcome<Process> {
    let mut process = Process::new(std::env::current_exe()?);
    let work = match work {
        Work::Up => "up",
        Work::Status => "status",
        Work::Connect => "connect",
    };
    process.args(["--worker", work, kind.word()]).arg(socket_dir).arg(folder).arg(count.to_string());
    Ok(process)
}

/// The worker itself; the arguments are those after `--worker`.
pub(crate) async fn work(arguments: &[String]) -> Outcome<()> {
    let [work, kind, socket_dir, folder, count] = arguments else {
        return Err("--worker WHAT KIND SOCKETS FOLDER COUNT".into());
    };
    let targets: Vec<Target> = (1..=count.parse()?)
        .map(|tenant| {
            let name = name(tenant);
            let to = |database: &str| ConnectTo::socket(Path::new(socket_dir), 5432, "postgres", database);
            match kind.as_str() {
                "schemas" => Target::schema(to(DATABASE), name, Vec::new()),
                _ => Target::database(name.clone(), to(&name)),
            }
        })
        .collect();
    let prepared = Arc::new(Prepared::new(freehold_migrate::read(Path::new(folder), None)?));
    match work.as_str() {
        "up" => up(targets, prepared).await,
        "connect" => connect(&targets).await,
        _ => status(&targets, &prepared).await,
    }
}

async fn up(targets: Vec<Target>, prepared: Arc<Prepared>) -> Outcome<()> {
    let all = Command::Up { count: None };
    let fleet = FleetOptions::default();
    let outcome = run_many(targets, prepared, all, RunOptions::default(), fleet, Arc::new(|_| {})).await;
    for target in &outcome.targets {
        if !matches!(target.outcome, TargetOutcome::Applied(_) | TargetOutcome::UpToDate(_)) {
            return Err(format!("{}: {:?}", target.target, target.outcome).into());
        }
    }
    Ok(())
}

async fn status(targets: &[Target], prepared: &Prepared) -> Outcome<()> {
    let all = Command::Up { count: None };
    let pending = look_many(targets, Some(prepared), LookOptions::default(), |_, _, history| {
        let history = history.ok()?;
        Some(plan(prepared, &history, &all, RunOptions::default().allow).ok()?.steps.len())
    })
    .await;
    let known: usize = pending.iter().flatten().sum();
    println!("{known} pending, {} targets not understood", pending.iter().filter(|p| p.is_none()).count());
    Ok(())
}

async fn connect(targets: &[Target]) -> Outcome<()> {
    let sessions = stream::iter(targets.iter().map(|target| async {
        Session::open(&target.to).await?.close().await;
        Ok::<(), DbError>(())
    }));
    sessions.buffer_unordered(LookOptions::default().parallel).try_collect::<()>().await?;
    Ok(())
}
