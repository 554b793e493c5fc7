//! Types, style and names: FH07 and two digits.

mod integer_key;
mod json_column;
mod length_limited_text;
mod once;
mod padded_character_type;
mod serial_column;
mod timestamp_without_time_zone;

use crate::rule::LintRule;

/// The rules of the family, in the order of their codes.
pub(super) static RULES: &[&LintRule] = &[
    &integer_key::RULE,
    &serial_column::RULE,
    &padded_character_type::RULE,
    &length_limited_text::RULE,
    &timestamp_without_time_zone::RULE,
    &json_column::RULE,
];
