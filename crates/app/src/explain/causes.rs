//! What each error of a check knows about itself, handed on to the faces.

use std::path::Path;

use freehold_model::place::Place;

use super::{Excerpt, Explain};
use crate::check::CheckError;

impl Explain for CheckError {
    fn help(&self) -> Option<String> {
        match self {
            Self::NoMigrationsDir { .. } => Some(
                "name the folder: `freehold check DIR`, or `[migrations] dir` in freehold.toml".to_owned(),
            ),
            Self::SeveralMigrationsDirs { .. } => {
                Some("name one: `freehold check DIR`, or `[migrations] dir` in freehold.toml".to_owned())
            }
            Self::Folder(error) => error.help(),
            Self::PreludeUnreadable { .. } => {
                Some("`[sandbox] prelude` in freehold.toml names it, relative to that file".to_owned())
            }
            Self::Server(error) => error.help(),
            Self::Rehearsal(error) => error.help(),
        }
    }
}

/// The lines that a check's error is about, read anew from the project. `None` when it is about none, or the file can
/// no longer be read.
pub fn excerpt_of(error: &CheckError, project_dir: &Path) -> Option<Excerpt> {
    let CheckError::Rehearsal(error) = error else { return None };
    excerpt_at(error.place()?, project_dir)
}

fn excerpt_at(place: &Place, project_dir: &Path) -> Option<Excerpt> {
    let text = std::fs::read_to_string(project_dir.join(&place.file)).ok()?;
    Some(Excerpt {
        file: crate::report::slashed(&place.file),
        text,
        marks: vec![(place.span, String::new())],
    })
}
