//! An index of a table that was there is dropped while nobody can read or write the table.
//!
//! ## What it finds
//! `DROP INDEX` without `CONCURRENTLY` of an index on a table that an earlier migration made.
//!
//! ## Why it hurts
//! Dropping is quick, but it needs ACCESS EXCLUSIVE on the table itself, not only on the index: it waits for every query
//! that runs on the table, and while it waits everybody else queues behind it, readers too.
//!
//! ## Do instead
//! `DROP INDEX CONCURRENTLY`, one index for each statement, in a migration that runs outside a transaction.
//!
//! ## When to ignore
//! When the table is hardly used. The index of a constraint goes with `ALTER TABLE … DROP CONSTRAINT`, which knows no
//! other way; nor does the index of a partitioned table.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, DROP INDEX, "CONCURRENTLY".

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
    name::QualifiedName,
};
use freehold_sql::{ObjectKind, StatementKind, Use};

use crate::{
    context::Context,
    found::{Claim, Findings, Remedy},
    rule::{Check, LintRule},
    rules::locks::{is_partitioned, locks, written},
    script::Direction,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "index-dropped-without-concurrently",
        code: "FH0102",
        category: Category::Locks,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[2],
        summary: "an index of an existing table is dropped while its readers and writers wait",
        source: include_str!("index_dropped_without_concurrently.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let StatementKind::Drop { object: ObjectKind::Index, concurrently: false, cascade } =
        context.statement.effect.kind
    else {
        return;
    };
    let dropped: Vec<QualifiedName> = context
        .statement
        .effect
        .objects_used(Use::Drops)
        .map(|object| context.state.name_of(object))
        .collect();
    let mut told: Vec<QualifiedName> = Vec::new();
    for index in &dropped {
        if !locks(context, index) {
            continue;
        }
        let table = context.state.index_tables.get(index);
        // A down takes back what its up made; that made no such index, which IF EXISTS allows for.
        if table.is_none()
            && context.script.direction == Direction::Down
            && context.statement.effect.may_be_missing
        {
            continue;
        }
        if table.is_some_and(|table| !context.may_be_large(table) || told.contains(table)) {
            continue;
        }
        told.extend(table.cloned());
        let of = table.map_or_else(|| "its table".to_owned(), ToString::to_string);
        let mut found = context.found(
            findings.rule(),
            Subject::new("index", index.to_string()),
            format!(
                "dropping {index} takes ACCESS EXCLUSIVE on {of}: it waits for every query there, and all who come \
                 after it wait too, readers as well as writers"
            ),
        );
        if let Some(table) = table {
            let lock = Claim::Locks { relation: table.clone(), mode: LockMode::AccessExclusive };
            found = found.on(table).claiming(lock);
        }
        if table.is_some_and(|table| is_partitioned(context, table)) {
            findings.push(found.advised(
                "Set a short lock_timeout and try again when it strikes: an index of a partitioned table cannot be \
                 dropped concurrently.",
            ));
            continue;
        }
        let statements: Vec<String> = dropped.iter().map(|index| concurrent(context, index)).collect();
        let undo = undo(context, &dropped);
        found = found.fixed_by(
            "Drop it concurrently, in a migration of its own that runs outside a transaction.",
            statements.join(";\n"),
        );
        if !cascade {
            let name = format!("drop_{}", index.name);
            found = found.mended_by(Remedy::MoveWithoutTransaction { keep: None, statements, undo, name });
        }
        findings.push(found);
    }
}

fn concurrent(context: &Context<'_>, index: &QualifiedName) -> String {
    let if_exists = if context.statement.effect.may_be_missing { "IF EXISTS " } else { "" };
    format!("DROP INDEX CONCURRENTLY {if_exists}{}", written(context, index))
}

/// What builds the indexes again, where the definitions of all of them are known.
fn undo(context: &Context<'_>, dropped: &[QualifiedName]) -> Vec<String> {
    let definition = |index: &QualifiedName| {
        let (_, known) = context.state.index(index)?;
        let at = known.definition.find(" INDEX ")? + " INDEX ".len();
        Some(format!("{}CONCURRENTLY {}", known.definition.get(..at)?, known.definition.get(at..)?))
    };
    dropped.iter().map(definition).collect::<Option<Vec<String>>>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(text: &str) -> bool {
        let made = "-- migration: 1_a\nCREATE TABLE t (a bigint PRIMARY KEY, b bigint);\nCREATE INDEX t_b ON t (b);\n\
                    -- migration: 2_b\nSET LOCAL lock_timeout = '1s';\n";
        said(&format!("{made}{text}")).iter().any(|(id, _)| *id == "index-dropped-without-concurrently")
    }

    #[test]
    fn indexes_that_were_there_are_told() {
        assert!(fires("DROP INDEX t_b;"));
        assert!(fires("DROP INDEX IF EXISTS public.\"t_b\" RESTRICT;"));
        assert!(fires("DROP INDEX made_before_the_history;"));
    }

    #[test]
    fn new_indexes_and_concurrent_drops_are_silent() {
        assert!(!fires("CREATE TABLE u (a bigint);\nCREATE INDEX u_a ON u (a);\nDROP INDEX u_a;"));
        assert!(!fires("DROP INDEX CONCURRENTLY t_b;"));
        assert!(!fires("DROP TABLE t;"));
    }

    #[test]
    fn a_down_that_allows_for_an_index_which_its_up_never_made_is_silent() {
        let down = |sql: &str| fires(&format!("ALTER TABLE t ADD COLUMN c bigint;\n-- down:\n{sql}"));
        assert!(!down("DROP INDEX IF EXISTS t_c_is_positive;"));
        assert!(down("DROP INDEX t_c_is_positive;"));
        assert!(down("DROP INDEX IF EXISTS t_b;"));
    }

    #[test]
    fn an_index_that_went_with_what_it_belonged_to_is_silent() {
        assert!(!fires("DROP TABLE t;\nDROP INDEX IF EXISTS t_b;"));
        assert!(!fires("ALTER TABLE t DROP COLUMN b;\nDROP INDEX IF EXISTS t_b;"));
        assert!(!fires("ALTER TABLE t DROP CONSTRAINT t_pkey;\nDROP INDEX IF EXISTS t_pkey;"));
        assert!(fires("ALTER TABLE t DROP CONSTRAINT t_pkey;\nDROP INDEX IF EXISTS t_b;"));
    }
}
