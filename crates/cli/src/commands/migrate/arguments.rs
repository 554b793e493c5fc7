//! What the commands of `freehold migrate` share: which folder, which database, how it is written.

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};
use freehold_app::{
    Secret,
    locate::{Located, around, locate},
    migrate::{
        FleetOptions, LookOptions, MigrateError, Prepared, RunOptions, Target,
        destination::{Wanted, destination},
        folder::Source,
        policy::Policy,
        private_server::{Given, ground},
        squash::Ground,
        targets::{AskedTenants, SHARED, Which, targets},
    },
    settings::{Settings, TenantKind, TenantSource, duration},
};

use tokio::runtime::Runtime;

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
    /// Apply to this tenant's schema; may be given several times
    #[arg(long = "schema", value_name = "SCHEMA", value_delimiter = ',')]
    schemas: Vec<String>,
    /// Apply to the schemas that a query gives
    #[arg(long, value_name = "SQL")]
    schemas_query: Option<String>,
    /// Apply to this tenant's database on the same server; may be given several times
    #[arg(long = "database", value_name = "DATABASE", value_delimiter = ',')]
    databases: Vec<String>,
    /// Apply to the databases that a query gives
    #[arg(long, value_name = "SQL")]
    databases_query: Option<String>,
    /// All tenants of [tenants]; an error where there are none
    #[arg(long, conflicts_with_all = ["only_tenant", "no_tenants"])]
    all_tenants: bool,
    /// Only this one of the tenants; may be given several times
    #[arg(long, value_name = "NAME", value_delimiter = ',', conflicts_with = "no_tenants")]
    only_tenant: Vec<String>,
    /// The database itself, whatever [tenants] says
    #[arg(long)]
    no_tenants: bool,
    /// How many targets at once [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    parallel: Option<u16>,
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
    /// How they are worked on, as the settings have it.
    pub(super) options: RunOptions,
    pub(super) fleet: FleetOptions,
    pub(super) look: LookOptions,
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

    /// Where tenants have schemas, those that are shared.
    pub(super) fn tenant_shared(&self) -> Option<Vec<String>> {
        let tenants = &self.settings.tenants;
        let source = tenants.source.as_ref().map(TenantSource::kind);
        let schemas = source.or(tenants.kind) == Some(TenantKind::Schema);
        schemas.then(|| tenants.shared.clone().unwrap_or_else(|| vec![SHARED.to_owned()]))
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
    pub(super) fn chosen(
        &self,
        context: &Context<'_>,
        settings: &Settings,
        runtime: &Runtime,
    ) -> Result<Chosen, Failure> {
        let wanted = Wanted { url: self.url.clone(), environment: self.environment.clone() };
        let variable = |name: &str| context.environment.secret(name);
        let destination = destination(settings, &wanted, &variable)
            .map_err(|error| Failure::explained(&MigrateError::Destination(error)))?;
        let asked = AskedTenants {
            schemas: self.schemas.clone(),
            schemas_query: self.schemas_query.clone(),
            databases: self.databases.clone(),
            databases_query: self.databases_query.clone(),
            which: self.which(),
        };
        let targets =
            runtime.block_on(targets(&destination, settings, &asked, &variable)).map_err(|error| {
                let help = error.help();
                let failure = Failure::from_error(&error);
                match help {
                    Some(help) => failure.helped(help),
                    None => failure,
                }
            })?;
        let migrate = destination.settings.migrate.over(&settings.migrate);
        let mut fleet = migrate.fleet_options();
        fleet.parallel = self.parallel.map_or(fleet.parallel, usize::from);
        let look = LookOptions { parallel: fleet.parallel, connect_timeout: fleet.connect_timeout };
        Ok(Chosen { policy: Policy::of(&destination), targets, options: migrate.run_options(), fleet, look })
    }

    fn which(&self) -> Which {
        if self.no_tenants {
            Which::Itself
        } else if self.all_tenants {
            Which::All
        } else if self.only_tenant.is_empty() {
            Which::AsConfigured
        } else {
            Which::Only(self.only_tenant.clone())
        }
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
pub(super) fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::from_error(&error))
}
