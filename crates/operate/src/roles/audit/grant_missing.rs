//! A table lacks the grant that its neighbours have.
//!
//! ## What it finds
//! Tables, views and sequences of a schema on which a role has not the privilege that it has on at least three others
//! and on most of them: when at most one in four lacks it. Partitions are left out (they are reached through their
//! parent), and so are the tables in which tools keep the history of migrations.
//!
//! ## Why it hurts
//! The table was made by another role than the one with default privileges, or the GRANT was forgotten. The code that
//! uses it fails in production, where the developer is no owner.
//!
//! ## Do instead
//! Grant it, and let the default privileges of the role that migrates do so for later tables (`freehold roles plan`).
//!
//! ## When to ignore
//! Where the table is closed to the role on purpose: then allow it in the settings.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject};
use tokio_postgres::Row;

use super::{Audit, Facts};
use crate::roles::plan::HISTORIES;

pub(super) static RULE: Rule = Rule {
    id: "grant-missing",
    code: "FH0949",
    category: Category::Security,
    severity: Severity::Warning,
    decided_by: &[Depth::Catalog],
    summary: "the application is refused on one table of many",
    source: include_str!("grant_missing.rs"),
    ..Rule::NEW
};

pub(super) const AUDIT: Audit = Audit { rule: &RULE, sql: SQL, judge };

const SQL: &str = "WITH relation AS (
    SELECT n.nspname, c.oid, c.relname, CASE WHEN c.relkind = 'S' THEN 'sequence' ELSE 'table' END AS kind, c.relacl, c.relowner
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT c.relispartition AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS i WHERE i.classid = 'pg_catalog.pg_class'::regclass
                      AND i.objid = c.oid AND i.deptype = 'i')
), given AS (
    SELECT DISTINCT r.nspname, r.kind, r.oid, a.grantee, a.privilege_type
    FROM relation AS r CROSS JOIN LATERAL aclexplode(r.relacl) AS a
    WHERE a.grantee = ANY ($1::oid[]) AND a.grantee <> r.relowner
      AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'USAGE')
), habit AS (
    SELECT nspname, kind, grantee, privilege_type, count(*) AS having FROM given GROUP BY 1, 2, 3, 4
)
SELECT r.kind, format('%I.%I', r.nspname, r.relname), r.relname::text, h.grantee,
       string_agg(h.privilege_type, ', ' ORDER BY h.privilege_type), min(h.having)::int8,
       coalesce(r.relacl::text, 'none')
FROM habit AS h
JOIN relation AS r ON r.nspname = h.nspname AND r.kind = h.kind
WHERE h.having >= 3 AND r.relowner <> h.grantee
  AND h.having * 4 >= 3 * (SELECT count(*) FROM relation AS o WHERE o.nspname = h.nspname AND o.kind = h.kind)
  AND NOT CASE WHEN r.kind = 'sequence' THEN has_sequence_privilege(h.grantee, r.oid, h.privilege_type)
               ELSE has_table_privilege(h.grantee, r.oid, h.privilege_type) END
  AND NOT EXISTS (SELECT FROM given AS g WHERE g.oid = r.oid AND g.grantee = h.grantee AND g.privilege_type = h.privilege_type)
GROUP BY r.kind, r.nspname, r.relname, h.grantee, r.relacl::text ORDER BY 2, 4";

fn judge(facts: &Facts, rows: &[Row]) -> Result<Vec<Finding>, tokio_postgres::Error> {
    let mut findings = Vec::new();
    for row in rows {
        let (kind, name, bare): (String, String, String) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let (grantee, privileges, having): (u32, String, i64) =
            (row.try_get(3)?, row.try_get(4)?, row.try_get(5)?);
        let acl: String = row.try_get(6)?;
        if HISTORIES.contains(&bare.as_str()) {
            continue;
        }
        let role = facts.name(grantee);
        findings.push(
            Finding::new(
                &RULE,
                Subject::new(&kind, &name),
                format!("{role} has no {privileges} on {name}, as it has on {having} others of its schema"),
            )
            .because(Evidence::Ran(format!("the access lists of the schema of {name}")))
            .because(Evidence::Saw(format!("that of {name}: {acl}")))
            .fixed_by("Grant it, or say that the table is closed on purpose.", None),
        );
    }
    Ok(findings)
}
