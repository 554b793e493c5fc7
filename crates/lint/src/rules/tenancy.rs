//! The line between tenants: FH08 and two digits.

mod command_without_policy;
mod new_rows_unchecked;
mod partition_without_row_security;
mod policy_admits_all_rows;
mod policy_computed_per_row;
mod policy_dropped;
mod policy_fails_on_empty_setting;
mod policy_matches_by_prefix;
mod policy_open_without_tenant;
mod policy_without_tenant;
mod role_bypasses_row_security;
mod row_security_disabled;
mod row_security_not_forced;
mod row_security_off;
mod row_security_without_policy;
mod table_owned_by_application;

use crate::rule::LintRule;

/// The rules of the family, in the order of their codes.
pub(super) static RULES: &[&LintRule] = &[
    &row_security_off::RULE,
    &partition_without_row_security::RULE,
    &row_security_disabled::RULE,
    &row_security_not_forced::RULE,
    &table_owned_by_application::RULE,
    &role_bypasses_row_security::RULE,
    &policy_dropped::RULE,
    &policy_admits_all_rows::RULE,
    &policy_without_tenant::RULE,
    &row_security_without_policy::RULE,
    &command_without_policy::RULE,
    &new_rows_unchecked::RULE,
    &policy_open_without_tenant::RULE,
    &policy_fails_on_empty_setting::RULE,
    &policy_matches_by_prefix::RULE,
    &policy_computed_per_row::RULE,
];
