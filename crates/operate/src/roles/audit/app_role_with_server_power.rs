//! The application is, or can become, a role with power over the whole server.
//!
//! ## What it finds
//! A role of the application that is a superuser or has BYPASSRLS, CREATEROLE, REPLICATION or CREATEDB, or that can
//! become such a role: attributes are not inherited, but `SET ROLE` takes them on. The server's own roles that read or
//! write all data, files or programs count as well.
//!
//! ## Why it hurts
//! Superusers and BYPASSRLS see every tenant's rows, whatever the policies say. CREATEROLE makes roles with such rights
//! (on versions before 16 it can join almost any role), REPLICATION reads the whole write-ahead log. One injected
//! statement is enough.
//!
//! ## Do instead
//! Let the application log in as a role that is only a member of the group that writes rows. Make administrators log in
//! as themselves.
//!
//! ## When to ignore
//! Where the role is not the application's: name the right one with `--role`, or in `[tenancy] role`.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject};
use tokio_postgres::Row;

use super::{Audit, Facts};

pub(super) static RULE: Rule = Rule {
    id: "app-role-with-server-power",
    code: "FH0940",
    category: Category::Security,
    severity: Severity::Error,
    decided_by: &[Depth::Catalog],
    summary: "the application can step over every privilege and policy",
    source: include_str!("app_role_with_server_power.rs"),
    ..Rule::NEW
};

pub(super) const AUDIT: Audit = Audit { rule: &RULE, sql: SQL, judge };

const SQL: &str = "SELECT r.oid, r.rolname::text, r.rolsuper,
       r.rolname IN ('pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files',
                     'pg_execute_server_program', 'pg_maintain', 'pg_create_subscription')
FROM pg_catalog.pg_roles AS r WHERE r.oid = ANY ($1::oid[]) ORDER BY 2";

fn judge(facts: &Facts, rows: &[Row]) -> Result<Vec<Finding>, tokio_postgres::Error> {
    let mut findings = Vec::new();
    for row in rows {
        let (oid, name, predefined): (u32, String, bool) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(3)?);
        let Some(role) = facts.roles.get(&oid) else { continue };
        let what = if predefined {
            "one of the server's own roles with power over all data".to_owned()
        } else if role.powers.is_empty() {
            continue;
        } else {
            role.powers.join(", ")
        };
        let way = facts.way_to(oid).unwrap_or_else(|| name.clone());
        let message = if way == name {
            format!("the application's role {name} is {what}")
        } else {
            format!("the application can become {name}, which is {what}: {way}")
        };
        let weak = !predefined && role.powers == ["CREATEDB"];
        findings.push(
            Finding::new(&RULE, Subject::new("role", &name), message)
                .with_severity(if weak { Severity::Warning } else { Severity::Error })
                .because(Evidence::Ran(format!("pg_roles of {name}, pg_auth_members up to it")))
                .because(Evidence::Saw(format!("{name}: {what}; by {way}")))
                .fixed_by("Take the attribute or the membership from the role, or let the application log in as another.", None),
        );
    }
    Ok(findings)
}
