//! Which findings are told in full and which in short, so that a long history does not say one thing a hundred times.
//!
//! Nothing is dropped: what is not told in full stands in a list under one head. Of a rule that is told often, the
//! findings of the newest migrations are told in full, since old ones have long been applied everywhere.

use std::collections::HashMap;

use super::one_line;
use crate::report::{FindingSeverity, ReportFinding};

/// More warnings or notes of one rule than this are told together.
const MOST_OF_A_RULE: usize = 5;
/// More of them than this are told together when they all have the same message.
const MOST_OF_A_MESSAGE: usize = 3;
/// So many of them are told in full.
const IN_FULL: usize = 3;
/// More errors of one rule than this are told together, and so many of them in full.
const ERRORS_IN_FULL: usize = 10;

/// All findings of one severity.
pub(super) struct Level<'r> {
    pub(super) severity: FindingSeverity,
    /// The rules that have too many findings to tell each in full.
    pub(super) many: Vec<Many<'r>>,
    /// The findings of all other rules, in the order of the report.
    pub(super) alone: Vec<&'r ReportFinding>,
}

/// The findings of one rule, told together; each list is in the order of the report.
pub(super) struct Many<'r> {
    pub(super) rule: &'r str,
    /// The message, where all have the same.
    pub(super) message: Option<&'r str>,
    /// Told in short: all but the last few.
    pub(super) brief: Vec<&'r ReportFinding>,
    /// Told in full: the last few, which are of the newest migrations.
    pub(super) full: Vec<&'r ReportFinding>,
}

impl Many<'_> {
    /// The rule for people: its code and its id.
    pub(super) fn called(&self) -> String {
        self.full.first().map_or_else(|| self.rule.to_owned(), |finding| finding.called())
    }

    /// How many findings these are.
    pub(super) fn number(&self) -> usize {
        self.brief.len() + self.full.len()
    }
}

/// Which findings may be told in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shorten {
    Nothing,
    WarningsAndNotes,
    ErrorsToo,
}

impl Shorten {
    fn concerns(self, severity: FindingSeverity) -> bool {
        match self {
            Self::Nothing => false,
            Self::WarningsAndNotes => severity != FindingSeverity::Error,
            Self::ErrorsToo => true,
        }
    }
}

/// The findings by severity, notes first.
pub(super) fn levels(findings: &[ReportFinding], shorten: Shorten) -> Vec<Level<'_>> {
    let severities = [FindingSeverity::Note, FindingSeverity::Warning, FindingSeverity::Error];
    severities
        .into_iter()
        .map(|severity| {
            let all = findings.iter().filter(|finding| finding.severity == severity).collect();
            if shorten.concerns(severity) {
                level(severity, all)
            } else {
                Level { severity, many: Vec::new(), alone: all }
            }
        })
        .filter(|level| !level.many.is_empty() || !level.alone.is_empty())
        .collect()
}

fn level(severity: FindingSeverity, findings: Vec<&ReportFinding>) -> Level<'_> {
    let mut of_rule: HashMap<&str, Vec<&ReportFinding>> = HashMap::new();
    let mut rules = Vec::new();
    for finding in &findings {
        let list = of_rule.entry(finding.rule.as_str()).or_default();
        if list.is_empty() {
            rules.push(finding.rule.as_str());
        }
        list.push(finding);
    }
    let many: Vec<Many<'_>> = rules
        .into_iter()
        .filter_map(|rule| Some((rule, of_rule.remove(rule)?)))
        .filter_map(|(rule, list)| together(severity, rule, list))
        .collect();
    let alone =
        findings.into_iter().filter(|finding| many.iter().all(|group| group.rule != finding.rule)).collect();
    Level { severity, many, alone }
}

fn together<'r>(
    severity: FindingSeverity,
    rule: &'r str,
    mut findings: Vec<&'r ReportFinding>,
) -> Option<Many<'r>> {
    let message = findings.first()?.message.as_str();
    let same = findings.iter().all(|finding| finding.message == message);
    let (most, in_full) = match severity {
        FindingSeverity::Error => (ERRORS_IN_FULL, ERRORS_IN_FULL),
        _ if same => (MOST_OF_A_MESSAGE, IN_FULL),
        _ => (MOST_OF_A_RULE, IN_FULL),
    };
    if findings.len() <= most {
        return None;
    }
    let full = findings.split_off(findings.len() - in_full);
    Some(Many { rule, message: same.then_some(message), brief: findings, full })
}

/// Whether the place of a finding already says what it is about: a migration or a file whose version or name stands in
/// the path.
pub(super) fn place_tells_subject(finding: &ReportFinding) -> bool {
    let Some(place) = &finding.place else { return false };
    if !matches!(finding.subject.kind.as_str(), "migration" | "file" | "script") {
        return false;
    }
    finding.subject.name.split_whitespace().any(|word| stands_in(word, &place.file))
}

