//! A column is json where jsonb would do.
//!
//! ## What it finds
//! New columns of type `json`: said once for a statement.
//!
//! ## Why it hurts
//! `json` keeps the text: it is parsed anew at every look, cannot be indexed by its keys, and has no `=`, so that `SELECT
//! DISTINCT`, `GROUP BY` and `UNION` over such a column fail.
//!
//! ## Do instead
//! `jsonb`. Changing it later writes the whole table again.
//!
//! ## When to ignore
//! When the very text is needed: order of keys, doubled keys, signatures over it.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, JSON Types.

use freehold_model::finding::{Category, Depth, Rule, Severity};

use super::once::{Style, once};
use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "json-column",
        code: "FH0706",
        category: Category::Types,
        severity: Severity::Note,
        decided_by: &[Depth::Text],
        hazards: &[94],
        summary: "a column is json where jsonb would do",
        source: include_str!("json_column.rs"),
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
            matches: |column| column.base_type() == "json",
            message: "json is parsed at every look, cannot be indexed by its keys and cannot be compared",
            advice: "Make it jsonb while it is new.",
            instead: |_| Some("jsonb".to_owned()),
        },
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn json_is_told_once_and_jsonb_is_not() {
        let count = |sql: &str| said(sql).iter().filter(|(id, _)| *id == "json-column").count();
        assert_eq!(count("create table a (id uuid primary key, b json, c json[]);"), 1);
        assert_eq!(count("alter table a add b json not null default '{}';"), 1);
        assert_eq!(count("create table a (id uuid primary key, b jsonb, json text);"), 0);
    }
}
