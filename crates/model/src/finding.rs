//! What a rule or a proof says: findings with their evidence, and verdicts.

use std::{fmt, time::Duration};

use crate::{lock::LockMode, place::Place};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing needs to be done.
    Note,
    /// Should be looked at before the merge.
    Warning,
    /// Will hurt; fails the run by default.
    Error,
}

impl Severity {
    /// `note`, `warning` or `error`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What a rule is about: the groups of the index of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Files and their text.
    Files,
    /// Locks, and who waits for them.
    Locks,
    /// Rewrites and scans of tables.
    Rewrites,
    /// Constraints.
    Constraints,
    /// Loss of data, and the way back.
    DataLoss,
    /// Code that is running while the schema changes.
    Compatibility,
    /// Indexes.
    Indexes,
    /// Types, style, names.
    Types,
    /// The line between tenants, and row security.
    Tenancy,
    /// Security, transactions, and how scripts are run.
    Security,
    /// The design of schemas and queries.
    Design,
    /// What a rehearsal shows.
    Rehearsal,
    /// What the proof that tenants are apart shows.
    Isolation,
}

impl Category {
    /// All of them, in the order of the index.
    pub const ALL: [Self; 13] = [
        Self::Files,
        Self::Locks,
        Self::Rewrites,
        Self::Constraints,
        Self::DataLoss,
        Self::Compatibility,
        Self::Indexes,
        Self::Types,
        Self::Tenancy,
        Self::Security,
        Self::Design,
        Self::Rehearsal,
        Self::Isolation,
    ];

    /// The word for it in settings and flags: `locks`, `data-loss`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Locks => "locks",
            Self::Rewrites => "rewrites",
            Self::Constraints => "constraints",
            Self::DataLoss => "data-loss",
            Self::Compatibility => "compatibility",
            Self::Indexes => "indexes",
            Self::Types => "types",
            Self::Tenancy => "tenancy",
            Self::Security => "security",
            Self::Design => "design",
            Self::Rehearsal => "rehearsal",
            Self::Isolation => "isolation",
        }
    }
}

/// From what a finding is sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Depth {
    /// The SQL text, with the history of the folder before it.
    Text,
    /// The catalog that a server describes.
    Catalog,
    /// A rehearsal, where it was executed and observed.
    Execution,
    /// Statistics or rows of production.
    Production,
}

impl Depth {
    /// `text`, `catalog`, `execution` or `production`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Catalog => "catalog",
            Self::Execution => "execution",
            Self::Production => "production",
        }
    }
}

/// A rule or a proof as the lists and the documentation know it.
#[derive(PartialEq, Eq)]
pub struct Rule {
    /// Stable, kebab-case; names the thing complained about, so that it reads well after "allow".
    pub id: &'static str,
    /// `FH` and four digits; stable. The first two digits are the category's.
    pub code: &'static str,
    /// What it is about.
    pub category: Category,
    /// The severity unless a project says otherwise.
    pub severity: Severity,
    /// The depths at which it is decided, weakest first.
    pub decided_by: &'static [Depth],
    /// The lock that the statement complained about takes on a relation that was there; traced in the tests.
    pub lock: Option<LockMode>,
    /// The hazards of the list in `docs/rules/hazards.md` that it decides.
    pub hazards: &'static [u8],
    /// The pieces of common advice, in the same page, that it proves wrong.
    pub advice: &'static [u8],
    /// One sentence: what is wrong when this fires.
    pub summary: &'static str,
    /// The text of the Rust file that decides it; its module doc is the rule's page. See [`Rule::page`].
    pub source: &'static str,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({})", self.id)
    }
}

impl Rule {
    /// What a static's initialiser fills up from; every field of a real rule but `lock`, `hazards` and `advice` differs.
    pub const NEW: Self = Self {
        id: "",
        code: "",
        category: Category::Design,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        lock: None,
        hazards: &[],
        advice: &[],
        summary: "",
        source: "",
    };

    /// Its page in Markdown: what it finds, why it hurts, do instead, when to ignore. Becomes `docs/rules/<id>.md`.
    pub fn page(&self) -> String {
        let lines = self.source.lines().take_while(|line| line.starts_with("//!"));
        let text: Vec<&str> =
            lines.map(|line| line.trim_start_matches("//!").trim_start_matches(' ')).collect();
        format!("# {}\n\n{}\n", self.id, text.join("\n").trim_end())
    }
}

/// The database object or file that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// The kind in words: `table`, `index`, `migration`.
    pub kind: String,
    /// Its name as people write it.
    pub name: String,
}

impl Subject {
    /// A subject from its kind and name.
    pub fn new(kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind: kind.into(), name: name.into() }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

/// One thing that was run or seen.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// A step that was carried out, in words or as SQL.
    Ran(String),
    /// Something that was observed.
    Saw(String),
    /// A difference between two states of the catalog or the data, one readable line each.
    Differs(Vec<String>),
    /// A time that was measured.
    Took {
        /// What was timed.
        what: String,
        /// How long it took.
        time: Duration,
    },
}

/// SQL that mends what was found, itself tried in a sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What to do, beginning with a verb.
    pub advice: String,
    /// The SQL, if the fix is SQL; it was executed before it is shown.
    pub sql: Option<String>,
}

/// What a rule or a proof found in one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Which rule or proof says so.
    pub rule: &'static Rule,
    /// How much it matters here.
    pub severity: Severity,
    /// The object that it is about.
    pub subject: Subject,
    /// Where in the project's files, if it is anywhere.
    pub place: Option<Place>,
    /// One or two plain sentences: what happens, to what.
    pub message: String,
    /// What was run and seen.
    pub evidence: Vec<Evidence>,
    /// What to do about it.
    pub fix: Option<Fix>,
    /// Rules that say the same of the same thing, from a weaker depth: allowing one of them allows this.
    pub also: Vec<&'static Rule>,
}

impl Finding {
    /// A finding with the rule's own severity and nothing else yet.
    pub fn new(rule: &'static Rule, subject: Subject, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity,
            subject,
            place: None,
            message: message.into(),
            evidence: Vec::new(),
            fix: None,
            also: Vec::new(),
        }
    }

    /// The same at a place.
    #[must_use]
    pub fn at(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }

    /// The same with one more piece of evidence.
    #[must_use]
    pub fn because(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    /// The same with advice.
    #[must_use]
    pub fn fixed_by(mut self, advice: impl Into<String>, sql: Option<String>) -> Self {
        self.fix = Some(Fix { advice: advice.into(), sql });
        self
    }

    /// The same with another severity.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

/// The answer to a claim that was put to an experiment.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The claim held in every experiment made, which were these.
    Proven {
        /// What was run and seen.
        evidence: Vec<Evidence>,
    },
    /// The claim is false; the findings carry counterexamples that can be pasted.
    Refuted {
        /// What contradicts the claim.
        findings: Vec<Finding>,
    },
    /// There was nothing that the claim ranges over. Never shown as proven.
    NothingToProve {
        /// What was looked for.
        why: String,
    },
    /// The experiment could not be made or gave no answer.
    Undecided {
        /// What stood in the way.
        why: String,
    },
}
