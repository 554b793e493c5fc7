//! All rules: one list for each family, one file for each rule.

mod compatibility;
mod constraints;
mod data_loss;
mod design;
mod indexes;
mod locks;
mod rewrites;
mod security;
mod tenancy;
mod transactions;
mod types;

use crate::rule::LintRule;

/// The families, in the order of the index.
static FAMILIES: &[&[&LintRule]] = &[
    locks::RULES,
    transactions::RULES,
    rewrites::RULES,
    constraints::RULES,
    data_loss::RULES,
    compatibility::RULES,
    indexes::RULES,
    types::RULES,
    tenancy::RULES,
    security::RULES,
    design::RULES,
];

/// All rules of this room.
pub fn all() -> impl Iterator<Item = &'static LintRule> {
    FAMILIES.iter().flat_map(|family| family.iter().copied())
}

/// The rule of this id or code.
pub fn named(name: &str) -> Option<&'static LintRule> {
    all().find(|rule| rule.rule.id == name || rule.rule.code.eq_ignore_ascii_case(name))
}
