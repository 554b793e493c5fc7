//! Running a check on a folder, as the program would.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use freehold_app::{
    Severity,
    check::{CheckError, Request, run},
    progress::Silent,
    report::Report,
    rules,
    settings::{Measure, Settings},
};
use freehold_sandbox::testing;

/// The project's examples.
pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

/// A project with these files.
pub(crate) fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

/// An error with its causes on one line.
pub(crate) fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// What the program would ask for in this folder.
pub(crate) fn request(folder: &Path) -> Request {
    let mut settings = Settings::load(folder, &rules::ALL).expect("the folder's freehold.toml can be read");
    if settings.lint.select.is_empty() {
        let wanted = ["files", "rehearsal"].map(|name| rules::which(&rules::ALL, name).unwrap());
        settings.lint.select = wanted.to_vec();
    }
    let options = testing::options();
    Request {
        project_dir: folder.to_owned(),
        settings,
        migrations_dir: None,
        migrations_format: None,
        server: None,
        allow_production: false,
        pg_major: None,
        snapshot: None,
        search: options.search,
        cache_dir: None,
        timeout: Duration::from_secs(60),
        measure: Measure::None,
        repeat: true,
        isolation: true,
        fail_on: Severity::Error,
        progress: Arc::new(Silent),
    }
}

/// Checks a folder for what its files and its rehearsal show. Unless its settings choose rules, those of text and catalog
/// keep silent: tests of a rehearsal are written as briefly as can be, not well.
pub(crate) async fn check(folder: &Path) -> Result<Report, CheckError> {
    run(request(folder)).await.map(|(report, _)| report)
}

/// Checks a folder with all rules.
pub(crate) async fn check_with_all_rules(folder: &Path) -> Result<Report, CheckError> {
    let mut request = request(folder);
    request.settings.lint.select.clear();
    run(request).await.map(|(report, _)| report)
}

/// The findings on one line each, for assertions.
pub(crate) fn lines(report: &Report) -> Vec<String> {
    report
        .findings
        .iter()
        .map(|f| {
            let place = f.place.as_ref().map(|p| format!("{}:{}", p.file, p.line)).unwrap_or_default();
            format!("{} {} {} {place} {}", f.severity.word(), f.rule, f.subject.name, f.message)
        })
        .collect()
}
