//! Migrations at start (feature `migrate`).
//!
//! [`migrate!`](crate::migrate!) embeds a folder of migrations into the program, and [`Migrations::run`] applies what is
//! pending, with the runner that the tool `freehold` has: the same formats, the same history table, and one migrator at
//! a time. When several instances of a service start at once, one of them migrates and the others wait for it.
//!
//! ```
//! # freehold_tenancy_ground::with_empty(|owner_url| async move {
//! let done = freehold_tenancy::migrate!("../../examples/meetings/migrations").run(&owner_url).await?;
//! println!("{} migrations applied, now at {:?}", done.applied.len(), done.version);
//! # Ok(())
//! # });
//! ```
//!
//! The URL is that of the schema's owner, not of the role that tenants' statements run as.
//!
//! The compiler builds anew when an embedded file changes. A file that is added is seen when the crate is built anew for
//! another reason; to make sure of it, put a build script beside `Cargo.toml`:
//!
//! ```
//! println!("cargo:rerun-if-changed=migrations");
//! ```
//!
//! In builds with debug assertions [`Migrations::run`] compares the names with the folder, if it is still there, and
//! answers [`MigrateError::Stale`] rather than leave a new migration out.

mod error;
mod stale;

use std::{path::Path, sync::Arc, time::Duration};

use freehold_db::ConnectTo;
use freehold_migrate::{
    Command, Event, HistoryTable, Prepared, RunOptions, Target, What, read_embedded, run,
};
use serde::Deserialize;

pub use error::MigrateError;

/// A folder of migrations that is a part of the program; [`migrate!`](crate::migrate!) makes it.
///
/// ```
/// use std::time::Duration;
/// use freehold_tenancy::migrate::Migrations;
///
/// const MIGRATIONS: Migrations =
///     freehold_tenancy::migrate!("../../examples/meetings/migrations").wait(Duration::from_secs(60));
/// ```
#[derive(Debug, Clone, Copy)]
#[must_use = "nothing is applied before run()"]
pub struct Migrations {
    folder: &'static str,
    files: &'static [(&'static str, &'static [u8])],
    settings: Option<&'static str>,
    format: Option<&'static str>,
    on_disk: &'static str,
    wait: Option<Duration>,
    lock_timeout: Option<Duration>,
}

/// What [`Migrations::run`] did.
///
/// ```
/// # freehold_tenancy_ground::with_empty(|owner_url| async move {
/// let migrations = freehold_tenancy::migrate!("../../examples/meetings/migrations");
/// let first = migrations.run(&owner_url).await?;
/// assert_eq!(first.applied.len(), 14);
/// let again = migrations.run(&owner_url).await?;
/// assert!(again.applied.is_empty());
/// assert_eq!(again.version, first.version);
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migrated {
    /// The migrations that this call applied, as `version name`; empty when there was nothing to do.
    pub applied: Vec<String>,
    /// The last version that is applied now; `None` when there is none.
    pub version: Option<String>,
}

/// What is read of `freehold.toml`; the rest is the tool's.
#[derive(Default, Deserialize)]
struct Settings {
    #[serde(default)]
    migrations: Folder,
    #[serde(default)]
    migrate: History,
}

#[derive(Default, Deserialize)]
struct Folder {
    format: Option<String>,
}

#[derive(Default, Deserialize)]
struct History {
    history: Option<String>,
}

impl Migrations {
    #[doc(hidden)]
    pub const fn embedded(
        folder: &'static str,
        files: &'static [(&'static str, &'static [u8])],
        settings: Option<&'static str>,
        format: Option<&'static str>,
        on_disk: &'static str,
    ) -> Self {
        Self { folder, files, settings, format, on_disk, wait: None, lock_timeout: None }
    }

