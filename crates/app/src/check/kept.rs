//! What a check leaves beside the migrations: the rehearsal as a record, without what differs from run to run.

use std::collections::{BTreeSet, HashMap};

use freehold_migrate::{Folder, Migration, MigrationKind, ReadyScript, link};
use freehold_model::finding::{Finding, Severity};
use freehold_prove::{
    observation::{Observed, RelationSeen, StepRun},
    rehearsal::Rehearsal,
    step::Step,
};

use super::record::{reversible, transaction};
use crate::{
    record::{Counts, Record, RecordLock, RecordMigration, RecordStatement, Seen},
    report::{LockBlocks, ReportIndexBuild, slashed},
};

/// The record of a rehearsal; `None` for one file with a whole schema, which nobody applies step by step.
pub(super) fn record(
    folder: &Folder,
    steps: &[Step],
    rehearsal: &Rehearsal,
    findings: &[Finding],
    server_major: u32,
) -> Option<Record> {
    if !folder.dir.is_dir() || folder.migrations.iter().any(|m| m.kind == MigrationKind::WholeSchema) {
        return None;
    }
    let mut record = Record::new(server_major, folder.format.name());
    record.findings = counts(findings.iter());
    let about = by_migration(steps, findings);
    let mut chain = String::new();
    for (number, ((step, run), migration)) in
        steps.iter().zip(&rehearsal.steps).zip(&folder.migrations).enumerate()
    {
        chain = link(&chain, migration);
        let findings = about.get(&number).map_or(&[][..], Vec::as_slice);
        record.migrations.push(one(folder, migration, (step, run), findings, &chain));
    }
    Some(record)
}

fn one(
    folder: &Folder,
    migration: &Migration,
    (step, run): (&Step, &StepRun),
    findings: &[&Finding],
    chain: &str,
) -> RecordMigration {
    let path = &migration.up.file.path;
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    RecordMigration {
        key: migration.key(),
        file: slashed(path.strip_prefix(&folder.dir).unwrap_or(path)),
        up: migration.up.checksum.clone(),
        down: migration.down.as_ref().map(|down| down.checksum.clone()),
        chain: chain.to_owned(),
        applied: run.up.refused.is_none(),
        transaction: transaction(&step.up),
        reversible: reversible(step, run),
        findings: counts(findings.iter().copied()),
        error_rules: errors.map(|f| f.rule.id.to_owned()).collect::<BTreeSet<_>>().into_iter().collect(),
        statements: statements(migration, step, run),
    }
}

/// The findings about the files of each migration, by its number.
fn by_migration<'f>(steps: &[Step], findings: &'f [Finding]) -> HashMap<usize, Vec<&'f Finding>> {
    let mut numbers = HashMap::new();
    for (number, step) in steps.iter().enumerate() {
        numbers.entry(&step.file).or_insert(number);
        if let Some(down) = &step.down {
            numbers.entry(&down.place.file).or_insert(number);
        }
    }
    let mut about: HashMap<usize, Vec<&Finding>> = HashMap::new();
    for finding in findings {
        let number = finding.place.as_ref().and_then(|place| numbers.get(&place.file));
        if let Some(number) = number {
            about.entry(*number).or_default().push(finding);
        }
    }
    about
}

fn counts<'f>(findings: impl Iterator<Item = &'f Finding>) -> Counts {
    findings.fold(Counts::default(), |mut counts, finding| {
        match finding.severity {
            Severity::Error => counts.errors += 1,
            Severity::Warning => counts.warnings += 1,
            Severity::Note => counts.notes += 1,
        }
        counts
    })
}

fn statements(migration: &Migration, step: &Step, run: &StepRun) -> Vec<RecordStatement> {
    let mut seen: HashMap<usize, &Observed> = HashMap::new();
    for observed in &run.up.statements {
        seen.entry(observed.index).or_insert(observed);
    }
    // The runner's own words for a statement, which keep passwords out.
    let ready = ReadyScript::of(&migration.up).ok();
    let headline = |index: usize| ready.as_ref().map(|ready| ready.headline(index)).unwrap_or_default();
    (0..step.up.statements.len()).map(|index| statement(headline(index), seen.get(&index).copied())).collect()
}

fn statement(headline: String, observed: Option<&Observed>) -> RecordStatement {
    let Some(observed) = observed else {
        return RecordStatement {
            headline,
            seen: Seen::NotRun,
            locks: Vec::new(),
            rewrites: Vec::new(),
            scans: Vec::new(),
            index_builds: Vec::new(),
        };
    };
    let locks = observed.locks.iter().filter(|lock| is_named(&lock.relation)).map(|lock| RecordLock {
        relation: lock.relation.display.clone(),
        mode: lock.mode.to_string(),
        blocks: LockBlocks::from(lock.mode.blocks()),
    });
    let builds = observed.index_builds.iter().filter(|build| is_named(&build.relation));
    let builds: BTreeSet<(String, String)> =
        builds.map(|build| (build.relation.display.clone(), build.index.clone())).collect();
    RecordStatement {
        headline,
        seen: if observed.unseen.is_some() { Seen::Partly } else { Seen::Whole },
        locks: locks.collect::<BTreeSet<_>>().into_iter().collect(),
        rewrites: names(&observed.rewrites),
        scans: names(&observed.scans),
        index_builds: builds
            .into_iter()
            .map(|(relation, index)| ReportIndexBuild { index, relation })
            .collect(),
    }
}

fn names(relations: &[RelationSeen]) -> Vec<String> {
    let names: BTreeSet<&str> =
        relations.iter().filter(|relation| is_named(relation)).map(|r| r.display.as_str()).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// False for what the server named itself, by numbers that differ from run to run: the tables behind wide values, and
/// what is temporary. Nobody else meets a lock on these.
fn is_named(relation: &RelationSeen) -> bool {
    let temporary = relation.schema.starts_with("pg_temp_") || relation.schema.starts_with("pg_toast_temp_");
    !(relation.schema.is_empty() || relation.schema == "pg_toast" || temporary)
}
