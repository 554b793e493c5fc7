//! A schema that running code names gets another name.
//!
//! ## What it finds
//! `ALTER SCHEMA ... RENAME TO` of a schema that was there before the script.
//!
//! ## Why it hurts
//! Every qualified name and every `search_path` that mentions the schema points to nothing from the moment of the
//! commit: in running code, in settings of roles and databases, and in the bodies of functions, which keep the old
//! text.
//!
//! ## Do instead
//! Make the new schema, move what is in it one by one and leave views of the old names behind; or leave the
//! schema's name alone.
//!
//! ## When to ignore
//! When the application is stopped during the migration.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER SCHEMA.

use freehold_model::finding::{Category, Depth, Rule, Severity};
use freehold_sql::ObjectKind;

use crate::{
    context::ScriptContext,
    found::Findings,
    gone::Way,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "schema-renamed",
        code: "FH0503",
        category: Category::Compatibility,
        severity: Severity::Error,
        decided_by: &[Depth::Text],
        hazards: &[70],
        summary: "a schema that running code names gets another name",
        source: include_str!("schema_renamed.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for gone in context.walk.gone.iter().filter(|gone| gone.kind == ObjectKind::Schema) {
        let Way::Renamed(to) = &gone.way else { continue };
        if !gone.may_be_missed(context) || context.walk.made_schemas.contains(&gone.name.name) {
            continue;
        }
        let name = gone.shown();
        let message = format!(
            "running code, search paths and bodies of functions that name schema {name} fail: it is called {to} from now on"
        );
        findings.push(gone.found(context, findings.rule(), message).advised(
            "Make the new schema beside it, move its objects one by one, and leave views of the old names behind.",
        ));
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn an_unknown_schema_counts_as_there() {
        assert!(said("ALTER SCHEMA \"Odd\" RENAME TO even;").iter().any(|(id, _)| *id == "schema-renamed"));
    }
}
