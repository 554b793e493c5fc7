//! Security, transactions, and how scripts are run: FH09 and two digits.

mod autovacuum_off;
mod default_privileges_for_public;
mod dynamic_sql_not_checked;
mod enum_value_used_before_commit;
mod forbidden_in_transaction;
mod mark_not_filled_in;
mod role_with_server_power;
mod routine_body_broken;
mod routine_body_names_missing_table;
mod secret_in_script;
mod security_definer_splices_text;
mod security_definer_without_search_path;
mod server_program_run;
mod server_setting_changed;
mod set_with_bind_parameter;
mod setting_left_changed;
mod tools_transaction_ended;
mod transaction_begun_twice;
mod transaction_left_open;
mod triggers_left_off;
mod untrusted_extension;

use crate::rule::LintRule;

/// The rules of the family, in the order of their codes.
pub(super) static RULES: &[&LintRule] = &[
    &security_definer_without_search_path::RULE,
    &security_definer_splices_text::RULE,
    &secret_in_script::RULE,
    &forbidden_in_transaction::RULE,
    &enum_value_used_before_commit::RULE,
    &transaction_left_open::RULE,
    &transaction_begun_twice::RULE,
    &tools_transaction_ended::RULE,
    &setting_left_changed::RULE,
    &triggers_left_off::RULE,
    &set_with_bind_parameter::RULE,
    &routine_body_broken::RULE,
    &routine_body_names_missing_table::RULE,
    &autovacuum_off::RULE,
    &dynamic_sql_not_checked::RULE,
    &role_with_server_power::RULE,
    &default_privileges_for_public::RULE,
    &untrusted_extension::RULE,
    &server_setting_changed::RULE,
    &server_program_run::RULE,
    &mark_not_filled_in::RULE,
];
