//! What is to become of the rows of somebody who asked to be forgotten, table by table.

use std::collections::BTreeMap;

use super::Subject;

/// What stands in place of a value that named the person.
///
/// ```
/// # use freehold_tenancy::Execute;
/// use freehold_tenancy::rights::{Erasure, Replacement, Subject, erase};
///
/// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
/// let gone = Replacement::Text("forgotten".into());
/// let erasure = Erasure::of(Subject::person().whose("faces", "external_id", "person-1"))
///     .anonymise("faces", &[("external_id", Replacement::Random)])
///     .anonymise("verification_logs", &[("external_id", gone)]);
/// let transaction = tenant.snapshot().begin().await?;
/// erase(&transaction, &erasure).await?;
/// let logs = "SELECT count(*) FROM verification_logs WHERE external_id = 'forgotten'";
/// assert_eq!(transaction.query_value::<i64>(logs, &[]).await?, 2);
/// # Ok(())
/// # });
/// ```
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
    ///
    /// ```
    /// use freehold_tenancy::rights::{Erasure, RightsError, Subject, erase};
    ///
    /// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
    /// let erasure = Erasure::of(Subject::person().whose("faces", "external_id", "person-1"));
    /// let refused = erase(&tenant.snapshot().begin().await?, &erasure).await;
    /// // The logs refer to the face, so they have to be decided on as well.
    /// let Err(RightsError::Undecided(tables)) = refused else { panic!("{refused:?}") };
    /// assert_eq!(tables, ["faces", "verification_logs"]);
    /// # Ok(())
    /// # });
    /// ```
    pub fn of(subject: Subject) -> Self {
        Self { subject, policies: BTreeMap::new(), audit: false }
    }

    fn decide(mut self, table: &str, policy: Policy) -> Self {
        let name = table.strip_prefix("public.").unwrap_or(table);
        self.policies.insert(name.to_owned(), policy);
        self
    }

    /// Rows of this table go.
    ///
    /// ```
    /// # use freehold_tenancy::Execute;
    /// # use freehold_tenancy::rights::{Erasure, Subject, erase};
    /// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
    /// let erasure = Erasure::of(Subject::tenant().without("tenants").without("notes"))
    ///     .delete("faces")
    ///     .delete("verification_logs")
    ///     .delete("consent_records");
    /// let transaction = tenant.clone().snapshot().begin().await?;
    /// erase(&transaction, &erasure).await?;
    /// transaction.commit().await?;
    /// assert_eq!(tenant.query_value::<i64>("SELECT count(*) FROM faces", &[]).await?, 0);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn delete(self, table: &str) -> Self {
        self.decide(table, Policy::Delete)
    }

    /// Rows of this table stay, without the person: these columns are replaced.
    ///
    /// ```
    /// # use freehold_tenancy::Execute;
    /// # use freehold_tenancy::rights::{Erasure, Replacement, Subject, erase};
    /// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
    /// let erasure = Erasure::of(Subject::person().whose("verification_logs", "external_id", "person-1"))
    ///     .anonymise("verification_logs", &[("external_id", Replacement::Null)]);
    /// let transaction = tenant.snapshot().begin().await?;
    /// erase(&transaction, &erasure).await?;
    /// let logs: Vec<(Option<String>,)> =
    ///     transaction.query("SELECT external_id FROM verification_logs ORDER BY id", &[]).await?;
    /// assert_eq!(logs, [(None,), (None,), (Some("person-2".to_owned()),)]);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn anonymise(self, table: &str, columns: &[(&str, Replacement)]) -> Self {
        let columns = columns.iter().map(|(column, with)| ((*column).to_owned(), with.clone())).collect();
        self.decide(table, Policy::Anonymise(columns))
    }

    /// Rows of this table stay as they are, for a reason that the law knows; it stands in the report.
    ///
    /// ```
    /// # use freehold_tenancy::rights::{Erasure, RightsError, Subject, erase};
    /// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
    /// let erasure = Erasure::of(Subject::tenant().without("notes").without("consent_records"))
    ///     .delete("tenants")
    ///     .delete("faces")
    ///     .keep("verification_logs", "kept for six years: section 147 AO");
    /// // A log can't stay that refers to a tenant which is gone; nothing was done.
    /// let refused = erase(&tenant.snapshot().begin().await?, &erasure).await;
    /// assert!(matches!(refused, Err(RightsError::Conflict { child, .. }) if child == "verification_logs"));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn keep(self, table: &str, reason: &str) -> Self {
        self.decide(table, Policy::Keep(reason.to_owned()))
    }

    /// Values of the rows that are deleted or anonymised are blanked in the [`audit`](crate::audit) trail as well, with those
    /// that the erasure itself puts there. The session needs the right to `audit.erase`, which the system role has.
    ///
    /// ```
    /// # use freehold_tenancy::Execute;
    /// # use freehold_tenancy::rights::{Erasure, Subject, erase};
    /// # freehold_tenancy_ground::with_trail(|ground, tenant| async move {
    /// tenant.execute("UPDATE notes SET body = 'a secret of mine' WHERE id = 1", &[]).await?;
    /// let person = Subject::person().whose("notes", "id", "1");
    /// let erasure = Erasure::of(person).delete("notes").with_audit_trail();
    /// # let id = tenant.id().cloned().ok_or("a tenant")?;
    /// let system = tenant.db().system("forgetting somebody")?.within_tenant(&id).snapshot();
    /// let transaction = system.begin().await?;
    /// // The entries of the change, and of the erasure itself.
    /// assert_eq!(erase(&transaction, &erasure).await?.audit_entries, 2);
    /// transaction.commit().await?;
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn with_audit_trail(mut self) -> Self {
        self.audit = true;
        self
    }
}
