//! Dropping a type or sequence with CASCADE drops columns or defaults.
//!
//! ## What it finds
//! `DROP TYPE`, `DROP DOMAIN` and `DROP SEQUENCE` with `CASCADE`: the columns, defaults and functions that go with
//! it are named as far as they are known. A type that the script made, and one that nothing uses, is left out.
//!
//! ## Why it hurts
//! A column whose type is dropped by CASCADE goes with all its values; a default that took its numbers from the
//! sequence goes, and the next INSERT fails or writes NULL.
//!
//! ## Do instead
//! Change the columns to another type first, and drop the type without CASCADE when nothing uses it any more.
//!
//! ## When to ignore
//! When the columns named are to be dropped as well; better, drop them by name.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, DROP TYPE, DROP DOMAIN, DROP SEQUENCE.

use freehold_model::finding::{Category, Depth, Rule, Severity};
use freehold_sql::ObjectKind;

use crate::{
    context::ScriptContext,
    found::Findings,
    gone::list,
    rule::{Check, LintRule},
    rules::data_loss::drop_cascades::victims,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "type-drop-cascades",
        code: "FH0410",
        category: Category::DataLoss,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[59],
        summary: "dropping a type or sequence with CASCADE drops columns or defaults",
        source: include_str!("type_drop_cascades.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for gone in context.walk.gone.iter().filter(|gone| gone.cascades() && gone.may_be_missed(context)) {
        if !matches!(gone.kind, ObjectKind::Type | ObjectKind::Domain | ObjectKind::Sequence) {
            continue;
        }
        let (kind, name) = (gone.kind, gone.shown());
        let mut victims = victims(context, gone).peekable();
        let (severity, message) = if victims.peek().is_some() {
            (Severity::Error, format!("CASCADE drops more than {kind} {name}: with it go {}", list(victims)))
        } else if gone.whole {
            continue;
        } else {
            let lost = if kind == ObjectKind::Sequence { "default" } else { "column" };
            (
                Severity::Warning,
                format!(
                    "CASCADE drops every {lost} that uses {kind} {name}; the text does not tell which those are"
                ),
            )
        };
        findings.push(
            gone.found(context, findings.rule(), message).with_severity(severity).advised(
                "Change what uses it first, and drop it without CASCADE when nothing does any more.",
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn messages(text: &str) -> Vec<String> {
        said(text)
            .into_iter()
            .filter(|(id, _)| *id == "type-drop-cascades")
            .map(|(_, message)| message)
            .collect()
    }

    #[test]
    fn columns_and_defaults_are_named() {
        let said = messages(
            "-- migration: 1_a\nCREATE TYPE mood AS ENUM ('a'); CREATE TABLE a (id bigint PRIMARY KEY, m mood, n mood[]);\n-- migration: 2_b\nDROP TYPE mood CASCADE;",
        );
        assert!(
            said.len() == 1 && said[0].contains("column m of a") && said[0].contains("column n of a"),
            "{said:?}"
        );
        let said = messages(
            "-- migration: 1_a\nCREATE SEQUENCE s; CREATE TABLE a (id bigint DEFAULT nextval('s') PRIMARY KEY);\n-- migration: 2_b\nDROP SEQUENCE s CASCADE;",
        );
        assert!(said.len() == 1 && said[0].contains("default of column id of a"), "{said:?}");
    }

    #[test]
    fn the_unknown_is_a_warning_and_the_unused_is_silent() {
        assert_eq!(messages("DROP TYPE unheard_of CASCADE;").len(), 1);
        assert!(messages("CREATE TYPE mood AS ENUM ('a'); DROP TYPE mood CASCADE;").is_empty());
        assert!(messages("DROP TYPE unheard_of;").is_empty());
    }
}
