//! A statement that must not run inside a transaction is sent inside one.
//!
//! ## What it finds
//! `CREATE INDEX CONCURRENTLY`, `VACUUM` and their kin in a script that the project's migration tool wraps in a
//! transaction, or sends as one message with other statements, which PostgreSQL treats as one transaction. The server
//! refused it with SQLSTATE 25001 when the script was run the way the tool runs it.
//!
//! ## Why it hurts
//! The migration fails on every database, at deployment.
//!
//! ## Do instead
//! Give the statement a migration of its own and mark that as running without a transaction, in the way of the tool:
//! `-- no-transaction` (sqlx), `run_in_transaction = false` (diesel), `-- +goose NO TRANSACTION`,
//! `transaction:false` (dbmate), `executeInTransaction=false` (Flyway), a file with this one statement
//! (golang-migrate).
//!
//! ## When to ignore
//! Never: this was seen to fail.

use freehold_model::{
    finding::{Category, Depth, Finding, Rule, Severity},
    sqlstate::SqlState,
};

use super::{Case, refusal};

pub(super) static RULE: Rule = Rule {
    id: "statement-forbidden-in-transaction",
    code: "FH1102",
    category: Category::Rehearsal,
    decided_by: &[Depth::Execution],
    hazards: &[115],
    severity: Severity::Error,
    summary: "a statement that must not run in a transaction is sent inside one",
    source: include_str!("statement_forbidden_in_transaction.rs"),
    ..Rule::NEW
};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let up = case.run.up.refused.as_ref().map(|refused| (&case.step.up, refused));
    let down = case.step.down.as_ref().zip(case.run.down.as_ref().and_then(|run| run.refused.as_ref()));
    up.into_iter()
        .chain(down)
        .filter(|(_, refused)| refused.error.sqlstate() == Some(SqlState::ACTIVE_TRANSACTION))
        .map(|(script, refused)| {
            refusal::finding(&RULE, case.step, script, refused, "the server refuses this inside a transaction").fixed_by(
                "Move the statement to a migration of its own that runs without a transaction, marked in the way of \
                 the project's migration tool.",
                None,
            )
        })
        .collect()
}
