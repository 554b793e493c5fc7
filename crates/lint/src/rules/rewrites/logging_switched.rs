//! A table becomes logged or unlogged, and every row is written again for it.
//!
//! ## What it finds
//! `SET LOGGED` and `SET UNLOGGED` of a table that was there, unless it is known to be so already.
//!
//! ## Why it hurts
//! The server writes the whole table again, and builds all of its indexes again, under ACCESS EXCLUSIVE: reads and writes
//! wait until the end, the disk holds the table twice meanwhile, and replicas get all of it.
//!
//! ## Do instead
//! Make a new table that is as this one should be, fill it in batches, and put it in this one's place.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All. On a partitioned table it does nothing, and from 18 on it is refused.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, "SET { LOGGED | UNLOGGED }".

use freehold_model::{
    catalog::Persistence,
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
};
use freehold_sql::Action;

use crate::{
    alter::changes,
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "logging-switched",
        code: "FH0208",
        category: Category::Rewrites,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[30],
        summary: "a table becomes logged or unlogged, which writes all of its rows again",
        source: include_str!("logging_switched.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-rewrite"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in changes(context) {
        let wanted = match change.action {
            Action::SetLogged => Persistence::Permanent,
            Action::SetUnlogged => Persistence::Unlogged,
            _ => continue,
        };
        if change.is_partitioned() || change.known.is_some_and(|known| known.relation.persistence == wanted) {
            continue;
        }
        let table = &change.table;
        let word = if wanted == Persistence::Permanent { "logged" } else { "unlogged" };
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("table", table.to_string()),
                    format!(
                        "to make {table} {word} this writes every row of it again under ACCESS EXCLUSIVE: reads and writes \
                         of it wait until the end"
                    ),
                )
                .on(table)
                .claiming_all(change.claims(context, Claim::Rewrites))
                .advised(format!("Make a new {word} table, fill it in batches, and put it in this one's place.")),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "logging-switched";
    const TABLES: &str = "-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY);\nCREATE UNLOGGED TABLE u (id bigint PRIMARY KEY);\n-- migration: 2_b\n";

    fn fires(sql: &str) -> bool {
        ids(&format!("{TABLES}{sql}")).contains(&ID)
    }

    #[test]
    fn it_fires_when_it_changes() {
        assert!(fires("ALTER TABLE t SET UNLOGGED;"));
        assert!(fires("ALTER TABLE u SET LOGGED;"));
        assert!(fires("ALTER TABLE unknown_table SET LOGGED;"));
    }

    #[test]
    fn it_is_silent_when_it_is_so_already_or_new() {
        assert!(!fires("ALTER TABLE t SET LOGGED;"));
        assert!(!fires(
            "CREATE UNLOGGED TABLE n (id bigint); INSERT INTO n SELECT 1; ALTER TABLE n SET LOGGED;"
        ));
    }
}
