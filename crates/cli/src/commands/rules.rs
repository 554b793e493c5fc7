//! `freehold rules`

use clap::Args;
use freehold_app::{render::json_text, rules::ALL};

use super::doctor::TextOrJson;
use crate::{exit::Exit, printer::Printer};

/// List every rule with its severity.
#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: TextOrJson,
}

impl RulesArgs {
    /// Prints the list.
    pub(crate) fn run(self, printer: &Printer) -> Exit {
        match self.format {
            TextOrJson::Human => {
                let widest = ALL.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
                for rule in ALL.iter() {
                    let severity = rule.severity.word();
                    printer.out(&format!("{:<widest$}  {severity:<7}  {}\n", rule.id, rule.summary));
                }
            }
            TextOrJson::Json => {
                let rules: Vec<serde_json::Value> = ALL
                    .iter()
                    .map(|rule| {
                        serde_json::json!({
                            "id": rule.id,
                            "severity": rule.severity.word(),
                            "summary": rule.summary,
                        })
                    })
                    .collect();
                printer.out(&json_text(&serde_json::json!({ "version": 1, "rules": rules })));
            }
        }
        Exit::CLEAN
    }
}
