//! Markdown for a comment on a pull request: a table, and the details folded away.

mod escape;
mod matrix;

use std::fmt::Write as _;

use self::escape::{cell_code, code, escaped, fenced, in_html};
use super::{
    RenderOptions, Renderer, evidence,
    gaps::gaps,
    groups::{Many, Shorten, in_short, levels},
    one_line,
    visible::{defused, shortened},
    words::{count, growth_words, headline, time, title},
};
use crate::report::{FindingSeverity, Report, ReportFinding, Sources, VerdictWord};

/// `--format markdown`
pub(super) struct Markdown;

/// GitHub refuses a comment of more than 65,536 characters.
const LIMIT: usize = 65_000;
/// Characters kept free for the last lines: what was left out, and what was not verified.
const RESERVE: usize = 4_000;

impl Renderer for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn about(&self) -> &'static str {
        "a comment for a pull request"
    }

    fn media_type(&self) -> &'static str {
        "text/markdown"
    }

    fn extension(&self) -> &'static str {
        "md"
    }

    fn render(&self, report: &Report, sources: &Sources, options: &RenderOptions) -> String {
        let mut page = Page { text: String::new(), used: 0, left_out: 0 };
        page.always(&head(report));
        page.always(&claims(report));
        page.maybe(&matrix::table(report), 0);
        findings(report, sources, options, &mut page);
        page.always(&not_verified(report));
        page.maybe(&migrations(report), 1);
        if page.left_out > 0 {
            page.always("\nThe table of migrations is left out here: it would make the comment too long.\n");
        }
        defused(&page.text)
    }
}

/// The gravest first; of a rule that was found many times only the last findings have a row and details of their own.
fn findings(report: &Report, sources: &Sources, options: &RenderOptions, page: &mut Page) {
    let mut levels = levels(&report.findings, Shorten::WarningsAndNotes);
    levels.reverse();
    if levels.is_empty() {
        return;
    }
    page.always("| | finding | where | what |\n|---|---|---|---|\n");
    let each = |page: &mut Page, told: &dyn Fn(&ReportFinding) -> String, group: &GroupWriter<'_>| {
        for level in &levels {
            level.alone.iter().for_each(|finding| page.maybe(&told(finding), 1));
            for many in &level.many {
                many.full.iter().rev().for_each(|finding| page.maybe(&told(finding), 1));
                page.maybe(&group(level.severity, many), many.brief.len());
            }
        }
        std::mem::take(&mut page.left_out)
    };
    let rows_left_out = each(page, &|finding| row(finding, options), &many_row);
    page.always("\n");
    let details_left_out = each(page, &|finding| details(finding, sources, options), &|severity, many| {
        many_details(severity, many, options)
    });
    page.always(&left_out(rows_left_out, details_left_out));
}

/// Writes the findings of a rule that are told in short.
type GroupWriter<'w> = dyn Fn(FindingSeverity, &Many<'_>) -> String + 'w;

fn many_row(severity: FindingSeverity, many: &Many<'_>) -> String {
    let words = many.message.map(|message| escaped(&shortened(&one_line(message), 500)));
    format!(
        "| {} {} | {} | {} more places | {} |\n",
        sign(severity),
        severity.word(),
        cell_code(&many.called()),
        many.brief.len(),
        words.unwrap_or_else(|| "each in short below".to_owned()),
    )
}

fn many_details(severity: FindingSeverity, many: &Many<'_>, options: &RenderOptions) -> String {
    let title = format!("{} {}: {} more", sign(severity), many.called(), many.brief.len());
    let mut text = format!("<details><summary>{}</summary>\n\n", in_html(&shortened(&one_line(&title), 300)));
    for finding in &many.brief {
        let words = escaped(&shortened(&in_short(many, finding), 300));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "- {} {words}", code(&place_words(finding, options)));
    }
    text.push_str("\n</details>\n\n");
    text
}

fn place_words(finding: &ReportFinding, options: &RenderOptions) -> String {
    finding.place.as_ref().map_or_else(String::new, |place| {
        shortened(&format!("{}:{}", options.rooted(&place.file), place.line), 200)
    })
}

/// The text so far and its length in characters.
struct Page {
    text: String,
    used: usize,
    left_out: usize,
}

impl Page {
    fn always(&mut self, piece: &str) {
        self.used += piece.chars().count();
        self.text.push_str(piece);
    }

    /// Appends a piece that tells of so many findings if there is room for it; after the first that finds none, no other is tried, so that what is
    /// shown is the beginning of the list and not a selection.
    fn maybe(&mut self, piece: &str, findings: usize) {
        if self.left_out == 0 && self.used + piece.chars().count() <= LIMIT - RESERVE {
            self.always(piece);
        } else {
            self.left_out += findings;
        }
    }
}

fn left_out(rows: usize, details: usize) -> String {
    match (rows, details) {
        (0, 0) => String::new(),
        (0, details) => format!(
            "\n**The details of {} are left out here**: the comment would be too long. \
             Run `freehold` with another format for all of them.\n",
            count(details, "finding")
        ),
        (rows, _) => format!(
            "\n**{} left out here**, with their details: the comment would be too long. \
             Run `freehold` with another format for all of them.\n",
            if rows == 1 { "1 finding is".to_owned() } else { format!("{rows} findings are") }
        ),
    }
}

