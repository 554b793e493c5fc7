//! `freehold rules`

use clap::{Args, builder::PossibleValuesParser};
use freehold_app::{
    Rule,
    render::json_text,
    report::page_of,
    rules::{ALL, Which, which},
};
use freehold_model::finding::{Category, Depth};

use super::doctor::TextOrJson;
use crate::{exit::Exit, printer::Printer, rule_names::RuleNames};

/// List every rule: code, id, category, severity, what decides it, the lock.
#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// Only these: ids, codes or categories
    #[arg(value_name = "RULES", value_parser = RuleNames, hide_possible_values = true)]
    names: Vec<Which>,
    /// Only those of a category; may be given several times
    #[arg(long, value_name = "CATEGORY", value_parser = categories())]
    category: Vec<String>,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: TextOrJson,
}

fn categories() -> PossibleValuesParser {
    PossibleValuesParser::new(Category::ALL.map(Category::word))
}

/// What decides a rule, in one word for each: `text, catalog`.
fn depths(rule: &Rule) -> String {
    rule.decided_by.iter().map(|depth| Depth::word(*depth)).collect::<Vec<_>>().join(", ")
}

impl RulesArgs {
    /// Prints the list.
    pub(crate) fn run(self, printer: &Printer) -> Exit {
        let categories = self.category.iter().filter_map(|name| which(&ALL, name).ok());
        let wanted: Vec<Which> = self.names.iter().copied().chain(categories).collect();
        let mut rules: Vec<&Rule> = ALL
            .iter()
            .copied()
            .filter(|rule| wanted.is_empty() || wanted.iter().any(|which| which.covers(rule)))
            .collect();
        rules.sort_by_key(|rule| (rule.code, rule.id));
        match self.format {
            TextOrJson::Human => printer.out(&table(&rules)),
            TextOrJson::Json => {
                let rules: Vec<serde_json::Value> = rules.into_iter().map(json).collect();
                printer.out(&json_text(&serde_json::json!({ "version": 1, "rules": rules })));
            }
        }
        Exit::CLEAN
    }
}

/// One line for each rule, in columns.
fn table(rules: &[&Rule]) -> String {
    let rows: Vec<[String; 7]> = rules
        .iter()
        .map(|rule| {
            [
                rule.code.to_owned(),
                rule.id.to_owned(),
                rule.category.word().to_owned(),
                rule.severity.word().to_owned(),
                depths(rule),
                rule.lock.map(|lock| lock.to_string()).unwrap_or_default(),
                rule.summary.to_owned(),
            ]
        })
        .collect();
    let mut widths = [0_usize; 7];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.len());
        }
    }
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn json(rule: &Rule) -> serde_json::Value {
    serde_json::json!({
        "code": rule.code,
        "id": rule.id,
        "category": rule.category.word(),
        "severity": rule.severity.word(),
        "decided_by": rule.decided_by.iter().map(|depth| depth.word()).collect::<Vec<_>>(),
        "lock": rule.lock.map(|lock| lock.to_string()),
        "hazards": rule.hazards,
        "summary": rule.summary,
        "page": page_of(rule.id),
    })
}
