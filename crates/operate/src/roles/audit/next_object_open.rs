//! Default privileges open the next object to PUBLIC, or give the application more than rows.
//!
//! ## What it finds
//! Entries of `ALTER DEFAULT PRIVILEGES` that grant tables, sequences or schemas to PUBLIC (error), or that grant a
//! role of the application TRUNCATE, REFERENCES or TRIGGER on tables, CREATE on schemas, or anything with grant option
//! (warning).
//!
//! ## Why it hurts
//! Nobody sees in the migration that makes a table who may read it. A table of secrets is open until somebody notices.
//!
//! ## Do instead
//! Let the defaults grant what the groups need and nothing else: `freehold roles plan`.
//!
//! ## When to ignore
//! Where the platform demands it and row security is forced on every table: then say so beside the policy.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject};
use tokio_postgres::Row;

use super::{Audit, Facts};

pub(super) static RULE: Rule = Rule {
    id: "next-object-open",
    code: "FH0947",
    category: Category::Security,
    severity: Severity::Error,
    decided_by: &[Depth::Catalog],
    summary: "the next table is open from the moment that it is made",
    source: include_str!("next_object_open.rs"),
    ..Rule::NEW
};

pub(super) const AUDIT: Audit = Audit { rule: &RULE, sql: SQL, judge };

const SQL: &str = "SELECT d.defaclrole, CASE WHEN n.nspname IS NULL THEN 'every schema' ELSE 'schema ' || quote_ident(n.nspname) END, d.defaclobjtype::text, a.grantee,
       string_agg(a.privilege_type || CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END, ', '
                  ORDER BY a.privilege_type),
       d.defaclacl::text
FROM pg_catalog.pg_default_acl AS d
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace
CROSS JOIN LATERAL aclexplode(d.defaclacl) AS a
WHERE a.grantee <> d.defaclrole AND (
    (a.grantee = 0 AND d.defaclobjtype IN ('r', 'S', 'n'))
    OR (a.grantee = ANY ($1::oid[]) AND (a.is_grantable
        OR (d.defaclobjtype = 'r' AND a.privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER'))
        OR (d.defaclobjtype = 'n' AND a.privilege_type = 'CREATE'))))
GROUP BY d.oid, d.defaclrole, 2, 3, a.grantee, d.defaclacl ORDER BY 2, 3, 4";

fn judge(facts: &Facts, rows: &[Row]) -> Result<Vec<Finding>, tokio_postgres::Error> {
    rows.iter()
        .map(|row| {
            let (maker, place, kind): (u32, String, String) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let (grantee, privileges, acl): (u32, String, String) =
                (row.try_get(3)?, row.try_get(4)?, row.try_get(5)?);
            let kind = match kind.as_str() {
                "r" => "table",
                "S" => "sequence",
                "n" => "schema",
                "f" => "routine",
                _ => "type",
            };
            let (maker, everybody) = (facts.name(maker), grantee == 0);
            let grantee = if everybody { "PUBLIC".to_owned() } else { facts.name(grantee) };
            Ok(Finding::new(
                &RULE,
                Subject::new("role", &maker),
                format!("the next {kind} that {maker} makes in {place} gives {grantee} {privileges}"),
            )
            .with_severity(if everybody { Severity::Error } else { Severity::Warning })
            .because(Evidence::Ran(format!("pg_default_acl of {maker} for {place}")))
            .because(Evidence::Saw(acl))
            .fixed_by("Take it back with ALTER DEFAULT PRIVILEGES, for the same role and schema.", None))
        })
        .collect()
}
