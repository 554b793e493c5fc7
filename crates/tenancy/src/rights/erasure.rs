//! What is to become of the rows of somebody who asked to be forgotten, table by table.

use std::collections::BTreeMap;

use super::Subject;

/// What stands in place of a value that named the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replacement {
    /// NULL.
    Null,
    /// The same text in every row, read as the column's type.
    Text(String),
    /// A random uuid for each row, where values have to differ.
    Random,
}

#[derive(Debug, Clone)]
pub(super) enum Policy {
    Delete,
    Anonymise(Vec<(String, Replacement)>),
    Keep(String),
}

/// What is to become of a subject's rows. Every table that the subject can have rows in has to be decided on.
///
/// ```
/// use freehold_tenancy::rights::{Erasure, Replacement, Subject};
///
/// let person = Subject::person().whose("faces", "external_id", "person-1");
/// let erasure = Erasure::of(person)
///     .delete("faces")
///     .anonymise("verification_logs", &[("external_id", Replacement::Null)])
///     .keep("consent_records", "proof that the face was lawful: Art. 7(1) GDPR");
/// # let _ = erasure;
/// ```
#[derive(Debug, Clone)]
pub struct Erasure {
    pub(super) subject: Subject,
    pub(super) policies: BTreeMap<String, Policy>,
    pub(super) audit: bool,
}

impl Erasure {
    /// The erasure of a subject, of which nothing is decided yet.
    pub fn of(subject: Subject) -> Self {
        Self { subject, policies: BTreeMap::new(), audit: false }
    }

    fn decide(mut self, table: &str, policy: Policy) -> Self {
        let name = table.strip_prefix("public.").unwrap_or(table);
        self.policies.insert(name.to_owned(), policy);
        self
    }

    /// Rows of this table go.
    #[must_use]
    pub fn delete(self, table: &str) -> Self {
        self.decide(table, Policy::Delete)
    }

    /// Rows of this table stay, without the person: these columns are replaced.
    #[must_use]
    pub fn anonymise(self, table: &str, columns: &[(&str, Replacement)]) -> Self {
        let columns = columns.iter().map(|(column, with)| ((*column).to_owned(), with.clone())).collect();
        self.decide(table, Policy::Anonymise(columns))
    }

    /// Rows of this table stay as they are, for a reason that the law knows; it stands in the report.
    #[must_use]
    pub fn keep(self, table: &str, reason: &str) -> Self {
        self.decide(table, Policy::Keep(reason.to_owned()))
    }

    /// Values of the rows that are deleted or anonymised are blanked in the [`audit`](crate::audit) trail as well, with those
    /// that the erasure itself puts there. The session needs the right to `audit.erase`, which the system role has.
    #[must_use]
    pub fn with_audit_trail(mut self) -> Self {
        self.audit = true;
        self
    }
}
