//! Scripts judged as the program judges them: by their text, with a live database, by a rehearsal.

use std::{path::Path, path::PathBuf, sync::Arc, time::Duration};

use freehold_app::{
    Severity, check,
    lint::{self, Flags, Source},
    progress::Silent,
    report::{FindingSeverity, Report, ReportFinding},
    rules,
    settings::{Measure, PreludeSource, Settings},
};
use freehold_db::{ConnectTo, Session};
use freehold_sandbox::testing;

use crate::case::{Depth, History};

/// Rule, whether it is more than an opinion, and message of each finding; the downs of the cases are no matter.
pub(crate) type Said = Vec<(String, bool, String)>;

fn said(report: &Report) -> Said {
    let of_down = |finding: &&ReportFinding| {
        finding.rule.starts_with("down-")
            || finding.rule == "migration-without-down"
            || finding.place.as_ref().is_some_and(|place| place.file.contains("/U"))
    };
    let findings = report.findings.iter().filter(|finding| !of_down(finding));
    findings
        .map(|finding| {
            (finding.rule.clone(), finding.severity != FindingSeverity::Note, finding.message.clone())
        })
        .collect()
}

fn settings(project: &Path, history: &History) -> Settings {
    let mut settings = Settings::load(project, &rules::ALL).unwrap();
    settings.migrations.format = Some("flyway".to_owned());
    settings.lint.start_after = history.applied();
    settings.lint.postgres = history.example.options.majors.clone();
    for (table, rows) in &history.example.options.rows {
        settings.volumes.insert(format!("{}.{}", table.schema, table.name), *rows);
    }
    settings.tenancy.column.clone_from(&history.example.options.tenant_column);
    settings.tenancy.root.clone_from(&history.example.options.tenant_root);
    settings.tenancy.shared.clone_from(&history.example.options.shared);
    settings.tenancy.role.clone_from(&history.example.options.application_role);
    settings.sandbox.prelude = Some(vec![PreludeSource::File(PathBuf::from("there.sql"))]);
    settings
}

/// By the text alone.
pub(crate) async fn by_text(history: &History) -> Result<Said, String> {
    linted(history, None).await
}

/// With the catalog of a database in which the applied scripts were run, or by a rehearsal of all.
pub(crate) async fn by(depth: Depth, history: &History) -> Result<Said, String> {
    match depth {
        Depth::Live => live(history).await,
        Depth::Rehearsal => rehearsed(history).await,
    }
}

async fn linted(history: &History, live: Option<ConnectTo>) -> Result<Said, String> {
    let folder = tempfile::tempdir().unwrap();
    history.write(folder.path());
    let request = lint::Request {
        project_dir: folder.path().to_owned(),
        settings: settings(folder.path(), history),
        source: Source::Folder(None),
        migrations_format: None,
        flags: Flags::default(),
        since: None,
        start_after: None,
        baseline: None,
        write_baseline: false,
        live,
        probe: None,
        snapshot: None,
        try_fixes: false,
        search: testing::options().search,
        pg_major: None,
        cache_dir: None,
        fail_on: Severity::Error,
        progress: Arc::new(Silent),
    };
    lint::run(request).await.map(|run| said(&run.report)).map_err(|error| in_words(&error))
}

async fn live(history: &History) -> Result<Said, String> {
    let scratch = testing::scratch().await;
    let session = Session::open(&scratch.connect_to()).await.map_err(|error| in_words(&error))?;
    session.run(&history.there).await.map_err(|error| in_words(&error))?;
    for script in history.example.scripts.iter().filter(|script| script.applied) {
        session.run(&script.text).await.map_err(|error| format!("{}: {}", script.name, in_words(&error)))?;
        session.run("RESET ALL").await.map_err(|error| in_words(&error))?;
    }
    session.run(&history.by_hand).await.map_err(|error| in_words(&error))?;
    session.run("ANALYZE").await.map_err(|error| in_words(&error))?;
    session.close().await;
    let said = linted(history, Some(scratch.connect_to())).await;
    scratch.remove().await.map_err(|error| in_words(&error))?;
    said
}

async fn rehearsed(history: &History) -> Result<Said, String> {
    let folder = tempfile::tempdir().unwrap();
    history.write(folder.path());
    let request = check::Request {
        project_dir: folder.path().to_owned(),
        settings: settings(folder.path(), history),
        migrations_dir: None,
        migrations_format: None,
        server: None,
        allow_production: false,
        pg_major: None,
        snapshot: None,
        search: testing::options().search,
        cache_dir: None,
        timeout: Duration::from_secs(60),
        measure: Measure::None,
        repeat: false,
        isolation: false,
        fail_on: Severity::Error,
        progress: Arc::new(Silent),
    };
    let (report, _) = check::run(request).await.map_err(|error| in_words(&error))?;
    let refused: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.rule == "migration-fails" || finding.rule == "syntax-error")
        .map(|finding| finding.message.as_str())
        .collect();
    if refused.is_empty() { Ok(said(&report)) } else { Err(refused.join("; ")) }
}

fn in_words(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
