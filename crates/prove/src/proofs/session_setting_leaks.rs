//! A script leaves a setting of its session changed for whatever runs next on it.
//!
//! ## What it finds
//! Session settings (`search_path`, `role`, `session_replication_role`, timeouts, any other) that differ after the
//! script from what they were before. Each script was run on a session with default settings.
//!
//! ## Why it hurts
//! Most tools run all pending migrations on one connection, so the next script runs with another search path, another
//! role, or with triggers and foreign keys switched off; run on its own it does something else.
//!
//! ## Do instead
//! `SET LOCAL`, which ends with the transaction, or `RESET` at the end of the script.
//!
//! ## When to ignore
//! When the tool is known to open a connection for each script.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject};

use super::{Case, refusal};
use crate::{observation::ScriptRun, step::Script};

pub(super) static RULE: Rule = Rule {
    id: "session-setting-leaks",
    code: "FH1118",
    category: Category::Rehearsal,
    decided_by: &[Depth::Execution],
    hazards: &[116],
    severity: Severity::Warning,
    summary: "the script leaves a session setting changed",
    source: include_str!("session_setting_leaks.rs"),
    ..Rule::NEW
};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let mut found = leaks(&case.step.up, &case.run.up);
    if let (Some(down), Some(run)) = (&case.step.down, &case.run.down) {
        found.extend(leaks(down, run));
    }
    found
}

fn leaks(script: &Script, run: &ScriptRun) -> Vec<Finding> {
    run.leaked_settings
        .iter()
        .map(|leak| {
            // The last statement that names the setting is the one to mend.
            let place = script
                .statements
                .iter()
                .rev()
                .find(|s| {
                    s.statement
                        .effect
                        .session
                        .iter()
                        .any(|change| change.name.eq_ignore_ascii_case(&leak.name))
                })
                .map(|s| s.place.clone())
                .or_else(|| refusal::top(script));
            let message = format!("the script leaves {} set to '{}' on its session", leak.name, leak.after);
            Finding::new(&RULE, Subject::new("setting", &leak.name), message)
                .at(place)
                .because(Evidence::Saw(format!(
                    "'{}' before the script, '{}' after it",
                    leak.before, leak.after
                )))
                .fixed_by("Use SET LOCAL, or RESET the setting at the end of the script.", None)
        })
        .collect()
}