fn head(report: &Report) -> String {
    let sign = match report.summary.exit_code {
        Some(0) => "✅",
        Some(3) => "⚠️",
        _ => "❌",
    };
    let mut text = format!("### {sign} Freehold: {}\n\n", headline(report));
    if report.summary.exit_code == Some(3) {
        text.push_str("Not everything that was asked for could be verified.\n\n");
    }
    let mut facts = Vec::new();
    if let Some(dir) = &report.project.migrations_dir {
        facts.push(code(&shortened(dir, 200)));
    }
    facts.extend(report.project.format.as_deref().map(escaped));
    facts.extend(report.project.server.as_deref().map(escaped));
    facts.push(time(report.took_ms));
    let _ = writeln!(text, "{}\n", facts.join(" · "));
    text
}

fn claims(report: &Report) -> String {
    let mut text = String::new();
    for claim in report.claims.iter().take(40) {
        let sign = match claim.verdict {
            VerdictWord::Proven => "✅",
            VerdictWord::Refuted => "❌",
            VerdictWord::NothingToProve => "➖",
            VerdictWord::Undecided => "❔",
        };
        let detail = escaped(&shortened(&one_line(&claim.detail), 300));
        let detail = if detail.is_empty() { detail } else { format!(": {detail}") };
        let claim_text = escaped(&shortened(&one_line(&claim.claim), 300));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "- {sign} {claim_text} ({}){detail}", claim.verdict.word());
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn row(finding: &ReportFinding, options: &RenderOptions) -> String {
    let place = cell_code(&place_words(finding, options));
    format!(
        "| {} {} | {} | {place} | {} |\n",
        sign(finding.severity),
        finding.severity.word(),
        cell_code(&finding.called()),
        escaped(&shortened(&one_line(&finding.message), 500)),
    )
}

fn sign(severity: FindingSeverity) -> &'static str {
    match severity {
        FindingSeverity::Error => "❌",
        FindingSeverity::Warning => "⚠️",
        FindingSeverity::Note => "ℹ️",
    }
}

fn details(finding: &ReportFinding, sources: &Sources, options: &RenderOptions) -> String {
    let place = finding.place.as_ref();
    let at = place.map_or_else(String::new, |p| format!(" at {}:{}", options.rooted(&p.file), p.line));
    let title = format!(
        "{} {}: {} {}{at}",
        sign(finding.severity),
        finding.called(),
        finding.subject.kind,
        finding.subject.name
    );
    let mut text = format!("<details><summary>{}</summary>\n\n", in_html(&shortened(&one_line(&title), 300)));
    let _ = writeln!(text, "{}\n", escaped(&shortened(&one_line(&finding.message), 2_000)));
    let marked = evidence::marked(finding, sources);
    if let Some(sql) = marked {
        text.push_str(&fenced("sql", sql));
    }
    for told in evidence::told(finding, marked) {
        if told.kind == "ran" && told.text.contains('\n') {
            let _ = writeln!(text, "- {}\n\n{}", told.kind, fenced("sql", &told.text));
            continue;
        }
        let words = one_line(&told.text);
        let words = if words.is_empty() { words } else { format!(" {}", code(&shortened(&words, 500))) };
        let _ = writeln!(text, "- {}{words}", told.kind);
        if !told.lines.is_empty() {
            text.push('\n');
            text.push_str(&fenced("text", &told.lines.join("\n")));
        }
    }
    if let Some(fix) = &finding.fix {
        let _ = writeln!(text, "\n**Fix:** {}\n", escaped(&shortened(&one_line(&fix.advice), 2_000)));
        if let Some(sql) = &fix.sql {
            text.push_str(&fenced("sql", sql));
        }
    }
    text.push_str("\n</details>\n\n");
    text
}

fn not_verified(report: &Report) -> String {
    if report.not_verified.is_empty() {
        return String::new();
    }
    let mut text = "\n**Not verified**\n\n".to_owned();
    let mut gaps = gaps(report, false);
    gaps.sort_by_key(|gap| !gap.asked_for);
    let mut shown = 0;
    for gap in &gaps {
        let words = format!("{}: {}", gap.what, gap.why);
        let line =
            format!("- {}{}\n", if gap.asked_for { "⚠️ " } else { "" }, escaped(&shortened(&words, 300)));
        if text.chars().count() + line.chars().count() > RESERVE - 500 {
            break;
        }
        text.push_str(&line);
        shown += 1;
    }
    if shown < gaps.len() {
        let _ = writeln!(text, "- and {} more", gaps.len() - shown);
    }
    text
}

fn migrations(report: &Report) -> String {
    if report.migrations.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\n<details><summary>{}</summary>\n\n| migration | up | down | reversible | strongest lock |\n|---|---|---|---|---|\n",
        count(report.migrations.len(), "migration")
    );
    for migration in &report.migrations {
        let locks = migration.statements.iter().flat_map(|s| &s.locks);
        let strongest = locks.max_by_key(|lock| lock.blocks).map_or_else(String::new, |lock| {
            format!("{} on {}", escaped(&one_line(&lock.mode)), cell_code(&shortened(&lock.relation, 100)))
        });
        let growth = migration.statements.iter().filter_map(|s| s.growth.as_ref());
        let growth =
            growth.filter(|g| g.seconds_per_million_rows.is_some_and(|slope| slope > 0.0)).max_by(|a, b| {
                a.seconds_per_million_rows
                    .partial_cmp(&b.seconds_per_million_rows)
                    .unwrap_or(std::cmp::Ordering::Equal)
            });
        let growth = growth.map(|g| format!("; {}", escaped(&growth_words(g)))).unwrap_or_default();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {strongest}{growth} |",
            cell_code(&shortened(&title(migration), 120)),
            time(migration.up_ms),
            migration.down_ms.map_or_else(String::new, time),
            migration.reversible.word(),
        );
    }
    text.push_str("\n</details>\n");
    text
}
