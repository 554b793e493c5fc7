//! PUBLIC holds privileges on a table, a view, a sequence or a column.
//!
//! ## What it finds
//! Privileges of relations and columns that were granted to PUBLIC, in schemas that are not the server's own. What
//! extensions grant on their own objects is left out.
//!
//! ## Why it hurts
//! PUBLIC is everybody, also roles that are made later for other purposes. A revoke from one role changes nothing while
//! PUBLIC has the privilege.
//!
//! ## Do instead
//! Revoke it from PUBLIC and grant it to the groups that need it.
//!
//! ## When to ignore
//! For data that is published anyway: shared lists that every role may read.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject};
use tokio_postgres::Row;

use super::{Audit, Facts};

pub(super) static RULE: Rule = Rule {
    id: "public-has-privileges",
    code: "FH0943",
    category: Category::Security,
    severity: Severity::Error,
    decided_by: &[Depth::Catalog],
    summary: "every role that can connect may use the table or sequence",
    source: include_str!("public_has_privileges.rs"),
    ..Rule::NEW
};

pub(super) const AUDIT: Audit = Audit { rule: &RULE, sql: SQL, judge };

const SQL: &str = "SELECT CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
           WHEN 'f' THEN 'foreign table' ELSE 'table' END, format('%I.%I', n.nspname, c.relname), string_agg(DISTINCT a.privilege_type, ', '),
       (array_agg(DISTINCT a.item))[1], $1::oid[] IS NULL
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT e.privilege_type, c.relacl::text AS item FROM aclexplode(c.relacl) AS e WHERE e.grantee = 0
    UNION ALL
    SELECT e.privilege_type || ' of column ' || quote_ident(t.attname), t.attacl::text
    FROM pg_catalog.pg_attribute AS t CROSS JOIN LATERAL aclexplode(t.attacl) AS e
    WHERE t.attrelid = c.oid AND e.grantee = 0 AND NOT t.attisdropped
) AS a
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
GROUP BY 1, 2 ORDER BY 2";

fn judge(_: &Facts, rows: &[Row]) -> Result<Vec<Finding>, tokio_postgres::Error> {
    rows.iter()
        .map(|row| {
            let (kind, name, privileges): (String, String, String) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let acl: String = row.try_get(3)?;
            Ok(Finding::new(&RULE, Subject::new(&kind, &name), format!("PUBLIC has {privileges} on {name}"))
                .because(Evidence::Ran(format!("the access list of {name}")))
                .because(Evidence::Saw(acl))
                .fixed_by("Revoke it from PUBLIC, and grant it to the groups that need it.", None))
        })
        .collect()
}
