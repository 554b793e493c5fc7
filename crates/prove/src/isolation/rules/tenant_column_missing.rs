//! Rows belong to a tenant only through the rows that they refer to.
//!
//! ## What it finds
//! A table without a tenant column whose foreign key leads to one that has it.
//!
//! ## Why it hurts
//! A policy must follow the chain for every row, an index cannot lead with the tenant, and a row that is moved to another parent
//! moves to another tenant.
//!
//! ## Do instead
//! Add the tenant column, fill it through the chain, and let the foreign key carry it.
//!
//! ## When to ignore
//! When the table is small and its policy follows the chain: this is a note.

use freehold_model::finding::{Category, Depth, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "tenant-column-missing",
    code: "FH1309",
    category: Category::Isolation,
    decided_by: &[Depth::Execution],
    severity: Severity::Note,
    summary: "rows belong to a tenant only through the rows that they refer to",
    source: include_str!("tenant_column_missing.rs"),
    ..Rule::NEW
};
