//! Another tenant's rows can be changed, or rows made for it, in a tenant's context.
//!
//! ## What it finds
//! As the application's role, in tenant A's context, with rows of three tenants in place: `UPDATE`, `DELETE`, `MERGE`, `TRUNCATE`
//! and `INSERT ... ON CONFLICT` on rows of B, `INSERT` and `COPY` of rows for B, and moving A's row to B or to nobody. Each in a
//! transaction that was rolled back; what it had changed was counted by the superuser before.
//!
//! ## Why it hurts
//! What a tenant should not even see is changed or deleted, or another tenant finds rows that are not its own. `TRUNCATE`
//! asks no policy at all.
//!
//! ## Do instead
//! Give each policy that is for `ALL`, `INSERT` or `UPDATE` a `WITH CHECK` that compares the tenant (without one its `USING`
//! counts), grant the application no more than `SELECT, INSERT, UPDATE, DELETE`, and force row level security.
//!
//! ## When to ignore
//! When all tenants write the table on purpose: say so with `[tenancy] shared` in `freehold.toml`.

use freehold_model::finding::{Category, Depth, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "tenant-rows-writable",
    code: "FH1302",
    category: Category::Isolation,
    decided_by: &[Depth::Execution],
    severity: Severity::Error,
    summary: "the application changes another tenant's rows, or makes rows for it, in a tenant's context",
    source: include_str!("tenant_rows_writable.rs"),
    ..Rule::NEW
};
