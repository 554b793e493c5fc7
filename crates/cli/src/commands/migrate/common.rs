//! What the commands of `freehold migrate` share: which folder, which database, how it is written.

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};
use freehold_app::{
    Secret,
    locate::{Located, around, locate},
    migrate::{
        FleetOptions, LookOptions, MigrateError, Prepared, Target,
        destination::{Wanted, destination},
        folder::Source,
        policy::Policy,
        private_server::{Given, ground},
        squash::Ground,
    },
    settings::{Settings, duration},
};

use super::verify::ServerArgs;
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

/// Where the project is, and what its settings are.
#[derive(Debug)]
pub(super) struct Found {
    located: Located,
    settings: Settings,
    format: Option<String>,
}

/// The project of a command, with its folder read.
#[derive(Debug)]
pub(super) struct Project {
    pub(super) settings: Settings,
    pub(super) prepared: Arc<Prepared>,
}

/// The targets of a command, and the rules that hold there.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) policy: Policy,
    pub(super) targets: Vec<Target>,
}

impl FolderArgs {
    /// Finds the project.
    pub(super) fn found(&self, context: &Context<'_>) -> Result<Found, Failure> {
        let located = match &self.dir {
            Some(dir) => {
                let dir = context.here.join(dir);
                Located { project_dir: around(&context.here, &dir), migrations_dir: Some(dir) }
            }
            None => locate(&context.here, None),
        };
        let settings = context.settings(&located.project_dir)?;
        Ok(Found { located, settings, format: self.migrations_format.clone() })
    }

    /// Finds the project and reads its folder.
    pub(super) fn project(&self, context: &Context<'_>) -> Result<Project, Failure> {
        self.found(context)?.project()
    }
}

impl Found {
    /// The folder, not read yet.
    pub(super) fn source(&self) -> Source<'_> {
        Source {
            project_dir: &self.located.project_dir,
            settings: &self.settings,
            migrations_dir: self.located.migrations_dir.as_deref(),
            format: self.format.as_deref(),
        }
    }

    /// With the folder read.
    pub(super) fn project(&self) -> Result<Project, Failure> {
        let prepared = self.source().read().map_err(|error| Failure::explained(&error))?;
        Ok(Project { settings: self.settings.clone(), prepared: Arc::new(prepared) })
    }

    /// The private server that migrations are tried on.
    pub(super) fn ground(&self, context: &Context<'_>, server: &ServerArgs) -> Result<Ground, Failure> {
        let given = Given {
            search: context.environment.search(server.pg_bin.clone()),
            pg_major: server.pg_major,
            cache_dir: context.environment.cache_dir(),
        };
        ground(&self.source(), given).map_err(|error| Failure::explained(&error))
    }
}

impl TargetArgs {
    /// The targets that are meant, and the rules that hold there.
    pub(super) fn chosen(&self, context: &Context<'_>, settings: &Settings) -> Result<Chosen, Failure> {
        let wanted = Wanted { url: self.url.clone(), environment: self.environment.clone() };
        let variable = |name: &str| context.environment.secret(name);
        let destination = destination(settings, &wanted, &variable)
            .map_err(|error| Failure::explained(&MigrateError::Destination(error)))?;
        let name = destination.to.database().to_owned();
        Ok(Chosen { policy: Policy::of(&destination), targets: vec![Target::database(name, destination.to)] })
    }

    /// How targets are looked at.
    pub(super) fn look(&self) -> LookOptions {
        LookOptions::default()
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
