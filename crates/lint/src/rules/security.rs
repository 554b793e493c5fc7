//! Security, transactions, and how scripts are run: FH09 and two digits.

mod secret_in_script;
mod security_definer_splices_text;

use crate::rule::LintRule;

/// The rules of the family, in the order of their codes.
pub(super) static RULES: &[&LintRule] = &[&security_definer_splices_text::RULE, &secret_in_script::RULE];
