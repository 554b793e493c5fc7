//! A column is of type money.
//!
//! ## What it finds
//! New columns of type `money`: said once for a statement.
//!
//! ## Why it hurts
//! What a value means depends on `lc_monetary` of the session: a dump that is loaded on a server with another locale has
//! another currency sign and another number of decimals, or fails to load. There is one currency for the whole database,
//! and dividing two amounts gives a floating-point number.
//!
//! ## Do instead
//! `numeric(19,4)`, or a bigint of the smallest unit, with a column for the currency beside it.
//!
//! ## When to ignore
//! Hardly ever.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, Monetary Types.

use freehold_model::finding::{Category, Depth, Rule, Severity};

use super::once::{Style, once};
use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "money-type",
        code: "FH0707",
        category: Category::Types,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        hazards: &[95],
        summary: "a column is of type money, which means what lc_monetary says",
        source: include_str!("money_type.rs"),
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
            matches: |column| column.base_type() == "money",
            message: "its currency and its decimals are those of lc_monetary in the session that looks",
            advice: "Make it numeric, with a column for the currency beside it.",
            instead: |_| Some("numeric(19,4)".to_owned()),
        },
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn the_type_is_told_and_not_the_word() {
        let fires = |sql: &str| said(sql).iter().any(|(id, _)| *id == "money-type");
        assert!(fires("create table a (id uuid primary key, b money);"));
        assert!(fires("alter table a add b money not null default 0;"));
        assert!(!fires("create table a (id uuid primary key, money numeric(19,4));"));
        assert!(!fires("create table a (id uuid primary key, b app.money);"));
    }
}
