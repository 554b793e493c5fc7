//! `freehold isolation --fix`: a migration that closes what leaked, tried before it is shown.
//!
//! The changes are applied one by one to a copy of the scratch database that has rows of three tenants in it; one that the
//! server refuses is left out and said to remain. Then the tenant line is tried again, and the way back must give the
//! schema as it was.

use std::{path::PathBuf, sync::Arc};

use freehold_db::{
    Session,
    catalog::{CatalogReader, read_roles},
};
use freehold_migrate::{ComposeOptions, Scripts, compose};
use freehold_model::catalog::{Catalog, Roles};
use freehold_prove::{
    isolation::{
        self, IsolationError, Matrix, Outcome,
        fix::{self, Change, Form},
    },
    rehearsal::Standing,
};
use freehold_sandbox::{Scratch, Server};

use super::{IsolationRunError, Request, matrix, prepared};
use crate::tenancy::{self, Resolved};

/// How often what still leaks is looked at again: a change can be in the way of the next.
const ROUNDS: usize = 3;

/// The name of the migration.
const NAME: &str = "enforce_tenant_line";

/// A fix that was tried, and what came of it.
#[derive(Debug, Clone, Default)]
pub struct Closed {
    /// Leaks before it.
    pub leaks_before: usize,
    /// Leaks after it: way, target and what it means.
    pub leaks_after: Vec<String>,
    /// The script that applies it; empty when nothing leaked, or nothing could be closed.
    pub up: String,
    /// The script that takes it back.
    pub down: String,
    /// What the fix does not close, or the server refused, and what to do.
    pub remains: Vec<String>,
    /// What is different from before once it was taken back; nothing when the way back is whole.
    pub down_leaves: Vec<String>,
    /// The files that were written, the up script first.
    pub files: Vec<PathBuf>,
    /// What was done otherwise than expected when they were written.
    pub remarks: Vec<String>,
}

/// Proves, writes the fix, applies it, proves again, takes it back. With `write` the migration is put into the folder.
///
/// # Errors
/// As for [`super::run`]; and when the migration cannot be written.
pub async fn close(request: Request, citus: bool, write: bool) -> Result<Closed, IsolationRunError> {
    let progress = Arc::clone(&request.project.progress);
    let outcome = closed(&request, citus, write).await;
    progress.done();
    outcome
}

async fn closed(request: &Request, citus: bool, write: bool) -> Result<Closed, IsolationRunError> {
    let ready = prepared(request).await?;
    let server = ready.servers.first();
    let state = State::of(server, &ready.standing, request);
    let closed = state.closed(citus).await?;
    ready.standing.scratch.remove().await?;
    let mut closed = closed;
    ready.servers.stop().await?;
    if write && !closed.up.is_empty() {
        let options = ComposeOptions {
            scripts: Some(Scripts { up: closed.up.clone(), down: closed.down.clone() }),
            ..ComposeOptions::at(jiff::Timestamp::now())
        };
        let format = ready.folder.format.name();
        let composed = compose(&ready.folder.dir, Some(format), NAME, &options)
            .map_err(|error| IsolationRunError::Unwritten(Box::new(error)))?;
        closed.files = composed.files;
        closed.remarks = composed.remarks;
    }
    Ok(closed)
}

/// What a fix is tried on.
struct State<'a> {
    server: &'a Server,
    standing: &'a Standing,
    request: &'a Request,
}

impl<'a> State<'a> {
    fn of(server: &'a Server, standing: &'a Standing, request: &'a Request) -> Self {
        Self { server, standing, request }
    }

    fn resolve(&self, catalog: &Catalog, roles: &Roles) -> Result<Resolved, IsolationRunError> {
        tenancy::resolve(catalog, roles, &self.request.project.settings).ok_or(IsolationRunError::NoTenancy)
    }

    async fn proved(&self, standing: &Standing) -> Result<(Resolved, Matrix), IsolationRunError> {
        let resolved = self.resolve(&standing.catalog, &standing.roles)?;
        let progress = &*self.request.project.progress;
        let matrix = matrix(self.server, standing, &resolved, &self.request.options, progress).await?;
        Ok((resolved, matrix))
    }

