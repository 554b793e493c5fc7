//! A group has privileges and no members.
//!
//! ## What it finds
//! Roles that do not log in, hold privileges on relations of this database, and have no member.
//!
//! ## Why it hurts
//! Either a login was forgotten, and the application uses a role with more rights than the group has; or the group is a
//! remnant whose privileges come back to life with the next role that is put into it.
//!
//! ## Do instead
//! Make the application's login a member, or drop the group.
//!
//! ## When to ignore
//! For a group whose members are made later.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject};
use tokio_postgres::Row;

use super::{Audit, Facts};

pub(super) static RULE: Rule = Rule {
    id: "role-without-members",
    code: "FH0951",
    category: Category::Security,
    severity: Severity::Note,
    decided_by: &[Depth::Catalog],
    summary: "privileges were given to a group that nobody is in",
    source: include_str!("role_without_members.rs"),
    ..Rule::NEW
};

pub(super) const AUDIT: Audit = Audit { rule: &RULE, sql: SQL, judge };

const SQL: &str = "SELECT r.rolname::text, count(DISTINCT c.oid)::int8, $1::oid[] IS NULL
FROM pg_catalog.pg_roles AS r
JOIN pg_catalog.pg_class AS c ON true
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL aclexplode(c.relacl) AS a
WHERE NOT r.rolcanlogin AND a.grantee = r.oid AND a.grantee <> c.relowner AND r.rolname NOT LIKE 'pg\\_%' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m WHERE m.roleid = r.oid
                  AND m.member <> (SELECT g.oid FROM pg_catalog.pg_roles AS g WHERE g.rolname = current_user))
GROUP BY 1 ORDER BY 1";

fn judge(_: &Facts, rows: &[Row]) -> Result<Vec<Finding>, tokio_postgres::Error> {
    rows.iter()
        .map(|row| {
            let (name, count): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
            Ok(Finding::new(
                &RULE,
                Subject::new("role", &name),
                format!("{name} has privileges on {count} relations and no members: nobody uses them"),
            )
            .because(Evidence::Ran("pg_auth_members, pg_class.relacl".to_owned()))
            .because(Evidence::Saw(format!("{name}: NOLOGIN, no member, named in {count} access lists")))
            .fixed_by("Make the application's login a member, or drop the group.", None))
        })
        .collect()
}
