//! Targets as they are: read over sessions that cannot write.

use std::{collections::BTreeSet, sync::Arc};

use freehold_db::{
    ConnectTo, DbError,
    catalog::{CatalogReader, read_roles},
};
use freehold_migrate::{HistoryTable, Line, Prepared, Target, find_peers, history::History, look_at};
use freehold_model::{catalog::Catalog, version::PgVersion};
use futures_util::StreamExt as _;

use super::{
    DriftTarget,
    error::DriftError,
    part::{self, Leave},
};

/// How many databases are read at once.
const AT_ONCE: usize = 8;

/// One target as it is.
#[derive(Debug)]
pub(super) struct Live {
    /// Its place among the targets that were asked for.
    pub(super) number: usize,
    pub(super) target: Target,
    pub(super) catalog: Catalog,
    /// Who owns what the migrations make.
    pub(super) owner: String,
    /// The roles of its server.
    pub(super) roles: Arc<BTreeSet<String>>,
    pub(super) version: PgVersion,
    /// The migrations that are applied there, by index in the folder, in the order of application.
    pub(super) applied: Vec<usize>,
    /// The last version.
    pub(super) at: Option<String>,
    pub(super) leave: Leave,
    pub(super) remarks: Vec<String>,
}

/// Reads all targets, one connection for each database. Outcomes are in the order of the targets.
pub(super) async fn read(
    targets: &[DriftTarget],
    prepared: &Prepared,
) -> Vec<Result<Live, (usize, DriftError)>> {
    let mut databases: Vec<(&ConnectTo, Vec<(usize, &DriftTarget)>)> = Vec::new();
    for (number, target) in targets.iter().enumerate() {
        match databases.iter_mut().find(|(to, _)| **to == target.target.to) {
            Some((_, several)) => several.push((number, target)),
            None => databases.push((&target.target.to, vec![(number, target)])),
        }
    }
    let work = databases.into_iter().map(|(to, targets)| database(to, targets, prepared));
    let read: Vec<Vec<_>> = futures_util::stream::iter(work).buffer_unordered(AT_ONCE).collect().await;
    let mut all: Vec<_> = read.into_iter().flatten().collect();
    all.sort_by_key(|outcome| match outcome {
        Ok(live) => live.number,
        Err((number, _)) => *number,
    });
    all
}

async fn database(
    to: &ConnectTo,
    targets: Vec<(usize, &DriftTarget)>,
    prepared: &Prepared,
) -> Vec<Result<Live, (usize, DriftError)>> {
    let read_only = to.with_setting("default_transaction_read_only", "on");
    let mut line = match Line::open(&read_only).await {
        Ok(line) => line,
        Err(error) => {
            return all_failed(&targets, error, |target, source| DriftError::Connect { target, source });
        }
    };
    let whole = match Whole::read(&line).await {
        Ok(whole) => whole,
        Err(error) => {
            line.close().await;
            return all_failed(&targets, error, |target, source| DriftError::Catalog { target, source });
        }
    };
    let mut outcomes = Vec::with_capacity(targets.len());
    for (number, target) in targets {
        let outcome = one(&mut line, number, target, &whole, prepared).await;
        outcomes.push(outcome.map_err(|error| (number, error)));
    }
    line.close().await;
    outcomes
}

/// One error for each target of a database.
fn all_failed(
    targets: &[(usize, &DriftTarget)],
    error: DbError,
    of: impl Fn(String, Arc<DbError>) -> DriftError,
) -> Vec<Result<Live, (usize, DriftError)>> {
    let error = Arc::new(error);
    let failed = |(number, target): &(usize, &DriftTarget)| {
        Err((*number, of(target.target.name.clone(), Arc::clone(&error))))
    };
    targets.iter().map(failed).collect()
}

/// What all targets of one database share.
struct Whole {
    catalog: Arc<Catalog>,
    roles: Arc<BTreeSet<String>>,
    superuser: bool,
}

