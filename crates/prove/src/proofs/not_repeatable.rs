//! The same folder, applied twice to nothing, does not give the same schema.
//!
//! ## What it finds
//! The whole folder is applied a second time on a fresh scratch database, and the two catalogs are compared. Objects
//! whose names hold the date of the day on which they were made, although the script's text does not, are told too.
//!
//! ## Why it hurts
//! Every environment gets its own schema: a partition named after the day of the deployment, a default that was the
//! moment of the migration, a name with a random part that no down and no code can know.
//!
//! ## Do instead
//! Write names and values out. Partitions that depend on the date belong to a job that runs every day, not to a
//! migration.
//!
//! ## When to ignore
//! When the job that makes partitions is called once by the migration on purpose.

use freehold_model::{
    catalog::Difference,
    finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject},
};

use super::{Case, refusal};
use crate::{observation::StepRun, rehearsal::RepeatRefused, step::Step};

pub(super) static RULE: Rule = Rule {
    id: "not-repeatable",
    code: "FH1112",
    category: Category::Rehearsal,
    decided_by: &[Depth::Execution],
    hazards: &[68],
    severity: Severity::Warning,
    summary: "the folder, applied twice to nothing, does not give the same schema",
    source: include_str!("not_repeatable.rs"),
    ..Rule::NEW
};

/// Names taken from the clock in one migration.
pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    if case.run.time_dependent_names.is_empty() {
        return Vec::new();
    }
    let names = &case.run.time_dependent_names;
    vec![
        Finding::new(
            &RULE,
            refusal::subject(case.step),
            "names of objects depend on the day on which the migration runs",
        )
        .at(refusal::top(&case.step.up))
        .because(Evidence::Differs(
            names
                .iter()
                .map(|name| format!("{name}: holds today's date, which the script's text does not"))
                .collect(),
        )),
    ]
}

/// Findings of the second application of the whole folder: the differences, each laid to the step that made the object.
pub fn findings(
    steps: &[Step],
    runs: &[StepRun],
    outcome: &Result<Vec<Difference>, RepeatRefused>,
) -> Vec<Finding> {
    match outcome {
        Err(refused) => {
            let Some(step) = steps.get(refused.step) else { return Vec::new() };
            let said =
                refused.error.server().map_or_else(|| refused.error.to_string(), |s| s.message.clone());
            vec![
                Finding::new(
                    &RULE,
                    refusal::subject(step),
                    format!("the up ran once, and was refused on a second fresh database: {said}"),
                )
                .with_severity(Severity::Error)
                .at(refusal::top(&step.up)),
            ]
        }
        Ok(differences) => differences
            .iter()
            .map(|difference| {
                let maker = maker(runs, difference).and_then(|number| steps.get(number));
                let subject =
                    maker.map_or_else(|| Subject::new("object", difference.object.clone()), refusal::subject);
                Finding::new(
                    &RULE,
                    subject,
                    "applied twice to nothing, the folder gives two different schemas",
                )
                .at(maker.and_then(|step| refusal::top(&step.up)))
                .because(Evidence::Ran("all ups on two fresh scratch databases".to_owned()))
                .because(Evidence::Differs(vec![difference.to_string()]))
            })
            .collect(),
    }
}

/// The last step whose up made or changed the object.
fn maker(runs: &[StepRun], difference: &Difference) -> Option<usize> {
    runs.iter().rposition(|run| match (&run.before, &run.after_up) {
        (Some(before), Some(after)) => before
            .differences(after)
            .iter()
            .any(|made| made.kind == difference.kind && made.object == difference.object),
        _ => false,
    })
}
