//! The line between tenants: FH08 and two digits.

mod command_without_policy;
mod copy_loses_row_security;
mod foreign_key_without_tenant;
mod foreign_table_with_tenants;
mod granted_to_everybody;
mod index_not_led_by_tenant;
mod materialized_view_of_all_tenants;
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
mod security_definer_bypasses_row_security;
mod session_level_tenant_setting;
mod table_owned_by_application;
mod tenant_column_nullable;
mod tenant_column_without_foreign_key;
mod tenant_owned_without_tenant_column;
mod trigger_or_references_granted;
mod truncate_granted;
mod unique_without_tenant;
mod view_bypasses_row_security;

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
    &view_bypasses_row_security::RULE,
    &materialized_view_of_all_tenants::RULE,
    &foreign_table_with_tenants::RULE,
    &security_definer_bypasses_row_security::RULE,
    &unique_without_tenant::RULE,
    &foreign_key_without_tenant::RULE,
    &tenant_column_nullable::RULE,
    &tenant_column_without_foreign_key::RULE,
    &tenant_owned_without_tenant_column::RULE,
    &index_not_led_by_tenant::RULE,
    &copy_loses_row_security::RULE,
    &truncate_granted::RULE,
    &trigger_or_references_granted::RULE,
    &granted_to_everybody::RULE,
    &session_level_tenant_setting::RULE,
];
