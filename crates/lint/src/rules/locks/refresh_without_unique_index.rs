//! A materialized view is to be refreshed concurrently and has no unique index for it.
//!
//! ## What it finds
//! `REFRESH MATERIALIZED VIEW CONCURRENTLY` of a view of which all indexes are known, none of them unique over plain
//! columns and without a condition.
//!
//! ## Why it hurts
//! The server refuses the statement: the migration fails there.
//!
//! ## Do instead
//! Make a unique index over the columns that tell the view's rows apart, before the first refresh.
//!
//! ## When to ignore
//! Never, if the indexes are known rightly.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, REFRESH MATERIALIZED VIEW, "CONCURRENTLY".

use freehold_model::{
    catalog::{IndexColumn, RelationKind},
    finding::{Category, Depth, Rule, Severity, Subject},
};
use freehold_sql::StatementKind;

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
    state::Known,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "refresh-without-unique-index",
        code: "FH0122",
        category: Category::Locks,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[4],
        summary: "a view without a unique index cannot be refreshed concurrently",
        source: include_str!("refresh_without_unique_index.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["migration-fails"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let StatementKind::RefreshMaterializedView { concurrently: true } = context.statement.effect.kind else {
        return;
    };
    let Some((view, Some(known))) = context.main_relation() else { return };
    let doubtful = !context.state.doubts.is_empty() && !context.state.complete;
    if known.relation.kind != RelationKind::MaterializedView || usable_index(known) || doubtful {
        return;
    }
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("materialized view", view.to_string()),
                format!("{view} has no unique index over plain columns: it cannot be refreshed concurrently"),
            )
            .on(&view)
            .advised(format!("Create a unique index over the columns that tell the rows of {view} apart.")),
    );
}

/// True when an index is known by which rows can be told apart.
pub(super) fn usable_index(known: &Known) -> bool {
    known.relation.indexes.iter().any(|index| {
        index.unique
            && index.predicate.is_none()
            && index.columns.iter().all(|column| matches!(column, IndexColumn::Column(_)))
    })
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(index: &str) -> bool {
        let text = format!(
            "-- migration: 1_a\nCREATE MATERIALIZED VIEW v AS SELECT 1 AS a;\n{index};\n\
             -- migration: 2_b\nREFRESH MATERIALIZED VIEW CONCURRENTLY v;"
        );
        said(&text).iter().any(|(id, _)| *id == "refresh-without-unique-index")
    }

    #[test]
    fn only_a_whole_unique_index_over_columns_will_do() {
        assert!(fires("SELECT 1"));
        assert!(fires("CREATE INDEX v_a ON v (a)"));
        assert!(fires("CREATE UNIQUE INDEX v_a ON v ((a + 1))"));
        assert!(fires("CREATE UNIQUE INDEX v_a ON v (a) WHERE a > 0"));
        assert!(!fires("CREATE UNIQUE INDEX v_a ON v (a)"));
    }

    #[test]
    fn a_view_from_before_the_history_is_not_guessed_at() {
        let said = said("SET LOCAL lock_timeout = '1s';\nREFRESH MATERIALIZED VIEW CONCURRENTLY v;");
        assert!(said.is_empty(), "{said:?}");
    }
}