/// Whether a word stands in a text with no letter or digit right before or after it.
fn stands_in(word: &str, text: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|t| t.chars().next());
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

/// A finding on one line under a head that names its rule: its message, or what it is about where the head has the
/// message already. Empty where the place alone tells.
pub(super) fn in_short(group: &Many<'_>, finding: &ReportFinding) -> String {
    match group.message {
        None => one_line(&finding.message),
        Some(_) if place_tells_subject(finding) => String::new(),
        Some(_) => format!("{} {}", one_line(&finding.subject.kind), one_line(&finding.subject.name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{ReportPlace, ReportSpan, ReportSubject};

    fn finding(rule: &str, severity: FindingSeverity, message: &str) -> ReportFinding {
        ReportFinding {
            rule: rule.to_owned(),
            code: String::new(),
            severity,
            subject: ReportSubject { kind: "migration".to_owned(), name: "12 add seen".to_owned() },
            place: None,
            message: message.to_owned(),
            evidence: Vec::new(),
            fix: None,
            page: String::new(),
        }
    }

    fn of(number: usize, rule: &str, severity: FindingSeverity, same: bool) -> Vec<ReportFinding> {
        (0..number)
            .map(|n| finding(rule, severity, &if same { "the same".to_owned() } else { n.to_string() }))
            .collect()
    }

    /// For each severity: how often (brief, full) of each rule told together, and how many stand alone.
    fn shape(findings: &[ReportFinding]) -> Vec<(Vec<(usize, usize)>, usize)> {
        let counted = |level: Level<'_>| {
            (level.many.iter().map(|m| (m.brief.len(), m.full.len())).collect(), level.alone.len())
        };
        levels(findings, Shorten::ErrorsToo).into_iter().map(counted).collect()
    }

    #[test]
    fn five_warnings_of_a_rule_stand_alone_and_six_are_told_together() {
        assert_eq!(shape(&of(5, "a", FindingSeverity::Warning, false)), [(vec![], 5)]);
        assert_eq!(shape(&of(6, "a", FindingSeverity::Warning, false)), [(vec![(3, 3)], 0)]);
    }

    #[test]
    fn three_equal_messages_stand_alone_and_four_are_told_together() {
        assert_eq!(shape(&of(3, "a", FindingSeverity::Note, true)), [(vec![], 3)]);
        assert_eq!(shape(&of(4, "a", FindingSeverity::Note, true)), [(vec![(1, 3)], 0)]);
    }

    #[test]
    fn ten_errors_stand_alone_however_much_alike() {
        assert_eq!(shape(&of(10, "a", FindingSeverity::Error, true)), [(vec![], 10)]);
        assert_eq!(shape(&of(12, "a", FindingSeverity::Error, false)), [(vec![(2, 10)], 0)]);
    }

    #[test]
    fn one_rule_with_many_does_not_shorten_another() {
        let mut all = of(40, "a", FindingSeverity::Warning, false);
        all.extend(of(2, "b", FindingSeverity::Warning, true));
        all.extend(of(1, "a", FindingSeverity::Note, true));
        assert_eq!(shape(&all), [(vec![], 1), (vec![(37, 3)], 2)]);
        assert!(levels(&all, Shorten::Nothing).iter().all(|level| level.many.is_empty()));
        let errors = of(40, "a", FindingSeverity::Error, false);
        assert!(levels(&errors, Shorten::WarningsAndNotes).iter().all(|level| level.many.is_empty()));
    }

    #[test]
    fn the_last_ones_are_told_in_full() {
        let all = of(8, "a", FindingSeverity::Warning, false);
        let levels = levels(&all, Shorten::ErrorsToo);
        let full: Vec<&str> = levels[0].many[0].full.iter().map(|f| f.message.as_str()).collect();
        assert_eq!(full, ["5", "6", "7"]);
    }

    #[test]
    fn a_place_tells_a_migration_by_whole_words_of_its_path() {
        let at = |file: &str| {
            let place = ReportPlace {
                file: file.to_owned(),
                line: 1,
                column: 1,
                end_line: 1,
                end_column: 1,
                span: ReportSpan { start: 0, end: 0 },
            };
            ReportFinding { place: Some(place), ..finding("a", FindingSeverity::Note, "m") }
        };
        assert!(place_tells_subject(&at("migrations/12_other.up.sql")));
        assert!(!place_tells_subject(&at("migrations/112_adds.up.sql")));
        assert!(!place_tells_subject(&finding("a", FindingSeverity::Note, "m")));
    }
}
