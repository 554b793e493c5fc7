//! TRUNCATE, REFERENCES or TRIGGER on a table is granted to the application.
//!
//! ## What it finds
//! Privileges of a table, other than SELECT, INSERT, UPDATE and DELETE, that a role of the application has without
//! owning it; MAINTAIN only for roles other than the administrators' group.
//!
//! ## Why it hurts
//! TRUNCATE asks no policy and fires no trigger for rows: one tenant's session empties the table for all. TRIGGER puts
//! code into everybody's writes, which then runs with their rights. REFERENCES tells by a foreign key which keys exist.
//! `GRANT ALL` brings all of them.
//!
//! ## Do instead
//! Grant SELECT, INSERT, UPDATE and DELETE by name.
//!
//! ## When to ignore
//! For a table that an import empties and fills, with no rows of tenants in it.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject};
use tokio_postgres::Row;

use super::{Audit, Facts};

pub(super) static RULE: Rule = Rule {
    id: "more-than-rows-granted",
    code: "FH0942",
    category: Category::Security,
    severity: Severity::Warning,
    decided_by: &[Depth::Catalog],
    summary: "the application may do more with a table than read and write rows",
    source: include_str!("more_than_rows_granted.rs"),
    ..Rule::NEW
};

pub(super) const AUDIT: Audit = Audit { rule: &RULE, sql: SQL, judge };

const SQL: &str = "SELECT format('%I.%I', n.nspname, c.relname), a.grantee, string_agg(DISTINCT a.privilege_type, ', '),
       c.relrowsecurity, c.relacl::text
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL aclexplode(c.relacl) AS a
WHERE c.relkind IN ('r', 'p', 'f') AND a.grantee = ANY ($1::oid[]) AND a.grantee <> c.relowner
  AND a.privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
GROUP BY 1, 2, 4, 5 ORDER BY 1, 2";

fn judge(facts: &Facts, rows: &[Row]) -> Result<Vec<Finding>, tokio_postgres::Error> {
    rows.iter()
        .map(|row| {
            let (table, grantee, privileges): (String, u32, String) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let (row_security, acl): (bool, String) = (row.try_get(3)?, row.try_get(4)?);
            let name = facts.name(grantee);
            let truncates = privileges.contains("TRUNCATE");
            let why = if truncates && row_security {
                "TRUNCATE asks no policy, so that one tenant's session empties it for all"
            } else if truncates {
                "TRUNCATE fires no trigger for rows"
            } else {
                "the application has no use for it"
            };
            Ok(Finding::new(
                &RULE,
                Subject::new("table", &table),
                format!("{name} has {privileges} on {table}: {why}"),
            )
            .with_severity(if truncates && row_security { Severity::Error } else { Severity::Warning })
            .because(Evidence::Ran(format!("pg_class.relacl of {table}")))
            .because(Evidence::Saw(acl))
            .fixed_by(format!("Revoke {privileges} on the table from the role."), None))
        })
        .collect()
}
