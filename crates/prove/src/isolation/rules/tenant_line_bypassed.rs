//! A view, a function, a role or a grant leads past the policies.
//!
//! ## What it finds
//! Views and materialised views are read, functions called with arguments made up for the purpose, roles taken on that the
//! application is a member of, statistics and large objects looked at: as the application's role, in tenant A's context. Also found
//! is what opens the next table: default privileges, ownership, `BYPASSRLS`.
//!
//! ## Why it hurts
//! Policies bind whoever reads the table itself. A view reads it as its owner, a `SECURITY DEFINER` function runs as its
//! owner, and an owner is bound only where row level security is forced.
//!
//! ## Do instead
//! Make views `WITH (security_invoker = true)` (PostgreSQL 15 and later), let functions run as their caller or compare the tenant
//! themselves, with a fixed `search_path`; let the application own nothing and be a member of nothing that does.
//!
//! ## When to ignore
//! When a function or a view shows all tenants on purpose and checks who asks: allow it, with the reason.

use freehold_model::finding::{Category, Depth, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "tenant-line-bypassed",
    code: "FH1305",
    category: Category::Isolation,
    decided_by: &[Depth::Execution],
    severity: Severity::Error,
    summary: "a view, a function, a role or a grant leads past the policies",
    source: include_str!("tenant_line_bypassed.rs"),
    ..Rule::NEW
};
