//! Workflow commands of GitHub Actions, which become annotations on the lines of a pull request.

use super::{
    RenderOptions, Renderer, one_line, visible,
    words::{headline, whole_message},
};
use crate::report::{FindingSeverity, Report, ReportFinding, Sources};

/// `--format github`
pub(super) struct Github;

impl Renderer for Github {
    fn name(&self) -> &'static str {
        "github"
    }

    fn about(&self) -> &'static str {
        "annotations of GitHub Actions"
    }

    fn media_type(&self) -> &'static str {
        "text/plain"
    }

    fn extension(&self) -> &'static str {
        "txt"
    }

    fn render(&self, report: &Report, _sources: &Sources, options: &RenderOptions) -> String {
        let mut text = String::new();
        let mut findings: Vec<&ReportFinding> = report.findings.iter().collect();
        // A step shows ten annotations of a kind; the gravest come first.
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        for finding in findings {
            text.push_str(&command(finding, options));
        }
        for gap in report.not_verified.iter().filter(|gap| gap.asked_for) {
            let said = format!("not verified: {}: {}", one_line(&gap.what), one_line(&gap.why));
            text.push_str(&format!("::warning title=freehold::{}\n", data(&said)));
        }
        text.push_str(&format!("freehold: {}\n", headline(report)));
        text
    }
}

fn command(finding: &ReportFinding, options: &RenderOptions) -> String {
    let word = match finding.severity {
        FindingSeverity::Error => "error",
        FindingSeverity::Warning => "warning",
        FindingSeverity::Note => "notice",
    };
    let mut properties = Vec::new();
    if let Some(place) = &finding.place {
        properties.push(format!("file={}", property(&options.rooted(&place.file))));
        properties.push(format!("line={}", place.line));
        properties.push(format!("endLine={}", place.end_line));
        // Columns are shown only where both ends are on one line; the runner refuses others.
        if place.line == place.end_line && place.end_column > place.column {
            properties.push(format!("col={}", place.column));
            properties.push(format!("endColumn={}", place.end_column));
        }
    }
    properties.push(format!("title={}", property(&format!("freehold: {}", finding.called()))));
    format!("::{word} {}::{}\n", properties.join(","), data(&whole_message(finding)))
}

/// Escapes the text of a command (actions/toolkit, `command.ts`, `escapeData`).
fn data(text: &str) -> String {
    visible(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a command (the same file, `escapeProperty`).
fn property(text: &str) -> String {
    data(&one_line(text)).replace(':', "%3A").replace(',', "%2C")
}
