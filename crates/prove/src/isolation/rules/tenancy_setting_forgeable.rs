//! Whoever can choose the SQL of a session can choose its tenant.
//!
//! ## What it finds
//! One statement sets the tenant's setting in the middle of itself and reads with it: it worked, in a read-only transaction
//! and over the extended protocol.
//!
//! ## Why it hurts
//! A setting is no secret and no lock: it keeps honest code from mistakes. Where SQL of others reaches a tenant's session, by
//! injection or by a feature for reports, the line is gone.
//!
//! ## Do instead
//! Let nobody choose SQL that runs for a tenant. Where it must be: a role per tenant, or a context that is signed and verified
//! by the policies. `[tenancy] untrusted_sql = true` in `freehold.toml` makes this a leak like any other.
//!
//! ## When to ignore
//! When only the application's own statements, with bound parameters, reach the database: then it is worth knowing, no more.

use freehold_model::finding::{Category, Depth, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "tenancy-setting-forgeable",
    code: "FH1307",
    category: Category::Isolation,
    decided_by: &[Depth::Execution],
    severity: Severity::Note,
    summary: "whoever can choose the SQL of a session can choose its tenant",
    source: include_str!("tenancy_setting_forgeable.rs"),
    ..Rule::NEW
};
