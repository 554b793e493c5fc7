//! What rules say, before it becomes the findings of a report.

use freehold_model::{
    finding::{Evidence, Fix, Severity, Subject},
    lock::LockMode,
    name::QualifiedName,
    place::Span,
};

use crate::rule::LintRule;

/// Which script of the run, in the order in which they were begun.
pub type ScriptId = usize;

/// Something that a statement is said to do and that an execution can confirm or disprove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It takes this lock, or a stronger one, on a relation that was there before the script.
    Locks {
        /// The relation.
        relation: QualifiedName,
        /// The mode.
        mode: LockMode,
    },
    /// It writes the relation again.
    Rewrites(QualifiedName),
    /// It reads the relation from end to end.
    Scans(QualifiedName),
    /// It builds an index over the relation.
    BuildsIndex(QualifiedName),
}

/// A change of the files that keeps their meaning, for `--fix`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Replaces bytes of the script's text.
    Replace {
        /// The bytes, in the script's text.
        span: Span,
        /// What stands there afterwards.
        with: String,
    },
    /// Takes the statement out of its script and puts these into a migration of its own that runs outside a
    /// transaction, right after it.
    MoveWithoutTransaction {
        /// What the statement in the script is replaced with; `None`: it is taken out.
        keep: Option<String>,
        /// The statements of the new migration.
        statements: Vec<String>,
        /// The statements of the new migration's down; empty: none is known.
        undo: Vec<String>,
        /// A word for the new migration's name.
        name: String,
    },
    /// Replaces the statement and puts these into a migration that follows, in a transaction.
    Follow {
        /// What the statement in the script is replaced with.
        keep: String,
        /// The statements of the new migration.
        statements: Vec<String>,
        /// The statements of the new migration's down; empty: nothing needs to be undone.
        undo: Vec<String>,
        /// A word for the new migration's name.
        name: String,
    },
    /// Puts these statements at the top of the script.
    Preamble(Vec<String>),
    /// The migration gets a down with these statements.
    Down(Vec<String>),
}

/// What a rule says about one thing.
#[derive(Debug, Clone)]
pub struct Found {
    /// Which rule.
    pub rule: &'static LintRule,
    /// How much it matters here.
    pub severity: Severity,
    /// The script that it is about; none for what a live catalog shows and no script made.
    pub script: Option<ScriptId>,
    /// The statement of that script, counted from 0; none for the script as a whole.
    pub statement: Option<usize>,
    /// The bytes in the script's text.
    pub span: Span,
    /// The object.
    pub subject: Subject,
    /// The table (or view, sequence) that settings per table and sizes go by.
    pub relation: Option<QualifiedName>,
    /// One or two plain sentences.
    pub message: String,
    /// What speaks for it.
    pub evidence: Vec<Evidence>,
    /// What to do, as words and as SQL for this very statement.
    pub fix: Option<Fix>,
    /// What an execution can confirm or disprove. When all of them are disproved the finding is dropped.
    pub claims: Vec<Claim>,
    /// How `--fix` changes the files.
    pub remedy: Option<Remedy>,
}

impl Found {
    /// The same with another severity.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same about this relation.
    #[must_use]
    pub fn on(mut self, relation: &QualifiedName) -> Self {
        self.relation = Some(relation.clone());
        self
    }

    /// The same with one more piece of evidence.
    #[must_use]
    pub fn because(mut self, saw: impl Into<String>) -> Self {
        self.evidence.push(Evidence::Saw(saw.into()));
        self
    }

    /// The same with what to do: words, beginning with a verb.
    #[must_use]
    pub fn advised(mut self, advice: impl Into<String>) -> Self {
        self.fix = Some(Fix { advice: advice.into(), sql: None });
        self
    }

    /// The same with what to do: words and SQL with this statement's own names. The SQL takes the statement's place: it
    /// is to be run in the state that the statement meets, and is tried there before anybody sees it.
    #[must_use]
    pub fn fixed_by(mut self, advice: impl Into<String>, sql: impl Into<String>) -> Self {
        self.fix = Some(Fix { advice: advice.into(), sql: Some(sql.into()) });
        self
    }

    /// The same with one more claim.
    #[must_use]
    pub fn claiming(mut self, claim: Claim) -> Self {
        self.claims.push(claim);
        self
    }

    /// The same with all of these claims.
    #[must_use]
    pub fn claiming_all(mut self, claims: impl IntoIterator<Item = Claim>) -> Self {
        self.claims.extend(claims);
        self
    }

    /// The same with a change of the files.
    #[must_use]
    pub fn mended_by(mut self, remedy: Remedy) -> Self {
        self.remedy = Some(remedy);
        self
    }

    /// The same at these bytes of the script's text.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = span;
        self
    }
}

/// Where rules put what they say.
#[derive(Debug)]
pub struct Findings<'a> {
    pub(crate) rule: &'static LintRule,
    pub(crate) list: &'a mut Vec<Found>,
}

impl Findings<'_> {
    /// The rule that is looking.
    pub fn rule(&self) -> &'static LintRule {
        self.rule
    }

    /// Adds one.
    pub fn push(&mut self, found: Found) {
        self.list.push(found);
    }
}
