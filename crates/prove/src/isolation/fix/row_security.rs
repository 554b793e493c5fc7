//! Row security on tables whose rows leaked: enabled, forced, with a line that no other policy can widen.

use freehold_model::{
    catalog::{PolicyCommand, Relation},
    name::display_identifier,
};

use super::{Case, Change, Fix};

/// The name of the restrictive policy.
const LINE: &str = "tenant_line";

pub(super) fn add(case: &Case<'_>, fix: &mut Fix) {
    for relation in case.open_tables() {
        let Some((column, type_name)) = case.tenant_column(relation) else { continue };
        let Some(context) = case.context(&type_name) else {
            fix.remains.push(format!(
                "{}: it is not known which setting holds the tenant; say so with `[tenancy] setting`",
                relation.name
            ));
            continue;
        };
        let condition = format!("{} = {context}", display_identifier(&column));
        fix.changes.push(of(case, relation, &condition));
    }
}

fn of(case: &Case<'_>, relation: &Relation, condition: &str) -> Change {
    let name = relation.name.to_string();
    let to = case.to_role();
    let (mut up, mut down) = (Vec::new(), Vec::new());
    if !relation.row_security {
        up.push(format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;"));
        down.push(format!("ALTER TABLE {name} DISABLE ROW LEVEL SECURITY;"));
    }
    if !relation.force_row_security {
        up.push(format!("ALTER TABLE {name} FORCE ROW LEVEL SECURITY;"));
        down.push(format!("ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY;"));
    }
    let line = free_name(relation, LINE);
    up.push(format!(
        "CREATE POLICY {line} ON {name} AS RESTRICTIVE FOR ALL{to}\n    USING ({condition})\n    WITH CHECK ({condition});"
    ));
    down.push(format!("DROP POLICY {line} ON {name};"));
    // A restrictive policy takes away; where nothing gives, nobody sees anything.
    for command in
        [PolicyCommand::Select, PolicyCommand::Insert, PolicyCommand::Update, PolicyCommand::Delete]
    {
        if is_given(case, relation, command) {
            continue;
        }
        let policy = free_name(relation, &format!("tenant_{}", command.word().to_ascii_lowercase()));
        let expressions = match command {
            PolicyCommand::Insert => format!("WITH CHECK ({condition})"),
            PolicyCommand::Update => format!("USING ({condition})\n    WITH CHECK ({condition})"),
            _ => format!("USING ({condition})"),
        };
        up.push(format!("CREATE POLICY {policy} ON {name} FOR {}{to}\n    {expressions};", command.word()));
        down.push(format!("DROP POLICY {policy} ON {name};"));
    }
    down.reverse();
    Change {
        up: up.join("\n"),
        down: down.join("\n"),
        why: format!("Only rows of the session's tenant can be reached in {name}, and none without one"),
    }
}

/// True when a permissive policy gives the command to the role already.
fn is_given(case: &Case<'_>, relation: &Relation, command: PolicyCommand) -> bool {
    relation.row_security
        && relation.policies.iter().any(|policy| {
            let everybody = policy.roles.is_empty() || policy.roles.iter().any(|role| role == "public");
            let to_role = case.role.is_some_and(|role| policy.roles.iter().any(|own| own == role));
            policy.permissive
                && (policy.command == PolicyCommand::All || policy.command == command)
                && (everybody || to_role)
        })
}

/// A name that no policy of the table has.
pub(super) fn free_name(relation: &Relation, wanted: &str) -> String {
    let taken = |name: &str| relation.policies.iter().any(|policy| policy.name == name);
    let mut name = wanted.to_owned();
    let mut number = 2;
    while taken(&name) {
        name = format!("{wanted}_{number}");
        number += 1;
    }
    display_identifier(&name)
}
