//! A privilege is granted for single columns.
//!
//! ## What it finds
//! Privileges on columns of a role of the application.
//!
//! ## Why it hurts
//! They are not shown where people look (a table's own access list), every SELECT * fails that reaches another column,
//! and a new column is closed until somebody grants it.
//!
//! ## Do instead
//! Keep the secret columns in a table of their own, or show a view; where column grants are meant, test them.
//!
//! ## When to ignore
//! Where they are meant: some columns may be changed and others not.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject};
use tokio_postgres::Row;

use super::{Audit, Facts};

pub(super) static RULE: Rule = Rule {
    id: "column-granted",
    code: "FH0950",
    category: Category::Security,
    severity: Severity::Note,
    decided_by: &[Depth::Catalog],
    summary: "a privilege on columns stays when that on the table is looked at",
    source: include_str!("column_granted.rs"),
    ..Rule::NEW
};

pub(super) const AUDIT: Audit = Audit { rule: &RULE, sql: SQL, judge };

const SQL: &str = "SELECT format('%I.%I', n.nspname, c.relname), a.grantee,
       string_agg(DISTINCT a.privilege_type || ' (' || quote_ident(t.attname) || ')', ', '), (array_agg(t.attacl::text))[1]
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS t ON t.attrelid = c.oid AND NOT t.attisdropped
CROSS JOIN LATERAL aclexplode(t.attacl) AS a
WHERE a.grantee = ANY ($1::oid[]) AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
GROUP BY 1, 2 ORDER BY 1, 2";

fn judge(facts: &Facts, rows: &[Row]) -> Result<Vec<Finding>, tokio_postgres::Error> {
    rows.iter()
        .map(|row| {
            let (table, grantee, privileges): (String, u32, String) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let (role, acl): (String, String) = (facts.name(grantee), row.try_get(3)?);
            Ok(Finding::new(
                &RULE,
                Subject::new("table", &table),
                format!("{role} has privileges on single columns of {table}: {privileges}"),
            )
            .because(Evidence::Ran(format!("pg_attribute.attacl of {table}")))
            .because(Evidence::Saw(acl))
            .fixed_by("See that it is meant, and that a test holds it.", None))
        })
        .collect()
}
