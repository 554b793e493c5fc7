//! What the commands of `freehold migrate` share: which folder, which database, how it is written.

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};
use freehold_app::{
    Secret,
    locate::{Located, around, locate},
    migrate::{
        FleetOptions, MigrateError, Prepared, Target,
        destination::{Wanted, destination},
        folder::Source,
        policy::Policy,
    },
    settings::{Settings, duration},
};

use crate::{commands::Context, failure::Failure};

/// Which folder of migrations.
#[derive(Debug, Args)]
pub(super) struct FolderArgs {
    /// The folder of migrations [default: what is found here]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// The format of the folder, where detection needs help (such as golang-migrate)
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    migrations_format: Option<String>,
}

/// Which database.
#[derive(Debug, Args)]
#[command(next_help_heading = "Target")]
pub(super) struct TargetArgs {
    /// The database [default: DATABASE_URL, else [database] url in freehold.toml]
    #[arg(long, value_name = "URL", value_parser = secret)]
    url: Option<Secret>,
    /// An environment of freehold.toml, with its rules
    #[arg(long = "env", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    environment: Option<String>,
}

fn secret(text: &str) -> Result<Secret, String> {
    if text.is_empty() { Err("a URL is wanted".to_owned()) } else { Ok(Secret::new(text)) }
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// For people
    Human,
    /// For programs
    Json,
}

/// The project of a command.
#[derive(Debug)]
pub(super) struct Project {
    pub(super) settings: Settings,
    pub(super) prepared: Arc<Prepared>,
}

impl FolderArgs {
    /// Reads the project and its folder.
    pub(super) fn project(&self, context: &Context<'_>) -> Result<Project, Failure> {
        let located = match &self.dir {
            Some(dir) => {
                let dir = context.here.join(dir);
                Located { project_dir: around(&context.here, &dir), migrations_dir: Some(dir) }
            }
            None => locate(&context.here, None),
        };
        let settings = context.settings(&located.project_dir)?;
        let source = Source {
            project_dir: &located.project_dir,
            settings: &settings,
            migrations_dir: located.migrations_dir.as_deref(),
            format: self.migrations_format.as_deref(),
        };
        let prepared = Arc::new(source.read().map_err(|error| Failure::explained(&error))?);
        Ok(Project { settings, prepared })
    }
}

impl TargetArgs {
    /// The targets that are meant, and the rules that hold there.
    pub(super) fn targets(
        &self,
        context: &Context<'_>,
        settings: &Settings,
    ) -> Result<(Policy, Vec<Target>), Failure> {
        let wanted = Wanted { url: self.url.clone(), environment: self.environment.clone() };
        let variable = |name: &str| context.environment.secret(name);
        let destination = destination(settings, &wanted, &variable)
            .map_err(|error| Failure::explained(&MigrateError::Destination(error)))?;
        let name = destination.to.database().to_owned();
        Ok((Policy::of(&destination), vec![Target::database(name, destination.to)]))
    }

    /// How many targets at once, and when to give up.
    pub(super) fn fleet(&self) -> FleetOptions {
        FleetOptions::default()
    }
}

pub(super) fn time(text: &str) -> Result<Duration, String> {
    duration(text)
        .ok_or_else(|| "expected a time above zero, such as 90s, 5m or a number of seconds".to_owned())
}

pub(super) fn time_or_zero(text: &str) -> Result<Duration, String> {
    if matches!(text.trim(), "0" | "0s") { Ok(Duration::ZERO) } else { time(text) }
}

/// The runtime that a command works on.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::from_error(&error))
}
