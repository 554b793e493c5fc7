//! A column is char(n), which pads with blanks.
//!
//! ## What it finds
//! New columns of type `char(n)`, `character(n)` or plain `char`: said once for a statement.
//!
//! ## Why it hurts
//! Values are filled up with blanks to n characters, on disk too; the blanks count in `LIKE` and in patterns but not in
//! `=`, and vanish on the way to text. It is not faster than `text`, and does not keep shorter values out.
//!
//! ## Do instead
//! `text`, with a CHECK where the length matters: `CHECK (length(country) = 2)`.
//!
//! ## When to ignore
//! When another program insists on the type.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, Character Types.

use freehold_model::finding::{Category, Depth, Rule, Severity};

use super::once::{Style, once};
use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "padded-character-type",
        code: "FH0703",
        category: Category::Types,
        severity: Severity::Note,
        decided_by: &[Depth::Text],
        hazards: &[92],
        summary: "a column is char(n), which pads with blanks",
        source: include_str!("padded_character_type.rs"),
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
            matches: |column| column.type_name.starts_with("character("),
            message: "char(n) fills values up with blanks that count in LIKE and not in =, and lets shorter ones in",
            advice: "Make it text, with a CHECK on its length where that matters.",
            instead: |_| Some("text".to_owned()),
        },
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn padded_types_are_told_and_others_are_not() {
        let fires = |sql: &str| said(sql).iter().any(|(id, _)| *id == "padded-character-type");
        assert!(fires("create table a (id uuid primary key, b char(2));"));
        assert!(fires("create table a (id uuid primary key, b CHARACTER (2) not null);"));
        assert!(fires("alter table a add b char;"));
        assert!(!fires("create table a (id uuid primary key, b \"char\", c text, d varchar(2));"));
    }
}
