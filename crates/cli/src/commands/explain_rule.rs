//! `freehold explain-rule`

use clap::Args;
use freehold_app::{
    rules::{ALL, named},
    settings::nearest,
};

use crate::{exit::Exit, failure::Failure, printer::Printer};

/// Print the page of one rule: what it finds, why it hurts, what to do instead.
#[derive(Debug, Args)]
pub(crate) struct ExplainRuleArgs {
    /// The rule, as findings name it
    #[arg(value_name = "RULE")]
    rule: String,
}

impl ExplainRuleArgs {
    /// Prints the page.
    pub(crate) fn run(self, printer: &Printer) -> Result<Exit, Failure> {
        let Some(rule) = named(&self.rule) else {
            let known: Vec<&str> = ALL.iter().map(|rule| rule.id).collect();
            let help = match nearest(&self.rule, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`freehold rules` lists them".to_owned(),
            };
            return Err(Failure::new(format!("there is no rule `{}`", self.rule), Some(help)));
        };
        printer.out(&format!("{}\n", rule.page().trim_end()));
        Ok(Exit::CLEAN)
    }
}
