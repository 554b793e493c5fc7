//! An index is built concurrently on a major version whose first releases corrupt it.
//!
//! ## What it finds
//! `CREATE INDEX CONCURRENTLY` and `REINDEX CONCURRENTLY` in a project that names PostgreSQL 14 as its only version.
//!
//! ## Why it hurts
//! In 14.0 to 14.3 a concurrent build can miss rows that are updated at the same time: the index is called valid, and
//! searches by it do not find rows that are there.
//!
//! ## Do instead
//! Make sure that every server runs 14.4 or newer; reindex what was built before.
//!
//! ## When to ignore
//! When all servers are at 14.4 or newer.
//!
//! ## PostgreSQL versions
//! 14.0 to 14.3.
//!
//! ## Source
//! PostgreSQL release notes, 14.4.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_sql::StatementKind;

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "corruptible-concurrent-build",
        code: "FH0609",
        category: Category::Indexes,
        severity: Severity::Note,
        decided_by: &[Depth::Text],
        hazards: &[88],
        summary: "an index is built concurrently where releases before 14.4 corrupt it",
        source: include_str!("corruptible_concurrent_build.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let kind = context.statement.effect.kind;
    let builds = matches!(
        kind,
        StatementKind::CreateIndex { concurrently: true, .. } | StatementKind::Reindex { concurrently: true }
    );
    if !builds || context.options.majors != [14] {
        return;
    }
    let name = context.statement.effect.objects.first().map(|object| object.name.clone()).unwrap_or_default();
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("index", name),
                "PostgreSQL 14.0 to 14.3 can leave rows out of an index that is built concurrently",
            )
            .advised("Make sure that every server runs 14.4 or newer."),
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn only_a_project_for_14_alone_is_told() {
        let fires = |option: &str, sql: &str| {
            said(&format!("{option}\n-- migration: 1 (no transaction)\n{sql}"))
                .iter()
                .any(|(id, _)| *id == "corruptible-concurrent-build")
        };
        assert!(fires("-- option: majors 14", "create index concurrently i on t (a);"));
        assert!(fires("-- option: majors 14", "reindex index concurrently i;"));
        assert!(!fires("-- option: majors 14", "create index i on t (a);"));
        assert!(!fires("-- option: majors 14,15", "create index concurrently i on t (a);"));
        assert!(!fires("", "create index concurrently i on t (a);"));
    }
}
