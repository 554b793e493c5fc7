//! Names of rules on the command line: read, refused with the nearest, and completed by shells.

use std::ffi::OsStr;

use clap::{
    Arg, Command,
    builder::{PossibleValue, TypedValueParser},
};
use freehold_app::rules::{ALL, Which, which};
use freehold_model::finding::Category;

/// Reads an id, a code or a category.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RuleNames;

impl TypedValueParser for RuleNames {
    type Value = Which;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<Which, clap::Error> {
        let read = |name: &str| which(&ALL, name).map_err(|error| format!("{error}; {}", error.help()));
        TypedValueParser::parse_ref(&read, command, arg, value)
    }

    /// What shells complete; codes are known, too, but nobody wants to see every rule twice.
    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let rules = ALL.iter().map(|rule| PossibleValue::new(rule.id).help(rule.summary));
        let categories = Category::ALL.into_iter().map(|category| {
            PossibleValue::new(category.word()).help(format!("all rules of the category {}", category.word()))
        });
        Some(Box::new(rules.chain(categories)))
    }
}
