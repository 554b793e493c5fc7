//! A value is added to an enum without saying where it belongs.
//!
//! ## What it finds
//! `ALTER TYPE ... ADD VALUE` without `BEFORE` or `AFTER`, for an enum that was there before the script. An enum
//! that is not compared by order does not mind.
//!
//! ## Why it hurts
//! The value comes last, and the order can never be changed: `ORDER BY`, `<`, `max()` and range conditions over the
//! enum put it after everything else. Code that runs already meets a value that it does not know.
//!
//! ## Do instead
//! Say `BEFORE` or `AFTER`, even when the last place is the right one: then it is meant. Deploy code that knows the
//! value before anything writes it.
//!
//! ## When to ignore
//! When nothing compares the enum by order.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TYPE, ADD VALUE; 8.7 Enumerated Types, Ordering.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::quote_literal,
};
use freehold_sql::{StatementKind, tree::NodeEnum};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "enum-value-appended",
        code: "FH0509",
        category: Category::Compatibility,
        severity: Severity::Note,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[71],
        summary: "a value is added to an enum without saying where it belongs",
        source: include_str!("enum_value_appended.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if context.statement.effect.kind != StatementKind::AddEnumValue || !context.is_up() {
        return;
    }
    let Some(NodeEnum::AlterEnumStmt(alter)) = context.tree else { return };
    let Some(object) = context.statement.effect.objects.first() else { return };
    let name = context.state.name_of(object);
    let known = context.state.type_named(&name);
    let new = known.and_then(|known| known.made).is_some_and(|made| context.is_here(made));
    if new || !alter.new_val_neighbor.is_empty() || context.script.whole_schema {
        return;
    }
    let value = quote_literal(&alter.new_val);
    let message = format!(
        "{value} comes last in the order of {name}, for good; running code meets a value that it does not know"
    );
    let found = context.found(findings.rule(), Subject::new("type", name.to_string()), message).on(&name);
    let last = known.and_then(|known| known.object.labels().last()).filter(|last| **last != alter.new_val);
    let advice = "Say BEFORE or AFTER which value it belongs, and deploy code that knows it first.";
    findings.push(match last {
        Some(last) => {
            let guard = if alter.skip_if_new_val_exists { "IF NOT EXISTS " } else { "" };
            let last = quote_literal(last);
            found.fixed_by(
                advice,
                format!("ALTER TYPE {} ADD VALUE {guard}{value} AFTER {last}", name.quoted()),
            )
        }
        None => found.advised(advice),
    });
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn a_place_that_is_said_is_meant() {
        let told = |text: &str| said(text).iter().any(|(id, _)| *id == "enum-value-appended");
        assert!(told("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'a';"));
        assert!(!told("ALTER TYPE mood ADD VALUE 'a' AFTER 'b';"));
        assert!(!told("CREATE TYPE mood AS ENUM ('a'); ALTER TYPE mood ADD VALUE 'b';"));
    }
}
