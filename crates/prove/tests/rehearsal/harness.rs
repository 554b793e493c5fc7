//! One way for all tests from SQL to the rules that fire.

use std::path::PathBuf;

use freehold_model::{
    finding::Finding,
    place::{LineIndex, Place, Span},
};
use freehold_prove::{
    proofs::{self, Case},
    rehearsal::{Measure, Options, Rehearsal, rehearse},
    step::{Delivery, Script, ScriptStatement, Step},
};
use freehold_sandbox::testing;

/// A script as a step takes it.
pub(crate) fn script(file: &str, sql: &str, delivery: Delivery) -> Script {
    let path = PathBuf::from(file);
    let index = LineIndex::new(sql);
    let statements = freehold_sql::parse(sql)
        .expect("the test's SQL is SQL")
        .into_iter()
        .map(|statement| ScriptStatement {
            sql: statement.text(sql).to_owned(),
            place: Place::in_file(&path, sql, &index, statement.span),
            headline: statement.headline(sql, 80),
            copy_data: statement.rows(sql).map(str::to_owned),
            statement,
        })
        .collect();
    Script { statements, delivery, place: Place::in_file(&path, sql, &index, Span::new(0, 0)) }
}

/// Steps of up and down; an up that begins with `-- separate` is sent statement by statement, and so is its down.
pub(crate) fn steps(pairs: &[(&str, Option<&str>)]) -> Vec<Step> {
    pairs
        .iter()
        .enumerate()
        .map(|(number, (up, down))| {
            let delivery = if up.starts_with("-- separate") { Delivery::Separate } else { Delivery::Wrapped };
            let version = (number + 1).to_string();
            Step {
                file: PathBuf::from(format!("{version}.up.sql")),
                up: script(&format!("{version}.up.sql"), up, delivery),
                down: down.map(|down| script(&format!("{version}.down.sql"), down, delivery)),
                left_out_before: Vec::new(),
                down_expected: true,
                name: "step".to_owned(),
                version,
            }
        })
        .collect()
}

/// What a rehearsal of the steps saw and says.
pub(crate) struct Told {
    pub(crate) rehearsal: Rehearsal,
    pub(crate) findings: Vec<Finding>,
}

impl Told {
    /// Rule ids with the migration's number, in the order told: `2 down-fails`.
    pub(crate) fn rules(&self) -> Vec<String> {
        self.findings
            .iter()
            .map(|finding| {
                let file = finding.place.as_ref().map(|p| p.file.display().to_string()).unwrap_or_default();
                format!("{} {}", file.split('.').next().unwrap_or(""), finding.rule.id)
            })
            .collect()
    }

    /// All that is said of the findings of one rule.
    pub(crate) fn text(&self, rule: &str) -> String {
        self.findings
            .iter()
            .filter(|finding| finding.rule.id == rule)
            .map(|finding| format!("{} {} {:?}\n", finding.subject, finding.message, finding.evidence))
            .collect()
    }
}

/// Rehearses and judges; nothing is measured unless asked for.
pub(crate) async fn told_with(pairs: &[(&str, Option<&str>)], options: &Options) -> Told {
    let steps = steps(pairs);
    let server = testing::server().await;
    let rehearsal =
        rehearse(&server, &steps, options, &|_, _| {}).await.expect("the rehearsal goes to its end");
    let volumes = proofs::Volumes::default();
    let findings = steps
        .iter()
        .zip(&rehearsal.steps)
        .flat_map(|(step, run)| proofs::judge(&Case { step, run, volumes: &volumes }))
        .collect();
    Told { rehearsal, findings }
}

/// [`told_with`] without measurements.
pub(crate) async fn told(pairs: &[(&str, Option<&str>)]) -> Told {
    told_with(pairs, &Options { measure: Measure::None, ..Options::default() }).await
}

/// Asserts the rules that fire.
pub(crate) async fn check(pairs: &[(&str, Option<&str>)], expected: &[&str]) -> Told {
    let told = told(pairs).await;
    let all: Vec<String> =
        told.findings.iter().map(|f| format!("{} {} {:?}", f.rule.id, f.message, f.evidence)).collect();
    assert_eq!(
        told.rules(),
        expected,
        "{all:#?} {:?}",
        told.rehearsal.steps.iter().map(|s| &s.rows).collect::<Vec<_>>()
    );
    told
}
