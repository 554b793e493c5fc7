//! Security, transactions, and how scripts are run: FH09 and two digits.

mod forbidden_in_transaction;
mod secret_in_script;
mod security_definer_splices_text;
mod setting_left_changed;
mod tools_transaction_ended;
mod transaction_begun_twice;
mod transaction_left_open;
mod triggers_left_off;

use crate::rule::LintRule;

/// The rules of the family, in the order of their codes.
pub(super) static RULES: &[&LintRule] = &[
    &security_definer_splices_text::RULE,
    &secret_in_script::RULE,
    &forbidden_in_transaction::RULE,
    &transaction_left_open::RULE,
    &transaction_begun_twice::RULE,
    &tools_transaction_ended::RULE,
    &setting_left_changed::RULE,
    &triggers_left_off::RULE,
];
