//! `freehold explain-rule`

mod page;

use clap::Args;
use freehold_app::rules::Which;

use crate::{exit::Exit, failure::Failure, printer::Printer, rule_names::RuleNames};

/// Print the page of one rule: what it finds, why it hurts, what to do instead.
#[derive(Debug, Args)]
pub(crate) struct ExplainRuleArgs {
    /// The rule, as findings name it: its id or code
    #[arg(value_name = "RULE", value_parser = RuleNames, hide_possible_values = true)]
    rule: Which,
}

impl ExplainRuleArgs {
    /// Prints the page.
    pub(crate) fn run(self, printer: &Printer) -> Result<Exit, Failure> {
        let rule = match self.rule {
            Which::Rule(rule) => rule,
            Which::Category(category) => {
                let word = category.word();
                let help = format!("`freehold rules {word}` lists its rules");
                return Err(Failure::new(format!("`{word}` is a category, not a rule"), Some(help)));
            }
        };
        printer.out(&page::shown(rule, printer.width()));
        Ok(Exit::CLEAN)
    }
}
