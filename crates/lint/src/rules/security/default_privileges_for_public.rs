//! Everybody gets privileges on whatever is made later.
//!
//! ## What it finds
//! `ALTER DEFAULT PRIVILEGES … GRANT … TO PUBLIC` for tables, sequences and schemas. For routines and types, where
//! `PUBLIC` has the privilege anyway, it is silent.
//!
//! ## Why it hurts
//! Every role that can connect, also those made later and for other purposes, can read or change every table that
//! anybody makes from then on; nobody sees it in the migration that makes the table.
//!
//! ## Do instead
//! Grant to the roles that need it by their names.
//!
//! ## When to ignore
//! For a database whose content is public.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER DEFAULT PRIVILEGES.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use freehold_sql::tree::{
    NodeEnum,
    protobuf::{ObjectType, RoleSpecType},
};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "default-privileges-for-public",
        code: "FH0917",
        category: Category::Security,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        hazards: &[],
        summary: "everybody gets privileges on whatever is made later",
        source: include_str!("default_privileges_for_public.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(NodeEnum::AlterDefaultPrivilegesStmt(alter)) = context.tree else { return };
    let Some(grant) = alter.action.as_ref().filter(|grant| grant.is_grant) else { return };
    let to_public = grant.grantees.iter().any(|role| match role.node.as_ref() {
        Some(NodeEnum::RoleSpec(role)) => role.roletype == RoleSpecType::RolespecPublic as i32,
        _ => false,
    });
    let what = match ObjectType::try_from(grant.objtype) {
        Ok(ObjectType::ObjectTable) => "table",
        Ok(ObjectType::ObjectSequence) => "sequence",
        Ok(ObjectType::ObjectSchema) => "schema",
        _ => return,
    };
    if to_public {
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("default privileges", "PUBLIC"),
                    format!("every role gets these privileges on every {what} that is made from now on"),
                )
                .advised("Grant them to the roles that need them."),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn only_what_gives_tables_to_everybody_is_told() {
        let told = |sql: &str| said(sql).iter().any(|(id, _)| *id == "default-privileges-for-public");
        assert!(told("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC;"));
        assert!(told("ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO fh_a, PUBLIC;"));
        assert!(!told("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO fh_a;"));
        assert!(!told("ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM PUBLIC;"));
        assert!(!told("ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;"));
    }
}
