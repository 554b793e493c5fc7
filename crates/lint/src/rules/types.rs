//! Types, style and names: FH07 and two digits.

mod column_padding;
mod enum_type;
mod floating_point_money;
mod identifier_too_long;
mod integer_key;
mod json_column;
mod length_limited_text;
mod money_type;
mod name_outside_convention;
mod once;
mod padded_character_type;
mod reg_type_column;
mod serial_column;
mod table_without_primary_key;
mod timestamp_without_time_zone;
mod unqualified_name;

use crate::rule::LintRule;

/// The rules of the family, in the order of their codes.
pub(super) static RULES: &[&LintRule] = &[
    &integer_key::RULE,
    &serial_column::RULE,
    &padded_character_type::RULE,
    &length_limited_text::RULE,
    &timestamp_without_time_zone::RULE,
    &json_column::RULE,
    &money_type::RULE,
    &floating_point_money::RULE,
    &enum_type::RULE,
    &reg_type_column::RULE,
    &table_without_primary_key::RULE,
    &column_padding::RULE,
    &identifier_too_long::RULE,
    &name_outside_convention::RULE,
    &unqualified_name::RULE,
];
