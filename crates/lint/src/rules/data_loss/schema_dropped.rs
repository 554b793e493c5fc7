//! A schema is dropped with all that it holds.
//!
//! ## What it finds
//! `DROP SCHEMA` of a schema that was there. With `CASCADE` everything in it is named as far as it is known.
//! Without `CASCADE` PostgreSQL refuses to drop a schema that holds anything: a schema that is known to be empty is
//! left out.
//!
//! ## Why it hurts
//! All tables of the schema, their rows, and whatever other schemas have built on them go in one statement, under
//! ACCESS EXCLUSIVE on every one of them.
//!
//! ## Do instead
//! Drop what is in the schema by name, in migrations that can be read and allowed one by one; drop the empty schema
//! last, without CASCADE.
//!
//! ## When to ignore
//! When the schema belongs to a tenant that has left and was exported.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, DROP SCHEMA.

use freehold_model::finding::{Category, Depth, Rule, Severity};
use freehold_sql::ObjectKind;

use crate::{
    context::ScriptContext,
    found::Findings,
    gone::list,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "schema-dropped",
        code: "FH0403",
        category: Category::DataLoss,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[52],
        summary: "a schema is dropped with all that it holds",
        source: include_str!("schema_dropped.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for gone in &context.walk.gone {
        let schema = gone.kind == ObjectKind::Schema && gone.is_dropped();
        if !schema || !gone.may_be_missed(context) {
            continue;
        }
        let name = gone.shown();
        let held = list(gone.hanging.iter());
        let nothing = gone.hanging.is_empty();
        let (severity, message) = match (gone.cascades(), nothing) {
            (_, true) if gone.whole => continue,
            (true, true) => (
                Severity::Error,
                format!(
                    "this drops schema {name} with everything in it, and whatever hangs on that elsewhere; the text does not tell what that is"
                ),
            ),
            (true, false) => (Severity::Error, format!("this drops schema {name} and takes with it {held}")),
            (false, true) => (
                Severity::Warning,
                format!(
                    "this drops schema {name}: code that names it fails, and so does the statement if anything is left in it"
                ),
            ),
            (false, false) => {
                (Severity::Error, format!("PostgreSQL refuses to drop schema {name} while it holds {held}"))
            }
        };
        findings.push(gone.found(context, findings.rule(), message).with_severity(severity).advised(
            "Drop what it holds by name in migrations of their own, then the empty schema without CASCADE.",
        ));
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn what_the_schema_holds_is_named() {
        let said = said(
            "-- migration: 1_a\nCREATE SCHEMA s; CREATE TABLE s.t (id bigint PRIMARY KEY);\n-- migration: 2_b\nDROP SCHEMA s CASCADE;",
        );
        assert!(
            said.iter().any(|(id, message)| *id == "schema-dropped" && message.contains("table s.t")),
            "{said:?}"
        );
    }

    #[test]
    fn an_unknown_schema_is_told_with_and_without_cascade() {
        assert!(said("DROP SCHEMA s CASCADE;").iter().any(|(id, _)| *id == "schema-dropped"));
        assert!(said("DROP SCHEMA IF EXISTS s;").iter().any(|(id, _)| *id == "schema-dropped"));
    }
}
