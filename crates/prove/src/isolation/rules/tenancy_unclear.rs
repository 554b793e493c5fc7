//! Nobody said whether a table belongs to tenants or is shared by all of them.
//!
//! ## What it finds
//! A table that has no tenant column, refers to no table that has one, and is not named as shared.
//!
//! ## Why it hurts
//! What is not known to belong to a tenant was not tried: another tenant's data may be in it. Where the application may write it,
//! tenants can leave things there for each other.
//!
//! ## Do instead
//! Give it a tenant column, or name it: `[tenancy] shared = ["plans"]` in `freehold.toml`.
//!
//! ## When to ignore
//! Decide instead: one word in the settings silences this for good.

use freehold_model::finding::{Category, Depth, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "tenancy-unclear",
    code: "FH1308",
    category: Category::Isolation,
    decided_by: &[Depth::Execution],
    severity: Severity::Note,
    summary: "it is not known whether a table belongs to tenants or is shared by all of them",
    source: include_str!("tenancy_unclear.rs"),
    ..Rule::NEW
};
