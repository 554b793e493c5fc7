//! Whether somebody has agreed.

use std::time::Duration;

use jiff::Timestamp;

use super::RightsError;
use crate::{Execute, Sql, quote_identifier};

/// Where consents are kept, and how they are asked for. The database's clock counts, at the beginning of the transaction:
/// clocks of applications, which differ, do not.
///
/// ```
/// use freehold_tenancy::rights::Consent;
///
/// let consent = Consent::in_table("consent_records").person("external_id");
/// let store = format!(
///     "INSERT INTO faces (tenant_id, external_id) SELECT $1, $2 WHERE {}",
///     consent.condition(1)
/// );
/// assert!(store.contains("FOR SHARE"));
/// ```
#[derive(Debug, Clone)]
pub struct Consent {
    table: String,
    tenant: String,
    person: String,
    kind: String,
    granted: String,
    expires: String,
    revoked: String,
    ahead: Duration,
}

impl Consent {
    /// Consents in this table, with columns `tenant_id`, `external_id`, `consent_type`, `granted_at`, `expires_at` and `revoked_at`
    /// unless said otherwise.
    ///
    /// ```
    /// use freehold_tenancy::rights::Consent;
    ///
    /// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
    /// let consent = Consent::in_table("consent_records");
    /// assert!(consent.is_given(&tenant, "person-1", "FACE_REGISTRATION", None).await?);
    /// # Ok(())
    /// # });
    /// ```
    pub fn in_table(table: &str) -> Self {
        Self {
            table: table.to_owned(),
            tenant: "tenant_id".to_owned(),
            person: "external_id".to_owned(),
            kind: "consent_type".to_owned(),
            granted: "granted_at".to_owned(),
            expires: "expires_at".to_owned(),
            revoked: "revoked_at".to_owned(),
            ahead: Duration::ZERO,
        }
    }

    /// The column that names the tenant.
    ///
    /// ```
    /// use freehold_tenancy::rights::Consent;
    ///
    /// let consent = Consent::in_table("consents").tenant("org_id");
    /// assert!(consent.condition(1).contains(r#"c."org_id" = $1"#));
    /// ```
    #[must_use]
    pub fn tenant(mut self, column: &str) -> Self {
        column.clone_into(&mut self.tenant);
        self
    }

    /// The column that names the person.
    ///
    /// ```
    /// use freehold_tenancy::rights::Consent;
    ///
    /// let consent = Consent::in_table("consents").person("user_id");
    /// assert!(consent.condition(1).contains(r#"c."user_id" = $2"#));
    /// ```
    #[must_use]
    pub fn person(mut self, column: &str) -> Self {
        column.clone_into(&mut self.person);
        self
    }

    /// The column that says what was agreed to.
    ///
    /// ```
    /// use freehold_tenancy::rights::Consent;
    ///
    /// let consent = Consent::in_table("consents").kind("purpose");
    /// assert!(consent.condition(1).contains(r#"c."purpose" = $3"#));
    /// ```
    #[must_use]
    pub fn kind(mut self, column: &str) -> Self {
        column.clone_into(&mut self.kind);
        self
    }

    /// The columns of the times: when it was granted, until when it holds, when it was withdrawn (both may be NULL).
    ///
    /// ```
    /// use freehold_tenancy::rights::Consent;
    ///
    /// let consent = Consent::in_table("consents").times("since", "until", "withdrawn");
    /// assert!(consent.condition(1).contains(r#"c."withdrawn" IS NULL OR c."withdrawn" > now()"#));
    /// ```
    #[must_use]
    pub fn times(mut self, granted: &str, expires: &str, revoked: &str) -> Self {
        granted.clone_into(&mut self.granted);
        expires.clone_into(&mut self.expires);
        revoked.clone_into(&mut self.revoked);
        self
    }

