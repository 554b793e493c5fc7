//! Rows are reached without a valid tenant, or with the one that somebody else left behind.
//!
//! ## What it finds
//! Each relation is read and written with no tenant set, with an empty one, with a malformed one, after `RESET`, on the same
//! connection after another tenant's transaction, through a statement that was prepared under one tenant and executed under
//! another, and with the role switched in between. With a pooler's URL two tenants are sent through one server connection.
//!
//! ## Why it hurts
//! A job that forgets to take on a tenant must see nothing. A pooler hands the connection of one customer to the next one
//! thousands of times a day.
//!
//! ## Do instead
//! Set the tenant for the transaction only (`SET LOCAL`, or `set_config(..., true)`), and let policies fail closed:
//! `nullif(current_setting('app.current_tenant_id', true), '')::uuid` is NULL for a session without a tenant, and NULL equals nothing.
//!
//! ## When to ignore
//! Never: the rows came back.

use freehold_model::finding::{Category, Depth, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "tenant-context-carries-over",
    code: "FH1304",
    category: Category::Isolation,
    decided_by: &[Depth::Execution],
    severity: Severity::Error,
    summary: "without a valid tenant in the session rows are reached, or one tenant's context reaches into another's session",
    source: include_str!("tenant_context_carries_over.rs"),
    ..Rule::NEW
};
