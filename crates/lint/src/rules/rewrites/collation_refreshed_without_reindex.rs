//! A collation's version is set to the current one, and the indexes that were sorted by the old one stay.
//!
//! ## What it finds
//! `ALTER COLLATION ... REFRESH VERSION` and `ALTER DATABASE ... REFRESH COLLATION VERSION` when neither the script nor the one
//! before it has run a `REINDEX`.
//!
//! ## Why it hurts
//! A new version of the operating system's or ICU's rules sorts strings in another order. An index that was built under the
//! old one then gives wrong answers: rows are not found, and a unique one lets duplicates in. The server warns of that until
//! the version is refreshed; refreshing alone only makes the warning go away.
//!
//! ## Do instead
//! Build the indexes over text again first (`REINDEX ... CONCURRENTLY`), and refresh the version after that.
//!
//! ## When to ignore
//! When the indexes were built again by other means.
//!
//! ## PostgreSQL versions
//! All; `ALTER DATABASE ... REFRESH COLLATION VERSION` from 15 on.
//!
//! ## Source
//! PostgreSQL manual, ALTER COLLATION, notes.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::display_identifier,
};
use freehold_sql::tree::{NodeEnum, protobuf::Node};

use super::type_change::is_same_collation;
use crate::{
    context::Context,
    expression::text,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "collation-refreshed-without-reindex",
        code: "FH0213",
        category: Category::Rewrites,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[35],
        summary: "a collation version is refreshed while indexes stay sorted by the old one",
        source: include_str!("collation_refreshed_without_reindex.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let (kind, name) = match context.tree {
        Some(NodeEnum::AlterCollationStmt(alter)) => ("collation", collation(&alter.collname)),
        Some(NodeEnum::AlterDatabaseRefreshCollStmt(alter)) => {
            ("database", display_identifier(&alter.dbname))
        }
        _ => return,
    };
    if context.walk.reindexed > 0 {
        return;
    }
    let users = indexes(context, &name, kind);
    if users.is_empty() && context.state.complete {
        return;
    }
    let which = if users.is_empty() { "the indexes over text".to_owned() } else { users.join(", ") };
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new(kind, name.clone()),
                format!(
                    "this only makes the warning about {name} go away: {which} may be sorted by the old version and then give \
                     wrong answers"
                ),
            )
            .advised("Build them again with REINDEX ... CONCURRENTLY, and refresh the version after that."),
    );
}

fn collation(parts: &[Node]) -> String {
    parts.iter().filter_map(text).map(display_identifier).collect::<Vec<_>>().join(".")
}

/// Indexes that are known to be sorted by the collation.
fn indexes(context: &Context<'_>, collation: &str, kind: &str) -> Vec<String> {
    let mut names = Vec::new();
    for known in context.state.relations.values() {
        for index in &known.relation.indexes {
            let sorted = index.columns.iter().filter_map(|part| part.column()).any(|column| {
                known.relation.column(column).is_some_and(|column| match (&column.collation, kind) {
                    (Some(own), "collation") => is_same_collation(own, collation),
                    (None, "database") => is_text(&column.type_name),
                    _ => false,
                })
            });
            if sorted {
                names.push(display_identifier(&index.name));
            }
        }
    }
    names.truncate(10);
    names
}

fn is_text(type_name: &str) -> bool {
    ["text", "character", "citext", "name"].iter().any(|word| type_name.starts_with(word))
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "collation-refreshed-without-reindex";
    #[test]
    fn it_fires_when_nothing_was_built_again() {
        assert!(ids("ALTER COLLATION de REFRESH VERSION;").contains(&ID));
        assert!(ids("ALTER DATABASE shop REFRESH COLLATION VERSION;").contains(&ID));
    }

    #[test]
    fn it_is_silent_after_a_reindex() {
        assert!(!ids("REINDEX INDEX i; ALTER COLLATION de REFRESH VERSION;").contains(&ID));
        let text = "-- migration: 1_a (no transaction)\nREINDEX INDEX CONCURRENTLY i;\n-- migration: 2_b\nALTER DATABASE shop REFRESH COLLATION VERSION;\n";
        assert!(!ids(text).contains(&ID));
        assert!(!ids("ALTER COLLATION de RENAME TO german;").contains(&ID));
    }
}
