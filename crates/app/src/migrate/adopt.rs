//! `freehold migrate adopt`: another tool's history is taken over. Its table is read, and never changed.

mod types;

use std::sync::Arc;

use freehold_db::Session;
use freehold_migrate::{
    Adoption, Command, Obstacle, PeerError, PeerHistory, Prepared, TakenOver, Target, find_peers, match_with,
    read_peer,
};
use futures_util::{StreamExt, stream};

pub use types::{AdoptReport, AdoptTarget, AdoptedMigration};

use super::{run::with_causes, status::Trouble};
use crate::report::Outcome;

/// What to take over.
#[derive(Debug, Clone, Copy)]
pub struct Request<'r> {
    /// The targets.
    pub targets: &'r [Target],
    /// The folder.
    pub prepared: &'r Prepared,
    /// The tool, where several have left a history.
    pub tool: Option<&'r str>,
    /// Its table, where it has another name than usual.
    pub table: Option<&'r str>,
    /// Take over although applied migrations have no file.
    pub allow_missing: bool,
    /// Take over although files were changed after they were applied.
    pub allow_changed: bool,
    /// How many targets are looked at at once.
    pub parallel: usize,
}

/// Why a target's history cannot be taken over.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// The target cannot be reached.
    #[error("the target cannot be reached")]
    Connect(#[source] freehold_db::DbError),
    /// The other tool's table cannot be read.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// No tool has left a history.
    #[error("no history of another tool was found")]
    Nothing {
        /// The tools that were looked for.
        tools: Vec<&'static str>,
    },
    /// Several tools have.
    #[error("there are several histories: {}", found.join(", "))]
    Several {
        /// The tool and the table of each.
        found: Vec<String>,
    },
}

impl AdoptError {
    /// What to do next, as a sentence.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Connect(error) => error.help().map(str::to_owned),
            Self::Peer(error) => error.help(),
            Self::Nothing { tools } => Some(format!(
                "Looked for the tables of {}. Name the table with --table if it has another name; on a database that no \
                 tool has a history of, `freehold migrate baseline VERSION` says where it stands.",
                tools.join(", ")
            )),
            Self::Several { .. } => Some("Name one with --from, or its table with --table.".to_owned()),
        }
    }
}

/// What would be taken over on each target, and the work that does it on those that are clear.
pub async fn adopt(request: &Request<'_>) -> (AdoptReport, Vec<(Target, Arc<Command>)>) {
    let looks = request.targets.iter().map(|target| async move { (target, one(request, target).await) });
    let found: Vec<_> = stream::iter(looks).buffered(request.parallel.max(1)).collect().await;
    let mut report = AdoptReport { version: 1, targets: Vec::with_capacity(found.len()) };
    let mut work = Vec::new();
    for (target, outcome) in found {
        match outcome {
            Ok(adoption) => {
                let told = told(request, target, &adoption);
                if told.obstacles.is_empty() {
                    work.push((target.clone(), Arc::new(command(&adoption, request.prepared))));
                }
                report.targets.push(told);
            }
            Err(error) => {
                let trouble = Trouble { error: with_causes(&error), help: error.help() };
                report.targets.push(AdoptTarget::troubled(&target.name, trouble));
            }
        }
    }
    (report, work)
}

async fn one(request: &Request<'_>, target: &Target) -> Result<Adoption, AdoptError> {
    let session = Session::open(&target.to).await.map_err(AdoptError::Connect)?;
    let history = find(request, target, &session).await;
    session.close().await;
    Ok(match_with(request.prepared.folder(), &history?))
}

