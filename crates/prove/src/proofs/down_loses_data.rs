//! A down script loses rows or values that its up had not created.
//!
//! ## What it finds
//! Witness rows are put into the tables that the scripts could empty or change, then up and down are run. Rows that
//! were there before the up and were still there, or had been moved elsewhere, after it, are gone or changed after the
//! down. The number of rows is given for each table.
//!
//! ## Why it hurts
//! The roll-back of a release destroys data that the release never touched: a DELETE that is too wide, a DROP TABLE of
//! a table that the up only found, a move of data without the way back.
//!
//! ## Do instead
//! Let the down remove only what the up added, and move back what the up moved.
//!
//! ## When to ignore
//! When the rows are known to be worthless.

use freehold_model::{
    finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject},
    place::Place,
};
use freehold_sql::Use;

use super::{Case, refusal};
use crate::{
    observation::{RowsFate, RowsOutcome},
    step::{Script, ScriptStatement},
};

pub(super) static RULE: Rule = Rule {
    id: "down-loses-data",
    code: "FH1107",
    category: Category::Rehearsal,
    decided_by: &[Depth::Execution],
    hazards: &[66],
    severity: Severity::Error,
    summary: "the down script loses rows or values that the up had not created",
    source: include_str!("down_loses_data.rs"),
    ..Rule::NEW
};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let Some(down) = &case.step.down else { return Vec::new() };
    lost(case, true)
        .map(|fate| {
            let message = format!(
                "{} had data before the up that the down does not bring back: {}",
                fate.relation,
                told(fate)
            );
            Finding::new(&RULE, Subject::new("table", &fate.relation), message)
                .at(place(down, &fate.name))
                .because(Evidence::Ran(format!("{} rows in {}, up, down", fate.before, fate.relation)))
                .because(Evidence::Saw(told(fate)))
        })
        .collect()
}

/// The tables that lost rows, by whose doing.
pub(super) fn lost<'c>(case: &'c Case<'_>, by_down: bool) -> impl Iterator<Item = &'c RowsFate> {
    let fates = match &case.run.rows {
        RowsOutcome::Compared { fates, .. } => fates.as_slice(),
        _ => &[],
    };
    fates.iter().filter(move |fate| fate.lost > 0 && fate.lost_by_down == by_down)
}

/// What was lost, in words.
pub(super) fn told(fate: &RowsFate) -> String {
    let changed = fate.lost - fate.gone.min(fate.lost);
    let mut parts = Vec::new();
    if fate.gone > 0 {
        parts.push(format!("{} of {} rows are gone", fate.gone, fate.before));
    }
    if changed > 0 && fate.columns_gone {
        parts.push(format!(
            "the values of {} are gone from {changed} of {} rows",
            fate.columns.join(", "),
            fate.before
        ));
    } else if changed > 0 && fate.gone == 0 {
        parts.push(format!(
            "values of {} are changed in {changed} of {} rows",
            fate.columns.join(", "),
            fate.before
        ));
    } else if changed > 0 {
        parts.push(format!("{changed} more are changed"));
    }
    parts.join(", ")
}

/// The first statement of a script that takes from the table or writes to it; else where the script begins.
pub(super) fn place(script: &Script, table: &str) -> Option<Place> {
    let takes = |statement: &&ScriptStatement| {
        let effect = &statement.statement.effect;
        (effect.may_lose_data || statement.changes_rows())
            && effect.objects.iter().any(|o| o.name == table && !matches!(o.use_, Use::Reads))
    };
    script.statements.iter().find(takes).map(|s| s.place.clone()).or_else(|| refusal::top(script))
}
