//! Where targets stand, without changing them.

use freehold_migrate::{
    Line, Prepared, Target,
    history::{History, HistoryRow, Standing},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::MigrateError;

/// Where all targets stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// The version of this shape: 1.
    pub version: u32,
    /// The targets, in the order in which they were named.
    pub targets: Vec<TargetStatus>,
}

/// Where one target stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetStatus {
    /// The target.
    pub target: String,
    /// The version that is the last one applied; absent when nothing is.
    pub at: Option<String>,
    /// The migrations, in the order of the folder, then those that are applied and have no file.
    pub migrations: Vec<MigrationStatus>,
}

/// Where one migration stands on one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MigrationStatus {
    /// Its version.
    pub version: String,
    /// Its name.
    pub name: String,
    /// Where it stands: `applied`, `pending`, `half-applied`, `half-reverted`.
    pub standing: String,
    /// When it was applied.
    pub applied_at: Option<String>,
    /// By whom.
    pub applied_by: Option<String>,
}

/// Looks at the targets.
///
/// # Errors
/// When one cannot be reached or its history cannot be read.
pub async fn status(targets: &[Target], prepared: &Prepared) -> Result<Status, MigrateError> {
    let mut all = Vec::with_capacity(targets.len());
    for target in targets {
        let history = look(target).await?;
        all.push(of_target(target, prepared, &history));
    }
    Ok(Status { version: 1, targets: all })
}

/// Reads the history of one target over a connection of its own.
///
/// # Errors
/// When it cannot be reached or its history cannot be read.
pub async fn look(target: &Target) -> Result<History, MigrateError> {
    let named = || target.name.clone();
    let mut line =
        Line::open(&target.to).await.map_err(|source| MigrateError::Connect { target: named(), source })?;
    let history = freehold_migrate::look_at(&mut line, target).await;
    line.close().await;
    history.map_err(|source| MigrateError::History { target: named(), source })
}

fn of_target(target: &Target, prepared: &Prepared, history: &History) -> TargetStatus {
    let latest = history.latest();
    let mut migrations: Vec<MigrationStatus> = prepared
        .migrations()
        .iter()
        .map(|migration| {
            let key = migration.key();
            row_status(&key, &migration.name, latest.get(key.as_str()).copied())
        })
        .collect();
    for row in history.applied() {
        if prepared.index_of(&row.version).is_none() {
            migrations.push(row_status(&row.version, &row.name, Some(row)));
        }
    }
    TargetStatus {
        target: target.name.clone(),
        at: history.version().map(|row| row.version.clone()),
        migrations,
    }
}

fn row_status(key: &str, name: &str, row: Option<&HistoryRow>) -> MigrationStatus {
    let standing = row.map_or(Standing::NotApplied, HistoryRow::standing);
    let row = row.filter(|_| standing != Standing::NotApplied);
    MigrationStatus {
        version: key.to_owned(),
        name: name.to_owned(),
        standing: match standing {
            Standing::Applied => "applied",
            Standing::NotApplied => "pending",
            Standing::HalfApplied => "half-applied",
            Standing::HalfReverted => "half-reverted",
        }
        .to_owned(),
        applied_at: row.map(|row| row.applied_at.to_string()),
        applied_by: row.map(|row| row.applied_by.clone()),
    }
}
