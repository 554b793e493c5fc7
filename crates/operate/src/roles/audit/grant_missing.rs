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

use std::collections::BTreeMap;

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
SELECT r.kind, format('%I.%I', r.nspname, r.relname), r.relname::text, h.grantee, h.privilege_type,
       h.having::int8, coalesce(r.relacl::text, 'none'), h.nspname::text
FROM habit AS h
JOIN relation AS r ON r.nspname = h.nspname AND r.kind = h.kind
WHERE h.having >= 3 AND r.relowner <> h.grantee
  AND NOT CASE WHEN r.kind = 'sequence' THEN has_sequence_privilege(h.grantee, r.oid, h.privilege_type)
               ELSE has_table_privilege(h.grantee, r.oid, h.privilege_type) END
ORDER BY 2, 4, 5";

/// A relation without a privilege that a role has on its neighbours.
struct Lacking {
    kind: String,
    name: String,
    grantee: u32,
    privilege: String,
    having: i64,
    acl: String,
    schema: String,
}

fn judge(facts: &Facts, rows: &[Row]) -> Result<Vec<Finding>, tokio_postgres::Error> {
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let bare: String = row.try_get(2)?;
        if HISTORIES.contains(&bare.as_str()) {
            continue;
        }
        all.push(Lacking {
            kind: row.try_get(0)?,
            name: row.try_get(1)?,
            grantee: row.try_get(3)?,
            privilege: row.try_get(4)?,
            having: row.try_get(5)?,
            acl: row.try_get(6)?,
            schema: row.try_get(7)?,
        });
    }
    let mut lacking: BTreeMap<(&str, &str, u32, &str), i64> = BTreeMap::new();
    for one in &all {
        *lacking.entry((&one.schema, &one.kind, one.grantee, &one.privilege)).or_default() += 1;
    }
    let mut told: BTreeMap<(&str, u32), (&Lacking, Vec<&str>)> = BTreeMap::new();
    for one in &all {
        let count =
            lacking.get(&(one.schema.as_str(), one.kind.as_str(), one.grantee, one.privilege.as_str()));
        if count.is_some_and(|count| count * 3 <= one.having) {
            told.entry((&one.name, one.grantee)).or_insert((one, Vec::new())).1.push(&one.privilege);
        }
    }
    let finding = |(one, privileges): &(&Lacking, Vec<&str>)| {
        let (name, role, privileges) = (&one.name, facts.name(one.grantee), privileges.join(", "));
        let having = one.having;
        Finding::new(
            &RULE,
            Subject::new(&one.kind, name),
            format!("{role} has no {privileges} on {name}, as it has on {having} others of its schema"),
        )
        .because(Evidence::Ran(format!("the access lists of the schema of {name}")))
        .because(Evidence::Saw(format!("that of {name}: {}", one.acl)))
        .fixed_by("Grant it, or say that the table is closed on purpose.", None)
    };
    Ok(told.values().map(finding).collect())
}
