//! The report of one run: what every face shows, and the one thing of Freehold that is written for other programs.
//!
//! The types have a version ([`VERSION`]) and a published JSON schema ([`json_schema`]). A field is never removed
//! or given another meaning within a version; new fields may appear.

mod finding;
mod isolation;
mod migration;
mod outcome;
mod sources;

use std::time::Duration;

use freehold_model::finding::Severity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use finding::{
    EvidenceKind, FindingSeverity, ReportEvidence, ReportFinding, ReportFix, ReportPlace, ReportSpan,
    ReportSubject, page_of, slashed,
};
pub use isolation::{
    CellWord, ReportCell, ReportIsolation, ReportTarget, ReportTenancy, ReportUnfilled, ReportWay, TargetWord,
};
pub use migration::{
    DifferenceAfter, Growth, GrowthKind, LockBlocks, ReportDifference, ReportIndexBuild, ReportLock,
    ReportMigration, ReportStatement, TransactionWord,
};
pub use outcome::Outcome;
pub use sources::Sources;

/// The rule that finds secrets.
const SECRET: &str = "secret-in-script";

/// The version of the report's shape.
pub const VERSION: u32 = 1;

/// Everything that one run found, did and could not do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The version of this shape: 1.
    pub version: u32,
    /// The program that wrote it.
    pub tool: Tool,
    /// The command that was run, such as `check`.
    pub command: String,
    /// What was looked at, and where it ran.
    pub project: Project,
    /// Counts, and the exit code that follows from them.
    pub summary: Summary,
    /// What was found, in the order of the migrations.
    pub findings: Vec<ReportFinding>,
    /// The claims that were put to an experiment, with their verdicts.
    pub claims: Vec<ReportClaim>,
    /// What was not verified, and why. Never empty by omission.
    pub not_verified: Vec<NotVerified>,
    /// What was observed of each migration, in the order of application.
    pub migrations: Vec<ReportMigration>,
    /// What was tried at the tenant line; absent where it was not.
    #[serde(default)]
    pub isolation: Option<ReportIsolation>,
    /// How long the whole run took, in milliseconds.
    pub took_ms: f64,
}

/// The program that wrote a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// `freehold`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What was looked at, and where it ran.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Project {
    /// The project's folder as it was given.
    pub dir: String,
    /// The folder of migrations, relative to the project where that is possible.
    pub migrations_dir: Option<String>,
    /// The format of that folder, such as `golang-migrate`.
    pub format: Option<String>,
    /// The server that the migrations ran on, such as `PostgreSQL 15.18, private sandbox`.
    pub server: Option<String>,
}

/// Counts of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Findings of severity error.
    pub errors: usize,
    /// Findings of severity warning.
    pub warnings: usize,
    /// Findings of severity note.
    pub notes: usize,
    /// Migrations that were looked at.
    pub migrations: usize,
    /// Statements of their up scripts.
    pub statements: usize,
    /// The exit code of the program: 0 clean, 1 findings at or above `--fail-on`, 3 something asked for could not be
    /// verified. Absent until the report is sealed.
    pub exit_code: Option<u8>,
}

/// A claim that was put to an experiment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportClaim {
    /// The claim as a sentence, such as `every migration can be taken back`.
    pub claim: String,
    /// What the experiments said.
    pub verdict: VerdictWord,
    /// The counts or reasons behind the verdict, in words.
    pub detail: String,
}

/// The answer to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictWord {
    /// It held in every experiment made.
    Proven,
    /// It is false; findings carry the counterexamples.
    Refuted,
    /// There was nothing that it ranges over.
    NothingToProve,
    /// The experiment could not be made or gave no answer.
    Undecided,
}

impl VerdictWord {
    /// The verdict for people: `proven`, `refuted`, `nothing to prove`, `undecided`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Refuted => "refuted",
            Self::NothingToProve => "nothing to prove",
            Self::Undecided => "undecided",
        }
    }
}

impl From<&freehold_model::finding::Verdict> for VerdictWord {
    fn from(verdict: &freehold_model::finding::Verdict) -> Self {
        use freehold_model::finding::Verdict;
        match verdict {
            Verdict::Proven { .. } => Self::Proven,
            Verdict::Refuted { .. } => Self::Refuted,
            Verdict::NothingToProve { .. } => Self::NothingToProve,
            Verdict::Undecided { .. } => Self::Undecided,
        }
    }
}

