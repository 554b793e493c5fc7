//! `freehold migrate verify`: whether databases are what the folder makes them: history, files, order, and schema.

use std::sync::Arc;

use freehold_migrate::{
    Allow, Command, LookOptions, Prepared, Refusal, Target,
    history::{History, Standing as Row},
    look_many, plan,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    drift::{self, Drift, DriftError},
    next_step,
    run::with_causes,
    squash::Ground,
    status::{Fact, Standing, Trouble, facts},
};
use crate::{progress::Progress, report::Outcome};

/// What to verify.
#[derive(Debug, Clone)]
pub struct Request {
    /// The targets.
    pub targets: Vec<Target>,
    /// The folder.
    pub prepared: Arc<Prepared>,
    /// How targets are looked at.
    pub look: LookOptions,
    /// Migrations that are no SQL are somebody else's.
    pub allow_code: bool,
    /// The private server for the comparison of schemas; without it, schemas are not compared.
    pub ground: Option<Ground>,
    /// Told what is being done.
    pub progress: Arc<dyn Progress>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verified {
    /// The version of this shape: 1.
    pub version: u32,
    /// The targets, in the order in which they were named.
    pub targets: Vec<TargetVerified>,
    /// How the schemas differ from what the migrations give; absent when they were not compared.
    pub drift: Option<Drift>,
    /// Why the schemas could not be compared, though it was asked for.
    pub drift_trouble: Option<Trouble>,
}

/// What was found on one target, apart from its schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TargetVerified {
    /// The target.
    pub target: String,
    /// Why it could not be looked at.
    pub trouble: Option<Trouble>,
    /// The version that is the last one applied.
    pub at: Option<String>,
    /// How many migrations are applied.
    pub applied: usize,
    /// How many are pending; that is no fault.
    pub pending: usize,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// What is worth knowing and not wrong.
    pub remarks: Vec<String>,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// What kind: `edited`, `missing`, `late`, `unfinished` or `refused`.
    pub kind: String,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The change of an edited file, as a unified diff.
    pub diff: Option<String>,
}

/// Verifies.
pub async fn verify(request: &Request) -> Verified {
    let prepared = &request.prepared;
    let allow = Allow { code: request.allow_code, ..Allow::default() };
    let targets =
        look_many(&request.targets, Some(prepared), request.look, |_, target, history| match history {
            Ok(history) => of_target(&target.name, prepared, &history, allow),
            Err(error) => TargetVerified::troubled(
                &target.name,
                Trouble { error: with_causes(&*error), help: next_step(&error) },
            ),
        })
        .await;
    let mut verified = Verified { version: 1, targets, drift: None, drift_trouble: None };
    if let Some(ground) = &request.ground {
        match compare(request, &verified.targets, ground.clone()).await {
            Ok(drift) => verified.drift = Some(drift),
            Err(error) => {
                verified.drift_trouble = Some(Trouble { error: with_causes(&error), help: error.help() });
            }
        }
    }
    request.progress.done();
    verified
}

/// Compares the schemas of those that could be looked at and are not in the middle of a migration.
async fn compare(request: &Request, looked: &[TargetVerified], ground: Ground) -> Result<Drift, DriftError> {
    let fit = |target: &TargetVerified| {
        target.trouble.is_none() && target.problems.iter().all(|problem| problem.kind != "unfinished")
    };
    let targets = request.targets.iter().zip(looked).filter(|(_, looked)| fit(looked));
    drift::run(&drift::Request {
        targets: targets.map(|(target, _)| drift::DriftTarget::new(target.clone())).collect(),
        prepared: Arc::clone(&request.prepared),
        ground,
        progress: Arc::clone(&request.progress),
    })
    .await
}