async fn find(request: &Request<'_>, target: &Target, session: &Session) -> Result<PeerHistory, AdoptError> {
    let schema = target.tenant.as_ref().map(|tenant| tenant.schema.as_str());
    if let Some(table) = request.table {
        // In a tenant's schema, a table that is named without one is the tenant's.
        let table = match schema {
            Some(schema) if !table.contains('.') => {
                format!("{}.{table}", freehold_model::name::quote_identifier(schema))
            }
            _ => table.to_owned(),
        };
        return Ok(read_peer(session, &table, request.tool).await?);
    }
    let mut found = find_peers(session, schema).await?;
    if let Some(tool) = request.tool {
        found.retain(|history| history.tool == tool);
    } else if found.len() > 1 {
        // Of several, the one whose tool the folder is written for.
        let format = request.prepared.folder().format.name();
        let of_format = found.iter().filter(|history| history.tool == format).count();
        if of_format == 1 {
            found.retain(|history| history.tool == format);
        }
    }
    match found.len() {
        0 | 1 => found.pop().ok_or_else(|| AdoptError::Nothing {
            tools: freehold_migrate::PEERS.iter().map(|peer| peer.tool()).collect(),
        }),
        _ => Err(AdoptError::Several {
            found: found.iter().map(|history| format!("{} in {}", history.tool, history.table)).collect(),
        }),
    }
}

fn command(adoption: &Adoption, prepared: &Prepared) -> Command {
    let entries = adoption.applied.iter().filter_map(|adopted| {
        Some(TakenOver {
            version: prepared.migrations().get(adopted.migration)?.key(),
            applied_at: adopted.applied_at,
            tool: adoption.tool,
        })
    });
    Command::Adopt { entries: entries.collect() }
}

fn told(request: &Request<'_>, target: &Target, adoption: &Adoption) -> AdoptTarget {
    let (waived, obstacles): (Vec<&Obstacle>, Vec<&Obstacle>) =
        adoption.obstacles.iter().partition(|obstacle| match obstacle {
            Obstacle::NoFile { .. } => request.allow_missing,
            Obstacle::Changed { .. } => request.allow_changed,
            _ => false,
        });
    let label = |index: &usize| {
        request.prepared.migrations().get(*index).map(freehold_migrate::Migration::label).unwrap_or_default()
    };
    let mut remarks = adoption.remarks.clone();
    remarks.extend(waived.iter().map(|obstacle| format!("Let pass: {obstacle}.")));
    remarks.extend(adoption.without_file.iter().filter_map(|gone| {
        let why = gone.explained.as_ref()?;
        Some(format!("{} is applied; its file is left out: {why}.", gone.entry.label()))
    }));
    AdoptTarget {
        target: target.name.clone(),
        trouble: None,
        tool: Some(adoption.tool.to_owned()),
        table: Some(adoption.table.to_string()),
        applied: adoption
            .applied
            .iter()
            .map(|adopted| AdoptedMigration {
                version: adopted.version.clone(),
                name: adopted.name.clone(),
                applied_at: adopted.applied_at.map(|at| at.to_string()),
            })
            .collect(),
        pending: adoption.pending.iter().map(|awaiting| label(&awaiting.migration)).collect(),
        undecided: adoption.undecided.iter().map(label).collect(),
        obstacles: obstacles
            .iter()
            .map(|obstacle| Trouble {
                error: obstacle.to_string(),
                help: Some(format!("{}{}", obstacle.help(), flag_for(obstacle))),
            })
            .collect(),
        remarks,
    }
}

/// The flag that lets it pass.
fn flag_for(obstacle: &Obstacle) -> &'static str {
    match obstacle {
        Obstacle::NoFile { .. } => " with --allow-missing",
        Obstacle::Changed { .. } => " with --allow-changed",
        _ => "",
    }
}

impl AdoptReport {
    /// What looking at the targets comes to: one that cannot be looked at wins over one that has to be decided.
    pub fn outcome(&self) -> Outcome {
        if self.targets.iter().any(|target| target.trouble.is_some()) {
            Outcome::CouldNotRun
        } else if self.targets.iter().any(|target| !target.obstacles.is_empty()) {
            Outcome::Findings
        } else {
            Outcome::Clean
        }
    }
}
