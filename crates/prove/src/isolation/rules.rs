//! What the proof of isolation says, as rules: one file each, all on one list; and the findings that its matrix gives.

mod found;
mod tenancy_setting_forgeable;
mod tenancy_unclear;
mod tenant_column_missing;
mod tenant_context_carries_over;
mod tenant_line_bypassed;
mod tenant_locked_out_of_own_rows;
mod tenant_references_cross;
mod tenant_rows_readable;
mod tenant_rows_writable;

use freehold_model::finding::Rule;

use super::way::Family;

pub use found::{Breach, breaches, columns_missing, unclear};

/// All of them, in the order of their codes.
pub static RULES: &[&Rule] = &[
    &tenant_rows_readable::RULE,
    &tenant_rows_writable::RULE,
    &tenant_references_cross::RULE,
    &tenant_context_carries_over::RULE,
    &tenant_line_bypassed::RULE,
    &tenant_locked_out_of_own_rows::RULE,
    &tenancy_setting_forgeable::RULE,
    &tenancy_unclear::RULE,
    &tenant_column_missing::RULE,
];

/// What a leak by a way of this family is.
fn of(family: Family) -> &'static Rule {
    match family {
        Family::Read => &tenant_rows_readable::RULE,
        Family::Write => &tenant_rows_writable::RULE,
        Family::Reference => &tenant_references_cross::RULE,
        Family::Context | Family::Pooler => &tenant_context_carries_over::RULE,
        Family::Around => &tenant_line_bypassed::RULE,
        Family::Live => &tenant_locked_out_of_own_rows::RULE,
        Family::Attacker => &tenancy_setting_forgeable::RULE,
    }
}
