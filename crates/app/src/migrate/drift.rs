//! `freehold migrate diff`, and the drift part of `verify`: databases against what their migrations give.
//!
//! For each target its history says which migrations are applied. Exactly those are applied, in that order, to a scratch
//! database on a private server of the same major version, and both catalogs are compared. Targets are only read, by
//! sessions that cannot write. The history's own table, and tables in which other tools keep theirs, are left out; of an
//! extension its version and schema are compared, not its members; a tenant's schema is compared alone, whatever its name.
//!
//! With what differs come statements for both directions, and each was tried: a copy of the scratch database is brought
//! to the state of the target, compared, brought back, and compared again. A difference that is nothing but another print
//! of the same definition shows by that, and is left out.

pub mod error;

mod expected;
mod live;
mod mapped;
mod part;
mod proof;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use freehold_migrate::{HistoryTable, Prepared, Target};
use freehold_model::catalog::{Catalog, Difference};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use error::DriftError;

use super::squash::Ground;
use crate::progress::Progress;
use expected::{Expected, Like, TENANT};
use live::Live;

/// What to compare.
#[derive(Debug, Clone)]
pub struct Request {
    /// The targets.
    pub targets: Vec<DriftTarget>,
    /// The folder.
    pub prepared: Arc<Prepared>,
    /// The PostgreSQL to apply it on. Unless a major version is asked for, each target's own is taken where it is
    /// installed.
    pub ground: Ground,
    /// Told what is being done.
    pub progress: Arc<dyn Progress>,
}

/// One target to compare.
#[derive(Debug, Clone)]
pub struct DriftTarget {
    /// The target. It is only read.
    pub target: Target,
    /// The keys of the migrations that are applied to it, in the order of application; read from its history when absent.
    pub applied: Option<Vec<String>>,
    /// Tables that are no part of the schema, beside the histories that are found.
    pub leave_out: Vec<HistoryTable>,
}

impl DriftTarget {
    /// A target as its own history describes it.
    pub fn new(target: Target) -> Self {
        Self { target, applied: None, leave_out: Vec::new() }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Drift {
    /// The version of this shape: 1.
    pub version: u32,
    /// The targets, in the order in which they were named.
    pub targets: Vec<TargetDrift>,
    /// The sets of differences there are; targets with the same set are in one group. The first group that has no
    /// differences, if there is one, holds the targets that are as the migrations make them.
    pub groups: Vec<DriftGroup>,
    /// Each difference, and the targets that have it.
    pub matrix: Vec<MatrixRow>,
}

/// What was found on one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TargetDrift {
    /// The target.
    pub target: String,
    /// Its group, from 0; absent when it could not be compared.
    pub group: Option<usize>,
    /// The version that was applied last.
    pub at: Option<String>,
    /// How many migrations it was compared with.
    pub applied: usize,
    /// What one should know, a sentence each.
    pub remarks: Vec<String>,
    /// Why it could not be compared.
    pub error: Option<String>,
}

/// Targets that differ in the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DriftGroup {
    /// The targets.
    pub targets: Vec<String>,
    /// What they were compared on.
    pub server: String,
    /// What differs: "added" is only in the database, "missing" is only in the migrations.
    pub differences: Vec<DriftDifference>,
    /// What a migration would have to do to give what the database has. Names are those of the group's first target.
    pub to_database: Option<DriftSql>,
    /// What would bring the database back to what its migrations give. Names are those of the group's first target.
    pub to_migrations: Option<DriftSql>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct DriftDifference {
    /// In one line.
    pub summary: String,
    /// The lines that differ in long definitions, each with `- ` (the migrations), `+ ` (the database) or two blanks.
    pub lines: Vec<String>,
}

/// Statements, and whether they were seen to do what they should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DriftSql {
    /// In the order in which they have to run, each by itself.
    pub statements: Vec<DriftStatement>,
    /// Differences for which there is no SQL.
    pub not_covered: Vec<String>,
    /// The role that has to run them, so that what they make belongs to it.
    pub run_as: Option<String>,
    /// True when they were run on a copy and made it equal.
    pub proven: bool,
    /// What was left when they were run, or what the server refused.
    pub left: Vec<String>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DriftStatement {
    /// The statement, without a semicolon.
    pub sql: String,
    /// The difference that it mends.
    pub why: String,
    /// True when rows or values go away with it.
    pub destroys: bool,
}

/// One difference and who has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MatrixRow {
    /// The difference in one line.
    pub difference: String,
    /// The targets that have it.
    pub targets: Vec<String>,
}

impl DriftSql {
    /// Nothing to do.
    fn none() -> Self {
        Self { statements: Vec::new(), not_covered: Vec::new(), run_as: None, proven: true, left: Vec::new() }
    }
}

impl Drift {
    /// True when every target could be compared and none differs.
    pub fn is_clean(&self) -> bool {
        self.targets.iter().all(|target| target.error.is_none())
            && self.groups.iter().all(|group| group.differences.is_empty())
    }
}

/// Compares.
///
/// # Errors
/// When the migrations cannot be applied on a private server. What goes wrong with one target is told of that target.
pub async fn run(request: &Request) -> Result<Drift, DriftError> {
    let outcome = compare(request).await;
    request.progress.done();
    outcome
}

