//! A text column has its greatest length in its type.
//!
//! ## What it finds
//! New columns of type `varchar(n)`: said once for a statement.
//!
//! ## Why it hurts
//! The limit is part of the type: making it shorter later reads or writes the whole table under ACCESS EXCLUSIVE, and
//! every view over the column stands in the way of any change. `varchar(n)` saves no space and no time against `text`.
//!
//! ## Do instead
//! `text`, with a CHECK where the length really matters: a CHECK can be added `NOT VALID`, validated and dropped without
//! a long lock.
//!
//! ## When to ignore
//! When the limit is a fact of the world that will not move, or another program reads it from the type.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, Character Types (the tip on performance).

use freehold_model::finding::{Category, Depth, Rule, Severity};

use super::once::{Style, once};
use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "length-limited-text",
        code: "FH0704",
        category: Category::Types,
        severity: Severity::Note,
        decided_by: &[Depth::Text],
        hazards: &[92],
        summary: "a text column has its greatest length in its type",
        source: include_str!("length_limited_text.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    once(
        context,
        findings,
        &Style {
            matches: |column| column.type_name.starts_with("character varying("),
            message: "the limit is part of the type: it saves nothing against text and is hard to change",
            advice: "Make it text, with a CHECK on its length where that matters.",
            instead: |_| Some("text".to_owned()),
        },
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn a_limit_is_told_once_for_a_table() {
        let count = |sql: &str| said(sql).iter().filter(|(id, _)| *id == "length-limited-text").count();
        assert_eq!(
            count("create table a (id uuid primary key, b varchar(255), c character varying(3)[]);"),
            1
        );
        assert_eq!(count("alter table a add b varchar(10);"), 1);
        assert_eq!(count("create table a (id uuid primary key, b varchar, c text);"), 0);
    }

    #[test]
    fn a_change_of_a_limit_is_no_new_column() {
        let said = said("alter table a alter b type varchar(100);");
        assert!(said.iter().all(|(id, _)| *id != "length-limited-text"), "{said:?}");
    }
}
