//! `freehold migrate new`: the next migration, in the folder's own format.

use std::path::{Path, PathBuf};

use freehold_migrate::{ComposeError, ComposeOptions, compose};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{MigrateError, folder::Source};
use crate::report::slashed;

/// The folder that is made where the project has none.
const FIRST_FOLDER: &str = "migrations";

/// What the next migration is to be like.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Its name, as a person wrote it.
    pub name: &'a str,
    /// It is to run outside a transaction.
    pub no_transaction: bool,
    /// Whether a down script is written; `None`: as the folder does today.
    pub down: Option<bool>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Written {
    /// The version of this shape: 1.
    pub version: u32,
    /// The migration's version.
    pub migration: String,
    /// Its name, as it was written.
    pub name: String,
    /// The format of the folder.
    pub format: String,
    /// Its files, as seen from the project, the up script first.
    pub files: Vec<String>,
    /// What was done otherwise than asked or expected, a sentence each.
    pub remarks: Vec<String>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum NewError {
    /// It is not known where.
    #[error(transparent)]
    Folder(#[from] Box<MigrateError>),
    /// The name, or the folder, does not allow it.
    #[error(transparent)]
    Compose(#[from] Box<ComposeError>),
}

impl NewError {
    /// What to do next, as a sentence.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Folder(error) => error.help(),
            Self::Compose(error) => match &**error {
                ComposeError::FormatNeeded { .. } => {
                    error.help().map(|help| format!("{help} Say it with --migrations-format."))
                }
                _ => error.help(),
            },
        }
    }
}

/// Writes it. A project without a folder of migrations gets one, if a format was named.
///
/// # Errors
/// When nothing was written.
pub fn new(source: &Source<'_>, wanted: Wanted<'_>) -> Result<Written, NewError> {
    let dir = match source.dir() {
        Ok(dir) => dir,
        Err(MigrateError::NoMigrationsDir { .. }) if source.format().is_some() => {
            source.project_dir.join(FIRST_FOLDER)
        }
        Err(error) => return Err(Box::new(error).into()),
    };
    let options = ComposeOptions {
        no_transaction: wanted.no_transaction,
        down: wanted.down,
        ..ComposeOptions::at(jiff::Timestamp::now())
    };
    let composed = compose(&dir, source.format(), wanted.name, &options).map_err(Box::new)?;
    let seen = |path: &PathBuf| slashed(path.strip_prefix(source.project_dir).unwrap_or(path));
    Ok(Written {
        version: 1,
        migration: composed.version,
        name: composed.name,
        format: composed.format.to_owned(),
        files: composed.files.iter().map(seen).collect(),
        remarks: composed.remarks.iter().map(|remark| shorter(remark, source.project_dir)).collect(),
    })
}

/// A sentence with the paths in it as seen from the project.
fn shorter(text: &str, project_dir: &Path) -> String {
    text.replace(&format!("{}/", project_dir.display()), "")
}
