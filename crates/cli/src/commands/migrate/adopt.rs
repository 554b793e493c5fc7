//! `freehold migrate adopt`

use std::sync::Arc;

use clap::{Args, builder::NonEmptyStringValueParser};
use freehold_app::{
    migrate::{
        adopt::{AdoptReport, AdoptTarget, Request, adopt},
        events::{EventKind, MigrateEvent},
        run,
    },
    render::json_text,
};

use super::{
    arguments::{FolderArgs, Form, TargetArgs, runtime},
    human,
    show::{self, Audience},
    work::RunArgs,
};
use crate::{commands::Context, exit::Exit, failure::Failure, printer::Printer, signals};

/// Take over the history of another migration tool
///
/// Its table (golang-migrate, sqlx, diesel, goose, dbmate, Flyway, Prisma and others) is read and never changed: the
/// tool can be used again as before. What it has applied is recorded as applied in Freehold's own history.
#[derive(Debug, Args)]
pub(super) struct AdoptArgs {
    #[command(flatten)]
    folder: FolderArgs,
    /// The tool, where several have left a history (such as golang-migrate)
    #[arg(long, value_name = "TOOL", value_parser = NonEmptyStringValueParser::new())]
    from: Option<String>,
    /// Its table, where it has another name than usual
    #[arg(long, value_name = "[SCHEMA.]TABLE", value_parser = NonEmptyStringValueParser::new())]
    table: Option<String>,
    /// Take over although applied migrations have no file
    #[arg(long)]
    allow_missing: bool,
    /// Take over although files were changed after they were applied
    #[arg(long)]
    allow_changed: bool,
    /// Only tell what would be taken over
    #[arg(long)]
    dry_run: bool,
    /// How it is written: human, or json (one event a line; one document with --dry-run)
    #[arg(long, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
    format: Form,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    run: RunArgs,
}

impl AdoptArgs {
    pub(super) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        let project = self.folder.project(context)?;
        let runtime = runtime()?;
        let chosen = self.target.chosen(context, &project.settings, &runtime)?;
        let request = Request {
            targets: &chosen.targets,
            prepared: &project.prepared,
            tool: self.from.as_deref(),
            table: self.table.as_deref(),
            allow_missing: self.allow_missing,
            allow_changed: self.allow_changed,
            parallel: chosen.fleet.parallel,
        };
        let (report, work) = runtime.block_on(adopt(&request));
        let printer = context.printer;
        match (self.dry_run, self.format) {
            (true, Form::Json) => printer.out(&json_text(&report)),
            (_, Form::Human) => human_text(printer, &report),
            (false, Form::Json) => events_of_trouble(printer, &report),
        }
        complain(printer, &report);
        if self.dry_run || work.is_empty() {
            return Ok(Exit::from(report.outcome()));
        }
        let options = self.run.options(context, chosen.options);
        let halt = options.halt.clone();
        signals::end_orderly(move || halt.now());
        let audience = Audience::new(printer, self.format, work.len());
        let request = run::Request {
            work,
            prepared: Arc::clone(&project.prepared),
            options,
            fleet: chosen.fleet,
            policy: chosen.policy,
            i_know: false,
            tell: audience.teller(),
        };
        let ran = runtime.block_on(run::run(request));
        audience.done();
        show::ended(printer, self.format, &ran, &project.prepared);
        Ok(Exit::from(ran.outcome()).worse(Exit::from(report.outcome())))
    }
}

fn events_of_trouble(printer: &Printer, report: &AdoptReport) {
    for target in &report.targets {
        for trouble in target.trouble.iter().chain(&target.obstacles) {
            let what = EventKind::Failed {
                migration: None,
                error: trouble.error.clone(),
                sqlstate: None,
                place: None,
            };
            let event = MigrateEvent::now(Some(&target.target), what);
            printer.out(&freehold_app::render::json_line(&event));
        }
    }
}

fn human_text(printer: &Printer, report: &AdoptReport) {
    for target in report.targets.iter().filter(|target| target.trouble.is_none()) {
        if !printer.quiet() {
            printer.out(&super::fleet::line(&summary(target)));
        }
        for remark in &target.remarks {
            printer.remark(&format!("{}: {remark}", target.target));
        }
        if printer.verbose() {
            for migration in &target.applied {
                let at = migration.applied_at.as_deref().unwrap_or("");
                let line = format!("  applied  {} {} {at}", migration.version, migration.name);
                printer.out(&super::fleet::line(&line));
            }
            for pending in &target.pending {
                printer.out(&super::fleet::line(&format!("  pending  {pending}")));
            }
        }
    }
}

fn summary(target: &AdoptTarget) -> String {
    let tool = target.tool.as_deref().unwrap_or_default();
    let table = target.table.as_deref().unwrap_or_default();
    let undecided = match target.undecided.len() {
        0 => String::new(),
        count => format!(", {count} not decided"),
    };
    format!(
        "{}: {tool} has {} applied and {} pending{undecided}, says {table}",
        target.target,
        human::count(target.applied.len(), "migration"),
        target.pending.len()
    )
}

/// What stands against it, whatever the form: it goes to standard error.
fn complain(printer: &Printer, report: &AdoptReport) {
    for target in &report.targets {
        for trouble in target.trouble.iter().chain(&target.obstacles) {
            printer.failure(&show::troubled(&target.target, trouble));
        }
    }
}