fn of_target(target: &str, prepared: &Prepared, history: &History, allow: Allow) -> TargetVerified {
    let facts = facts(prepared, history);
    let mut verified = TargetVerified {
        target: target.to_owned(),
        trouble: None,
        at: history.version().map(|row| row.version.clone()),
        applied: facts.iter().filter(|f| f.row.is_some_and(|row| row.standing() == Row::Applied)).count(),
        pending: facts.iter().filter(|fact| fact.standing == Standing::Pending && !fact.late).count(),
        problems: Vec::new(),
        remarks: Vec::new(),
    };
    for fact in &facts {
        of_fact(fact, &mut verified);
    }
    // What only a plan sees: code that must run first, a baseline that does not fit, a whole schema in one file.
    let up = Command::Up { count: None };
    let rest = Allow { out_of_order: true, missing: true, ..allow };
    if let Err(refusal) = plan(prepared, history, &up, rest)
        && !matches!(*refusal, Refusal::Edited(_) | Refusal::HalfReverted { .. })
    {
        verified.problems.push(Problem::new("refused", refusal.to_string(), refusal.help()));
    }
    verified
}

fn of_fact(fact: &Fact<'_>, verified: &mut TargetVerified) {
    let label = match (fact.migration, fact.row) {
        (Some(migration), _) => migration.label(),
        (None, Some(row)) => row.label(),
        (None, None) => return,
    };
    let file = fact.migration.map(|migration| crate::report::slashed(&migration.up.file.path));
    if let Some(edited) = &fact.edited {
        if edited.changes_code() {
            let refusal = Refusal::Edited(edited.clone());
            let file = file.clone().unwrap_or_default();
            let mut problem =
                Problem::new("edited", format!("{label} ({file}): {}", edited.in_words()), refusal.help());
            problem.diff.clone_from(&edited.diff);
            verified.problems.push(problem);
        } else {
            verified.remarks.push(format!("{label}: {}", edited.in_words()));
        }
    }
    let half = |way: &str| {
        let error = fact.row.and_then(|row| row.error.as_deref());
        let because = error.map(|error| format!(": {error}")).unwrap_or_default();
        let done = fact.row.and_then(|row| row.statement).unwrap_or(0);
        let of = fact.row.and_then(|row| row.statements).map(|of| format!(" of {of}")).unwrap_or_default();
        format!("{label} is {way} in part, after statement {done}{of}{because}")
    };
    let problem = match fact.standing {
        Standing::Missing => {
            let help = Refusal::FilesGone { labels: vec![label.clone()] }.help();
            Problem::new("missing", format!("{label} is applied and has no file in the folder"), help)
        }
        Standing::HalfApplied => {
            let help = "`freehold migrate up` goes on after the last statement that took effect.";
            Problem::new("unfinished", half("applied"), Some(help.to_owned()))
        }
        Standing::HalfReverted => {
            let help = "`freehold migrate down` goes on after the last statement that took effect.";
            Problem::new("unfinished", half("taken back"), Some(help.to_owned()))
        }
        Standing::Pending if fact.late => {
            let message = format!("{label} is not applied, but a later one is");
            let help = "Give the file a new, later version, or apply it late with --allow-out-of-order.";
            Problem::new("late", message, Some(help.to_owned()))
        }
        _ => return,
    };
    verified.problems.push(problem);
}

impl Problem {
    fn new(kind: &str, message: String, help: Option<String>) -> Self {
        Self { kind: kind.to_owned(), message, help, diff: None }
    }
}

impl TargetVerified {
    fn troubled(target: &str, trouble: Trouble) -> Self {
        Self {
            target: target.to_owned(),
            trouble: Some(trouble),
            at: None,
            applied: 0,
            pending: 0,
            problems: Vec::new(),
            remarks: Vec::new(),
        }
    }
}

impl Verified {
    /// What it comes to: what is certain to be wrong wins over what could not be looked at or compared.
    pub fn outcome(&self) -> Outcome {
        let drifted = |drift: &Drift| drift.groups.iter().any(|group| !group.differences.is_empty());
        let uncompared = |drift: &Drift| drift.targets.iter().any(|target| target.error.is_some());
        if self.targets.iter().any(|target| !target.problems.is_empty())
            || self.drift.as_ref().is_some_and(drifted)
        {
            Outcome::Findings
        } else if self.targets.iter().any(|target| target.trouble.is_some()) {
            Outcome::CouldNotRun
        } else if self.drift_trouble.is_some() || self.drift.as_ref().is_some_and(uncompared) {
            Outcome::NotVerified
        } else {
            Outcome::Clean
        }
    }
}
