//! `freehold roles`: the roles of an application, planned, applied, and audited on a live database or on what the
//! project's migrations give.

mod error;
mod project;

use std::{collections::BTreeSet, path::PathBuf, sync::Arc, time::Instant};

use freehold_db::{ConnectTo, Session};
use freehold_model::finding::{Finding, Severity};
use freehold_operate::roles as operate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    migrate::{destination::Destination, policy::Policy},
    progress::Progress,
    report::{NotVerified, Project, Report, ReportFinding, ScriptsRead, Sources},
    settings::Settings,
};
pub use error::RolesError;
pub use freehold_operate::roles::{BadName, Hierarchy};

/// What to audit, and how.
#[derive(Debug)]
pub struct AuditRequest {
    /// The project's folder.
    pub project_dir: PathBuf,
    /// What `freehold.toml` says.
    pub settings: Settings,
    /// The hierarchy, as far as it is there.
    pub hierarchy: Hierarchy,
    /// Further roles that are the application's.
    pub named: Vec<String>,
    /// Where to look.
    pub place: Place,
    /// The severity from which on findings make the run fail.
    pub fail_on: Severity,
    /// Told what is being done.
    pub progress: Arc<dyn Progress>,
}

/// Where an audit looks.
#[derive(Debug)]
pub enum Place {
    /// At a live database, over a session that cannot write.
    Live(ConnectTo),
    /// At a scratch database with the project's migrations.
    Project(ProjectPlace),
}

/// How the project's migrations are applied for an audit.
#[derive(Debug, Default)]
pub struct ProjectPlace {
    /// The folder of migrations; detected when neither this nor the settings name it.
    pub migrations_dir: Option<PathBuf>,
    /// Where to look for PostgreSQL's programs.
    pub search: freehold_sandbox::Search,
    /// The major version of the private server; the newest found otherwise.
    pub pg_major: Option<u32>,
    /// Where templates of servers are kept between runs.
    pub cache_dir: Option<PathBuf>,
}

/// What an audit of one database gave.
struct Seen {
    findings: Vec<Finding>,
    application: BTreeSet<String>,
    guessed: bool,
    missing: Vec<String>,
    gaps: Vec<NotVerified>,
    project: Project,
}

/// Audits. No report of it is without a word on which roles were taken for the application's.
///
/// # Errors
/// When the database cannot be looked at, or the migrations cannot be applied.
pub async fn audit(request: AuditRequest) -> Result<(Report, Sources), RolesError> {
    let begun = Instant::now();
    let progress = Arc::clone(&request.progress);
    let seen = match &request.place {
        Place::Live(to) => live(&request, to).await,
        Place::Project(place) => project::seen(&request, place).await,
    };
    progress.done();
    let seen = seen?;
    let mut report = Report::new("roles audit", seen.project);
    let names: Vec<&str> = seen.application.iter().map(String::as_str).collect();
    report.not_verified = seen.gaps;
    report.not_verified.extend(seen.missing.iter().map(|name| {
        NotVerified::asked(
            format!("what {name} may do"),
            "it was named as a role of the application, and is not there",
        )
    }));
    if names.is_empty() {
        report.not_verified.push(NotVerified::asked(
            "what the application may do",
            "none of its roles is known here; name one with --role or as `[tenancy] role` in freehold.toml",
        ));
    } else {
        let how = if seen.guessed {
            "nobody named the application's roles: these hold privileges and own nothing; name them with --role"
        } else {
            "these were taken for the application's roles, because they were named or are members of such"
        };
        let what = format!("roles other than {}", names.join(", "));
        report.not_verified.push(NotVerified::for_completeness(what, how));
    }
    let findings = request.settings.leveled(seen.findings);
    report.findings = findings.iter().map(ReportFinding::from).collect();
    report.seal_read(&ScriptsRead::default(), request.fail_on, begun.elapsed());
    Ok((report, Sources::new()))
}

fn subjects(request: &AuditRequest) -> operate::audit::Subjects {
    let role = request.settings.tenancy.role.iter().cloned();
    operate::audit::Subjects {
        hierarchy: request.hierarchy.clone(),
        named: request.named.iter().cloned().chain(role).collect(),
    }
}

async fn live(request: &AuditRequest, to: &ConnectTo) -> Result<Seen, RolesError> {
    request.progress.phase("Looking at the database", None);
    let read_only = to
        .with_setting("default_transaction_read_only", "on")
        .with_setting("statement_timeout", "60s")
        .with_setting("lock_timeout", "3s")
        .with_setting("application_name", "freehold roles");
    let session = Session::open(&read_only).await.map_err(RolesError::Database)?;
    let audited = operate::audit::audit(&session, &subjects(request)).await;
    let server = format!("PostgreSQL {}, {}", session.version(), to.masked());
    session.close().await;
    let audited = audited.map_err(RolesError::Database)?;
    Ok(Seen {
        findings: audited.findings,
        application: audited.application.into_iter().collect(),
        guessed: audited.guessed,
        missing: audited.missing,
        gaps: Vec::new(),
        project: Project {
            dir: request.project_dir.display().to_string(),
            server: Some(server),
            ..Project::default()
        },
    })
}

/// A plan in both directions, for people and programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RolesPlan {
    /// The version of this shape: 1.
    pub version: u32,
    /// Makes the hierarchy, or whatever of it is missing.
    pub up: Vec<RolesStatement>,
    /// Takes it away.
    pub down: Vec<RolesStatement>,
}

/// A statement of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RolesStatement {
    /// What it is for.
    pub about: String,
    /// One SQL command.
    pub sql: String,
}

/// The plan for a hierarchy whose names were judged.
pub fn plan(hierarchy: &Hierarchy) -> RolesPlan {
    let plan = operate::plan(hierarchy);
    let told = |statements: Vec<operate::Statement>| {
        statements.into_iter().map(|s| RolesStatement { about: s.about, sql: s.sql }).collect()
    };
    RolesPlan { version: 1, up: told(plan.up), down: told(plan.down) }
}

/// One direction of the plan as a script, in one transaction.
pub fn script(hierarchy: &Hierarchy, back: bool) -> String {
    let plan = operate::plan(hierarchy);
    operate::Plan::script(if back { &plan.down } else { &plan.up })
}

/// What applying came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Applied {
    /// The version of this shape: 1.
    pub version: u32,
    /// The database, without its password.
    pub database: String,
    /// Statements that were run.
    pub statements: usize,
    /// Whether anything is different.
    pub changed: bool,
}

/// Carries a plan out in one transaction, on a database that was named for this very command.
///
/// # Errors
/// When the database is one of production and nobody said that they know, or when the server refuses a statement: then
/// nothing is changed.
pub async fn apply(
    destination: &Destination,
    hierarchy: &Hierarchy,
    back: bool,
    i_know: bool,
) -> Result<Applied, RolesError> {
    let policy = Policy::of(destination);
    if policy.judges() && !i_know {
        return Err(RolesError::Production { ground: policy.ground.to_string() });
    }
    let plan = operate::plan(hierarchy);
    let statements = if back { plan.down } else { plan.up };
    let to = destination.to.with_setting("application_name", "freehold roles");
    let session = Session::open(&to).await.map_err(RolesError::Database)?;
    let changed = operate::apply(&session, &statements).await;
    session.close().await;
    Ok(Applied {
        version: 1,
        database: destination.to.masked(),
        statements: statements.len(),
        changed: changed.map_err(RolesError::Apply)?,
    })
}
