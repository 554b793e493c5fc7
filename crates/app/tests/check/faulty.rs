//! Each faulty folder gives exactly the finding that its `expected.toml` names.

use std::{fmt::Write, path::Path};

use futures_util::StreamExt as _;

use freehold_app::{report::Report, rules};
use serde::Deserialize;

use crate::project::{check_with_all_rules, examples, lines};

/// What a folder must give.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    rule: String,
    enabled: bool,
    severity: Option<String>,
    subject: Option<String>,
    file: Option<String>,
    line: Option<usize>,
    /// Rules that the same fault sets off as well.
    #[serde(default)]
    also: Vec<String>,
    /// For folders that cannot be checked at all: a part of the error.
    error: Option<String>,
}

#[tokio::test]
async fn every_faulty_folder_gives_the_finding_that_it_was_made_for() {
    let mut wrong = String::new();
    let mut checked = 0;
    let mut folders: Vec<_> = std::fs::read_dir(examples().join("faulty"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("expected.toml").is_file())
        .collect();
    folders.sort();
    let judged = futures_util::stream::iter(folders).map(judged).buffer_unordered(AT_ONCE);
    let judged: Vec<Judged> = judged.collect().await;
    for Judged { name, enabled, problem } in judged {
        checked += usize::from(enabled);
        if let Some(problem) = problem {
            writeln!(wrong, "{name}: {problem}").unwrap();
        }
    }
    assert!(checked > 50, "only {checked} folders were checked");
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// How many folders are checked at once.
const AT_ONCE: usize = 4;

struct Judged {
    name: String,
    enabled: bool,
    problem: Option<String>,
}

async fn judged(folder: std::path::PathBuf) -> Judged {
    let text = std::fs::read_to_string(folder.join("expected.toml")).unwrap();
    let expected: Expected = toml::from_str(&text).unwrap();
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    let problem = if expected.enabled {
        matches(&folder, &expected).await.err()
    } else {
        rules::named(&expected.rule).map(|_| format!("the rule {} exists: switch it on", expected.rule))
    };
    Judged { name, enabled: expected.enabled, problem }
}
async fn matches(folder: &Path, expected: &Expected) -> Result<(), String> {
    match (check_with_all_rules(folder).await, &expected.error) {
        (Err(error), Some(part)) => {
            let mut text = error.to_string();
            let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
            while let Some(inner) = cause {
                text = format!("{text}: {inner}");
                cause = inner.source();
            }
            if text.contains(part) { Ok(()) } else { Err(format!("the error says: {text}")) }
        }
        (Err(error), None) => Err(format!("could not be checked: {error:?}")),
        (Ok(report), Some(_)) => Err(format!("was checked: {:?}", lines(&report))),
        (Ok(report), None) => judge(&report, expected),
    }
}

fn judge(report: &Report, expected: &Expected) -> Result<(), String> {
    let all = lines(report);
    let others: Vec<&String> = report
        .findings
        .iter()
        .zip(&all)
        .filter(|(f, line)| {
            let expected = f.rule == expected.rule || expected.also.contains(&f.rule);
            // Opinions are no accusation.
            !expected && !line.starts_with("note ")
        })
        .map(|(_, line)| line)
        .collect();
    if !others.is_empty() {
        return Err(format!("also gives {others:?}"));
    }
    let found = report.findings.iter().any(|finding| {
        let place = finding.place.as_ref();
        expected.severity.as_ref().is_none_or(|s| s == finding.severity.word())
            && expected.subject.as_ref().is_none_or(|s| finding.subject.name.contains(s.as_str()))
            && expected.file.as_ref().is_none_or(|file| place.is_some_and(|p| p.file == *file))
            && expected.line.is_none_or(|line| place.is_some_and(|p| p.line == line))
    });
    if found { Ok(()) } else { Err(format!("expected {expected:?}, got {all:?}")) }
}
