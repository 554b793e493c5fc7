//! The report for a person at a terminal: findings with source lines, the gravest last, then what it comes to.

mod finding;
mod matrix;
mod migrations;
mod together;

use std::{collections::HashMap, fmt::Write as _};

use anstyle::{AnsiColor, Style};

use super::{
    RenderOptions, Renderer,
    gaps::gaps,
    groups::{Shorten, levels},
    one_line,
    visible::defused,
    words::{headline, time},
};
use crate::report::{CellWord, Report, ReportFinding, Sources, VerdictWord};

/// `--format human`
pub(super) struct Human;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const RED: Style = AnsiColor::BrightRed.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();

impl Renderer for Human {
    fn name(&self) -> &'static str {
        "human"
    }

    fn about(&self) -> &'static str {
        "text with source lines (the default)"
    }

    fn media_type(&self) -> &'static str {
        "text/plain"
    }

    fn extension(&self) -> &'static str {
        "txt"
    }

    fn render(&self, report: &Report, sources: &Sources, options: &RenderOptions) -> String {
        let mut text = String::new();
        if options.verbose {
            migrations::write(report, &mut text);
        }
        // A check shows the matrix when something leaked; the proof's own command always.
        let whole = options.verbose || options.ways || report.command == "isolation";
        let shown = report.isolation.as_ref().filter(|found| whole || found.count(CellWord::Leaked) > 0);
        if let Some(isolation) = shown {
            matrix::write(isolation, options, &mut text);
        }
        findings(report, sources, options, &mut text);
        claims(report, &mut text);
        not_verified(report, options, &mut text);
        if let Some(isolation) = report.isolation.as_ref().filter(|_| whole) {
            matrix::cost(isolation, &mut text);
        }
        last_line(report, &mut text);
        defused(&text)
    }
}

/// What is last is what one sees first, next to the prompt: the gravest, and what is told once.
fn findings(report: &Report, sources: &Sources, options: &RenderOptions, text: &mut String) {
    let shorten = if options.verbose { Shorten::Nothing } else { Shorten::ErrorsToo };
    let levels = levels(&report.findings, shorten);
    let in_full = levels.iter().flat_map(|level| {
        level.many.iter().flat_map(|group| &group.full).chain(&level.alone).map(|finding| &**finding)
    });
    let in_full: Vec<&ReportFinding> = in_full.collect();
    // Where to learn more of a rule is said once, with the last finding of it.
    let last: HashMap<&str, usize> = in_full.iter().enumerate().map(|(n, f)| (f.rule.as_str(), n)).collect();
    let mut number = 0;
    let mut show = |finding: &ReportFinding, text: &mut String| {
        let more = last.get(finding.rule.as_str()) == Some(&number);
        number += 1;
        text.push_str(&finding::show(finding, sources, options, more));
        text.push_str("\n\n");
    };
    for level in &levels {
        for group in &level.many {
            together::write(level.severity, group, options, text);
            group.full.iter().for_each(|finding| show(finding, text));
        }
        level.alone.iter().for_each(|finding| show(finding, text));
    }
}

fn claims(report: &Report, text: &mut String) {
    for claim in &report.claims {
        let (sign, style) = match claim.verdict {
            VerdictWord::Proven => ("ok", GREEN),
            VerdictWord::Refuted => ("no", RED),
            VerdictWord::NothingToProve => ("--", DIM),
            VerdictWord::Undecided => ("??", YELLOW),
        };
        let word = claim.verdict.word();
        let detail = one_line(&claim.detail);
        let detail = if detail.is_empty() { String::new() } else { format!(": {detail}") };
        let claim = one_line(&claim.claim);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{style}{sign}{style:#}  {claim} {DIM}({word}){DIM:#}{detail}");
    }
    if !report.claims.is_empty() {
        text.push('\n');
    }
}

fn not_verified(report: &Report, options: &RenderOptions, text: &mut String) {
    if report.not_verified.is_empty() {
        return;
    }
    let _ = writeln!(text, "{BOLD}not verified{BOLD:#}");
    for gap in gaps(report, options.verbose) {
        let (sign, style) = if gap.asked_for { ("!!", YELLOW) } else { ("--", DIM) };
        let _ = writeln!(text, "{style}{sign}{style:#}  {}: {}", gap.what, gap.why);
    }
    text.push('\n');
}

fn last_line(report: &Report, text: &mut String) {
    let style = match report.summary.exit_code {
        Some(0) => GREEN,
        Some(3) => YELLOW,
        _ if report.summary.errors > 0 => RED,
        _ => YELLOW,
    };
    let server = report.project.server.as_deref().map(|s| format!(", {}", one_line(s))).unwrap_or_default();
    let format = report.project.format.as_deref().map(|f| format!(", {}", one_line(f))).unwrap_or_default();
    let incomplete =
        if report.summary.exit_code == Some(3) { "; not everything asked for could be verified" } else { "" };
    let _ = writeln!(
        text,
        "{style}{}{incomplete}{style:#}{DIM}{format}{server}, {}{DIM:#}",
        headline(report),
        time(report.took_ms)
    );
}
