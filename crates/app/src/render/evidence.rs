//! Evidence as people read it: nothing that is shown already, and what belongs together on one line.

use super::words::time;
use crate::report::{EvidenceKind, ReportEvidence, ReportFinding, Sources};

/// One line of evidence, as yet neither escaped nor made visible.
pub(super) struct Told<'r> {
    /// `ran`, `saw`, `differs` or `took`.
    pub(super) kind: &'static str,
    pub(super) text: String,
    /// The differences.
    pub(super) lines: &'r [String],
}

/// The evidence of a finding. What was run is left out where `shown`, the marked source text, is that very statement;
/// what was seen, where the message says it word by word. Times stand on one line.
pub(super) fn told<'r>(finding: &'r ReportFinding, shown: Option<&str>) -> Vec<Told<'r>> {
    let mut all: Vec<Told<'r>> = Vec::new();
    for evidence in &finding.evidence {
        if redundant(finding, evidence, shown) {
            continue;
        }
        let words = words(evidence);
        match all.last_mut() {
            Some(last) if last.kind == EvidenceKind::Took.word() && belongs_to_times(evidence) => {
                last.text.push_str("; ");
                last.text.push_str(&words);
            }
            _ => all.push(Told { kind: evidence.kind.word(), text: words, lines: &evidence.lines }),
        }
    }
    all
}

/// The source text that a finding's place marks.
pub(super) fn marked<'s>(finding: &ReportFinding, sources: &'s Sources) -> Option<&'s str> {
    let place = finding.place.as_ref()?;
    let marked = sources.text(&place.file)?.get(place.span.start..place.span.end)?;
    (!marked.is_empty()).then_some(marked)
}

fn words(evidence: &ReportEvidence) -> String {
    match (evidence.kind, evidence.ms) {
        (EvidenceKind::Took, Some(ms)) if evidence.text.is_empty() => time(ms),
        (EvidenceKind::Took, Some(ms)) => format!("{}: {}", evidence.text, time(ms)),
        _ => evidence.text.clone(),
    }
}

/// A time, or the slope that was computed from the times before it.
fn belongs_to_times(evidence: &ReportEvidence) -> bool {
    match evidence.kind {
        EvidenceKind::Took => true,
        EvidenceKind::Saw => evidence.lines.is_empty() && evidence.text.contains("per million rows"),
        EvidenceKind::Ran | EvidenceKind::Differs => false,
    }
}

fn redundant(finding: &ReportFinding, evidence: &ReportEvidence, shown: Option<&str>) -> bool {
    if !evidence.lines.is_empty() || evidence.text.is_empty() {
        return false;
    }
    match evidence.kind {
        EvidenceKind::Ran => shown.is_some_and(|shown| same_statement(&evidence.text, shown)),
        EvidenceKind::Saw => finding.message.contains(&evidence.text),
        EvidenceKind::Differs | EvidenceKind::Took => false,
    }
}

/// Whether a statement, which may be cut by an ellipsis, is this text but for white space.
fn same_statement(ran: &str, shown: &str) -> bool {
    let ran: String = ran.split_whitespace().collect();
    let shown: String = shown.split_whitespace().collect();
    let shown = shown.trim_end_matches(';');
    match ran.strip_suffix('…') {
        Some(beginning) => shown.starts_with(beginning),
        None => shown == ran.trim_end_matches(';'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{FindingSeverity, ReportSubject};

    fn evidence(kind: EvidenceKind, text: &str, ms: Option<f64>) -> ReportEvidence {
        ReportEvidence { kind, text: text.to_owned(), lines: Vec::new(), ms }
    }

    fn shown(evidence: Vec<ReportEvidence>, source: Option<&str>) -> Vec<String> {
        let finding = ReportFinding {
            rule: "a".to_owned(),
            code: String::new(),
            severity: FindingSeverity::Note,
            subject: ReportSubject { kind: "table".to_owned(), name: "t".to_owned() },
            place: None,
            message: "3 of 3 rows lost".to_owned(),
            evidence,
            fix: None,
            page: String::new(),
        };
        told(&finding, source).into_iter().map(|e| format!("{}: {}", e.kind, e.text)).collect()
    }

    #[test]
    fn what_was_run_is_left_out_only_where_it_is_shown() {
        let ran = |text: &str| vec![evidence(EvidenceKind::Ran, text, None)];
        assert_eq!(shown(ran("ALTER TABLE t ADD c int"), Some("ALTER TABLE t\n  ADD c int;")), [""; 0]);
        assert_eq!(shown(ran("ALTER TABLE t ADD…"), Some("ALTER TABLE t\n  ADD c int;")), [""; 0]);
        assert_eq!(shown(ran("ALTER TABLE t ADD d int"), Some("ALTER TABLE t ADD c int")).len(), 1);
        assert_eq!(shown(ran("ALTER TABLE t ADD c int"), None).len(), 1);
    }

    #[test]
    fn what_the_message_says_is_not_said_again() {
        let saw = |text: &str| shown(vec![evidence(EvidenceKind::Saw, text, None)], None);
        assert_eq!(saw("3 of 3 rows lost"), [""; 0]);
        assert_eq!(saw("2 of 3 rows lost"), ["saw: 2 of 3 rows lost"]);
    }

    #[test]
    fn times_and_their_slope_stand_on_one_line() {
        let all = vec![
            evidence(EvidenceKind::Saw, "SHARE on t", None),
            evidence(EvidenceKind::Took, "with 10 rows", Some(1.0)),
            evidence(EvidenceKind::Took, "with 100 rows", Some(9.0)),
            evidence(EvidenceKind::Saw, "about 0.09 s per million rows", None),
            evidence(EvidenceKind::Saw, "something else", None),
        ];
        assert_eq!(
            shown(all, None),
            [
                "saw: SHARE on t",
                "took: with 10 rows: 1.0 ms; with 100 rows: 9.0 ms; about 0.09 s per million rows",
                "saw: something else"
            ]
        );
        let lone = vec![evidence(EvidenceKind::Saw, "about 0.09 s per million rows", None)];
        assert_eq!(shown(lone, None), ["saw: about 0.09 s per million rows"]);
    }
}
