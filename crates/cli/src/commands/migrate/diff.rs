//! `freehold migrate diff`

use clap::{Args, ValueEnum};
use freehold_app::{
    migrate::drift::{self, Drift, DriftGroup, DriftSql, DriftTarget},
    render::{json_text, one_line, visible},
    report::Outcome,
};

use super::{
    arguments::{FolderArgs, Form, TargetArgs, runtime},
    human,
    verify::ServerArgs,
};
use crate::{commands::Context, exit::Exit, failure::Failure, printer::Printer};

/// So many targets of a group are named unless all are asked for.
const NAMED: usize = 8;

/// Show how databases differ from what their migrations give
///
/// The migrations that a database has applied are applied to a private server, and both schemas are compared: as a list of
/// differences, and as SQL that would bring either side to the other. The SQL was tried. Databases are only read.
#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    #[command(flatten)]
    folder: FolderArgs,
    /// Print only the SQL that brings the database to the migrations, or that a migration needs to give the database
    #[arg(
        long,
        value_name = "to-migrations|to-database",
        hide_possible_values = true,
        conflicts_with = "format"
    )]
    sql: Option<Direction>,
    /// How it is written: human or json
    #[arg(long, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
    format: Form,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    server: ServerArgs,
}

/// Which side is brought to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Direction {
    ToMigrations,
    ToDatabase,
}

impl DiffArgs {
    pub(super) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        let found = self.folder.found(context)?;
        let project = found.project()?;
        let runtime = runtime()?;
        let chosen = self.target.chosen(context, &project.settings, &runtime)?;
        let request = drift::Request {
            targets: chosen.targets.into_iter().map(DriftTarget::new).collect(),
            prepared: project.prepared,
            ground: found.ground(context, &self.server)?,
            progress: context.printer.progress(),
        };
        let drift = match runtime.block_on(drift::run(&request)) {
            Ok(drift) => drift,
            Err(error) => {
                let failure = Failure::from_error(&error);
                let failure = match error.help() {
                    Some(help) => failure.helped(help),
                    None => failure,
                };
                context.printer.failure(&failure);
                return Ok(Exit::from(Outcome::NotVerified));
            }
        };
        match (self.sql, self.format) {
            (Some(direction), _) => sql_only(context.printer, &drift, direction)?,
            (None, Form::Json) => context.printer.out(&json_text(&drift)),
            (None, Form::Human) => show(context.printer, &drift),
        }
        Ok(Exit::from(outcome(&drift)))
    }
}

fn outcome(drift: &Drift) -> Outcome {
    if drift.groups.iter().any(|group| !group.differences.is_empty()) {
        Outcome::Findings
    } else if drift.targets.iter().any(|target| target.error.is_some()) {
        Outcome::NotVerified
    } else {
        Outcome::Clean
    }
}

fn sql_only(printer: &Printer, drift: &Drift, direction: Direction) -> Result<(), Failure> {
    for target in drift.targets.iter().filter(|target| target.error.is_some()) {
        let error = target.error.clone().unwrap_or_default();
        printer.failure(&Failure::new(format!("{} could not be compared: {error}", target.target), None));
    }
    let differing: Vec<&DriftGroup> = drift.groups.iter().filter(|g| !g.differences.is_empty()).collect();
    if differing.len() > 1 {
        return Err(Failure::new(
            "the targets differ from the migrations in different ways",
            Some("Name one target.".to_owned()),
        ));
    }
    for group in differing {
        let sql = match direction {
            Direction::ToMigrations => &group.to_migrations,
            Direction::ToDatabase => &group.to_database,
        };
        if let Some(sql) = sql {
            printer.out(&script(sql));
        }
    }
    Ok(())
}

fn script(sql: &DriftSql) -> String {
    let mut text = String::new();
    if let Some(role) = &sql.run_as {
        text.push_str(&format!("-- To be run by the role {}.\n", one_line(role)));
    }
    if !sql.proven {
        text.push_str("-- Tried, and it did not bring both sides together:\n");
        sql.left.iter().for_each(|left| text.push_str(&format!("--   {}\n", one_line(left))));
    }
    for left_out in &sql.not_covered {
        text.push_str(&format!("-- There is no SQL for: {}\n", one_line(left_out)));
    }
    for statement in &sql.statements {
        let destroys = if statement.destroys { " (destroys data)" } else { "" };
        text.push_str(&format!("-- {}{destroys}\n{};\n", one_line(&statement.why), visible(&statement.sql)));
    }
    text
}

/// Shows differences, grouped by targets that differ in the same.
pub(super) fn show(printer: &Printer, drift: &Drift) {
    for target in &drift.targets {
        if let Some(error) = &target.error {
            printer.failure(&Failure::new(format!("{} could not be compared: {error}", target.target), None));
        }
        for remark in &target.remarks {
            printer.remark(&format!("{}: {remark}", target.target));
        }
    }
    let mut text = String::new();
    for group in &drift.groups {
        push_group(&mut text, group, printer);
    }
    if drift.groups.iter().filter(|group| !group.differences.is_empty()).count() > 1 {
        text.push_str("\nWho differs in what:\n");
        for row in &drift.matrix {
            let targets = names(&row.targets, printer.verbose());
            text.push_str(&format!("  {}: {targets}\n", one_line(&row.difference)));
        }
    }
    printer.out(&text);
}

fn push_group(text: &mut String, group: &DriftGroup, printer: &Printer) {
    let named = match group.targets.as_slice() {
        [one] => one.clone(),
        many => format!("{} ({})", human::count(many.len(), "target"), names(many, printer.verbose())),
    };
    if group.differences.is_empty() {
        if !printer.quiet() {
            text.push_str(&format!(
                "{}: the schema is what the migrations give (compared on {})\n",
                one_line(&named),
                group.server
            ));
        }
        return;
    }
    text.push_str(&format!(
        "{}: {} from what the migrations give (compared on {})\n",
        one_line(&named),
        human::count(group.differences.len(), "difference"),
        group.server
    ));
    for difference in &group.differences {
        text.push_str(&format!("  {}\n", one_line(&difference.summary)));
        for line in &difference.lines {
            text.push_str(&format!("      {}\n", visible(line).trim_end()));
        }
    }
    let sides = [
        ("SQL that brings the database to its migrations", &group.to_migrations),
        ("SQL for a migration that would give what the database has", &group.to_database),
    ];
    for (title, sql) in sides {
        if let Some(sql) = sql {
            let proven = if sql.proven { "tried: it does" } else { "tried, and something is left" };
            text.push_str(&format!("\n{title} ({proven}):\n"));
            for line in script(sql).lines() {
                text.push_str(&format!("  {line}\n"));
            }
        }
    }
}

fn names(targets: &[String], all: bool) -> String {
    let most = if all { targets.len() } else { NAMED };
    let first = targets.iter().take(most).map(|t| one_line(t)).collect::<Vec<_>>().join(", ");
    let more = targets.len().saturating_sub(most);
    if more > 0 { format!("{first} and {more} more") } else { first }
}
