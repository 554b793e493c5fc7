//! A role gets rights that reach beyond the database.
//!
//! ## What it finds
//! `SUPERUSER` and `CREATEROLE` of `CREATE ROLE` and `ALTER ROLE`, and membership in `pg_execute_server_program`,
//! `pg_write_server_files` and `pg_read_server_files`.
//!
//! ## Why it hurts
//! A superuser is bound by nothing: no privilege, no row security. A member of those roles reads and writes the
//! server's files or runs programs there, which is as much; before PostgreSQL 16 `CREATEROLE` could give itself nearly
//! every role.
//!
//! ## Do instead
//! Give the privileges that are needed on the objects, and leave roles of the server to whoever runs it.
//!
//! ## When to ignore
//! For scripts that set up a server.
//!
//! ## PostgreSQL versions
//! All; `CREATEROLE` is weaker from 16 on.
//!
//! ## Source
//! PostgreSQL manual, "Role Attributes" and "Predefined Roles".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use freehold_sql::tree::{NodeEnum, protobuf};

use crate::{
    context::Context,
    found::Findings,
    routine::{is_on, options},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "role-with-server-power",
        code: "FH0916",
        category: Category::Security,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        hazards: &[],
        summary: "a role gets power over the whole server",
        source: include_str!("role_with_server_power.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some((role, power)) = context.tree.and_then(given) else { return };
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("role", role.clone()),
                format!("{role} gets {power}: that reaches beyond this database"),
            )
            .advised("Give it the privileges that it needs on the objects instead."),
    );
}

/// The role and what it gets.
fn given(tree: &NodeEnum) -> Option<(String, String)> {
    let of_options = |nodes: &[protobuf::Node]| {
        let power = options(nodes).find(|option| match option.defname.as_str() {
            "superuser" | "createrole" => is_on(option),
            _ => false,
        })?;
        Some(power.defname.to_ascii_uppercase())
    };
    match tree {
        NodeEnum::CreateRoleStmt(create) => Some((create.role.clone(), of_options(&create.options)?)),
        NodeEnum::AlterRoleStmt(alter) => {
            Some((alter.role.as_ref()?.rolename.clone(), of_options(&alter.options)?))
        }
        NodeEnum::GrantRoleStmt(grant) if grant.is_grant => {
            let power = grant.granted_roles.iter().find_map(|role| match role.node.as_ref()? {
                NodeEnum::AccessPriv(role) => Some(role.priv_name.as_str()).filter(|name| {
                    matches!(
                        *name,
                        "pg_execute_server_program" | "pg_write_server_files" | "pg_read_server_files"
                    )
                }),
                _ => None,
            })?;
            let NodeEnum::RoleSpec(role) = grant.grantee_roles.first()?.node.as_ref()? else { return None };
            Some((role.rolename.clone(), format!("membership in {power}")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn powers_are_told_and_their_opposites_are_not() {
        let told = |sql: &str| said(sql).iter().any(|(id, _)| *id == "role-with-server-power");
        assert!(told("CREATE ROLE fh_a SUPERUSER;"));
        assert!(told("ALTER USER fh_a WITH CREATEROLE;"));
        assert!(told("GRANT pg_execute_server_program TO fh_a;"));
        assert!(!told("CREATE ROLE fh_a NOSUPERUSER NOCREATEROLE LOGIN;"));
        assert!(!told("ALTER ROLE fh_a NOSUPERUSER;"));
        assert!(!told("GRANT pg_read_all_data TO fh_a;"));
        assert!(!told("REVOKE pg_execute_server_program FROM fh_a;"));
    }
}
