//! `freehold migrate squash`

use std::path::PathBuf;

use clap::{Args, builder::NonEmptyStringValueParser};
use freehold_app::{
    migrate::squash::{Request, SquashTo, Squashed, run},
    render::json_text,
};

use super::{
    arguments::{FolderArgs, Form, runtime},
    human,
    verify::ServerArgs,
};
use crate::{commands::Context, exit::Exit, failure::Failure, printer::Printer};

/// Write one script in place of a history, and prove that it gives the same
///
/// The migrations up to the version are applied on a private server; what they give, schema and rows, becomes one script,
/// which is applied on a second one and compared. Databases that have the old migrations need nothing of it.
#[derive(Debug, Args)]
pub(super) struct SquashArgs {
    /// The last version that is squashed
    #[arg(value_name = "UPTO")]
    upto: String,
    #[command(flatten)]
    folder: FolderArgs,
    /// The name of the script [default: baseline]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// Write it to this file; the folder stays as it is [default: squashed_UPTO.sql]
    #[arg(short, long, value_name = "FILE", conflicts_with = "replace")]
    output: Option<PathBuf>,
    /// Put it into the folder in place of the squashed files, which go to a folder beside it
    #[arg(long)]
    replace: bool,
    /// The migrations are of tenants' schemas, beside these shared ones [default: as [tenants] says]
    #[arg(long, value_name = "SCHEMA", value_delimiter = ',', num_args = 0..)]
    tenant_shared: Option<Vec<String>>,
    /// How it is written: human or json
    #[arg(long, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
    format: Form,
    #[command(flatten)]
    server: ServerArgs,
}

impl SquashArgs {
    pub(super) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        let found = self.folder.found(context)?;
        let source = found.source();
        let dir = source.dir().map_err(|error| Failure::explained(&error))?;
        let destination = if self.replace {
            SquashTo::Replace
        } else {
            let file = self.output.unwrap_or_else(|| {
                let safe =
                    |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
                PathBuf::from(format!("squashed_{}.sql", self.upto.chars().map(safe).collect::<String>()))
            });
            SquashTo::File(context.here.join(file))
        };
        let request = Request {
            dir,
            format: source.format().map(str::to_owned),
            upto: self.upto,
            name: self.name,
            destination,
            tenant_shared: self.tenant_shared.or_else(|| found.tenant_shared()),
            ground: found.ground(context, &self.server)?,
            progress: context.printer.progress(),
        };
        let squashed = runtime()?.block_on(run(&request)).map_err(|error| {
            let failure = Failure::from_error(&error);
            match error.help() {
                Some(help) => failure.helped(help),
                None => failure,
            }
        })?;
        match self.format {
            Form::Json => context.printer.out(&json_text(&squashed)),
            Form::Human => show(context.printer, &squashed),
        }
        Ok(Exit::CLEAN)
    }
}

fn show(printer: &Printer, squashed: &Squashed) {
    let rows: usize = squashed.seeds.iter().map(|seed| seed.rows).sum();
    let later = match squashed.later {
        0 => String::new(),
        count => format!(", also after the {}", human::count(count, "later migration")),
    };
    if !printer.quiet() {
        printer.out(&super::fleet::line(&format!(
            "{} up to {} are one script now: {}, {}; it gives the same as they do{later} ({})",
            human::count(squashed.count, "migration"),
            squashed.upto,
            human::count(squashed.statements, "statement"),
            human::count(rows, "row"),
            squashed.server
        )));
        for file in &squashed.files {
            printer.out(&super::fleet::line(&format!("wrote {}", file.display())));
        }
        if let Some(moved) = &squashed.moved_to {
            printer.out(&super::fleet::line(&format!("moved the squashed files to {}", moved.display())));
        }
    }
    for remark in &squashed.remarks {
        printer.remark(remark);
    }
}
