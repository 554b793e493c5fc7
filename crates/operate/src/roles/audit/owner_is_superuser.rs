//! Relations or SECURITY DEFINER functions belong to a superuser or to a role that row security does not bind.
//!
//! ## What it finds
//! Owners of relations and SECURITY DEFINER functions in users' schemas that are superusers or have BYPASSRLS. Objects
//! of extensions are left out.
//!
//! ## Why it hurts
//! A view without security_invoker and a SECURITY DEFINER function do what their owner may: with such an owner they see
//! all rows, whatever is forced. Migrations that run as a superuser can do anything to the server.
//!
//! ## Do instead
//! Let a role without such powers own them and run migrations: `freehold roles plan`.
//!
//! ## When to ignore
//! On a development database.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject};
use tokio_postgres::Row;

use super::{Audit, Facts};

pub(super) static RULE: Rule = Rule {
    id: "owner-is-superuser",
    code: "FH0952",
    category: Category::Security,
    severity: Severity::Note,
    decided_by: &[Depth::Catalog],
    summary: "what runs with its owner's rights runs with a superuser's",
    source: include_str!("owner_is_superuser.rs"),
    ..Rule::NEW
};

pub(super) const AUDIT: Audit = Audit { rule: &RULE, sql: SQL, judge };

const SQL: &str = "SELECT o.rolname::text, o.rolsuper, sum(relations)::int8, sum(definers)::int8, min(first) FROM (
    SELECT c.relowner AS owner, 1 AS relations, 0 AS definers, format('%I.%I', n.nspname, c.relname) AS first
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    UNION ALL
    SELECT p.proowner, 0, 1, format('%I.%I', n.nspname, p.proname)
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE p.prosecdef AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                      WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
) AS owned JOIN pg_catalog.pg_roles AS o ON o.oid = owned.owner
WHERE (o.rolsuper OR o.rolbypassrls) AND $1::oid[] IS NOT NULL
GROUP BY 1, 2 ORDER BY 1";

fn judge(_: &Facts, rows: &[Row]) -> Result<Vec<Finding>, tokio_postgres::Error> {
    rows.iter()
        .map(|row| {
            let (name, superuser, relations): (String, bool, i64) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let (definers, first): (i64, String) = (row.try_get(3)?, row.try_get(4)?);
            let what = if superuser { "a superuser" } else { "not bound by row security" };
            let functions = if definers == 0 {
                String::new()
            } else {
                format!(" and {definers} SECURITY DEFINER functions")
            };
            Ok(Finding::new(
                &RULE,
                Subject::new("role", &name),
                format!("{name}, which is {what}, owns {relations} relations{functions}, such as {first}"),
            )
            .with_severity(if definers > 0 { Severity::Warning } else { Severity::Note })
            .because(Evidence::Ran("pg_class.relowner, pg_proc.proowner, pg_roles".to_owned()))
            .because(Evidence::Saw(format!(
                "{name}: {relations} relations, {definers} SECURITY DEFINER functions"
            )))
            .fixed_by("Give them to a role without such powers.", None))
        })
        .collect()
}
