//! Policies dropped, widened, left without their check; row security taken off.

use freehold_model::{
    catalog::{Policy, PolicyCommand, Relation},
    name::display_identifier,
};

use super::{Mutant, Tenancy};

pub(super) fn of(relation: &Relation, tenancy: &Tenancy, role: Option<&str>, mutants: &mut Vec<Mutant>) {
    let name = relation.name.to_string();
    let mut plant = |what: String, apply: String, revert: String| {
        mutants.push(Mutant { name: what, relation: relation.oid, apply, revert });
    };
    if relation.row_security {
        plant(
            format!("row security of {name} disabled"),
            format!("ALTER TABLE {name} DISABLE ROW LEVEL SECURITY"),
            format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"),
        );
    }
    // Without a role that is known, whoever owns the table may be the application.
    if relation.force_row_security && tenancy.role.is_none() {
        plant(
            format!("row security of {name} no longer forced"),
            format!("ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY"),
            format!("ALTER TABLE {name} FORCE ROW LEVEL SECURITY"),
        );
    }
    if !relation.row_security {
        return;
    }
    let written = ["INSERT", "UPDATE"].iter().any(|privilege| is_granted(relation, privilege));
    for policy in relation.policies.iter().filter(|policy| binds(policy, role)) {
        let shown = format!("policy {} of {name}", policy.name);
        let made = create(&name, policy);
        let drop = format!("DROP POLICY {} ON {name}", display_identifier(&policy.name));
        plant(format!("{shown} dropped"), drop.clone(), made.clone());
        // A check on new rows matters where somebody may write some.
        let of_interest = |changed: &Policy| written || changed.using != policy.using;
        for (what, changed) in changed(policy).into_iter().filter(|(_, changed)| of_interest(changed)) {
            plant(
                format!("{shown} {what}"),
                format!("{drop};\n{}", create(&name, &changed)),
                format!("{drop};\n{made}"),
            );
        }
    }
}

/// True when it is for the application; what is for other roles changes nothing for it.
fn binds(policy: &Policy, role: Option<&str>) -> bool {
    policy.roles.is_empty()
        || policy.roles.iter().any(|own| own == "public" || role.is_none_or(|role| role == own))
}

/// True when anybody but the owner has the privilege on the relation or a column of it.
fn is_granted(relation: &Relation, privilege: &str) -> bool {
    let columns = relation.columns.iter().map(|column| &column.grants);
    std::iter::once(&relation.grants)
        .chain(columns)
        .flat_map(|grants| grants.iter())
        .any(|grant| !grant.to_owner && grant.privileges.iter().any(|given| given.name == privilege))
}

/// The policy as it could have been written by mistake.
fn changed(policy: &Policy) -> Vec<(&'static str, Policy)> {
    let mut all = Vec::new();
    let always = || Some("true".to_owned());
    if policy.using.is_some() {
        // Alone, a USING widened on a command with WITH CHECK leaves new rows checked: that is another mistake.
        all.push(("widened to true", Policy { using: always(), with_check: None, ..policy.clone() }));
        if policy.with_check.is_some() {
            all.push(("with USING widened to true", Policy { using: always(), ..policy.clone() }));
        }
    }
    if policy.command != PolicyCommand::Select && policy.command != PolicyCommand::Delete {
        all.push(("with WITH CHECK (true)", Policy { with_check: always(), ..policy.clone() }));
    }
    all
}

fn create(table: &str, policy: &Policy) -> String {
    let kind = if policy.permissive { "PERMISSIVE" } else { "RESTRICTIVE" };
    let roles: Vec<String> = policy
        .roles
        .iter()
        .map(|role| if role == "public" { "PUBLIC".to_owned() } else { display_identifier(role) })
        .collect();
    let to = if roles.is_empty() { String::new() } else { format!(" TO {}", roles.join(", ")) };
    let using = policy.using.as_ref().filter(|_| policy.command != PolicyCommand::Insert);
    let using = using.map(|sql| format!(" USING ({sql})")).unwrap_or_default();
    let with_check = policy.with_check.as_ref().map(|sql| format!(" WITH CHECK ({sql})")).unwrap_or_default();
    format!(
        "CREATE POLICY {} ON {table} AS {kind} FOR {}{to}{using}{with_check}",
        display_identifier(&policy.name),
        policy.command.word()
    )
}
