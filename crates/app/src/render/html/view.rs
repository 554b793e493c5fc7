//! What the page shows, as plain values for the template: all words chosen, all text made visible.

use serde::Serialize;

use super::{draw, matrix};
use crate::{
    render::{
        RenderOptions, evidence,
        excerpt::Window,
        groups::{Shorten, levels},
        one_line, page_address, visible,
        visible::shortened,
        words::{count, growth_words, headline, time, title},
    },
    report::{
        FindingSeverity, GrowthKind, LockBlocks, Report, ReportFinding, ReportMigration, ReportStatement,
        Sources, VerdictWord,
    },
};

#[derive(Serialize)]
pub(super) struct Page {
    headline: String,
    outcome: &'static str,
    outcome_words: &'static str,
    facts: Vec<(&'static str, String)>,
    tiles: Vec<(usize, &'static str, &'static str)>,
    claims: Vec<Claim>,
    gaps: Vec<(bool, String, String)>,
    blocks: Vec<BlockView>,
    matrix: Option<matrix::MatrixView>,
    timeline: Option<draw::Timeline>,
    migrations: Vec<MigrationView>,
    tool: String,
}

#[derive(Serialize)]
struct Claim {
    claim: String,
    class: &'static str,
    verdict: &'static str,
    detail: String,
}

/// Findings that follow each other, or that are folded away under a summary.
#[derive(Serialize)]
struct BlockView {
    /// The rule, and what its fold holds.
    fold: Option<(String, String)>,
    findings: Vec<FindingView>,
}

#[derive(Serialize)]
struct FindingView {
    id: String,
    severity: &'static str,
    rule: String,
    summary: String,
    address: Option<String>,
    subject: String,
    place: Option<String>,
    message: String,
    source: Option<SourceView>,
    evidence: Vec<EvidenceView>,
    advice: Option<String>,
    sql: Option<String>,
}

/// The marked lines, cut in three so that the template can mark the middle.
#[derive(Serialize)]
struct SourceView {
    lines: Vec<(usize, String, String, String)>,
    left_out: usize,
}

#[derive(Serialize)]
struct EvidenceView {
    kind: &'static str,
    text: String,
    lines: Vec<String>,
}

#[derive(Serialize)]
struct MigrationView {
    id: String,
    title: String,
    file: String,
    facts: String,
    verdict: &'static str,
    verdict_class: &'static str,
    applied: bool,
    way: Option<draw::Way>,
    gantt: Option<draw::Gantt>,
    scripts: Vec<(&'static str, Vec<StatementView>)>,
    differences: Vec<(&'static str, String, bool)>,
}

#[derive(Serialize)]
struct StatementView {
    at: String,
    headline: String,
    took: String,
    locks: Vec<(&'static str, String)>,
    effects: Vec<String>,
    growth: Option<String>,
    chart: Option<draw::Chart>,
}

/// The whole page of a report.
pub(super) fn page(report: &Report, sources: &Sources, options: &RenderOptions) -> Page {
    let (outcome, outcome_words) = match report.summary.exit_code {
        Some(0) => ("clean", "clean"),
        Some(3) => ("unsure", "not everything asked for could be verified"),
        _ => ("bad", "findings"),
    };
    Page {
        headline: headline(report),
        outcome,
        outcome_words,
        facts: facts(report),
        tiles: vec![
            (report.summary.errors, "errors", "error"),
            (report.summary.warnings, "warnings", "warning"),
            (report.summary.notes, "notes", "note"),
            (report.summary.migrations, "migrations", "plain"),
            (report.summary.statements, "statements", "plain"),
        ],
        claims: report.claims.iter().map(claim).collect(),
        gaps: report
            .not_verified
            .iter()
            .map(|gap| (gap.asked_for, one_line(&gap.what), one_line(&gap.why)))
            .collect(),
        blocks: blocks(report, sources, options),
        matrix: matrix::view(report),
        timeline: draw::timeline(&report.migrations),
        migrations: report.migrations.iter().enumerate().map(|(n, m)| migration(n, m)).collect(),
        tool: format!("{} {}", report.tool.name, report.tool.version),
    }
}

fn facts(report: &Report) -> Vec<(&'static str, String)> {
    let project = &report.project;
    let mut facts = vec![("command", format!("freehold {}", one_line(&report.command)))];
    facts.push(("project", one_line(&project.dir)));
    facts.extend(project.migrations_dir.as_deref().map(|dir| ("migrations", one_line(dir))));
    facts.extend(project.format.as_deref().map(|format| ("format", one_line(format))));
    facts.extend(project.server.as_deref().map(|server| ("server", one_line(server))));
    facts.push(("took", time(report.took_ms)));
    facts
}

/// The gravest first. Errors all stand open; of a rule with many warnings or notes the last few do.
fn blocks(report: &Report, sources: &Sources, options: &RenderOptions) -> Vec<BlockView> {
    let mut levels = levels(&report.findings, Shorten::WarningsAndNotes);
    levels.reverse();
    let mut number = 0;
    let mut block = |fold: Option<(String, String)>, findings: &[&ReportFinding]| {
        let findings = findings.iter().map(|finding| {
            number += 1;
            finding_view(number, finding, sources, options)
        });
        BlockView { fold, findings: findings.collect() }
    };
    let mut blocks = Vec::new();
    for level in &levels {
        blocks.push(block(None, &level.alone));
        for many in &level.many {
            let words = count(many.brief.len(), &format!("more {}", level.severity.word()));
            blocks.push(block(None, &many.full));
            blocks.push(block(Some((one_line(&many.called()), words)), &many.brief));
        }
    }
    blocks.retain(|block| !block.findings.is_empty());
    blocks
}

fn verdict_class(verdict: VerdictWord) -> &'static str {
    match verdict {
        VerdictWord::Proven => "proven",
        VerdictWord::Refuted => "refuted",
        VerdictWord::NothingToProve => "nothing",
        VerdictWord::Undecided => "undecided",
    }
}

fn claim(claim: &crate::report::ReportClaim) -> Claim {
    Claim {
        claim: one_line(&claim.claim),
        class: verdict_class(claim.verdict),
        verdict: claim.verdict.word(),
        detail: one_line(&claim.detail),
    }
}

fn finding_view(
    number: usize,
    finding: &ReportFinding,
    sources: &Sources,
    options: &RenderOptions,
) -> FindingView {
    let place = finding.place.as_ref();
    let source = place.filter(|p| p.span.end > p.span.start).and_then(|place| {
        let span = freehold_model::place::Span::new(place.span.start, place.span.end);
        Window::around(sources.text(&place.file)?, span).map(|window| source_view(&window))
    });
    let shown = source.as_ref().and_then(|_| evidence::marked(finding, sources));
    FindingView {
        id: format!("f{number}"),
        severity: match finding.severity {
            FindingSeverity::Error => "error",
            FindingSeverity::Warning => "warning",
            FindingSeverity::Note => "note",
        },
        rule: one_line(&finding.called()),
        summary: options.rule(&finding.rule).map(|rule| rule.summary.to_owned()).unwrap_or_default(),
        address: page_address(&finding.page),
        subject: format!("{} {}", one_line(&finding.subject.kind), one_line(&finding.subject.name)),
        place: place.map(|p| format!("{}:{}:{}", one_line(&p.file), p.line, p.column)),
        message: visible(&finding.message),
        source,
        evidence: evidence::told(finding, shown)
            .into_iter()
            .map(|told| EvidenceView {
                kind: told.kind,
                text: visible(&told.text),
                lines: told.lines.iter().map(|line| visible(line)).collect(),
            })
            .collect(),
        advice: finding.fix.as_ref().map(|fix| visible(&fix.advice)),
        sql: finding.fix.as_ref().and_then(|fix| fix.sql.as_deref()).map(visible),
    }
}

fn source_view(window: &Window) -> SourceView {
    let mut lines = Vec::new();
    let mut at = 0;
    for (number, line) in window.text.trim_end_matches('\n').split('\n').enumerate() {
        let from = window.mark.start.clamp(at, at + line.len()) - at;
        let to = window.mark.end.clamp(at, at + line.len()) - at;
        let part = |range: std::ops::Range<usize>| line.get(range).unwrap_or_default().to_owned();
        lines.push((window.first_line + number, part(0..from), part(from..to), part(to..line.len())));
        at += line.len() + 1;
    }
    SourceView { lines, left_out: window.left_out }
}

fn migration(number: usize, migration: &ReportMigration) -> MigrationView {
    let down = migration.down_ms.map(|ms| format!(" · down {}", time(ms))).unwrap_or_default();
    MigrationView {
        id: format!("m{}", number + 1),
        title: title(migration),
        file: one_line(&migration.file),
        facts: format!(
            "{} · {} · up {}{down} · {}",
            one_line(&migration.kind),
            count(migration.statements.len(), "statement"),
            time(migration.up_ms),
            migration.transaction.words(),
        ),
        verdict: migration.reversible.word(),
        verdict_class: verdict_class(migration.reversible),
        applied: migration.applied,
        way: draw::way(migration),
        gantt: draw::gantt(migration),
        scripts: [("up", &migration.statements), ("down", &migration.down_statements)]
            .into_iter()
            .filter(|(_, statements)| !statements.is_empty())
            .map(|(name, statements)| (name, statements.iter().map(statement).collect()))
            .collect(),
        differences: migration
            .differences
            .iter()
            .map(|d| (d.after.words(), visible(&d.line), d.order_only))
            .collect(),
    }
}

fn statement(statement: &ReportStatement) -> StatementView {
    let mut effects: Vec<String> =
        statement.rewrites.iter().map(|relation| format!("rewrites {}", one_line(relation))).collect();
    effects.extend(statement.scans.iter().map(|relation| format!("scans {}", one_line(relation))));
    effects.extend(
        statement
            .index_builds
            .iter()
            .map(|build| format!("builds {} on {}", one_line(&build.index), one_line(&build.relation))),
    );
    StatementView {
        at: format!("{}:{}", statement.line, statement.column),
        headline: shortened(&one_line(&statement.headline), 160),
        took: time(statement.ms),
        locks: statement
            .locks
            .iter()
            .map(|lock| {
                let waited =
                    lock.waited_for.as_deref().map(|w| format!(", after waiting for {}", one_line(w)));
                let words = format!(
                    "{} on {} for {}: blocks {}{}",
                    one_line(&lock.mode),
                    one_line(&lock.relation),
                    time(lock.held_ms),
                    lock.blocks.words(),
                    waited.unwrap_or_default()
                );
                (block_class(lock.blocks), words)
            })
            .collect(),
        effects,
        growth: statement.growth.as_ref().map(growth_words),
        chart: statement.growth.as_ref().filter(|g| g.kind != GrowthKind::NotMeasured).and_then(draw::chart),
    }
}

/// The class of a lock's colour and thickness.
pub(super) fn block_class(blocks: LockBlocks) -> &'static str {
    match blocks {
        LockBlocks::Nothing => "b0",
        LockBlocks::Ddl => "b1",
        LockBlocks::Writes => "b2",
        LockBlocks::ReadsAndWrites => "b3",
    }
}