    /// A consent that was granted up to so much later than now counts: it was written down by a clock that runs ahead. Ends
    /// and withdrawals are never stretched.
    ///
    /// ```
    /// # use freehold_tenancy::{Execute, rights::Consent};
    /// use std::time::Duration;
    ///
    /// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
    /// // Written down by a clock that is half a minute ahead.
    /// let sql = "UPDATE consent_records SET granted_at = now() + interval '30 seconds'";
    /// tenant.execute(sql, &[]).await?;
    /// let consent = Consent::in_table("consent_records");
    /// assert!(!consent.is_given(&tenant, "person-1", "FACE_REGISTRATION", None).await?);
    /// let consent = consent.clocks_ahead_by(Duration::from_secs(60));
    /// assert!(consent.is_given(&tenant, "person-1", "FACE_REGISTRATION", None).await?);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn clocks_ahead_by(mut self, ahead: Duration) -> Self {
        self.ahead = ahead;
        self
    }

    /// A condition for the statement that needs the consent: of the tenant in `$first`, of the person in `$first + 1`, of the
    /// kind in `$first + 2`. It locks the consent until the transaction ends, so that a withdrawal comes either before the
    /// statement, which then does nothing, or after what it wrote; the role needs UPDATE on the table for that.
    ///
    /// ```
    /// # use freehold_tenancy::{Execute, Sql, rights::Consent};
    /// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
    /// # let id = tenant.id().cloned().ok_or("a tenant")?;
    /// let given = Consent::in_table("consent_records").condition(1);
    /// let sql = Sql::vouched(format!("INSERT INTO notes (tenant_id, id, body) SELECT $1, 9, $2 WHERE {given}"));
    /// assert_eq!(tenant.execute(&sql, &[&id, &"person-2", &"FACE_REGISTRATION"]).await?, 0, "it was withdrawn");
    /// assert_eq!(tenant.execute(&sql, &[&id, &"person-1", &"FACE_REGISTRATION"]).await?, 1);
    /// # Ok(())
    /// # });
    /// ```
    pub fn condition(&self, first: usize) -> String {
        format!("EXISTS ({} FOR SHARE)", self.select(first, "now()"))
    }

    fn select(&self, first: usize, at: &str) -> String {
        let column = |name: &str| format!("c.{}", quote_identifier(name));
        format!(
            "SELECT 1 FROM {table} AS c WHERE {tenant} = ${first} AND {person} = ${second} AND {kind} = ${third} \
             AND {granted} <= {at} + {ahead} * interval '1 microsecond' AND ({expires} IS NULL OR {expires} > {at}) \
             AND ({revoked} IS NULL OR {revoked} > {at})",
            table = quote_identifier(&self.table),
            tenant = column(&self.tenant),
            person = column(&self.person),
            kind = column(&self.kind),
            granted = column(&self.granted),
            expires = column(&self.expires),
            revoked = column(&self.revoked),
            second = first + 1,
            third = first + 2,
            ahead = self.ahead.as_micros(),
        )
    }

    /// Whether the person has agreed to `kind`: now by the database's clock, or as it stands in the table for another time.
    ///
    /// ```
    /// # use freehold_tenancy::rights::Consent;
    /// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
    /// let consent = Consent::in_table("consent_records");
    /// // The second person agreed a day ago and withdrew it an hour ago.
    /// assert!(!consent.is_given(&tenant, "person-2", "FACE_REGISTRATION", None).await?);
    /// let then = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(12);
    /// assert!(consent.is_given(&tenant, "person-2", "FACE_REGISTRATION", Some(then)).await?);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`RightsError::NoTenant`], [`RightsError::Database`].
    pub async fn is_given(
        &self,
        on: &impl Execute,
        person: &str,
        kind: &str,
        at: Option<Timestamp>,
    ) -> Result<bool, RightsError> {
        let tenant = on.tenant_id().ok_or(RightsError::NoTenant)?;
        let sql = format!("SELECT EXISTS ({})", self.select(1, "coalesce($4, now())"));
        Ok(on.query_value(Sql::vouched(sql), &[tenant, &person, &kind, &at]).await?)
    }

    /// Refuses when the person has not agreed to `kind`. The answer can be out of date by the next statement: where something
    /// is written, put [`Consent::condition`] into that statement.
    ///
    /// ```
    /// use freehold_tenancy::rights::{Consent, RightsError};
    ///
    /// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
    /// let consent = Consent::in_table("consent_records");
    /// consent.require(&tenant, "person-1", "FACE_REGISTRATION").await?;
    /// let refused = consent.require(&tenant, "person-1", "NEWSLETTER").await;
    /// assert!(matches!(refused, Err(RightsError::NoConsent { kind }) if kind == "NEWSLETTER"));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`RightsError::NoConsent`]; as [`Consent::is_given`].
    pub async fn require(&self, on: &impl Execute, person: &str, kind: &str) -> Result<(), RightsError> {
        if self.is_given(on, person, kind, None).await? {
            return Ok(());
        }
        Err(RightsError::NoConsent { kind: kind.to_owned() })
    }
}
