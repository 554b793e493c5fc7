//! A SECURITY DEFINER function may be called by PUBLIC.
//!
//! ## What it finds
//! SECURITY DEFINER functions and procedures in users' schemas that PUBLIC may execute, which is what every function is
//! made with. Trigger functions are left out, as nobody can call them, and so are those of extensions.
//!
//! ## Why it hurts
//! Such a function does with its owner's rights what its caller may not do himself. Whoever can connect can call it
//! with arguments of his own.
//!
//! ## Do instead
//! Revoke EXECUTE from PUBLIC in the migration that makes the function, and grant it to the group that needs it; `ALTER
//! DEFAULT PRIVILEGES ... REVOKE EXECUTE ON ROUTINES FROM PUBLIC` does so for later ones.
//!
//! ## When to ignore
//! For a function that asks who its caller is and gives nothing that a stranger may not have.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject};
use tokio_postgres::Row;

use super::{Audit, Facts};

pub(super) static RULE: Rule = Rule {
    id: "definer-open-to-public",
    code: "FH0946",
    category: Category::Security,
    severity: Severity::Warning,
    decided_by: &[Depth::Catalog],
    summary: "every role that can connect may run the function with its owner's rights",
    source: include_str!("definer_open_to_public.rs"),
    ..Rule::NEW
};

pub(super) const AUDIT: Audit = Audit { rule: &RULE, sql: SQL, judge };

const SQL: &str =
    "SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)),
       o.rolname::text, o.rolsuper OR o.rolbypassrls, coalesce(p.proacl::text, 'none: the default holds')
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_roles AS o ON o.oid = p.proowner
CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
WHERE p.prosecdef AND a.grantee = 0 AND a.privilege_type = 'EXECUTE'
  AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND p.prorettype NOT IN ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                  WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
  AND $1::oid[] IS NOT NULL
ORDER BY 1";

fn judge(_: &Facts, rows: &[Row]) -> Result<Vec<Finding>, tokio_postgres::Error> {
    rows.iter()
        .map(|row| {
            let (name, owner, mighty): (String, String, bool) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let acl: String = row.try_get(3)?;
            let past = if mighty { ", past all row security" } else { "" };
            Ok(Finding::new(
                &RULE,
                Subject::new("function", &name),
                format!("everybody may call {name}, which runs with the rights of {owner}{past}"),
            )
            .because(Evidence::Ran(format!("pg_proc.prosecdef and proacl of {name}")))
            .because(Evidence::Saw(acl))
            .fixed_by("Revoke EXECUTE from PUBLIC, and grant it to the group that needs it.", None))
        })
        .collect()
}
