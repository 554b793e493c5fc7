//! `freehold migrate new`

use clap::Args;
use freehold_app::{
    migrate::new::{Wanted, new},
    render::json_text,
};

use super::arguments::{FolderArgs, Form};
use crate::{commands::Context, exit::Exit, failure::Failure};

/// Write the next migration, in the format of the folder
///
/// The name says what the migration does: verb_entity_detail, as in add_email_to_users, create_orders,
/// backfill_orders_total or drop_users_legacy_id.
#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// What the migration does, such as add_email_to_users
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    folder: FolderArgs,
    /// With the format's mark that it runs outside a transaction
    #[arg(long)]
    no_transaction: bool,
    /// With a down script [default: as the folder does]
    #[arg(long, overrides_with = "no_down")]
    down: bool,
    /// Without a down script
    #[arg(long)]
    no_down: bool,
    /// How it is written: human or json
    #[arg(long, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
    format: Form,
}

impl NewArgs {
    pub(super) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        let found = self.folder.found(context)?;
        let down = if self.down {
            Some(true)
        } else if self.no_down {
            Some(false)
        } else {
            None
        };
        let wanted = Wanted { name: &self.name, no_transaction: self.no_transaction, down };
        let written = new(&found.source(), wanted).map_err(|error| {
            let help = error.help();
            let failure = Failure::from_error(&error);
            match help {
                Some(help) => failure.helped(help),
                None => failure,
            }
        })?;
        match self.format {
            Form::Json => context.printer.out(&json_text(&written)),
            Form::Human => {
                for file in &written.files {
                    context.printer.out(&super::fleet::line(file));
                }
                for remark in &written.remarks {
                    context.printer.remark(remark);
                }
            }
        }
        Ok(Exit::CLEAN)
    }
}
