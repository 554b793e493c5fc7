//! A finding on its way to the report, with what decides whether it is told.

use freehold_model::{finding::Finding, name::QualifiedName};

/// A finding on its way to the report.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    /// The finding.
    pub(crate) finding: Finding,
    /// The table that settings per table go by.
    pub(crate) relation: Option<QualifiedName>,
    /// The folder, of those of a run, and its number among what the rules said of it, if it came from there.
    pub(crate) found: Option<(usize, usize)>,
}

impl From<Finding> for Heard {
    fn from(finding: Finding) -> Self {
        Self { finding, relation: None, found: None }
    }
}
