//! Carrying out what changes targets: `up`, `down`, `goto`, `redo`, `force`, `baseline`, `adopt`.
//!
//! The rules of the environment are judged first, over what is pending on every target; then the targets are worked on,
//! a few at a time.

mod ended;
mod summary;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use freehold_migrate::{
    Command, FleetOptions, LookOptions, Plan, Prepared, RunError, RunOptions, Target, look_many, plan,
    run_each,
};

pub use ended::{End, TargetEnd, kind_of};
pub(super) use summary::with_causes;

use super::{
    events::{EventKind, MigrateEvent},
    policy::{Asked, Policy, Refused},
    rehearsal::Rehearsal,
};
use crate::report::Outcome;

/// Receives events as they happen. Implementations must be quick: they are called between two statements.
pub type Tell = dyn Fn(&MigrateEvent) + Send + Sync;

/// What to do, where, and how.
pub struct Request {
    /// The targets, each with what is to be done there.
    pub work: Vec<(Target, Arc<Command>)>,
    /// What is applied.
    pub prepared: Arc<Prepared>,
    /// How.
    pub options: RunOptions,
    /// How many targets at once, and when to give up.
    pub fleet: FleetOptions,
    /// The rules of the environment.
    pub policy: Policy,
    /// True when the person said that they know what they do.
    pub i_know: bool,
    /// Told what happens.
    pub tell: Arc<Tell>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("work", &self.work)
            .field("options", &self.options)
            .field("fleet", &self.fleet)
            .field("policy", &self.policy)
            .field("i_know", &self.i_know)
            .finish_non_exhaustive()
    }
}

/// What a run came to.
#[derive(Debug)]
pub struct Ran {
    /// What the rules of the environment have against it; then nothing was run.
    pub refused: Option<Refused>,
    /// The targets, in the order in which they were given; empty when it was refused.
    pub targets: Vec<TargetEnd>,
    /// How long it took.
    pub took: Duration,
}

/// Does it. What fails on one target does not stop the others.
pub async fn run(request: Request) -> Ran {
    let begun = Instant::now();
    let tell = Arc::clone(&request.tell);
    let count = request.work.len();
    let mut ran = judged(request).await;
    ran.took = begun.elapsed();
    ran.tell(&*tell, count);
    ran
}

async fn judged(request: Request) -> Ran {
    let mut ran = Ran { refused: None, targets: Vec::new(), took: Duration::ZERO };
    let mut ended: Vec<Option<TargetEnd>> = request.work.iter().map(|_| None).collect();
    if request.policy.judges() {
        ran.refused = judge(&request, &mut ended).await.err();
        if ran.refused.is_some() {
            return ran;
        }
    }
    let left: Vec<(Target, Arc<Command>)> = request
        .work
        .iter()
        .zip(&ended)
        .filter(|(_, ended)| ended.is_none())
        .map(|((target, command), _)| (target.clone(), Arc::clone(command)))
        .collect();
    let tell = Arc::clone(&request.tell);
    let listener = move |event: freehold_migrate::Event| {
        tell(&MigrateEvent::now(Some(&event.target), EventKind::from(&event.what)));
    };
    let outcome = run_each(
        left,
        Arc::clone(&request.prepared),
        request.options.clone(),
        request.fleet,
        Arc::new(listener),
    )
    .await;
    let mut worked = outcome.targets.into_iter().map(TargetEnd::from);
    ran.targets = ended.into_iter().filter_map(|ended| ended.or_else(|| worked.next())).collect();
    ran
}

/// Looks at every target and judges what is to be done there. Those that cannot be looked at, or refuse the command
/// themselves, have ended with that: nothing may be run there that was not judged.
async fn judge(request: &Request, ended: &mut [Option<TargetEnd>]) -> Result<(), Refused> {
    let targets: Vec<Target> = request.work.iter().map(|(target, _)| target.clone()).collect();
    let options =
        LookOptions { parallel: request.fleet.parallel, connect_timeout: request.fleet.connect_timeout };
    let allow = request.options.allow;
    let planned = look_many(&targets, Some(&request.prepared), options, |index, _, history| {
        let history = history?;
        let command = request.work.get(index).map(|(_, command)| command);
        let Some(command) = command else { return Ok(Plan::default()) };
        plan(&request.prepared, &history, command, allow).map_err(|refusal| Arc::new(RunError::from(refusal)))
    })
    .await;
    let mut plans = Vec::with_capacity(planned.len());
    for ((target, ended), planned) in targets.iter().zip(ended.iter_mut()).zip(planned) {
        match planned {
            Ok(plan) => plans.push(plan),
            Err(error) => {
                let what = EventKind::from(&error.event());
                (request.tell)(&MigrateEvent::now(Some(&target.name), what));
                *ended = Some(TargetEnd::failed(&target.name, error));
            }
        }
    }
    let asked = Asked {
        command: request.work.first().map_or(&Command::Up { count: None }, |(_, command)| command),
        ticket: request.options.ticket.as_deref(),
        i_know: request.i_know,
    };
    let rehearsal = Rehearsal::of(&request.prepared);
    request.policy.judge(asked, &request.prepared, &rehearsal, &plans)
}

impl Ran {
    /// What it comes to, as an exit code: what failed wins over what is not known, that over what was refused.
    pub fn outcome(&self) -> Outcome {
        if self.refused.is_some() {
            return Outcome::Findings;
        }
        let outcomes: Vec<Outcome> = self.targets.iter().map(|target| target.end.outcome()).collect();
        let worst = [Outcome::CouldNotRun, Outcome::NotVerified, Outcome::Findings];
        worst.into_iter().find(|outcome| outcomes.contains(outcome)).unwrap_or(Outcome::Clean)
    }
}
