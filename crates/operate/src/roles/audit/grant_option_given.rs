//! The application may pass privileges on.
//!
//! ## What it finds
//! Privileges on relations, functions and schemas that a role of the application holds WITH GRANT OPTION without owning
//! the object, and memberships that it holds WITH ADMIN OPTION; the administrators' group may give the other two groups
//! to others.
//!
//! ## Why it hurts
//! What the application passes on stays when its own privilege is looked at, and a later revoke fails or cascades into
//! grants that nobody knew of.
//!
//! ## Do instead
//! Let only owners grant.
//!
//! ## When to ignore
//! For a role whose work is to make roles.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject};
use tokio_postgres::Row;

use super::{Audit, Facts};

pub(super) static RULE: Rule = Rule {
    id: "grant-option-given",
    code: "FH0948",
    category: Category::Security,
    severity: Severity::Warning,
    decided_by: &[Depth::Catalog],
    summary: "a role of the application can give its privileges to others",
    source: include_str!("grant_option_given.rs"),
    ..Rule::NEW
};

pub(super) const AUDIT: Audit = Audit { rule: &RULE, sql: SQL, judge };

const SQL: &str = "SELECT kind, name, grantee, string_agg(DISTINCT privilege, ', '), (array_agg(acl))[1] FROM (
    SELECT CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
           WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind, format('%I.%I', n.nspname, c.relname) AS name, a.grantee, a.privilege_type AS privilege,
           c.relacl::text AS acl
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL aclexplode(c.relacl) AS a
    WHERE a.is_grantable AND a.grantee <> c.relowner AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'function', format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)),
           a.grantee, a.privilege_type, p.proacl::text
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    CROSS JOIN LATERAL aclexplode(p.proacl) AS a
    WHERE a.is_grantable AND a.grantee <> p.proowner AND n.nspname NOT LIKE 'pg\\_%'
    UNION ALL
    SELECT 'schema', format('%I', n.nspname), a.grantee, a.privilege_type, n.nspacl::text
    FROM pg_catalog.pg_namespace AS n CROSS JOIN LATERAL aclexplode(n.nspacl) AS a
    WHERE a.is_grantable AND a.grantee <> n.nspowner AND n.nspname NOT LIKE 'pg\\_%'
) AS granted
WHERE grantee = ANY ($1::oid[])
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";

fn judge(facts: &Facts, rows: &[Row]) -> Result<Vec<Finding>, tokio_postgres::Error> {
    let mut findings = memberships(facts);
    for row in rows {
        let (kind, name, grantee): (String, String, u32) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let (privileges, acl): (String, String) = (row.try_get(3)?, row.try_get(4)?);
        let role = facts.name(grantee);
        findings.push(
            Finding::new(
                &RULE,
                Subject::new(&kind, &name),
                format!("{role} may give {privileges} on {name} to others"),
            )
            .because(Evidence::Ran(format!("the access list of {kind} {name}")))
            .because(Evidence::Saw(acl))
            .fixed_by("Revoke the grant option.", None),
        );
    }
    Ok(findings)
}

fn memberships(facts: &Facts) -> Vec<Finding> {
    let hierarchy = &facts.subjects.hierarchy;
    let mut findings = Vec::new();
    for membership in facts.memberships.iter().filter(|m| m.admin && facts.application.contains(&m.member)) {
        let (member, of) = (facts.name(membership.member), facts.name(membership.of));
        if member == hierarchy.admin && (of == hierarchy.reader || of == hierarchy.writer) {
            continue;
        }
        findings.push(
            Finding::new(
                &RULE,
                Subject::new("role", &member),
                format!("{member} may make others members of {of}"),
            )
            .because(Evidence::Ran("pg_auth_members.admin_option".to_owned()))
            .because(Evidence::Saw(format!("{member} is a member of {of} WITH ADMIN OPTION")))
            .fixed_by("Revoke the admin option.", None),
        );
    }
    findings
}
