//! A view comes back with fewer columns, or with other types.
//!
//! ## What it finds
//! A view that was there before the script, that is dropped and made again without one of its columns or with
//! another type of one, as far as the columns of both are known; and `CREATE OR REPLACE VIEW` that leaves out a
//! column, which PostgreSQL refuses.
//!
//! ## Why it hurts
//! Queries of running code that name the column fail, and those that read it get another type.
//!
//! ## Do instead
//! Make the new view under another name, let the code switch, and drop the old one in a later release. New columns
//! at the end harm nobody.
//!
//! ## When to ignore
//! When no running code names the columns.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE VIEW.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity},
    name::display_identifier,
};
use freehold_sql::ObjectKind;

use crate::{
    context::ScriptContext,
    found::Findings,
    gone::Way,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "view-narrowed",
        code: "FH0517",
        category: Category::Compatibility,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[77],
        summary: "a view comes back with fewer columns, or with other types",
        source: include_str!("view_narrowed.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for gone in context.walk.gone.iter().filter(|gone| gone.is_dropped() || gone.way == Way::Replaced) {
        let view = matches!(gone.kind, ObjectKind::View | ObjectKind::MaterializedView);
        if !view || !gone.may_be_missed(context) {
            continue;
        }
        let (Some(old), Some(new)) = (&gone.known, context.state.relation(&gone.name)) else { continue };
        // Columns of a view that reads `*` of something unknown are not known.
        if !old.whole || !new.whole || old.relation.columns.is_empty() || new.relation.columns.is_empty() {
            continue;
        }
        let mut lost = Vec::new();
        for column in &old.relation.columns {
            let name = display_identifier(&column.name);
            match new.relation.column(&column.name) {
                None => lost.push(format!("{name} is gone")),
                Some(now)
                    if now.type_name != column.type_name
                        && !now.type_name.is_empty()
                        && !column.type_name.is_empty() =>
                {
                    lost.push(format!("{name} was {} and is {}", column.type_name, now.type_name));
                }
                Some(_) => {}
            }
        }
        if lost.is_empty() {
            continue;
        }
        let message = format!(
            "running code that reads view {} does not find what it had: {}",
            gone.shown(),
            lost.join(", ")
        );
        findings.push(gone.found(context, findings.rule(), message).advised(
            "Make the new view under another name, let the code switch, and drop the old one in a later release.",
        ));
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn count(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "view-narrowed").count()
    }

    #[test]
    fn columns_that_are_not_known_are_not_compared() {
        let text = "-- migration: 1_a\nCREATE VIEW v AS SELECT * FROM unheard_of;\n-- migration: 2_b\nDROP VIEW v; CREATE VIEW v AS SELECT a FROM unheard_of;";
        assert_eq!(count(text), 0);
    }
}
