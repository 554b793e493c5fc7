//! An audit of what the project's migrations give, on a scratch database.

use std::{collections::BTreeSet, path::PathBuf};

use freehold_db::Session;
use freehold_model::finding::Finding;
use freehold_operate::roles::audit::{Audited, audit};
use freehold_prove::rehearsal::{Options, standing};
use freehold_sandbox::{Sandbox, SandboxOptions, Scratch, Server};

use super::{AuditRequest, ProjectPlace, RolesError, Seen, subjects};
use crate::{
    check::{CheckError, Steps, preludes},
    report::{NotVerified, Project},
};

/// Rules about what is decided where the database is made, not in a migration: by whom it is owned and reached.
const OF_THE_DEPLOYMENT: &[&str] = &["public-connects", "owner-is-superuser"];

pub(super) async fn seen(request: &AuditRequest, place: &ProjectPlace) -> Result<Seen, RolesError> {
    let dir = folder_of(request, place)?;
    let format = request.settings.migrations.format.as_deref();
    let folder = freehold_migrate::read(&dir, format).map_err(CheckError::from)?;
    let steps = Steps::read(&folder, &request.project_dir);
    let preludes = preludes(&request.settings, &request.project_dir, &folder)?;
    let options = Options { prelude: preludes.scripts, ..Options::default() };
    request.progress.phase("Starting a private PostgreSQL", None);
    let mut sandbox = SandboxOptions {
        search: place.search.clone(),
        pg_major: place.pg_major.or(request.settings.sandbox.pg_major),
        ..SandboxOptions::default()
    };
    if let Some(cache_dir) = &place.cache_dir {
        sandbox.cache_dir.clone_from(cache_dir);
    }
    let server = Server::Own(Sandbox::start(&sandbox).await.map_err(CheckError::from)?);
    let description = format!("PostgreSQL {}, private sandbox", server.version());
    request.progress.phase("Applying migrations", None);
    let before = standing(&server, &[], &options).await.map_err(CheckError::from)?;
    let before = match before {
        Ok(standing) => look(&standing.scratch, request).await?.findings,
        Err(_) => Vec::new(),
    };
    let (whole, passed_over) =
        match standing(&server, &steps.ready, &options).await.map_err(CheckError::from)? {
            Ok(standing) => (look(&standing.scratch, request).await?, standing.passed_over),
            Err(refused) => {
                let label = steps.ready.get(refused.step).map_or_else(String::new, |step| step.label());
                return Err(RolesError::Refused { label, source: Box::new(refused.error) });
            }
        };
    server.close().await.map_err(CheckError::from)?;
    let mut gaps = steps.not_verified;
    if steps.ready.len() < folder.migrations.len() {
        let left = folder.migrations.len() - steps.ready.len();
        gaps.push(NotVerified::asked(
            format!("{left} migrations"),
            "their scripts are no SQL, or follow one that is none",
        ));
    }
    if passed_over > 0 {
        gaps.push(NotVerified::asked(
            format!("{passed_over} migrations"),
            "they were refused, after others that are no SQL had been left out",
        ));
    }
    gaps.extend(preludes.gaps);
    gaps.push(NotVerified::for_completeness(
        "who owns the database and its objects, and who may connect",
        "that is decided where the migrations are applied: `freehold roles audit --url` looks there",
    ));
    Ok(Seen {
        findings: of_the_project(whole.findings, &before),
        application: whole.application.into_iter().collect(),
        guessed: whole.guessed,
        missing: whole.missing,
        gaps,
        project: Project {
            dir: request.project_dir.display().to_string(),
            migrations_dir: Some(dir.display().to_string()),
            format: Some(folder.format.name().to_owned()),
            server: Some(description),
        },
    })
}

/// Without what a prelude is the reason of.
fn of_the_project(findings: Vec<Finding>, before: &[Finding]) -> Vec<Finding> {
    let there: BTreeSet<(&str, &str)> = before.iter().map(|f| (f.rule.id, f.message.as_str())).collect();
    findings
        .into_iter()
        .filter(|f| !OF_THE_DEPLOYMENT.contains(&f.rule.id))
        .filter(|f| !there.contains(&(f.rule.id, f.message.as_str())))
        .collect()
}

async fn look(scratch: &Scratch, request: &AuditRequest) -> Result<Audited, RolesError> {
    let session = Session::open(&scratch.connect_to()).await.map_err(RolesError::Database)?;
    let audited = audit(&session, &subjects(request)).await.map_err(RolesError::Database);
    session.close().await;
    audited
}

fn folder_of(request: &AuditRequest, place: &ProjectPlace) -> Result<PathBuf, CheckError> {
    if let Some(dir) = &place.migrations_dir {
        return Ok(dir.clone());
    }
    if let Some(dir) = &request.settings.migrations.dir {
        return Ok(request.settings.folder().unwrap_or(&request.project_dir).join(dir));
    }
    let candidates = freehold_migrate::find_migrations_dir(&request.project_dir);
    match candidates.as_slice() {
        [only] => Ok(only.dir.clone()),
        [] => Err(CheckError::NoMigrationsDir { project: request.project_dir.clone() }),
        several => {
            Err(CheckError::SeveralMigrationsDirs { dirs: several.iter().map(|c| c.dir.clone()).collect() })
        }
    }
}
