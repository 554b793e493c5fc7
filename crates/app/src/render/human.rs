//! The report for a person at a terminal: findings with source lines, the gravest last, then what it comes to.

mod migrations;

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Snippet};
use anstyle::{AnsiColor, Style};
use freehold_model::place::Span;

use super::{
    RenderOptions, Renderer,
    excerpt::{ORIGIN, Window, drawer, origin, with_origins},
    one_line, visible,
    visible::defused,
    words::{headline, time},
};
use crate::report::{
    EvidenceKind, FindingSeverity, Report, ReportEvidence, ReportFinding, Sources, VerdictWord,
};

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
        let mut findings: Vec<&ReportFinding> = report.findings.iter().collect();
        // What is last is what one sees first, next to the prompt.
        findings.sort_by_key(|finding| finding.severity);
        for finding in findings {
            text.push_str(&show(finding, sources, options));
            text.push_str("\n\n");
        }
        claims(report, &mut text);
        not_verified(report, &mut text);
        last_line(report, &mut text);
        defused(&text)
    }
}

/// The pieces of a finding's text, made harmless; annotate-snippets borrows them.
struct Pieces {
    message: String,
    /// The file, with line and column unless the finding is about the file as a whole.
    origin: Option<String>,
    window: Option<Window>,
    evidence: Vec<(&'static str, String)>,
    help: Option<String>,
    more: String,
}

fn show(finding: &ReportFinding, sources: &Sources, options: &RenderOptions) -> String {
    let pieces = pieces(finding, sources);
    let level = match finding.severity {
        FindingSeverity::Error => Level::ERROR,
        FindingSeverity::Warning => Level::WARNING,
        FindingSeverity::Note => Level::NOTE,
    };
    let id = one_line(&finding.rule);
    let title = level.primary_title(pieces.message.as_str()).id(id.as_str());
    let mut elements: Vec<Element<'_>> = Vec::new();
    match (&pieces.window, &pieces.origin) {
        (Some(window), _) => {
            let mark = AnnotationKind::Primary.span(window.mark.clone());
            let mark = mark.label((window.left_out > 0).then_some("goes on"));
            let snippet = Snippet::source(window.text.as_str()).line_start(window.first_line);
            elements.push(snippet.path(ORIGIN).annotation(mark).into());
        }
        (None, Some(origin)) => elements.push(Origin::path(origin.as_str()).into()),
        (None, None) => {}
    }
    for (name, words) in &pieces.evidence {
        elements.push(Level::NOTE.with_name(*name).message(words.as_str()).into());
    }
    if let Some(help) = &pieces.help {
        elements.push(Level::HELP.message(help.as_str()).into());
    }
    elements.push(Level::NOTE.with_name("more").message(pieces.more.as_str()).into());
    let drawn = drawer(options.width).render(&[Group::with_title(title).elements(elements)]);
    with_origins(&drawn, pieces.origin.as_slice())
}

fn pieces(finding: &ReportFinding, sources: &Sources) -> Pieces {
    let place = finding.place.as_ref();
    let window = place.filter(|p| p.span.end > p.span.start).and_then(|place| {
        Window::around(sources.text(&place.file)?, Span::new(place.span.start, place.span.end))
    });
    let origin = place.map(|place| match (one_line(&place.file), place.span.end) {
        (file, 0) => file,
        (file, _) => origin(&file, place.line, place.column),
    });
    let subject = format!("{} {}", one_line(&finding.subject.kind), one_line(&finding.subject.name));
    let mut evidence: Vec<(&'static str, String)> = Vec::new();
    if !finding.message.contains(&finding.subject.name) {
        evidence.push(("about", subject));
    }
    evidence.extend(finding.evidence.iter().map(|e| (e.kind.word(), evidence_words(e))));
    let help = finding.fix.as_ref().map(|fix| {
        let sql = fix.sql.as_deref().map(|sql| format!("\n{}", indented(&visible(sql))));
        format!("{}{}", visible(&fix.advice), sql.unwrap_or_default())
    });
    Pieces {
        message: visible(&finding.message),
        origin,
        window,
        evidence,
        help,
        more: format!("freehold explain-rule {}", one_line(&finding.rule)),
    }
}

fn evidence_words(evidence: &ReportEvidence) -> String {
    let mut words = visible(&evidence.text);
    if evidence.kind == EvidenceKind::Took {
        let ms = evidence.ms.map_or_else(String::new, time);
        words = if words.is_empty() { ms } else { format!("{words}: {ms}") };
    }
    for line in &evidence.lines {
        if !words.is_empty() {
            words.push('\n');
        }
        words.push_str(&visible(line));
    }
    words
}

fn indented(text: &str) -> String {
    let lines: Vec<String> = text.trim_end().lines().map(|line| format!("    {line}")).collect();
    lines.join("\n")
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

fn not_verified(report: &Report, text: &mut String) {
    if report.not_verified.is_empty() {
        return;
    }
    let _ = writeln!(text, "{BOLD}not verified{BOLD:#}");
    for gap in &report.not_verified {
        let (sign, style) = if gap.asked_for { ("!!", YELLOW) } else { ("--", DIM) };
        let _ = writeln!(text, "{style}{sign}{style:#}  {}: {}", one_line(&gap.what), one_line(&gap.why));
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
