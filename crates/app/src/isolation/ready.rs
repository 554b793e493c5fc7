//! A project whose migrations stand applied on a scratch database.

use freehold_migrate::Folder;
use freehold_prove::rehearsal::{self, Standing};

use super::{IsolationRunError, Request};
use crate::{
    check::{self, CheckError, Servers, Steps},
    report::NotVerified,
};

/// What every use of the proof begins with.
pub(super) struct Ready {
    pub(super) folder: Folder,
    pub(super) steps: Steps,
    pub(super) servers: Servers,
    pub(super) standing: Standing,
    /// What was assumed of the server, and scripts that could not be taken along.
    pub(super) gaps: Vec<NotVerified>,
}

/// Reads the folder and applies it.
pub(super) async fn prepared(request: &Request) -> Result<Ready, IsolationRunError> {
    let project = &request.project;
    let dir = check::migrations_dir(project)?;
    let format = project.migrations_format.clone().or_else(|| project.settings.migrations.format.clone());
    let folder = freehold_migrate::read(&dir, format.as_deref()).map_err(CheckError::from)?;
    let mut steps = Steps::read(&folder, &project.project_dir);
    if let Some(broken) = steps.findings.iter().find(|finding| finding.rule.id == "syntax-error") {
        return Err(IsolationRunError::unreadable(broken));
    }
    let preludes = check::preludes(&project.settings, &project.project_dir, &folder)?;
    let options = check::options(project, preludes.scripts);
    let servers = Servers::start(project).await?;
    project.progress.phase("Applying the migrations", None);
    let standing = rehearsal::standing(servers.first(), &steps.ready, &options).await;
    let standing = match standing.map_err(CheckError::from)? {
        Ok(standing) => standing,
        Err(refused) => return Err(IsolationRunError::refused(&steps.ready, refused)),
    };
    let mut gaps = std::mem::take(&mut steps.not_verified);
    gaps.extend(preludes.gaps);
    if standing.passed_over > 0 {
        let what = format!("the {} migrations that were refused", standing.passed_over);
        gaps.push(NotVerified::asked(what, "migrations before them are no SQL and were left out"));
    }
    Ok(Ready { folder, steps, servers, standing, gaps })
}