/// Something that a reader might believe was verified and was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotVerified {
    /// What was not verified.
    pub what: String,
    /// Why.
    pub why: String,
    /// True when the run was asked for it, by flag, settings or the nature of the command: then the exit code is 3
    /// (unless findings make it 1). False when it is said only for completeness.
    pub asked_for: bool,
}

impl NotVerified {
    /// Something that the run was asked to verify and could not: the exit code tells.
    pub fn asked(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), why: why.into(), asked_for: true }
    }

    /// Something outside of what was asked for, said so that nobody takes silence for proof.
    pub fn for_completeness(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), why: why.into(), asked_for: false }
    }
}

impl Report {
    /// Hides in the texts what a finding says is a secret, so that no renderer shows it once more.
    pub fn hide_secrets(&self, sources: &mut Sources) {
        for place in self.findings.iter().filter(|f| f.rule == SECRET).filter_map(|f| f.place.as_ref()) {
            sources.hide(&place.file, place.line..=place.end_line.max(place.line));
        }
    }

    /// An empty report of this version of the program.
    pub fn new(command: impl Into<String>, project: Project) -> Self {
        Self {
            version: VERSION,
            tool: Tool { name: "freehold".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
            command: command.into(),
            project,
            summary: Summary::default(),
            findings: Vec::new(),
            claims: Vec::new(),
            not_verified: Vec::new(),
            migrations: Vec::new(),
            isolation: None,
            took_ms: 0.0,
        }
    }

    /// Orders the findings (by migration, then place, the graver first), counts, and decides the outcome. To be
    /// called once, when everything is in.
    pub fn seal(&mut self, fail_on: Severity, took: Duration) -> Outcome {
        let files = self
            .migrations
            .iter()
            .map(|migration| std::iter::once(&migration.file).chain(&migration.down_file).cloned().collect());
        let scripts = ScriptsRead {
            files: files.collect(),
            migrations: self.migrations.len(),
            statements: self.migrations.iter().map(|m| m.statements.len()).sum(),
        };
        self.seal_read(&scripts, fail_on, took)
    }

    /// [`Self::seal`] for a run that has read scripts and executed none.
    pub fn seal_read(&mut self, scripts: &ScriptsRead, fail_on: Severity, took: Duration) -> Outcome {
        self.took_ms = milliseconds(took);
        self.order_findings(&scripts.files);
        let count = |severity| self.findings.iter().filter(|f| f.severity == severity).count();
        self.summary = Summary {
            errors: count(FindingSeverity::Error),
            warnings: count(FindingSeverity::Warning),
            notes: count(FindingSeverity::Note),
            migrations: scripts.migrations,
            statements: scripts.statements,
            exit_code: None,
        };
        let outcome = Outcome::of(self, fail_on);
        self.summary.exit_code = Some(outcome.code());
        outcome
    }

    fn order_findings(&mut self, files: &[Vec<String>]) {
        let mut order = std::collections::HashMap::new();
        for (number, files) in files.iter().enumerate() {
            for file in files {
                order.entry(file.as_str()).or_insert(number);
            }
        }
        self.findings.sort_by_cached_key(|finding| {
            let place = finding.place.as_ref();
            let number = place.and_then(|p| order.get(p.file.as_str())).copied();
            (
                number.unwrap_or(usize::MAX),
                place.map(|p| (p.file.clone(), p.line, p.column)),
                std::cmp::Reverse(finding.severity),
                finding.rule.clone(),
                finding.subject.name.clone(),
            )
        });
    }
}

/// What a run has read: the order and the counts of its report.
#[derive(Debug, Clone, Default)]
pub struct ScriptsRead {
    /// The files of each migration, as reports name them, in the order of application.
    pub files: Vec<Vec<String>>,
    /// Migrations that were judged.
    pub migrations: usize,
    /// Statements that were judged.
    pub statements: usize,
}

/// A duration as milliseconds, rounded to a microsecond so that reports stay readable.
pub fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

/// The JSON schema of [`Report`] (draft 2020-12), for publishing beside the documentation.
pub fn json_schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Report).to_value();
    if let Some(object) = schema.as_object_mut() {
        object.insert("title".to_owned(), "Report of Freehold, version 1".into());
    }
    schema
}
