//! The application owns tables, views or sequences, or can become their owner.
//!
//! ## What it finds
//! Relations in a user's schema whose owner is a role of the application or one that such a role is a member of.
//!
//! ## Why it hurts
//! An owner is not bound by row security unless it is forced, can switch it off, grants what it likes, and can alter or
//! drop the table. A fault in the application is then a fault with the rights of a migration.
//!
//! ## Do instead
//! Let a role of its own own everything and run migrations (`freehold roles plan`), and let the application be no
//! member of it.
//!
//! ## When to ignore
//! For a database with one person's application and no tenants.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject};
use tokio_postgres::Row;

use super::{Audit, Facts};

pub(super) static RULE: Rule = Rule {
    id: "app-role-owns-relations",
    code: "FH0941",
    category: Category::Security,
    severity: Severity::Error,
    decided_by: &[Depth::Catalog],
    summary: "the application can switch row security off, and drop the table",
    source: include_str!("app_role_owns_relations.rs"),
    ..Rule::NEW
};

pub(super) const AUDIT: Audit = Audit { rule: &RULE, sql: SQL, judge };

const SQL: &str = "SELECT n.nspname::text, c.relowner, count(*)::int8, min(format('%I.%I', n.nspname, c.relname)),
       count(*) FILTER (WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND NOT c.relforcerowsecurity)::int8
FROM (
    SELECT oid, relname, relnamespace, relowner, relkind, relrowsecurity, relforcerowsecurity
    FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
) AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relowner = ANY ($1::oid[]) AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
GROUP BY 1, 2 ORDER BY 1, 2";

fn judge(facts: &Facts, rows: &[Row]) -> Result<Vec<Finding>, tokio_postgres::Error> {
    rows.iter()
        .map(|row| {
            let (schema, owner, count): (String, u32, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let (first, unforced): (String, i64) = (row.try_get(3)?, row.try_get(4)?);
            let name = facts.name(owner);
            let way = facts.way_to(owner).unwrap_or_else(|| name.clone());
            let what = if count == 1 { first.clone() } else { format!("{count} relations of {schema}, such as {first}") };
            let by = if way == name { String::new() } else { format!(" ({way})") };
            let message = if way == name {
                format!("the application's role {name} owns {what}: it can alter and drop them, and switch their row security off")
            } else {
                format!("the application can act as {name}, which owns {what}{by}")
            };
            let mut finding = Finding::new(&RULE, Subject::new("role", &name), message)
                .because(Evidence::Ran(format!("pg_class.relowner in schema {schema}, pg_auth_members up to {name}")))
                .because(Evidence::Saw(format!("relowner = {name}: {count}; by {way}")));
            if unforced > 0 {
                finding = finding.because(Evidence::Saw(format!(
                    "row security is on and not forced for {unforced} of them: it does not bind {name}"
                )));
            }
            Ok(finding.fixed_by("Give them to the role that migrates: `freehold roles plan` writes the statements.", None))
        })
        .collect()
}
