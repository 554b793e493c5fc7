//! PUBLIC may connect to the database or make temporary tables in it.
//!
//! ## What it finds
//! CONNECT or TEMPORARY on the database for PUBLIC, which is what a database is made with.
//!
//! ## Why it hurts
//! Roles of other applications on the same server get in, and then hold whatever PUBLIC holds. In temporary tables
//! names can be hidden that functions without a fixed search_path look up.
//!
//! ## Do instead
//! Revoke both from PUBLIC and grant CONNECT to the groups of this application.
//!
//! ## When to ignore
//! On a server that serves this application alone.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject};
use tokio_postgres::Row;

use super::{Audit, Facts};

pub(super) static RULE: Rule = Rule {
    id: "public-connects",
    code: "FH0945",
    category: Category::Security,
    severity: Severity::Note,
    decided_by: &[Depth::Catalog],
    summary: "every role of the server can log in to this database",
    source: include_str!("public_connects.rs"),
    ..Rule::NEW
};

pub(super) const AUDIT: Audit = Audit { rule: &RULE, sql: SQL, judge };

const SQL: &str = "SELECT format('%I', d.datname), string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type), coalesce(d.datacl::text, 'none: the default holds')
FROM pg_catalog.pg_database AS d
CROSS JOIN LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS a
WHERE a.grantee = 0 AND a.privilege_type IN ('CONNECT', 'TEMPORARY') AND d.datname = current_database()
  AND $1::oid[] IS NOT NULL
GROUP BY 1, 3";

fn judge(_: &Facts, rows: &[Row]) -> Result<Vec<Finding>, tokio_postgres::Error> {
    rows.iter()
        .map(|row| {
            let (name, privileges, acl): (String, String, String) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            Ok(Finding::new(
                &RULE,
                Subject::new("database", &name),
                format!("PUBLIC has {privileges} on database {name}: every role of the server gets in"),
            )
            .because(Evidence::Ran(format!("the access list of database {name}")))
            .because(Evidence::Saw(acl))
            .fixed_by("Revoke both from PUBLIC, and grant CONNECT to the groups of this application.", None))
        })
        .collect()
}
