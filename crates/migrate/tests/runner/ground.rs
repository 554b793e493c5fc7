//! What the tests of the runner stand on: a folder, a scratch database, and rows as a killed run leaves them.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use freehold_db::Session;
use freehold_migrate::{Command, Done, Event, Prepared, RunError, RunOptions, Target, What, run};
use freehold_sandbox::{Scratch, testing};

pub(crate) const UP: Command = Command::Up { count: None };

/// One run, and what was told during it.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) outcome: Result<Done, RunError>,
    pub(crate) told: Vec<What>,
}

impl Ran {
    /// The error with its causes.
    pub(crate) fn error(&self) -> String {
        match self.outcome.as_ref().unwrap_err().event() {
            What::Failed { error, .. } => error,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn help(&self) -> String {
        self.outcome.as_ref().unwrap_err().help().unwrap_or_default()
    }

    /// `line:column` of the place that the error names.
    pub(crate) fn place(&self) -> String {
        let place = self.outcome.as_ref().unwrap_err().place().unwrap();
        format!("{}:{}", place.start.line, place.start.column)
    }

    /// The indexes that were dropped because a run had left them invalid.
    pub(crate) fn dropped(&self) -> Vec<&str> {
        let dropped = self.told.iter().filter_map(|what| match what {
            What::IndexDropped { index, .. } => Some(index.as_str()),
            _ => None,
        });
        dropped.collect()
    }

    /// `done/of because` of the script that went on.
    pub(crate) fn resumed(&self) -> Option<String> {
        self.told.iter().find_map(|what| match what {
            What::Resumed { done, of, because, .. } => Some(format!("{done}/{of} {because}")),
            _ => None,
        })
    }

    pub(crate) fn skipped(&self) -> Vec<String> {
        let why = |what: &What| match what {
            What::Skipped { label, why } => Some(format!("{label}: {why}")),
            _ => None,
        };
        self.told.iter().filter_map(why).collect()
    }

    /// That the run did what was asked, with the reason if not.
    #[track_caller]
    pub(crate) fn ok(self) -> Done {
        match self.outcome {
            Ok(done) => done,
            Err(_) => panic!("{}\n{:#?}", self.error(), self.told),
        }
    }
}

pub(crate) struct Ground {
    pub(crate) scratch: Scratch,
    pub(crate) session: Session,
    pub(crate) dir: tempfile::TempDir,
    pub(crate) target: Target,
    pub(crate) options: RunOptions,
}

impl Ground {
    pub(crate) async fn new(files: &[(&str, &str)]) -> Self {
        let scratch = testing::scratch().await;
        let session = Session::open(&scratch.connect_to()).await.unwrap();
        let target = Target::database("app", scratch.connect_to());
        // Tests are about what happens, not about how long people would wait for it.
        let options =
            RunOptions { lock_timeout: Duration::from_millis(300), attempts: 2, ..RunOptions::default() };
        let ground = Self { scratch, session, dir: tempfile::tempdir().unwrap(), target, options };
        for (name, text) in files {
            ground.write(name, text);
        }
        ground
    }

    /// The same database with an empty folder.
    pub(crate) fn other_folder(&mut self, files: &[(&str, &str)]) {
        self.dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            self.write(name, text);
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path().join(name)).unwrap();
    }

    pub(crate) fn prepared(&self) -> Prepared {
        Prepared::new(freehold_migrate::read(self.path(), None).unwrap())
    }

    pub(crate) async fn run(&self, command: Command) -> Ran {
        self.run_at(&self.target, command).await
    }

    pub(crate) async fn run_at(&self, target: &Target, command: Command) -> Ran {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = Arc::clone(&heard);
        let listener = move |event: Event| ear.lock().unwrap().push(event.what);
        let outcome = run(target, &self.prepared(), &command, &self.options, &listener).await;
        let told = heard.lock().unwrap().clone();
        Ran { outcome, told }
    }

    pub(crate) async fn up(&self) -> Ran {
        self.run(UP).await
    }

    pub(crate) async fn sql(&self, sql: &str) {
        self.session.run(sql).await.unwrap();
    }

    /// The first column of the first row, as text.
    pub(crate) async fn text(&self, sql: &str) -> String {
        let sql = format!("select coalesce(x::text, 'NULL') from ({sql}) as q (x)");
        self.session.query(&sql, &[]).await.unwrap()[0].get(0)
    }

    /// Each row of the history: version, direction, state, and for scripts outside a transaction `done/of`.
    pub(crate) async fn log(&self) -> Vec<String> {
        self.log_of("freehold.migrations").await
    }

    pub(crate) async fn log_of(&self, table: &str) -> Vec<String> {
        let sql = format!(
            "select version || ' ' || direction || ' ' || state || coalesce(' ' || statement || '/' || statements, '') \
             || case when out_of_order then ' late' else '' end from {table} order by id"
        );
        self.session.query(&sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
    }

    /// The row that a run leaves that is killed in the script of a migration after `done` statements; `noted` is an
    /// expression for what was noted before the statement that was in flight.
    pub(crate) async fn killed(&self, version: &str, done: i32, noted: &str) {
        let prepared = self.prepared();
        let index = prepared.index_of(version).unwrap();
        let script = prepared.up(index).unwrap().unwrap();
        let of = i32::try_from(script.statements().len()).unwrap();
        let sql = format!(
            "insert into freehold.migrations (id, version, name, checksum, direction, state, applied_by, statement, \
             statements, progress, script) select coalesce(max(id), 0) + 1, $1, '', $2, 'up', 'running', 'somebody', $3, \
             $4, ({noted})::jsonb, $5 from freehold.migrations"
        );
        let source = script.source();
        self.session.query(&sql, &[&version, &source.checksum, &done, &of, &source.text()]).await.unwrap();
    }

    /// A folder of goose with one migration that is applied, and others that are not.
    pub(crate) async fn begun(setup: &str, files: &[(&str, String)]) -> Self {
        let ground = Self::new(&[("1_begin.sql", &format!("-- +goose Up\n{setup}\n"))]).await;
        ground.up().await.ok();
        for (name, text) in files {
            ground.write(name, text);
        }
        ground
    }
}

/// A script for goose, outside a transaction.
pub(crate) fn apart(up: &str) -> String {
    format!("-- +goose NO TRANSACTION\n-- +goose Up\n{up}\n")
}
