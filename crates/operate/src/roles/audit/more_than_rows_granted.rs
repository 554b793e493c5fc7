//! TRUNCATE, REFERENCES or TRIGGER on a table is granted to the application.
//!
//! ## What it finds
//! TRUNCATE, REFERENCES and TRIGGER on tables that a role of the application has without owning them. Where default
//! privileges are the reason, one finding stands for all tables of the schema. Behind Supabase's gateway, which has no
//! way to ask for them, it is a note.
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

const SQL: &str = "WITH granted AS (
    SELECT n.nspname, format('%I.%I', n.nspname, c.relname) AS name, a.grantee, c.relrowsecurity, c.relacl::text AS acl,
           string_agg(DISTINCT a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges,
           bool_and(EXISTS (
               SELECT FROM pg_catalog.pg_default_acl AS p CROSS JOIN LATERAL aclexplode(p.defaclacl) AS e
               WHERE p.defaclrole = c.relowner AND p.defaclnamespace IN (0, c.relnamespace) AND p.defaclobjtype = 'r'
                 AND e.grantee = a.grantee AND e.privilege_type = a.privilege_type)) AS by_default
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL aclexplode(c.relacl) AS a
    WHERE c.relkind IN ('r', 'p', 'f') AND a.grantee = ANY ($1::oid[]) AND a.grantee <> c.relowner
      AND a.privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER')
      AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    GROUP BY c.oid, n.nspname, c.relname, a.grantee, c.relrowsecurity, c.relacl
)
SELECT min(name), grantee, privileges, bool_or(relrowsecurity), min(acl), count(*)::int8, quote_ident(nspname)
FROM granted
GROUP BY nspname, grantee, privileges, CASE WHEN by_default THEN '' ELSE name END ORDER BY 1, 2";

/// Roles that only Supabase's gateway takes on: it sends no statement of its callers' own.
const BEHIND_A_GATEWAY: [&str; 3] = ["anon", "authenticated", "service_role"];

fn judge(facts: &Facts, rows: &[Row]) -> Result<Vec<Finding>, tokio_postgres::Error> {
    let hosted = facts.roles.values().any(|role| role.name == "authenticator");
    rows.iter()
        .map(|row| {
            let (first, grantee, privileges): (String, u32, String) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let (row_security, acl): (bool, String) = (row.try_get(3)?, row.try_get(4)?);
            let (count, schema): (i64, String) = (row.try_get(5)?, row.try_get(6)?);
            let name = facts.name(grantee);
            let truncates = privileges.contains("TRUNCATE");
            let why = if truncates && row_security {
                "TRUNCATE asks no policy, so that one tenant's session empties it for all"
            } else if truncates {
                "TRUNCATE fires no trigger for rows"
            } else {
                "the application has no use for it"
            };
            let (subject, what) = if count == 1 {
                (Subject::new("table", &first), first.clone())
            } else {
                let what = format!("{count} tables of {schema} by default privileges, such as {first}");
                (Subject::new("schema", &schema), what)
            };
            let severity = if hosted && BEHIND_A_GATEWAY.contains(&name.as_str()) {
                Severity::Note
            } else if truncates && row_security {
                Severity::Error
            } else {
                Severity::Warning
            };
            Ok(Finding::new(&RULE, subject, format!("{name} has {privileges} on {what}: {why}"))
                .with_severity(severity)
                .because(Evidence::Ran(format!("pg_class.relacl of {first}")))
                .because(Evidence::Saw(acl))
                .fixed_by(format!("Revoke {privileges} from {name}."), None))
        })
        .collect()
}
