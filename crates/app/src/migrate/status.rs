//! Where targets stand, without changing them: `freehold migrate status` and `version`.

mod standing;
mod types;

use std::sync::Arc;

use freehold_migrate::{LookOptions, Prepared, Target, look_many};

pub use standing::{Fact, facts};
pub use types::{EditedStatus, MigrationStatus, Standing, Status, StatusCounts, TargetStatus, Trouble};

use super::run::kind_of;
use crate::report::Outcome;

/// The version of the shape of [`Status`].
pub const VERSION: u32 = 1;

/// Looks at the targets. One that cannot be looked at is told as such, and does not hold up the others. With `whole`,
/// every migration of every target is listed; without it, only those that are not simply applied.
pub async fn status(targets: &[Target], prepared: &Prepared, look: LookOptions, whole: bool) -> Status {
    let judged = look_many(targets, Some(prepared), look, |_, target, history| match history {
        Ok(history) => {
            let mut status = standing::of_target(&target.name, prepared, &history);
            if !whole {
                status.migrations.retain(|migration| !migration.is_plain());
            }
            (status, Outcome::Clean)
        }
        Err(error) => (TargetStatus::unreachable(&target.name, &error), kind_of(&error)),
    })
    .await;
    Status {
        version: VERSION,
        folder: prepared.migrations().len(),
        newest: prepared.migrations().iter().rev().map(|m| m.version.clone()).find(|v| !v.is_empty()),
        skipped: prepared.folder().skipped.iter().map(|s| crate::report::slashed(&s.path)).collect(),
        targets: judged.into_iter().map(|(status, _)| status).collect(),
    }
}

/// The version that is the last one applied; `None` where nothing is.
///
/// # Errors
/// When the target cannot be reached, or its history cannot be read.
pub async fn version(
    target: &Target,
    look: LookOptions,
) -> Result<Option<String>, Arc<freehold_migrate::RunError>> {
    let answers = look_many(std::slice::from_ref(target), None, look, |_, _, history| {
        history.map(|history| history.version().map(|row| row.version.clone()))
    })
    .await;
    answers.into_iter().next().unwrap_or(Ok(None))
}

impl Status {
    /// What it comes to. `check`: whether pending migrations, and what does not fit, count as findings; else only a target
    /// that cannot be looked at is no success.
    pub fn outcome(&self, check: bool) -> Outcome {
        if self.targets.iter().any(|target| target.trouble.is_some()) {
            Outcome::CouldNotRun
        } else if check && self.targets.iter().any(|target| !target.is_up_to_date()) {
            Outcome::Findings
        } else {
            Outcome::Clean
        }
    }
}
