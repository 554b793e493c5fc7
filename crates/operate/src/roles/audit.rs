//! What the catalog says of an application's roles, judged: one file for each rule, all on one list.
//!
//! Nothing is written. Passwords are not read: `pg_authid` is never asked.

mod app_role_owns_relations;
mod app_role_with_server_power;
mod column_granted;
mod definer_open_to_public;
mod facts;
mod grant_missing;
mod grant_option_given;
mod more_than_rows_granted;
mod next_object_open;
mod owner_is_superuser;
mod public_connects;
mod public_creates;
mod public_has_privileges;
mod role_without_members;

use freehold_db::{DbError, Session};
use freehold_model::finding::{Finding, Rule};
use tokio_postgres::Row;

pub use facts::{Facts, Subjects};

/// A rule, the rows that it looks at, and the function that decides it.
pub struct Audit {
    /// The rule.
    pub rule: &'static Rule,
    /// The query that gives the rows; `$1` are the oids of the roles that the application is or can become.
    sql: &'static str,
    /// The findings.
    judge: fn(&Facts, &[Row]) -> Result<Vec<Finding>, tokio_postgres::Error>,
}

/// All rules, in the order in which they are asked.
pub static AUDITS: &[Audit] = &[
    app_role_with_server_power::AUDIT,
    app_role_owns_relations::AUDIT,
    more_than_rows_granted::AUDIT,
    public_has_privileges::AUDIT,
    public_creates::AUDIT,
    public_connects::AUDIT,
    definer_open_to_public::AUDIT,
    next_object_open::AUDIT,
    grant_option_given::AUDIT,
    grant_missing::AUDIT,
    column_granted::AUDIT,
    role_without_members::AUDIT,
    owner_is_superuser::AUDIT,
];

/// What an audit came to.
#[derive(Debug)]
pub struct Audited {
    /// What was found, in the order of the list.
    pub findings: Vec<Finding>,
    /// The roles that were taken for the application's, by name.
    pub application: Vec<String>,
    /// Those of `application` that were not named but concluded from what they are granted.
    pub guessed: bool,
    /// Roles that were named and are not there.
    pub missing: Vec<String>,
}

/// Asks all rules. The session may be one that cannot write.
///
/// # Errors
/// What the server says to a question.
pub async fn audit(session: &Session, subjects: &Subjects) -> Result<Audited, DbError> {
    let facts = Facts::read(session, subjects).await?;
    let reach = facts.reach();
    let mut findings = Vec::new();
    for audit in AUDITS {
        let rows = session.query(audit.sql, &[&reach]).await?;
        let judged = (audit.judge)(&facts, &rows)
            .map_err(|error| DbError::from_postgres(format!("judging {}", audit.rule.id), error))?;
        findings.extend(judged);
    }
    Ok(Audited {
        findings,
        application: facts.application_names(),
        guessed: facts.guessed,
        missing: facts.missing(),
    })
}
