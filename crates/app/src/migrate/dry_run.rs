//! `--dry-run`: what a command would do, without doing it. Nothing is written, no lock is taken, no table is made.

mod scripts;
mod types;

use std::{collections::BTreeSet, sync::Arc};

use freehold_migrate::{
    Command, LookOptions, Plan, Prepared, RunError, Target, history::Direction, look_many, plan,
};

pub use types::{
    DryLock, DryLoss, DryMark, DryMigration, DryRefusal, DryRun, DryStatement, DryStep, DryTarget,
    DryTransaction,
};

use super::{
    next_step,
    policy::{Asked, Policy},
    rehearsal::Rehearsal,
    run::{kind_of, with_causes},
    status::Trouble,
};
use crate::report::{Outcome, slashed};

/// The version of the shape of [`DryRun`].
pub const VERSION: u32 = 1;

/// What would be done, where, and how.
#[derive(Debug)]
pub struct Request<'r> {
    /// The targets, each with what is to be done there.
    pub work: &'r [(Target, Arc<Command>)],
    /// What would be applied.
    pub prepared: &'r Prepared,
    /// What is let pass.
    pub allow: freehold_migrate::Allow,
    /// How targets are looked at.
    pub look: LookOptions,
    /// The rules of the environment.
    pub policy: &'r Policy,
    /// The ticket that was named.
    pub ticket: Option<&'r str>,
    /// True when the person said that they know what they do.
    pub i_know: bool,
}

/// Tells what would be done.
pub async fn dry_run(request: &Request<'_>) -> DryRun {
    let targets: Vec<Target> = request.work.iter().map(|(target, _)| target.clone()).collect();
    let planned = look_many(&targets, Some(request.prepared), request.look, |index, _, history| {
        let history = history?;
        let command = request.work.get(index).map(|(_, command)| command);
        let Some(command) = command else { return Ok(Plan::default()) };
        plan(request.prepared, &history, command, request.allow)
            .map_err(|refusal| Arc::new(RunError::from(refusal)))
    })
    .await;
    let rehearsal = Rehearsal::of(request.prepared);
    let plans: Vec<Plan> = planned.iter().filter_map(|plan| plan.as_ref().ok().cloned()).collect();
    let command = request.work.first().map_or(&Command::Up { count: None }, |(_, command)| command);
    let asked = Asked { command, ticket: request.ticket, i_know: request.i_know };
    let refused = request.policy.judge(asked, request.prepared, &rehearsal, &plans).err();
    let scripts: BTreeSet<(usize, bool)> = plans
        .iter()
        .flat_map(|plan| &plan.steps)
        .map(|step| (step.migration, step.direction == Direction::Down))
        .collect();
    let steps = plans.iter().max_by_key(|plan| plan.steps.len()).map(|plan| plan.steps.as_slice());
    let describe = |(index, down): &(usize, bool)| {
        scripts::described(request.prepared, *index, *down, &rehearsal, steps.unwrap_or_default())
    };
    DryRun {
        version: VERSION,
        rehearsal: rehearsal.remark(),
        refused: refused.iter().flat_map(DryRefusal::all).collect(),
        migrations: scripts.iter().filter_map(describe).collect(),
        targets: targets
            .iter()
            .zip(planned)
            .map(|(target, plan)| match plan {
                Ok(plan) => planned_target(&target.name, request.prepared, &plan),
                Err(error) => DryTarget::troubled(&target.name, &error),
            })
            .collect(),
    }
}

fn planned_target(target: &str, prepared: &Prepared, plan: &Plan) -> DryTarget {
    let steps = plan.steps.iter().map(|step| {
        let name = step.name(prepared);
        DryStep {
            version: name.version,
            name: name.name,
            direction: step.direction.word().to_owned(),
            out_of_order: step.out_of_order,
            resumes_after: step.resumes.as_ref().map(|unfinished| unfinished.done),
        }
    });
    let marks = plan.marks.iter().map(|mark| DryMark {
        version: mark.version.clone(),
        name: mark.name.clone(),
        applied: mark.direction == Direction::Up,
        state: mark.state.word().to_owned(),
    });
    DryTarget {
        target: target.to_owned(),
        trouble: None,
        outcome: Outcome::Clean.code(),
        steps: steps.collect(),
        marks: marks.collect(),
        skipped: plan.skipped.iter().map(|(label, why)| format!("{label}: {why}")).collect(),
    }
}

impl DryTarget {
    fn troubled(target: &str, error: &RunError) -> Self {
        Self {
            target: target.to_owned(),
            trouble: Some(Trouble { error: with_causes(error), help: next_step(error) }),
            outcome: kind_of(error).code(),
            steps: Vec::new(),
            marks: Vec::new(),
            skipped: Vec::new(),
        }
    }
}

impl DryRefusal {
    fn all(refused: &super::policy::Refused) -> Vec<Self> {
        let one = |problem: &super::policy::Problem| Self {
            rule: problem.rule().to_owned(),
            reason: refused.sentence(problem),
            help: refused.help(problem),
            place: problem
                .place()
                .map(|place| format!("{}:{}:{}", slashed(&place.file), place.start.line, place.start.column)),
        };
        refused.problems.iter().map(one).collect()
    }
}

impl DryRun {
    /// What the command itself would come to as far as it can be told: what could not be looked at wins over what is
    /// refused.
    pub fn outcome(&self) -> Outcome {
        let codes: Vec<u8> = self.targets.iter().map(|target| target.outcome).collect();
        if codes.contains(&Outcome::CouldNotRun.code()) {
            Outcome::CouldNotRun
        } else if codes.contains(&Outcome::NotVerified.code()) {
            Outcome::NotVerified
        } else if !self.refused.is_empty() || codes.contains(&Outcome::Findings.code()) {
            Outcome::Findings
        } else {
            Outcome::Clean
        }
    }
}
