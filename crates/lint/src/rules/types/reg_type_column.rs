//! A column holds object identifiers of a kind that pg_upgrade refuses.
//!
//! ## What it finds
//! New columns of type `regproc`, `regprocedure`, `regoper`, `regoperator`, `regconfig`, `regdictionary`, `regnamespace`
//! or `regcollation`, and arrays of them. `regclass`, `regtype` and `regrole` are kept by pg_upgrade and pass.
//!
//! ## Why it hurts
//! The column keeps a number that means the object in this one server. `pg_upgrade` gives these objects new numbers and
//! therefore refuses to upgrade a cluster in which any table has such a column, on the day of the upgrade.
//!
//! ## Do instead
//! Keep the name as `text` and cast it where it is used: `setting::regconfig`.
//!
//! ## When to ignore
//! In databases that are never upgraded in place.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, pg_upgrade, "Usage" (the list of reg* types), and Object Identifier Types.

use freehold_model::finding::{Category, Depth, Rule, Severity};

use super::once::{Style, once};
use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "reg-type-column",
        code: "FH0710",
        category: Category::Types,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        hazards: &[97],
        summary: "a column holds object identifiers that pg_upgrade refuses",
        source: include_str!("reg_type_column.rs"),
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
            matches: |column| {
                matches!(
                    column.base_type(),
                    "regproc"
                        | "regprocedure"
                        | "regoper"
                        | "regoperator"
                        | "regconfig"
                        | "regdictionary"
                        | "regnamespace"
                        | "regcollation"
                )
            },
            message: "pg_upgrade refuses a cluster with such a column, for it cannot keep the numbers in it",
            advice: "Keep the name as text and cast it where it is used.",
            instead: |_| Some("text".to_owned()),
        },
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn the_types_that_an_upgrade_keeps_are_silent() {
        let fires = |type_: &str| {
            said(&format!("create table a (id uuid primary key, b {type_});"))
                .iter()
                .any(|(id, _)| *id == "reg-type-column")
        };
        assert!(fires("regconfig"));
        assert!(fires("regproc[]"));
        assert!(fires("pg_catalog.regnamespace"));
        assert!(!fires("regclass"));
        assert!(!fires("regtype"));
        assert!(!fires("regrole"));
        assert!(!fires("oid"));
    }
}
