//! A table is written anew to save space, while nobody can read or write it.
//!
//! ## What it finds
//! `VACUUM FULL` and `CLUSTER`, of one table or of all.
//!
//! ## Why it hurts
//! ACCESS EXCLUSIVE is held for as long as it takes to copy the table and to build all its indexes: no query on it
//! runs meanwhile. It also needs room for a second copy.
//!
//! ## Do instead
//! A plain `VACUUM` makes the space usable again without returning it to the system, and blocks nobody. To shrink a
//! table that is in use, take an extension made for it (pg_repack, pg_squeeze).
//!
//! ## When to ignore
//! In a window in which nobody uses the table.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, VACUUM and CLUSTER, "Notes".

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
};
use freehold_sql::{ObjectKind, StatementKind, Use};

use crate::{
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
    rules::locks::{is_partitioned, locks, written},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "table-packed-under-lock",
        code: "FH0105",
        category: Category::Locks,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[5],
        summary: "VACUUM FULL or CLUSTER writes a table anew while nobody can use it",
        source: include_str!("table_packed_under_lock.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-rewrite"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let command = match context.statement.effect.kind {
        StatementKind::Vacuum { full: true } => "VACUUM FULL",
        StatementKind::Cluster => "CLUSTER",
        _ => return,
    };
    let named: Vec<_> = context
        .statement
        .effect
        .objects_used(Use::Writes)
        .filter(|object| object.kind == ObjectKind::Table)
        .map(|object| context.state.name_of(object))
        .collect();
    if named.is_empty() {
        let all = if command == "CLUSTER" {
            "every table that was clustered before, one after the other"
        } else {
            "every table of the database, one after the other"
        };
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("statement", command),
                    format!("{command} copies {all}; nobody can use a table while it is copied"),
                )
                .advised(
                    "Vacuum without FULL, or name the tables and choose a time at which nobody uses them.",
                ),
        );
    }
    for table in named {
        if !locks(context, &table) || !context.may_be_large(&table) {
            continue;
        }
        let mut found = context
            .found(
                findings.rule(),
                Subject::new("table", table.to_string()),
                format!(
                    "{command} holds ACCESS EXCLUSIVE on {table} while it copies all rows and builds all indexes: \
                     nobody can read or write it meanwhile"
                ),
            )
            .on(&table)
            .claiming(Claim::Locks { relation: table.clone(), mode: LockMode::AccessExclusive });
        if !is_partitioned(context, &table) {
            found = found.claiming(Claim::Rewrites(table.clone()));
        }
        findings.push(if command == "CLUSTER" {
            found.advised(
                "Leave the order of the rows to a tool that copies without blocking, such as pg_repack.",
            )
        } else {
            let sql = format!("VACUUM (ANALYZE) {}", written(context, &table));
            found.fixed_by("Vacuum without FULL: the space is used again, and nobody waits.", sql)
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(text: &str) -> usize {
        let made =
            "-- migration: 1_a\nCREATE TABLE t (a bigint PRIMARY KEY);\n-- migration: 2_b (no transaction)\n";
        said(&format!("{made}{text}")).iter().filter(|(id, _)| *id == "table-packed-under-lock").count()
    }

    #[test]
    fn both_commands_are_told_in_all_their_forms() {
        assert_eq!(fires("VACUUM FULL t;"), 1);
        assert_eq!(fires("VACUUM (FULL, ANALYZE) t, unknown;"), 2);
        assert_eq!(fires("VACUUM FULL;"), 1);
        assert_eq!(fires("CLUSTER t USING t_pkey;"), 1);
        assert_eq!(fires("CLUSTER;"), 1);
    }

    #[test]
    fn plain_vacuum_is_silent() {
        assert_eq!(fires("VACUUM t;"), 0);
        assert_eq!(fires("VACUUM (FULL false) t;"), 0);
        assert_eq!(fires("ALTER TABLE t CLUSTER ON t_pkey;"), 0);
    }
}
