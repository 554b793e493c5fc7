//! What a rehearsal proves or refutes: one file for each claim, all on one list.
//!
//! A proof looks at what was observed of one migration and answers with findings. Nothing here touches a server.

mod blocking_backfill;
mod blocking_index_build;
mod blocking_rewrite;
mod blocking_scan;
mod column_order_changes;
mod down_does_not_restore;
mod down_fails;
mod down_leaves_rows;
mod down_loses_data;
mod down_missing;
mod fails_on_existing_rows;
mod in_force;
mod invalid_index_left;
mod migration_fails;
mod not_repeatable;
mod reapply_differs;
mod refusal;

mod script_ends_transaction;
mod session_setting_leaks;
mod statement_forbidden_in_transaction;
mod up_loses_data;

use std::collections::BTreeMap;

use freehold_model::finding::{Finding, Rule};

use crate::{observation::StepRun, step::Step};

pub use not_repeatable::findings as not_repeatable_findings;

/// One migration and what was seen of it.
#[derive(Debug)]
pub struct Case<'a> {
    /// The migration.
    pub step: &'a Step,
    /// What was seen.
    pub run: &'a StepRun,
    /// Rows that tables have in production, where that is known.
    pub volumes: &'a Volumes,
}

/// Rows that tables have in production.
#[derive(Debug, Clone, Default)]
pub struct Volumes {
    /// By the name that people write: without the schema `public`.
    pub rows: BTreeMap<String, u64>,
    /// Up to so many rows work on a table takes no time that matters.
    pub tiny: u64,
}

/// A rule and the function that decides it.
#[derive(Debug)]
pub struct Proof {
    /// The rule.
    pub rule: &'static Rule,
    /// The findings for one migration.
    pub judge: fn(&Case<'_>) -> Vec<Finding>,
}

/// All proofs, in the order in which their findings about one migration are told.
pub static PROOFS: &[Proof] = &[
    Proof { rule: &migration_fails::RULE, judge: migration_fails::judge },
    Proof {
        rule: &statement_forbidden_in_transaction::RULE,
        judge: statement_forbidden_in_transaction::judge,
    },
    Proof { rule: &fails_on_existing_rows::RULE, judge: fails_on_existing_rows::judge },
    Proof { rule: &down_missing::RULE, judge: down_missing::judge },
    Proof { rule: &down_fails::RULE, judge: down_fails::judge },
    Proof { rule: &down_does_not_restore::RULE, judge: down_does_not_restore::judge },
    Proof { rule: &down_loses_data::RULE, judge: down_loses_data::judge },
    Proof { rule: &up_loses_data::RULE, judge: up_loses_data::judge },
    Proof { rule: &down_leaves_rows::RULE, judge: down_leaves_rows::judge },
    Proof { rule: &reapply_differs::RULE, judge: reapply_differs::judge },
    Proof { rule: &column_order_changes::RULE, judge: column_order_changes::judge },
    Proof { rule: &not_repeatable::RULE, judge: not_repeatable::judge },
    Proof { rule: &blocking_rewrite::RULE, judge: blocking_rewrite::judge },
    Proof { rule: &blocking_scan::RULE, judge: blocking_scan::judge },
    Proof { rule: &blocking_index_build::RULE, judge: blocking_index_build::judge },
    Proof { rule: &blocking_backfill::RULE, judge: blocking_backfill::judge },
    Proof { rule: &invalid_index_left::RULE, judge: invalid_index_left::judge },
    Proof { rule: &session_setting_leaks::RULE, judge: session_setting_leaks::judge },
    Proof { rule: &script_ends_transaction::RULE, judge: script_ends_transaction::judge },
];

/// The findings of all proofs about one migration.
pub fn judge(case: &Case<'_>) -> Vec<Finding> {
    PROOFS.iter().flat_map(|proof| (proof.judge)(case)).collect()
}
