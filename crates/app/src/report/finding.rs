//! A finding as reports carry it.

use std::path::Path;

use freehold_model::{
    finding::{Evidence, Finding, Fix, Severity, Subject},
    place::Place,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::milliseconds;

/// What a rule or a proof found in one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportFinding {
    /// The stable, kebab-case id of the rule.
    pub rule: String,
    /// The rule's stable code, such as `FH0101`; empty in reports of older programs.
    #[serde(default)]
    pub code: String,
    /// How much it matters here.
    pub severity: FindingSeverity,
    /// The object that it is about.
    pub subject: ReportSubject,
    /// Where in the project's files, if it is anywhere.
    pub place: Option<ReportPlace>,
    /// One or two plain sentences: what happens, to what.
    pub message: String,
    /// What was run and seen.
    pub evidence: Vec<ReportEvidence>,
    /// What to do about it.
    pub fix: Option<ReportFix>,
    /// The rule's page, relative to the root of Freehold's own repository.
    pub page: String,
}

impl ReportFinding {
    /// The rule for people: its code, where there is one, and its id.
    pub fn called(&self) -> String {
        format!("{} {}", self.code, self.rule).trim_start().to_owned()
    }
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FindingSeverity {
    /// Worth knowing; nothing needs to be done.
    Note,
    /// Should be looked at before the merge.
    Warning,
    /// Will hurt.
    Error,
}

impl FindingSeverity {
    /// `note`, `warning` or `error`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl From<Severity> for FindingSeverity {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Note => Self::Note,
            Severity::Warning => Self::Warning,
            Severity::Error => Self::Error,
        }
    }
}

/// The database object or file that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportSubject {
    /// The kind in words: `table`, `index`, `migration`.
    pub kind: String,
    /// Its name as people write it.
    pub name: String,
}

impl From<&Subject> for ReportSubject {
    fn from(subject: &Subject) -> Self {
        Self { kind: subject.kind.clone(), name: subject.name.clone() }
    }
}

/// A place in a file. Lines and columns count from 1; columns count characters; ends are exclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportPlace {
    /// The file, relative to the project where that is possible, with forward slashes.
    pub file: String,
    /// The first line.
    pub line: usize,
    /// The first column.
    pub column: usize,
    /// The line in which the span ends.
    pub end_line: usize,
    /// The column before which it ends.
    pub end_column: usize,
    /// The same in bytes from the start of the file.
    pub span: ReportSpan,
}

/// A range of bytes, end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportSpan {
    /// The first byte, from 0.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl From<&Place> for ReportPlace {
    fn from(place: &Place) -> Self {
        Self {
            file: slashed(&place.file),
            line: place.start.line,
            column: place.start.column,
            end_line: place.end.line,
            end_column: place.end.column,
            span: ReportSpan { start: place.span.start, end: place.span.end },
        }
    }
}

/// A path as reports write it: forward slashes everywhere, bytes that are no UTF-8 replaced.
pub fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '\\' { text.replace('\\', "/") } else { text.into_owned() }
}

/// One thing that was run or seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportEvidence {
    /// What sort of evidence it is.
    pub kind: EvidenceKind,
    /// What was run, seen or timed; for differences a heading, which may be empty.
    pub text: String,
    /// The differences, one readable line each; empty for the other kinds.
    pub lines: Vec<String>,
    /// The time that was measured, in milliseconds.
    pub ms: Option<f64>,
}

/// What sort of evidence it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EvidenceKind {
    /// A step that was carried out.
    Ran,
    /// Something that was observed.
    Saw,
    /// A difference between two states.
    Differs,
    /// A time that was measured.
    Took,
}

impl EvidenceKind {
    /// `ran`, `saw`, `differs` or `took`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ran => "ran",
            Self::Saw => "saw",
            Self::Differs => "differs",
            Self::Took => "took",
        }
    }
}

impl From<&Evidence> for ReportEvidence {
    fn from(evidence: &Evidence) -> Self {
        let plain = |kind, text: &str| Self { kind, text: text.to_owned(), lines: Vec::new(), ms: None };
        match evidence {
            Evidence::Ran(text) => plain(EvidenceKind::Ran, text),
            Evidence::Saw(text) => plain(EvidenceKind::Saw, text),
            Evidence::Differs(lines) => Self { lines: lines.clone(), ..plain(EvidenceKind::Differs, "") },
            Evidence::Took { what, time } => {
                Self { ms: Some(milliseconds(*time)), ..plain(EvidenceKind::Took, what) }
            }
        }
    }
}

/// What to do about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportFix {
    /// What to do, beginning with a verb.
    pub advice: String,
    /// The SQL, if the fix is SQL; it was executed before it is shown.
    pub sql: Option<String>,
}

impl From<&Fix> for ReportFix {
    fn from(fix: &Fix) -> Self {
        Self { advice: fix.advice.clone(), sql: fix.sql.clone() }
    }
}

impl From<&Finding> for ReportFinding {
    fn from(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.id.to_owned(),
            code: finding.rule.code.to_owned(),
            severity: finding.severity.into(),
            subject: (&finding.subject).into(),
            place: finding.place.as_ref().map(ReportPlace::from),
            message: finding.message.clone(),
            evidence: finding.evidence.iter().map(ReportEvidence::from).collect(),
            fix: finding.fix.as_ref().map(ReportFix::from),
            page: page_of(finding.rule.id),
        }
    }
}

/// The page of a rule, relative to the root of Freehold's own repository.
pub fn page_of(rule: &str) -> String {
    format!("docs/rules/{rule}.md")
}