impl Whole {
    async fn read(line: &Line) -> Result<Self, DbError> {
        let session = line.session();
        let catalog = CatalogReader::new().read(session).await?;
        let roles = read_roles(session).await?;
        let roles = Arc::new(roles.roles.iter().map(|role| role.name.clone()).collect());
        let asked = session.query("SELECT pg_catalog.current_setting('is_superuser') = 'on'", &[]).await?;
        let superuser = asked.first().and_then(|row| row.try_get(0).ok()).unwrap_or(false);
        Ok(Self { catalog, roles, superuser })
    }
}

async fn one(
    line: &mut Line,
    number: usize,
    wanted: &DriftTarget,
    whole: &Whole,
    prepared: &Prepared,
) -> Result<Live, DriftError> {
    let target = &wanted.target;
    let mut remarks = Vec::new();
    let history = look_at(line, target)
        .await
        .map_err(|source| DriftError::History { target: target.name.clone(), source: Box::new(source) })?;
    let applied = match &wanted.applied {
        Some(applied) => applied.clone(),
        None => keys(&history, &mut remarks),
    };
    let mut leave = Leave { tables: wanted.leave_out.clone(), mapping_options: false };
    leave.tables.push(target.history.clone());
    let schema = target.tenant.as_ref().map(|tenant| tenant.schema.as_str());
    // A table that looks like another tool's and cannot be read is compared like any other.
    for peer in find_peers(line.session(), schema).await.unwrap_or_default() {
        leave.tables.push(HistoryTable::new(&peer.table.schema, &peer.table.name));
    }
    let mappings = whole
        .catalog
        .others
        .iter()
        .any(|other| other.kind == freehold_model::catalog::ObjectKind::UserMapping);
    if mappings && !whole.superuser {
        leave.mapping_options = true;
        remarks.push(format!(
            "Options of user mappings were not compared: {} may not read them.",
            target.to.user()
        ));
    }
    let owner = whole
        .catalog
        .relations
        .iter()
        .find(|relation| {
            relation.name.schema == target.history.schema && relation.name.name == target.history.table
        })
        .map_or_else(|| target.to.user().to_owned(), |table| table.owner.clone());
    let catalog = match schema {
        Some(schema) if !whole.catalog.schemas.iter().any(|known| known.name == schema) => {
            return Err(DriftError::NoSchema { target: target.name.clone() });
        }
        Some(schema) => part::of_schema(&whole.catalog, schema, &leave),
        None => part::of_database(&whole.catalog, &leave),
    };
    let version = line.session().version();
    let at = applied.last().cloned();
    let applied = in_folder(&applied, prepared, &mut remarks);
    let (target, roles) = (target.clone(), Arc::clone(&whole.roles));
    Ok(Live { number, target, catalog, owner, roles, version, applied, at, leave, remarks })
}

/// The keys of what the history says is applied, in order.
fn keys(history: &History, remarks: &mut Vec<String>) -> Vec<String> {
    if !history.exists {
        remarks.push("There is no history here: compared with no migration applied.".to_owned());
    }
    if let Some(row) = history.unfinished() {
        remarks.push(format!("{} stopped in the middle; what it did shows as drift.", row.label()));
    }
    history.applied().into_iter().map(|row| row.version.clone()).collect()
}

/// Their places in the folder. What has no file there is named, unless the folder's first script stands for it.
fn in_folder(keys: &[String], prepared: &Prepared, remarks: &mut Vec<String>) -> Vec<usize> {
    let stands_for = prepared.migrations().iter().position(|migration| {
        freehold_migrate::Squashed::of(&migration.up).is_some()
            || migration.kind == freehold_migrate::MigrationKind::Baseline
    });
    let reached = stands_for.and_then(|index| {
        let key = prepared.migrations().get(index)?.key();
        keys.iter().position(|known| *known == key)
    });
    let mut places = Vec::new();
    let mut gone = Vec::new();
    for (number, key) in keys.iter().enumerate() {
        match prepared.index_of(key) {
            Some(index) => places.push(index),
            None if reached.is_some_and(|reached| number < reached) => {}
            None => gone.push(key.as_str()),
        }
    }
    if !gone.is_empty() {
        remarks.push(format!(
            "Applied here, but without a file in the folder: {}; what they did shows as drift.",
            gone.join(", ")
        ));
    }
    places
}