    /// For how long one waits for another instance that migrates (5 min unless said); then it is
    /// [`MigrateError::Busy`].
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let migrations = freehold_tenancy::migrate!("../../examples/meetings/migrations");
    /// let patient = migrations.wait(Duration::from_secs(1_800));
    /// assert!(format!("{patient:?}").contains("wait: Some(1800s)"));
    /// ```
    pub const fn wait(mut self, time: Duration) -> Self {
        self.wait = Some(time);
        self
    }

    /// For how long a statement waits for a lock before it gives up its place in the queue and is tried again later
    /// (3 s unless said).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let migrations = freehold_tenancy::migrate!("../../examples/meetings/migrations");
    /// let polite = migrations.lock_timeout(Duration::from_millis(500));
    /// assert!(format!("{polite:?}").contains("lock_timeout: Some(500ms)"));
    /// ```
    pub const fn lock_timeout(mut self, time: Duration) -> Self {
        self.lock_timeout = Some(time);
        self
    }

    /// Applies what is pending. Each migration is committed together with its row in the history, so that a run that was
    /// cut short goes on where it stopped.
    ///
    /// # Errors
    /// [`MigrateError`]: by whether folder, settings, URL or a migration were at fault.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_empty(|owner_url| async move {
    /// let done = freehold_tenancy::migrate!("../../examples/meetings/migrations").run(&owner_url).await?;
    /// assert_eq!(done.applied[0].split(' ').nth(1), Some("create_organizations"));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn run(&self, url: &str) -> Result<Migrated, MigrateError> {
        if cfg!(debug_assertions) {
            stale::check(self.on_disk, self.files)?;
        }
        let settings: Settings = self
            .settings
            .map(toml::from_str)
            .transpose()
            .map_err(MigrateError::Settings)?
            .unwrap_or_default();
        let format = self.format.or(settings.migrations.format.as_deref());
        let folder = read_embedded(Path::new(self.folder), self.files, format)
            .map_err(|error| MigrateError::Folder(Box::new(error)))?;
        let target = target(url, settings.migrate.history.as_deref())?;
        let default = RunOptions::default();
        let options = RunOptions {
            wait: self.wait.unwrap_or(default.wait),
            lock_timeout: self.lock_timeout.unwrap_or(default.lock_timeout),
            ..default
        };
        let prepared = Arc::new(Prepared::new(folder));
        let done = run(&target, &prepared, &Command::Up { count: None }, &options, &tell)
            .await
            .map_err(MigrateError::of_run)?;
        let applied = done.ran.into_iter().map(|(label, _)| label).collect();
        Ok(Migrated { applied, version: done.version })
    }
}

fn target(url: &str, history: Option<&str>) -> Result<Target, MigrateError> {
    let to = ConnectTo::from_url(url).map_err(|error| MigrateError::Url(Box::new(error)))?;
    let target = Target::database(to.database().to_owned(), to);
    let Some(history) = history else { return Ok(target) };
    let table = HistoryTable::parse(history).ok_or_else(|| MigrateError::History(history.to_owned()))?;
    Ok(target.with_history(table))
}

/// What the runner does, in the log.
fn tell(event: Event) {
    let target = &*event.target;
    match event.what {
        What::WaitingForMigrator { holder, waited } => {
            let holder = holder.map(|holder| holder.to_string()).unwrap_or_default();
            tracing::info!(database = target, holder, ?waited, "waiting for another instance that migrates");
        }
        What::Applied { step, took, .. } => {
            tracing::info!(
                database = target,
                version = step.version,
                name = step.name,
                ?took,
                "migration applied"
            );
        }
        What::WaitingForLock { step, waited, .. } => {
            tracing::warn!(
                database = target,
                version = step.version,
                ?waited,
                "a migration waits for a lock"
            );
        }
        What::Retried { step, why, attempt, .. } => {
            tracing::warn!(
                database = target,
                version = step.version,
                why,
                attempt,
                "a migration is tried again"
            );
        }
        What::Finished { steps, took } => {
            tracing::info!(database = target, steps, ?took, "migrations are up to date");
        }
        other => tracing::debug!(database = target, what = ?other, "migrating"),
    }
}