async fn compare(request: &Request) -> Result<Drift, DriftError> {
    request.progress.phase("Reading the databases", None);
    let read = live::read(&request.targets, &request.prepared).await;
    let mut drift = Drift { version: 1, targets: Vec::new(), groups: Vec::new(), matrix: Vec::new() };
    drift.targets = request.targets.iter().map(|wanted| not_compared(&wanted.target.name)).collect();
    let mut likes: Vec<(Like, Vec<Live>)> = Vec::new();
    for outcome in read {
        match outcome {
            Ok(live) => {
                let like = Like::of(&live);
                match likes.iter_mut().find(|(known, _)| *known == like) {
                    Some((_, several)) => several.push(live),
                    None => likes.push((like, vec![live])),
                }
            }
            Err((number, error)) => {
                if let Some(target) = drift.targets.get_mut(number) {
                    target.error = Some(error.in_words());
                }
            }
        }
    }
    for (like, several) in likes {
        request.progress.phase("Applying the migrations to a private server", None);
        with_the_same(request, &like, several, &mut drift).await?;
    }
    drift.matrix = matrix(&drift.groups);
    Ok(drift)
}

fn not_compared(target: &str) -> TargetDrift {
    TargetDrift {
        target: target.to_owned(),
        group: None,
        at: None,
        applied: 0,
        remarks: Vec::new(),
        error: None,
    }
}

/// Targets that are compared with one state, grouped by what they are like themselves.
async fn with_the_same(
    request: &Request,
    like: &Like,
    several: Vec<Live>,
    drift: &mut Drift,
) -> Result<(), DriftError> {
    let roles: BTreeSet<String> = several.iter().flat_map(|live| live.roles.iter().cloned()).collect();
    let expected = Expected::make(&request.ground, like, &roles, &request.prepared).await?;
    // Catalogs under one name, so that tenants can be told to be alike.
    let mut alike: Vec<(Catalog, Vec<Live>)> = Vec::new();
    for live in several {
        let common = match &live.target.tenant {
            Some(tenant) => mapped::mapped(&live.catalog, &tenant.schema, TENANT),
            None => live.catalog.clone(),
        };
        let print = common.fingerprint();
        let same = |known: &Catalog| known.fingerprint() == print && known.differences(&common).is_empty();
        match alike.iter_mut().find(|(known, _)| same(known)) {
            Some((_, lives)) => lives.push(live),
            None => alike.push((common, vec![live])),
        }
    }
    request.progress.phase("Trying the way there and back", Some(alike.len() as u64));
    for (common, lives) in alike {
        let Some(first) = lives.first() else { continue };
        request.progress.step(&first.target.name);
        let group = group(&expected, &common, first).await?;
        let number = place_of(group, &lives, drift);
        for live in lives {
            if let Some(target) = drift.targets.get_mut(live.number) {
                target.group = Some(number);
                target.at = live.at;
                target.applied = live.applied.len();
                target.remarks = live.remarks;
                target.remarks.extend(expected.remarks.clone());
            }
        }
    }
    expected.end().await
}

/// What differs between the migrations and targets that are all alike, of which one is given.
async fn group(expected: &Expected, common: &Catalog, first: &Live) -> Result<DriftGroup, DriftError> {
    let given = expected.part(&first.leave);
    let found = expected.reprint.without(given.differences(common));
    let mut group = DriftGroup {
        targets: Vec::new(),
        server: expected.server.clone(),
        differences: Vec::new(),
        to_database: None,
        to_migrations: None,
    };
    if found.is_empty() {
        return Ok(group);
    }
    let schema = first.target.tenant.as_ref().map(|tenant| tenant.schema.as_str());
    let proof = proof::prove(expected, &first.catalog, schema, &first.leave).await?;
    if proof.differences.is_empty() {
        return Ok(group);
    }
    let own = format!("{TENANT}.");
    let shown = |difference: &Difference| {
        // Within a tenant's schema, names stand without it.
        let mut lines = difference.lines().into_iter().map(|line| line.replace(&own, ""));
        DriftDifference { summary: lines.next().unwrap_or_default(), lines: lines.collect() }
    };
    group.differences = proof.differences.iter().map(shown).collect();
    group.to_database = Some(proof.to_database);
    group.to_migrations = Some(proof.to_migrations);
    Ok(group)
}

/// Puts a group among the others: one without differences joins another one without.
fn place_of(mut group: DriftGroup, lives: &[Live], drift: &mut Drift) -> usize {
    let names = lives.iter().map(|live| live.target.name.clone());
    let known = drift.groups.iter_mut().enumerate().find(|(_, known)| {
        known.differences.is_empty() && group.differences.is_empty() && known.server == group.server
    });
    if let Some((number, known)) = known {
        known.targets.extend(names);
        return number;
    }
    group.targets.extend(names);
    drift.groups.push(group);
    drift.groups.len() - 1
}

fn matrix(groups: &[DriftGroup]) -> Vec<MatrixRow> {
    let mut rows: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for group in groups {
        for difference in &group.differences {
            rows.entry(&difference.summary).or_default().extend(group.targets.iter().cloned());
        }
    }
    let row =
        |(difference, targets): (&str, Vec<String>)| MatrixRow { difference: difference.to_owned(), targets };
    rows.into_iter().map(row).collect()
}
