//! A tenant cannot do with its own rows what its role is granted.
//!
//! ## What it finds
//! As the application's role, in tenant A's context: A reads, changes and deletes a row of its own and makes another, so far
//! as the role has the privilege. A policy refused it or hid the row.
//!
//! ## Why it hurts
//! A policy that denies everything holds every other test, and the application does not work.
//!
//! ## Do instead
//! Write a policy for each command that is granted, or take the grant away.
//!
//! ## When to ignore
//! When a grant is there for another role's sake: take it away from this one rather than ignoring this.

use freehold_model::finding::{Category, Depth, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "tenant-locked-out-of-own-rows",
    code: "FH1306",
    category: Category::Isolation,
    decided_by: &[Depth::Execution],
    severity: Severity::Error,
    summary: "a tenant cannot do with its own rows what its role is granted",
    source: include_str!("tenant_locked_out_of_own_rows.rs"),
    ..Rule::NEW
};