    async fn closed(&self, citus: bool) -> Result<Closed, IsolationRunError> {
        let (resolved, before) = self.proved(self.standing).await?;
        let mut closed = Closed { leaks_before: before.leaks().count(), ..Closed::default() };
        if closed.leaks_before == 0 {
            return Ok(closed);
        }
        let options = &self.request.options;
        let full = isolation::peopled(
            self.server,
            &self.standing.scratch,
            &self.standing.catalog,
            &resolved.tenancy,
            options,
        )
        .await?;
        let empty = self.server.fork(&self.standing.scratch).await?;
        let mut now = Standing {
            scratch: empty,
            catalog: Arc::clone(&self.standing.catalog),
            roles: self.standing.roles.clone(),
            passed_over: 0,
        };
        let mut changes: Vec<Change> = Vec::new();
        let (mut resolved, mut matrix) = (resolved, before);
        for _ in 0..ROUNDS {
            let form = Form { citus, major: self.server.version().major() };
            let role = matrix.effective_role.as_deref();
            let fix = fix::fix(&now.catalog, &resolved.tenancy, &matrix, role, &form);
            closed.remains = fix.remains;
            let wanted: Vec<Change> =
                fix.changes.into_iter().filter(|change| !changes.contains(change)).collect();
            if wanted.is_empty() {
                break;
            }
            let taken = apply(&[&full, &now.scratch], wanted, &mut closed.remains).await?;
            if taken.is_empty() {
                break;
            }
            changes.extend(taken);
            (now.catalog, now.roles) = read(&now.scratch).await?;
            (resolved, matrix) = self.proved(&now).await?;
            if matrix.leaks().next().is_none() {
                break;
            }
        }
        closed.leaks_after = told(&matrix);
        let fix = fix::Fix { changes, remains: Vec::new() };
        (closed.up, closed.down) = (fix.up(), fix.down());
        closed.down_leaves = self.taken_back(&full, &now.scratch, &closed.down).await?;
        full.remove().await?;
        now.scratch.remove().await?;
        Ok(closed)
    }

    /// What is different from the schema as it was once the fix was taken back.
    async fn taken_back(
        &self,
        full: &Scratch,
        empty: &Scratch,
        down: &str,
    ) -> Result<Vec<String>, IsolationRunError> {
        for scratch in [full, empty] {
            let session = open(scratch).await?;
            let outcome = session.run(down).await;
            session.close().await;
            if let Err(error) = outcome {
                return Ok(vec![format!("the server refuses to take it back: {}", said(&error))]);
            }
        }
        let (catalog, _) = read(empty).await?;
        Ok(self.standing.catalog.differences(&catalog).iter().map(ToString::to_string).collect())
    }
}

/// Applies changes one by one; those that any of the databases refuses are left out.
async fn apply(
    databases: &[&Scratch],
    changes: Vec<Change>,
    remains: &mut Vec<String>,
) -> Result<Vec<Change>, IsolationRunError> {
    let mut sessions = Vec::new();
    for scratch in databases {
        sessions.push(open(scratch).await?);
    }
    let mut taken = Vec::new();
    for change in changes {
        let mut refused = None;
        for session in &sessions {
            // Several statements without BEGIN are one transaction: a refusal leaves nothing behind.
            if let Err(error) = session.run(&change.up).await {
                refused = Some(said(&error));
                break;
            }
        }
        match refused {
            None => taken.push(change),
            Some(why) => {
                remains.push(format!(
                    "refused by the server, so left out: {} ({why})",
                    change.up.replace('\n', " ")
                ));
                // The first database may have taken it.
                if let Some(first) = sessions.first() {
                    first.run(&change.down).await.ok();
                }
            }
        }
    }
    for session in sessions {
        session.close().await;
    }
    Ok(taken)
}

fn said(error: &freehold_db::DbError) -> String {
    error.server().map_or_else(|| error.to_string(), ToString::to_string)
}

async fn open(scratch: &Scratch) -> Result<Session, IsolationRunError> {
    Session::open(&scratch.connect_to()).await.map_err(|source| own("opening a session", source))
}

async fn read(scratch: &Scratch) -> Result<(Arc<Catalog>, Roles), IsolationRunError> {
    let session = open(scratch).await?;
    let catalog =
        CatalogReader::new().read(&session).await.map_err(|source| own("reading the catalog", source))?;
    let roles = read_roles(&session).await.map_err(|source| own("reading the roles", source))?;
    session.close().await;
    Ok((catalog, roles))
}

fn own(doing: &str, source: freehold_db::DbError) -> IsolationRunError {
    IsolationError::Own { doing: doing.to_owned(), source: Box::new(source) }.into()
}

fn told(matrix: &Matrix) -> Vec<String> {
    matrix
        .leaks()
        .filter_map(|cell| {
            let target = matrix.target_of(cell)?;
            match &cell.outcome {
                Outcome::Leaked(leak) => Some(format!("{} {}: {}", cell.way.id, target.name, leak.means)),
                _ => None,
            }
        })
        .collect()
}
