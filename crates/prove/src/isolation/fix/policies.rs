//! Policies that fail when the setting reads as an empty string: the setting is read so that there are no rows instead.

use freehold_model::{
    catalog::{Policy, Relation},
    name::{display_identifier, quote_literal},
};

use super::{Case, Change, Family, Fix};

pub(super) fn mend(case: &Case<'_>, fix: &mut Fix) {
    let mut seen = std::collections::BTreeSet::new();
    for (_, relation) in case.leaks(&[Family::Context, Family::Live]) {
        if !seen.insert(relation.oid) {
            continue;
        }
        for policy in &relation.policies {
            fix.changes.extend(of(case, relation, policy));
        }
    }
}

fn of(case: &Case<'_>, relation: &Relation, policy: &Policy) -> Option<Change> {
    let closed = |sql: &Option<String>| sql.as_ref().map(|sql| fail_closed(case, sql));
    let (using, with_check) = (closed(&policy.using), closed(&policy.with_check));
    if using == policy.using && with_check == policy.with_check {
        return None;
    }
    Some(Change {
        up: alter(relation, policy, using.as_deref(), with_check.as_deref()),
        down: alter(relation, policy, policy.using.as_deref(), policy.with_check.as_deref()),
        why: format!(
            "After a transaction the setting reads '': policy {} gives no rows then and does not fail",
            policy.name
        ),
    })
}

fn alter(relation: &Relation, policy: &Policy, using: Option<&str>, with_check: Option<&str>) -> String {
    let using = using.map(|sql| format!("\n    USING ({sql})")).unwrap_or_default();
    let with_check = with_check.map(|sql| format!("\n    WITH CHECK ({sql})")).unwrap_or_default();
    format!("ALTER POLICY {} ON {}{using}{with_check};", display_identifier(&policy.name), relation.name)
}

/// As the server writes the call back: `current_setting('name'::text, true)`.
fn fail_closed(case: &Case<'_>, sql: &str) -> String {
    let mut sql = sql.to_owned();
    for setting in &case.tenancy.settings {
        let call = format!("current_setting({}::text, true)", quote_literal(setting));
        let closed = format!("NULLIF({call}, ''::text)");
        let kept = "\u{0}";
        sql = sql.replace(&closed, kept).replace(&call, &closed).replace(kept, &closed);
    }
    sql
}
