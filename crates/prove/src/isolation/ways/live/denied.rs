//! Judging that nothing could be done with A's own rows: a fault of the policies, or rows that meet no policy.

use freehold_model::catalog::{Policy, PolicyCommand, Relation};

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    tenancy::Ownership,
    trial::{Answer, Refused, Seen, Who},
    world::World,
};

/// The table of a target where A has rows of its own. A partition is left out: it is reached through its parent, and
/// may be shut by itself.
pub(super) fn own_table<'w>(world: &'w World<'_>, target: &Target) -> Option<&'w Relation> {
    let relation = target.owned_table(world)?;
    let has_rows = world.truth(relation.oid).is_some_and(|truth| truth.of(0).next().is_some());
    (relation.partition.is_none() && has_rows && relation.foreign.is_none()).then_some(relation)
}

/// What to say where there is no such table: a table that could not be filled is not tried.
pub(super) fn lacking(world: &World<'_>, target: &Target) -> Vec<Outcome> {
    let relation = target.owned_table(world);
    let relation = relation.filter(|relation| relation.partition.is_none() && relation.foreign.is_none());
    let is_granted = |relation: &&Relation| !world.may(relation.oid).select.is_empty();
    let why = relation.filter(is_granted).and_then(|relation| world.lacks_rows(relation));
    why.map(Outcome::not_tried).into_iter().collect()
}

/// The outcome for a command on all of A's rows: how many did it reach?
pub(super) fn judge(
    world: &World<'_>,
    relation: &Relation,
    command: PolicyCommand,
    seen: &Seen,
    reached: fn(&Answer) -> usize,
) -> Outcome {
    if let Some(stopped) = &seen.stopped {
        return Outcome::not_tried(format!("the context could not be taken on: {}", stopped.words()));
    }
    let own = world.truth(relation.oid).map_or(0, |truth| truth.of(0).count());
    match seen.last() {
        Ok(answer) if reached(answer) == 0 => {
            denied(world, relation, command, &seen.sql, "0 rows".to_owned())
        }
        Ok(answer) => {
            let reached = reached(answer);
            let mut outcome = Outcome::held(&seen.sql, format!("{reached} rows, where A has {own}"));
            if let Outcome::Held { note, .. } = &mut outcome
                && reached < own
            {
                *note = Some("the policies let A reach only some of its own rows".to_owned());
            }
            outcome
        }
        Err(refused) => refusal(world, relation, command, &seen.sql, refused),
    }
}

/// A denial is no fault where the same is refused to everybody, by a trigger that keeps rows as they are. `sql` does it to
/// one row of A's.
pub(super) async fn unless_refused_to_all(
    world: &World<'_>,
    outcome: Outcome,
    sql: String,
) -> Result<Outcome, IsolationError> {
    let Outcome::Leaked(leak) = &outcome else { return Ok(outcome) };
    let seen = world.trial(Who::A).prepare(sql).run("SELECT 1").go().await?;
    match seen.stopped {
        Some(refused) if refused.sqlstate.is_some_and(|state| state.class() == "P0") => {
            let mut held = Outcome::held(&leak.sql, leak.returned.join("; "));
            if let Outcome::Held { note, .. } = &mut held {
                *note = Some(format!("it is refused to everybody: {}", refused.words()));
            }
            Ok(held)
        }
        _ => Ok(outcome),
    }
}

/// A command that is granted was refused: for lack of a privilege or by a policy it is a fault.
pub(super) fn refusal(
    world: &World<'_>,
    relation: &Relation,
    command: PolicyCommand,
    sql: &str,
    refused: &Refused,
) -> Outcome {
    if refused.is_by_privilege() {
        return denied(world, relation, command, sql, refused.words());
    }
    Outcome::not_tried(format!("the server refused it: {}", refused.words()))
}

