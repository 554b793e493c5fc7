//! Policies, triggers, rules and extended statistics.

use freehold_model::catalog::{Policy, PolicyCommand, Relation, Rule, Statistics, Trigger, TriggerEnabled};

use super::{super::sql, Sql, q, relation_word};

fn roles(policy: &Policy) -> String {
    policy.roles.iter().map(|role| sql::role(role)).collect::<Vec<_>>().join(", ")
}

fn expressions(policy: &Policy) -> String {
    let using = policy.using.as_ref().map(|using| format!(" USING ({using})")).unwrap_or_default();
    let check = policy.with_check.as_ref().map(|check| format!(" WITH CHECK ({check})")).unwrap_or_default();
    using + &check
}

pub(super) fn create(table: &Relation, policy: &Policy) -> Sql {
    let kind = if policy.permissive { "" } else { " AS RESTRICTIVE" };
    let command = match policy.command {
        PolicyCommand::All => String::new(),
        command => format!(" FOR {}", command.word()),
    };
    let everybody = policy.roles.len() == 1 && policy.roles.iter().any(|role| role == "public");
    let to = if everybody { String::new() } else { format!(" TO {}", roles(policy)) };
    Sql::new(format!(
        "CREATE POLICY {} ON {}{kind}{command}{to}{}",
        q(&policy.name),
        table.name.quoted(),
        expressions(policy)
    ))
}

pub(super) fn alter(table: &Relation, old: &Policy, new: &Policy) -> Sql {
    let to = if old.roles == new.roles { String::new() } else { format!(" TO {}", roles(new)) };
    Sql::new(format!("ALTER POLICY {} ON {}{to}{}", q(&new.name), table.name.quoted(), expressions(new)))
}

fn enabling(enabled: TriggerEnabled) -> &'static str {
    match enabled {
        TriggerEnabled::Origin => "ENABLE",
        TriggerEnabled::Disabled => "DISABLE",
        TriggerEnabled::Replica => "ENABLE REPLICA",
        TriggerEnabled::Always => "ENABLE ALWAYS",
    }
}

/// Makes a trigger as the server prints it.
pub(super) fn create_trigger(table: &Relation, trigger: &Trigger) -> Vec<Sql> {
    let enable = (trigger.enabled != TriggerEnabled::Origin).then(|| enable_trigger(table, trigger));
    [Sql::new(trigger.definition.clone())].into_iter().chain(enable).collect()
}

pub(super) fn enable_trigger(table: &Relation, trigger: &Trigger) -> Sql {
    let word = enabling(trigger.enabled);
    Sql::new(format!(
        "ALTER {} {} {word} TRIGGER {}",
        alterable(table),
        table.name.quoted(),
        q(&trigger.name)
    ))
}

/// Makes a rule as the server prints it.
pub(super) fn create_rule(table: &Relation, rule: &Rule) -> Vec<Sql> {
    let enable = (rule.enabled != TriggerEnabled::Origin).then(|| enable_rule(table, rule));
    [Sql::new(rule.definition.trim_end_matches(';'))].into_iter().chain(enable).collect()
}

pub(super) fn enable_rule(table: &Relation, rule: &Rule) -> Sql {
    let word = enabling(rule.enabled);
    Sql::new(format!("ALTER {} {} {word} RULE {}", alterable(table), table.name.quoted(), q(&rule.name)))
}

/// Views take these commands as tables.
fn alterable(table: &Relation) -> &'static str {
    if table.is_table() { relation_word(table) } else { "TABLE" }
}

/// Makes extended statistics as the server prints them.
pub(super) fn create_statistics(table: &Relation, statistics: &Statistics) -> Vec<Sql> {
    let target = statistics.target.is_some().then(|| set_statistics_target(table, statistics));
    [Sql::new(statistics.definition.clone())].into_iter().chain(target.into_iter().flatten()).collect()
}

pub(super) fn set_statistics_target(table: &Relation, statistics: &Statistics) -> Vec<Sql> {
    let name = statistics_name(table, statistics);
    vec![Sql::new(format!("ALTER STATISTICS {name} SET STATISTICS {}", statistics.target.unwrap_or(-1)))]
}

/// The catalog names the schema only where it is not the table's, and quotes already.
pub(super) fn statistics_name(table: &Relation, statistics: &Statistics) -> String {
    if super::super::tokens::schemas(&statistics.name).is_empty() {
        format!("{}.{}", q(&table.name.schema), statistics.name)
    } else {
        statistics.name.clone()
    }
}
