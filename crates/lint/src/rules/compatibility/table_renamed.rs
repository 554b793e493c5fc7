//! A table or view that running code names gets another name.
//!
//! ## What it finds
//! `RENAME TO` of a table, view, materialized view or foreign table that was there before the script. Left out:
//! what the script or its deployment made, a rename after which the old name is there again (a view of the old
//! name, or another table that takes its place in the same script).
//!
//! ## Why it hurts
//! Between the migration and the end of the deployment old and new code run side by side, and one of the two names
//! does not exist: every query of the other side fails. A rollback of the code fails in the same way.
//!
//! ## Do instead
//! Leave a view of the old name behind in the same transaction: simple views are updatable, so that old code reads
//! and writes through it. Drop the view in a later release. Grant on the view what was granted on the table.
//!
//! ## When to ignore
//! When the application is stopped during the migration.
//!
//! ## PostgreSQL versions
//! All; from 15 on make the view with security_invoker, so that row security asks who reads.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, RENAME; CREATE VIEW, Updatable Views.

use freehold_model::{
    catalog::RelationKind,
    finding::{Category, Depth, Rule, Severity},
};
use freehold_sql::ObjectKind;

use crate::{
    context::ScriptContext,
    found::Findings,
    gone::{Gone, Way},
    rule::{Check, LintRule},
    rules::compatibility::live,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "table-renamed",
        code: "FH0501",
        category: Category::Compatibility,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[69],
        summary: "a table or view that running code names gets another name",
        source: include_str!("table_renamed.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for gone in context.walk.gone.iter().filter(|gone| is_read_by_queries(gone) && gone.part.is_none()) {
        let Way::Renamed(to) = &gone.way else { continue };
        let index = context.state.index_tables.contains(&gone.name)
            || gone.new_name().is_some_and(|name| context.state.index_tables.contains(&name));
        if index || !gone.may_be_missed(context) || is_swapped(context, gone) || live::is_used(context, gone)
        {
            continue;
        }
        let message =
            format!("running code that names {} fails: it is called {to} from now on", gone.shown());
        let found = gone.found(context, findings.rule(), message);
        let advice =
            "Leave a view of the old name behind in the same script, and drop it in a later release.";
        findings.push(match with_view(context, gone) {
            Some(sql) => found.fixed_by(advice, sql),
            None => found.advised(advice),
        });
    }
}

/// Tables and views; `ALTER TABLE` renames sequences too.
pub(super) fn is_read_by_queries(gone: &Gone) -> bool {
    let named = matches!(
        gone.kind,
        ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::ForeignTable
    );
    let other = gone.known.as_ref().is_some_and(|known| {
        matches!(known.relation.kind, RelationKind::Sequence | RelationKind::CompositeType)
    });
    named && !other
}

/// The rename with a view of the old name; none when row security would be passed by, or nothing is known of it.
fn with_view(context: &ScriptContext<'_>, gone: &Gone) -> Option<String> {
    let known = gone.known.as_ref()?;
    let table = matches!(known.relation.kind, RelationKind::Table | RelationKind::PartitionedTable);
    let invoker = context.options.oldest() >= 15;
    if !table || (known.relation.row_security && !invoker) {
        return None;
    }
    let (old, new) = (gone.name.quoted(), gone.new_name()?);
    let option = if invoker { " WITH (security_invoker = true)" } else { "" };
    let Way::Renamed(to) = &gone.way else { return None };
    Some(format!(
        "ALTER TABLE {old} RENAME TO {};\nCREATE VIEW {old}{option} AS SELECT * FROM {}",
        freehold_model::name::quote_identifier(to),
        new.quoted()
    ))
}

/// True when a relation that was there before the script takes the name, or the old name is used again: a swap.
pub(super) fn is_swapped(context: &ScriptContext<'_>, gone: &Gone) -> bool {
    let others = context.walk.gone.iter().filter(|other| other.part.is_none());
    let target = gone.new_name();
    gone.is_back(context) || others.into_iter().any(|other| Some(&other.name) == target.as_ref())
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn count(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "table-renamed").count()
    }

    #[test]
    fn every_form_is_told() {
        assert_eq!(count("ALTER TABLE IF EXISTS app.a RENAME TO b;"), 1);
        assert_eq!(count("ALTER VIEW a RENAME TO b;"), 1);
        assert_eq!(count("ALTER MATERIALIZED VIEW a RENAME TO b;"), 1);
    }

    #[test]
    fn swaps_and_new_tables_are_silent() {
        assert_eq!(count("CREATE TABLE a (id bigint PRIMARY KEY); ALTER TABLE a RENAME TO b;"), 0);
        assert_eq!(count("ALTER TABLE a RENAME TO a_old; ALTER TABLE a_new RENAME TO a;"), 0);
        assert_eq!(count("-- migration: 1_a\nSELECT 1;\n-- down:\nALTER TABLE a RENAME TO b;"), 0);
    }
}