/// Nothing could be done. A fault where no policy lets the command through, or where the policies ask for the tenant
/// alone; rows that do not meet further conditions prove nothing.
fn denied(
    world: &World<'_>,
    relation: &Relation,
    command: PolicyCommand,
    sql: &str,
    returned: String,
) -> Outcome {
    let does = verb(command);
    let name = &relation.name;
    let policies: Vec<&Policy> = letting(relation, command).collect();
    if relation.row_security && policies.is_empty() {
        // There every privilege is granted to everybody by default: what no policy allows is meant to be shut.
        if world.effective_role == "authenticated" {
            let mut outcome = Outcome::held(sql, returned);
            if let Outcome::Held { note, .. } = &mut outcome {
                *note = Some(format!("no policy lets A {does} its own rows in {name}"));
            }
            return outcome;
        }
        let means =
            format!("A cannot {does} its own rows in {name}: it is granted, but no policy lets it through");
        let advice = format!("Write a policy FOR {} on {name}, or revoke the privilege", word(command));
        return Outcome::leaked(sql, vec![returned], means, advice);
    }
    if let Some(further) = further_conditions(world, relation, &policies) {
        return Outcome::not_tried(format!(
            "no row of A's in {name} meets what its policies ask beside the tenant: {further} ({returned})"
        ));
    }
    let means = format!("A cannot {does} its own rows in {name}, though it is granted");
    let advice = format!(
        "Mend the policies FOR {} on {name}: they must let a tenant's own rows through",
        word(command)
    );
    Outcome::leaked(sql, vec![returned], means, advice)
}

/// The permissive policies for a command.
fn letting(relation: &Relation, command: PolicyCommand) -> impl Iterator<Item = &Policy> {
    relation
        .policies
        .iter()
        .filter(move |policy| policy.permissive && [PolicyCommand::All, command].contains(&policy.command))
}

/// What policies ask beside the tenant: further columns, functions or tables; restrictive ones count too.
fn further_conditions(world: &World<'_>, relation: &Relation, letting: &[&Policy]) -> Option<String> {
    let restrictive = relation.policies.iter().filter(|policy| !policy.permissive);
    let known: Vec<&str> = match world.tenancy.owned.get(&relation.oid)? {
        Ownership::Root { key } | Ownership::Column(key) => vec![key.as_str()],
        Ownership::Through { columns, .. } => columns.iter().map(|(own, _)| own.as_str()).collect(),
    };
    let by_member = world.tenancy.assume.iter().any(|sql| sql.contains("$2"));
    for policy in letting.iter().copied().chain(restrictive) {
        let text =
            [&policy.using, &policy.with_check].map(|text| text.as_deref().unwrap_or_default()).join(" ");
        let other = relation.columns.iter().map(|column| column.name.as_str());
        let other = other.filter(|name| !known.contains(name)).find(|name| mentions(&text, name));
        if let Some(column) = other {
            return Some(format!("the policy {} looks at {column}", policy.name));
        }
        // What a member may do can depend on more than whose member it is.
        if by_member && (text.to_ascii_lowercase().contains("select") || calls_own(world, &text)) {
            return Some(format!("the policy {} asks who the user is", policy.name));
        }
    }
    None
}

fn calls_own(world: &World<'_>, text: &str) -> bool {
    world.catalog.functions.iter().any(|function| text.contains(&format!("{}(", function.name.name)))
}

/// True when a text has this name as a word of its own.
fn mentions(text: &str, name: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(name).any(|(at, found)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

fn verb(command: PolicyCommand) -> &'static str {
    match command {
        PolicyCommand::Insert => "insert",
        PolicyCommand::Update => "update",
        PolicyCommand::Delete => "delete",
        PolicyCommand::All | PolicyCommand::Select => "read",
    }
}

fn word(command: PolicyCommand) -> &'static str {
    match command {
        PolicyCommand::Insert => "INSERT",
        PolicyCommand::Update => "UPDATE",
        PolicyCommand::Delete => "DELETE",
        PolicyCommand::All | PolicyCommand::Select => "SELECT",
    }
}

#[cfg(test)]
mod tests {
    use super::mentions;

    #[test]
    fn a_name_is_found_as_a_word_and_not_as_a_part_of_one() {
        assert!(mentions("(owner = 1)", "owner"));
        assert!(!mentions("(owner_id = 1)", "owner"));
        assert!(!mentions("(coowner = 1)", "owner"));
    }
}
