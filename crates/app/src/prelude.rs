//! What is run on a scratch database before the first migration, because production has it from elsewhere.

mod supabase;

use std::path::{Path, PathBuf};

use freehold_migrate::Folder;
use freehold_model::name::quote_identifier;
use freehold_prove::rehearsal::Prelude;

use crate::{
    report::NotVerified,
    settings::{PreludeSource, Settings},
};

/// The preludes of one folder of migrations.
#[derive(Debug, Default)]
pub(crate) struct Preludes {
    /// In the order in which they are run.
    pub(crate) scripts: Vec<Prelude>,
    /// What they leave unverified.
    pub(crate) gaps: Vec<NotVerified>,
    /// What to say when the folder cannot be applied, if a prelude was left out that might help.
    pub(crate) suggestion: Option<NotVerified>,
}

/// A file that the settings name could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the prelude {} could not be read", path.display())]
pub(crate) struct Unreadable {
    /// The file.
    pub(crate) path: PathBuf,
    /// What the system said.
    #[source]
    pub(crate) source: std::io::Error,
}

/// The preludes that the settings name, or those that the folder shows to need. Relative paths count from `base`.
pub(crate) fn of(settings: &Settings, base: &Path, folder: &Folder) -> Result<Preludes, Unreadable> {
    let mut preludes = Preludes::default();
    match &settings.sandbox.prelude {
        Some(named) => {
            for source in named {
                match source {
                    PreludeSource::Supabase => supabase::add(&mut preludes, folder),
                    PreludeSource::File(file) => preludes.scripts.push(read(&base.join(file))?),
                }
            }
            if !named.contains(&PreludeSource::Supabase) {
                preludes.suggestion = supabase::suggestion(folder);
            }
        }
        None if supabase::is_needed_by(folder) => {
            supabase::add(&mut preludes, folder);
            preludes.gaps.insert(0, supabase::chosen());
        }
        None => preludes.suggestion = supabase::suggestion(folder),
    }
    preludes.scripts.extend(settings.sandbox.extensions.iter().map(|extension| Prelude {
        name: format!("extension {extension}"),
        sql: format!("CREATE EXTENSION IF NOT EXISTS {} CASCADE", quote_identifier(extension)),
    }));
    Ok(preludes)
}

fn read(path: &Path) -> Result<Prelude, Unreadable> {
    let sql = std::fs::read_to_string(path).map_err(|source| Unreadable { path: path.to_owned(), source })?;
    Ok(Prelude { name: path.display().to_string(), sql })
}
