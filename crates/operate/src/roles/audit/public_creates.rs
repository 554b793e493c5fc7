//! PUBLIC may create objects in a schema, or schemas in the database.
//!
//! ## What it finds
//! CREATE on a schema or on the database for PUBLIC. Before PostgreSQL 15 every database is made with CREATE on schema
//! public for PUBLIC, and keeps it when the server is upgraded.
//!
//! ## Why it hurts
//! Whoever makes a function or operator in a schema that is on other people's search_path has them run it, with their
//! rights.
//!
//! ## Do instead
//! `REVOKE CREATE ON SCHEMA public FROM PUBLIC`.
//!
//! ## When to ignore
//! Never where anybody but its owner can log in.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject};
use tokio_postgres::Row;

use super::{Audit, Facts};

pub(super) static RULE: Rule = Rule {
    id: "public-creates",
    code: "FH0944",
    category: Category::Security,
    severity: Severity::Error,
    decided_by: &[Depth::Catalog],
    summary: "every role that can connect may put objects where others look names up",
    source: include_str!("public_creates.rs"),
    ..Rule::NEW
};

pub(super) const AUDIT: Audit = Audit { rule: &RULE, sql: SQL, judge };

const SQL: &str = "SELECT 'schema', format('%I', n.nspname), n.nspacl::text
FROM pg_catalog.pg_namespace AS n CROSS JOIN LATERAL aclexplode(n.nspacl) AS a
WHERE a.grantee = 0 AND a.privilege_type = 'CREATE' AND n.nspname NOT LIKE 'pg\\_%'
UNION ALL
SELECT 'database', format('%I', d.datname), d.datacl::text
FROM pg_catalog.pg_database AS d CROSS JOIN LATERAL aclexplode(d.datacl) AS a
WHERE a.grantee = 0 AND a.privilege_type = 'CREATE' AND d.datname = current_database() AND $1::oid[] IS NOT NULL
ORDER BY 1, 2";

fn judge(_: &Facts, rows: &[Row]) -> Result<Vec<Finding>, tokio_postgres::Error> {
    rows.iter()
        .map(|row| {
            let (kind, name, acl): (String, String, String) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let what = if kind == "schema" { "objects in schema" } else { "schemas in database" };
            Ok(Finding::new(&RULE, Subject::new(&kind, &name), format!("PUBLIC may create {what} {name}"))
                .because(Evidence::Ran(format!("the access list of {kind} {name}")))
                .because(Evidence::Saw(acl))
                .fixed_by("Revoke CREATE from PUBLIC.", None))
        })
        .collect()
}
