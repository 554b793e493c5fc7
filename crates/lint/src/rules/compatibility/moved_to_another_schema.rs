//! Something that running code names moves to another schema.
//!
//! ## What it finds
//! `SET SCHEMA` of a table, view, function, type or sequence that was there before the script. It is a warning for
//! types, sequences and extensions, whose names stand in fewer queries. What is left behind under the old name (a
//! view) excuses it.
//!
//! ## Why it hurts
//! Code that writes the old schema's name fails, and so does code that writes none and whose `search_path` does not
//! have the new schema.
//!
//! ## Do instead
//! Leave a view, or a function that calls the moved one, under the old name in the same transaction, and drop it in
//! a later release.
//!
//! ## When to ignore
//! When every session has both schemas on its `search_path`, and nobody writes the schema's name.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, SET SCHEMA.

use freehold_model::finding::{Category, Depth, Rule, Severity};
use freehold_sql::ObjectKind;

use crate::{
    context::ScriptContext,
    found::Findings,
    gone::Way,
    rule::{Check, LintRule},
    rules::compatibility::live,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "moved-to-another-schema",
        code: "FH0504",
        category: Category::Compatibility,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[70],
        summary: "something that running code names moves to another schema",
        source: include_str!("moved_to_another_schema.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for gone in &context.walk.gone {
        let Way::Moved(schema) = &gone.way else { continue };
        if !gone.may_be_missed(context) || gone.is_back(context) || live::is_used(context, gone) {
            continue;
        }
        let routine = matches!(
            gone.kind,
            ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine | ObjectKind::Aggregate
        );
        let named = routine
            || matches!(
                gone.kind,
                ObjectKind::Table
                    | ObjectKind::View
                    | ObjectKind::MaterializedView
                    | ObjectKind::ForeignTable
            );
        if routine && !context.state.functions_named(&gone.name).is_empty() {
            continue;
        }
        let severity = if named { Severity::Error } else { Severity::Warning };
        let (kind, name) = (gone.kind, gone.shown());
        let message =
            format!("code that finds {kind} {name} where it was fails: it is in schema {schema} from now on");
        findings.push(gone.found(context, findings.rule(), message).with_severity(severity).advised(
            "Leave a view or a calling function under the old name, and drop it in a later release.",
        ));
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn count(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "moved-to-another-schema").count()
    }

    #[test]
    fn routines_and_types_move_too() {
        assert_eq!(
            count(
                "ALTER FUNCTION f(int) SET SCHEMA app; ALTER TYPE t SET SCHEMA app; ALTER VIEW v SET SCHEMA app;"
            ),
            3
        );
        assert_eq!(count("CREATE TABLE a (id bigint PRIMARY KEY); ALTER TABLE a SET SCHEMA app;"), 0);
    }
}
