//! A view that running code reads is dropped.
//!
//! ## What it finds
//! `DROP VIEW` and `DROP MATERIALIZED VIEW` of what was there before the script and is not there again at its end.
//!
//! ## Why it hurts
//! Every query of running code that names the view fails from the commit on.
//!
//! ## Do instead
//! Deploy code that does not read it, and drop it in a later release.
//!
//! ## When to ignore
//! When it is the view that was left behind for old code after a rename, and no old code runs any more.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, DROP VIEW.

use freehold_model::finding::{Category, Depth, Rule, Severity};
use freehold_sql::ObjectKind;

use crate::{
    context::ScriptContext,
    found::Findings,
    rule::{Check, LintRule},
    rules::compatibility::live,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "view-dropped",
        code: "FH0516",
        category: Category::Compatibility,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[77],
        summary: "a view that running code reads is dropped",
        source: include_str!("view_dropped.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for gone in context.walk.gone.iter().filter(|gone| gone.is_dropped()) {
        let view = matches!(gone.kind, ObjectKind::View | ObjectKind::MaterializedView);
        if !view || !gone.may_be_missed(context) || gone.is_back(context) || live::is_used(context, gone) {
            continue;
        }
        let message =
            format!("running code that reads {} {} fails{}", gone.kind, gone.shown(), gone.aftermath());
        findings.push(
            gone.found(context, findings.rule(), message)
                .advised("Deploy code that does not read it, and drop it in a later release."),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn count(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "view-dropped").count()
    }

    #[test]
    fn lists_and_materialized_views_count() {
        assert_eq!(count("DROP VIEW a, app.b; DROP MATERIALIZED VIEW IF EXISTS c;"), 3);
        assert_eq!(count("DROP VIEW IF EXISTS a; CREATE VIEW a AS SELECT 1 AS one;"), 0);
    }
}
