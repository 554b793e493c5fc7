//! What a run comes to, as an exit code.

use freehold_model::finding::Severity;

use super::{FindingSeverity, Report, VerdictWord};

/// What a run comes to. Findings win over what could not be verified: they are certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything asked for was verified, and nothing at or above `--fail-on` was found.
    Clean,
    /// At least one finding at or above `--fail-on`.
    Findings,
    /// The run could not be made; there is no report.
    CouldNotRun,
    /// Nothing was found, but something that was asked for could not be verified.
    NotVerified,
}

impl Outcome {
    /// The outcome of a report.
    pub fn of(report: &Report, fail_on: Severity) -> Self {
        let threshold = FindingSeverity::from(fail_on);
        if report.findings.iter().any(|finding| finding.severity >= threshold) {
            Self::Findings
        } else if report.not_verified.iter().any(|gap| gap.asked_for)
            || report.claims.iter().any(|claim| claim.verdict == VerdictWord::Undecided)
        {
            Self::NotVerified
        } else {
            Self::Clean
        }
    }

    /// The exit code: 0 clean, 1 findings, 2 could not run, 3 not verified.
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::CouldNotRun => 2,
            Self::NotVerified => 3,
        }
    }
}
