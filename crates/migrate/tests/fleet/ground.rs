//! What the tests of fleets stand on: tenants in a scratch database, a folder, and an ear for events.

use std::fs;
use std::sync::{Arc, Mutex};

use freehold_db::Session;
use freehold_migrate::{
    Command, Event, FleetOptions, FleetOutcome, Prepared, RunOptions, Target, TargetOutcome, run_many,
};
use freehold_sandbox::{Scratch, testing};

pub(super) const UP: Command = Command::Up { count: None };

/// A scratch database with empty schemas of these names.
pub(super) struct Tenants {
    pub(super) scratch: Scratch,
    pub(super) session: Session,
}

impl Tenants {
    pub(super) async fn new(schemas: &[&str]) -> Self {
        let scratch = testing::scratch().await;
        let session = Session::open(&scratch.connect_to()).await.unwrap();
        for schema in schemas {
            session.run(&format!("create schema \"{schema}\"")).await.unwrap();
        }
        Self { scratch, session }
    }

    pub(super) fn target(&self, schema: &str) -> Target {
        Target::schema(self.scratch.connect_to(), schema, vec!["public".to_owned()])
    }

    pub(super) fn targets(&self, schemas: &[&str]) -> Vec<Target> {
        schemas.iter().map(|schema| self.target(schema)).collect()
    }

    /// The first column of the first row, as text.
    pub(super) async fn text(&self, sql: &str) -> String {
        self.session.query(sql, &[]).await.unwrap()[0].get(0)
    }
}

/// A folder of up scripts, numbered in the order given.
pub(super) fn prepared(scripts: &[&str]) -> Arc<Prepared> {
    let dir = tempfile::tempdir().unwrap();
    for (at, script) in scripts.iter().enumerate() {
        fs::write(dir.path().join(format!("{}_step.up.sql", at + 1)), script).unwrap();
        fs::write(dir.path().join(format!("{}_step.down.sql", at + 1)), "select 1;").unwrap();
    }
    Arc::new(Prepared::new(freehold_migrate::read(dir.path(), None).unwrap()))
}

/// The outcome, and all events in the order in which they were told.
pub(super) async fn go(
    targets: Vec<Target>,
    scripts: &[&str],
    fleet: FleetOptions,
) -> (FleetOutcome, Vec<Event>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    let listener = Arc::new(move |event| ear.lock().unwrap().push(event));
    let outcome = run_many(targets, prepared(scripts), UP, RunOptions::default(), fleet, listener).await;
    let events = heard.lock().unwrap().clone();
    (outcome, events)
}

pub(super) fn workers(parallel: usize) -> FleetOptions {
    FleetOptions { parallel, ..FleetOptions::default() }
}

/// Each target's name with what came of it, in one word.
pub(super) fn words(outcome: &FleetOutcome) -> Vec<String> {
    let word = |outcome: &TargetOutcome| match outcome {
        TargetOutcome::Applied(done) => format!("applied {}", done.ran.len()),
        TargetOutcome::UpToDate(_) => "up to date".to_owned(),
        TargetOutcome::Stopped(done) => format!("stopped with {} left", done.left),
        TargetOutcome::Failed(_) => "failed".to_owned(),
        TargetOutcome::Gone { what, .. } => format!("gone: {what}"),
        TargetOutcome::NotTried(why) => why.to_string(),
    };
    outcome.targets.iter().map(|result| format!("{}: {}", result.target, word(&result.outcome))).collect()
}
