//! TRUNCATE CASCADE empties tables that it does not name.
//!
//! ## What it finds
//! `TRUNCATE ... CASCADE` of a table that other tables point to by foreign keys: all of them, and those that point
//! to them, are named. Of a table that the history does not know it is told that the text does not say what it
//! empties.
//!
//! ## Why it hurts
//! CASCADE here has nothing to do with `ON DELETE`: a table whose foreign key says RESTRICT or SET NULL is emptied
//! as well, whole, under ACCESS EXCLUSIVE, and no row trigger fires.
//!
//! ## Do instead
//! Name the tables that are to be emptied, without CASCADE: PostgreSQL then refuses when one was forgotten. Better,
//! delete by a condition.
//!
//! ## When to ignore
//! When all the tables named are caches.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, TRUNCATE, CASCADE.

use std::collections::BTreeSet;

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::QualifiedName,
};
use freehold_sql::{
    StatementKind, Use,
    tree::{NodeEnum, protobuf::DropBehavior},
};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "truncate-cascades",
        code: "FH0406",
        category: Category::DataLoss,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[55],
        summary: "TRUNCATE CASCADE empties tables that it does not name",
        source: include_str!("truncate_cascades.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let effect = &context.statement.effect;
    let cascades = matches!(context.tree, Some(NodeEnum::TruncateStmt(truncate))
        if truncate.behavior == DropBehavior::DropCascade as i32);
    if effect.kind != StatementKind::Truncate || !cascades || !context.is_up() {
        return;
    }
    let named: Vec<QualifiedName> =
        effect.objects_used(Use::Writes).map(|object| context.state.name_of(object)).collect();
    let victims: Vec<QualifiedName> =
        victims(context, &named).into_iter().filter(|table| !context.is_new(table)).collect();
    let old = named.iter().find(|table| !context.is_new(table));
    let unknown =
        named.iter().find(|table| context.state.relation(table).is_none() && !context.state.complete);
    let (Some(subject), message) = (if victims.is_empty() {
        let message = unknown.map_or_else(String::new, |table| {
            format!("this empties {table} and every table with a foreign key to it, down to the last; the text does not tell which those are")
        });
        (unknown, message)
    } else {
        let list: Vec<String> = victims.iter().map(ToString::to_string).collect();
        let list = list.join(", ");
        (
            old.or(named.first()),
            format!("CASCADE empties more than it names: {list} lose all rows too, whatever ON DELETE says"),
        )
    }) else {
        return;
    };
    findings.push(
        context
            .found(findings.rule(), Subject::new("table", subject.to_string()), message)
            .on(subject)
            .advised("Name the tables to be emptied without CASCADE, or delete rows by a condition."),
    );
}

/// The tables that point to these, and to those in turn, in the order in which they are found.
fn victims(context: &Context<'_>, named: &[QualifiedName]) -> Vec<QualifiedName> {
    let mut seen: BTreeSet<QualifiedName> = named.iter().cloned().collect();
    let mut open = named.to_vec();
    let mut found = Vec::new();
    while let Some(table) = open.pop() {
        let state = context.state;
        for known in state.referencing(&table).chain(state.children(&table)) {
            let name = &known.relation.name;
            if seen.insert(name.clone()) {
                open.push(name.clone());
                if known.relation.partition.is_none() {
                    found.push(name.clone());
                }
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn messages(text: &str) -> Vec<String> {
        said(text)
            .into_iter()
            .filter(|(id, _)| *id == "truncate-cascades")
            .map(|(_, message)| message)
            .collect()
    }

    const MADE: &str = "-- migration: 1_a\nCREATE TABLE a (id bigint PRIMARY KEY); CREATE TABLE b (id bigint PRIMARY KEY REFERENCES a (id)); CREATE TABLE c (id bigint PRIMARY KEY REFERENCES b (id));\n-- migration: 2_b\n";

    #[test]
    fn tables_at_second_hand_are_named() {
        let said = messages(&format!("{MADE}TRUNCATE a CASCADE;"));
        assert!(said.len() == 1 && said[0].contains("b, c"), "{said:?}");
    }

    #[test]
    fn nothing_more_than_what_is_named_is_another_rule() {
        assert!(messages(&format!("{MADE}TRUNCATE a, b, c CASCADE;")).is_empty());
        assert!(messages(&format!("{MADE}TRUNCATE c CASCADE;")).is_empty());
        assert_eq!(messages("TRUNCATE unheard_of CASCADE;").len(), 1);
    }
}
