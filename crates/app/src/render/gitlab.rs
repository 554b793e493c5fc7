//! The code quality report of GitLab: a JSON list that a merge request shows.

use serde::Serialize;

use super::{RenderOptions, Renderer, fingerprint::fingerprints, json::pretty, one_line};
use crate::report::{FindingSeverity, Report, Sources};

/// `--format gitlab`
pub(super) struct Gitlab;

impl Renderer for Gitlab {
    fn name(&self) -> &'static str {
        "gitlab"
    }

    fn about(&self) -> &'static str {
        "code quality of GitLab"
    }

    fn media_type(&self) -> &'static str {
        "application/json"
    }

    fn extension(&self) -> &'static str {
        "json"
    }

    fn render(&self, report: &Report, sources: &Sources, options: &RenderOptions) -> String {
        let fingerprints = fingerprints(report, sources);
        let issues: Vec<Issue> = report
            .findings
            .iter()
            .zip(fingerprints)
            .map(|(finding, fingerprint)| {
                let place = finding.place.as_ref();
                // A path is demanded; what is nowhere in particular is shown at the folder of migrations.
                let file = place.map(|p| p.file.as_str()).or(report.project.migrations_dir.as_deref());
                Issue {
                    description: one_line(format!("{} {}", finding.code, finding.message).trim_start()),
                    check_name: finding.rule.clone(),
                    fingerprint,
                    severity: match finding.severity {
                        FindingSeverity::Error => "critical",
                        FindingSeverity::Warning => "major",
                        FindingSeverity::Note => "info",
                    },
                    location: Location {
                        path: options.rooted(file.unwrap_or(crate::settings::FILE_NAME)),
                        lines: Lines {
                            begin: place.map_or(1, |p| p.line),
                            end: place.map_or(1, |p| p.end_line),
                        },
                    },
                }
            })
            .collect();
        pretty(&issues)
    }
}

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}
