//! `freehold seed`

use std::path::PathBuf;

use clap::{Args, builder::NonEmptyStringValueParser};
use freehold_app::{
    Secret,
    locate::locate,
    migrate::{
        MigrateError,
        destination::{Wanted, destination},
    },
    seed::{Request, run},
};

use super::{Context, doctor::TextOrJson};
use crate::{exit::Exit, failure::Failure};

/// Fill a development database with made-up rows of several tenants
///
/// Rows satisfy all constraints, and no row refers to another tenant's. The database must be named in the command; one
/// that looks like production is refused. Ends with 3 when a table could not be filled, and names the constraint.
#[derive(Debug, Args)]
pub(crate) struct SeedArgs {
    /// The project's folder [default: found from here]
    #[arg(value_name = "PROJECT")]
    project: Option<PathBuf>,
    /// The database to write to
    #[arg(long, value_name = "URL", value_parser = secret, required_unless_present = "environment")]
    url: Option<Secret>,
    /// An environment of freehold.toml to write to
    #[arg(long = "env", id = "environment", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    environment: Option<String>,
    /// Rows of each tenant in each table
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    rows: u64,
    /// How many tenants
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    tenants: u32,
    /// Tenants of unlike size: the Nth has 1/N^S of the rows of the first
    #[arg(long, value_name = "S", value_parser = exponent)]
    skew: Option<f64>,
    /// The same seed makes the same rows
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Fill only this table and what it points to; may be given several times
    #[arg(long = "table", value_name = "TABLE", value_parser = NonEmptyStringValueParser::new())]
    tables: Vec<String>,
    /// Add to tables that have rows
    #[arg(long)]
    append: bool,
    /// Run the schema's triggers; they keep still otherwise
    #[arg(long)]
    triggers: bool,
    /// Fill, tell, and roll everything back
    #[arg(long)]
    dry_run: bool,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: TextOrJson,
}

fn secret(text: &str) -> Result<Secret, String> {
    if text.is_empty() { Err("a URL is wanted".to_owned()) } else { Ok(Secret::new(text)) }
}

fn exponent(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| (0.0..=10.0).contains(number));
    number.ok_or_else(|| "expected a number between 0 and 10, such as 1.2".to_owned())
}

impl SeedArgs {
    /// Fills and tells.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        let project = self.project.as_ref().map(|project| context.here.join(project));
        let here = project.as_deref().unwrap_or(&context.here);
        if !here.is_dir() {
            return Err(Failure::new(format!("there is no folder {}", here.display()), None));
        }
        let settings = context.settings(&locate(here, None).project_dir)?;
        let wanted = Wanted { url: self.url, environment: self.environment };
        let variable = |name: &str| context.environment.secret(name);
        let destination = destination(&settings, &wanted, &variable)
            .map_err(|error| Failure::explained(&MigrateError::Destination(error)))?;
        let request = Request {
            destination,
            settings,
            tenants: self.tenants,
            rows: self.rows,
            skew: self.skew,
            seed: self.seed,
            tables: self.tables,
            append: self.append,
            triggers: self.triggers,
            dry_run: self.dry_run,
        };
        let progress = context.printer.progress();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::from_error(&error))?;
        let report = runtime.block_on(run(&request, &*progress));
        progress.done();
        let report = report.map_err(|error| Failure::explained(&error))?;
        match self.format {
            TextOrJson::Human if context.printer.quiet() && report.unfilled.is_empty() => {}
            TextOrJson::Human => context.printer.out(&report.to_human()),
            TextOrJson::Json => context.printer.out(&report.to_json()),
        }
        Ok(Exit::from(report.outcome()))
    }
}
