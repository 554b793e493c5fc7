//! A value of an enum gets another name under running code.
//!
//! ## What it finds
//! `ALTER TYPE ... RENAME VALUE` of an enum that was there before the script.
//!
//! ## Why it hurts
//! Old code goes on writing the old value and gets an error (22P02), and reads a new one that it does not know.
//! Constants in the bodies of functions fail when they run; those in views, checks and policies follow.
//!
//! ## Do instead
//! Add the new value, let the code read both, move the rows in batches, then write only the new one. The old value
//! stays, unused: PostgreSQL has no way to drop it.
//!
//! ## When to ignore
//! When no running code uses the value.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TYPE, RENAME VALUE.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::quote_literal,
};
use freehold_sql::{ObjectKind, StatementKind, tree::NodeEnum};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "enum-value-renamed",
        code: "FH0508",
        category: Category::Compatibility,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[71],
        summary: "a value of an enum gets another name under running code",
        source: include_str!("enum_value_renamed.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if context.statement.effect.kind != StatementKind::Alter(ObjectKind::Type) || !context.is_up() {
        return;
    }
    let Some(NodeEnum::AlterEnumStmt(alter)) = context.tree else { return };
    let Some(object) = context.statement.effect.objects.first().filter(|_| !alter.old_val.is_empty()) else {
        return;
    };
    let name = context.state.name_of(object);
    let known = context.state.type_named(&name);
    if known.and_then(|known| known.made).is_some_and(|made| context.is_here(made)) {
        return;
    }
    let (old, new) = (quote_literal(&alter.old_val), quote_literal(&alter.new_val));
    let message =
        format!("running code that writes {old} as {name} fails, and does not know {new} when it reads it");
    let found = context.found(findings.rule(), Subject::new("type", name.to_string()), message).on(&name);
    let advice =
        "Add the new value beside the old one, let the code read both, and move the rows in batches.";
    // Within the transaction that adds it a value cannot be used; to add it is allowed.
    let there = known.is_some_and(|known| known.object.labels().contains(&alter.new_val));
    findings.push(if there {
        found.advised(advice)
    } else {
        found.fixed_by(
            advice,
            format!("ALTER TYPE {} ADD VALUE IF NOT EXISTS {new} AFTER {old}", name.quoted()),
        )
    });
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn an_enum_of_the_script_is_silent() {
        let told = |text: &str| said(text).iter().any(|(id, _)| *id == "enum-value-renamed");
        assert!(told("ALTER TYPE app.\"Mood\" RENAME VALUE 'a' TO 'b';"));
        assert!(!told("CREATE TYPE mood AS ENUM ('a'); ALTER TYPE mood RENAME VALUE 'a' TO 'b';"));
    }
}
