//! Another tenant's rows can be read in a tenant's context.
//!
//! ## What it finds
//! As the application's role, in tenant A's context, with rows of three tenants in place, a relation is read in every way
//! there is: all rows, by the key of another tenant's row, by counting, through each index, by `COPY`, by a cursor. A row of
//! another tenant came back, or could be told from its absence. The evidence is the transaction that was run, ready to paste,
//! and what it returned.
//!
//! ## Why it hurts
//! A forgotten `WHERE` in one query, or one injected, and a customer sees another customer's data.
//!
//! ## Do instead
//! Enable and force row level security on the table (on each partition too), with policies for every command that compare
//! the tenant column with the session's setting and fail closed: `tenant_id = (SELECT nullif(current_setting('app.current_tenant_id',
//! true), '')::uuid)`.
//!
//! ## When to ignore
//! When all tenants share the table on purpose: say so with `[tenancy] shared` in `freehold.toml`, and it is left out.

use freehold_model::finding::{Category, Depth, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "tenant-rows-readable",
    code: "FH1301",
    category: Category::Isolation,
    decided_by: &[Depth::Execution],
    severity: Severity::Error,
    summary: "the application reads another tenant's rows in a tenant's context",
    source: include_str!("tenant_rows_readable.rs"),
    ..Rule::NEW
};
