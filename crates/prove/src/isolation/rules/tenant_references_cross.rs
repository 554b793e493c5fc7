//! A row of one tenant can refer to a row of another, or a constraint tells a tenant that the row is there.
//!
//! ## What it finds
//! A row of tenant A that refers to a row of tenant B is put into each table with a foreign key; and a row with values that
//! B has is put where a unique or exclusion constraint has no tenant column. Constraints are checked with the eyes of the tables'
//! owner: policies hide nothing from them.
//!
//! ## Why it hurts
//! The accepted reference mixes two tenants' data: what cascades from B's row deletes A's, and what joins through it shows
//! one to the other. A refusal for a duplicate tells A that some other tenant has that value: an e-mail address, a domain, a name.
//!
//! ## Do instead
//! Let the foreign key carry the tenant: `FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)`; put the tenant
//! column first in unique and exclusion constraints.
//!
//! ## When to ignore
//! When the value is random, or meant to be unique among all tenants, such as a public slug: allow the constraint.

use freehold_model::finding::{Category, Depth, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "tenant-references-cross",
    code: "FH1303",
    category: Category::Isolation,
    decided_by: &[Depth::Execution],
    severity: Severity::Error,
    summary: "a tenant's row can refer to another tenant's, or a constraint tells that it is there",
    source: include_str!("tenant_references_cross.rs"),
    ..Rule::NEW
};
