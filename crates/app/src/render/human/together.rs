//! The findings of a rule that is told often: a head, and one line for each that is not told in full below it.

use std::fmt::Write as _;

use anstyle::Style;

use super::{BOLD, DIM, GREEN, RED, YELLOW, finding::place_words};
use crate::{
    render::{
        RenderOptions,
        groups::{Many, in_short},
        one_line, visible,
        visible::shortened,
    },
    report::{EvidenceKind, FindingSeverity, ReportFinding},
};

/// Columns to which places are filled up, so that what stands behind them lines up.
const WIDEST_PLACE: usize = 72;
/// A message is never cut to less than this many characters.
const LEAST_MESSAGE: usize = 120;

/// Appends the head and the short lines. Errors keep their whole message and their differences.
pub(super) fn write(severity: FindingSeverity, group: &Many<'_>, options: &RenderOptions, text: &mut String) {
    let style = match severity {
        FindingSeverity::Error => RED,
        FindingSeverity::Warning => YELLOW,
        FindingSeverity::Note => GREEN,
    };
    let message = group.message.map(|message| format!(": {}", one_line(message))).unwrap_or_default();
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{style}{}[{}]{style:#}{BOLD}: found {} times{message}{BOLD:#}",
        severity.word(),
        one_line(&group.called()),
        group.number(),
    );
    let places: Vec<String> =
        group.brief.iter().map(|finding| place_words(finding).unwrap_or_default()).collect();
    let widest =
        places.iter().map(|place| place.chars().count()).filter(|width| *width <= WIDEST_PLACE).max();
    for (finding, place) in group.brief.iter().zip(&places) {
        if severity == FindingSeverity::Error {
            error(group, finding, place, style, text);
        } else {
            let words = in_short(group, finding);
            let width = widest.unwrap_or(0);
            let room = options.width.saturating_sub(width.max(place.chars().count()) + 4).max(LEAST_MESSAGE);
            let line = format!("  {place:<width$}  {}", shortened(&words, room));
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
    let all = if severity == FindingSeverity::Error { "" } else { " (-v shows all)" };
    let _ = writeln!(text, "  {DIM}the last {} in full{all}:{DIM:#}\n", group.full.len());
}

fn error(group: &Many<'_>, finding: &ReportFinding, place: &str, style: Style, text: &mut String) {
    let _ = writeln!(text, "  {style}{place}{style:#}");
    // Where all have the same message, the head has said it.
    let message = if group.message.is_some() { String::new() } else { visible(&finding.message) };
    for line in message.lines() {
        let _ = writeln!(text, "      {line}");
    }
    for evidence in finding.evidence.iter().filter(|e| e.kind == EvidenceKind::Differs) {
        for line in evidence
            .lines
            .iter()
            .flat_map(|line| visible(line).lines().map(str::to_owned).collect::<Vec<_>>())
        {
            let _ = writeln!(text, "        {line}");
        }
    }
}
