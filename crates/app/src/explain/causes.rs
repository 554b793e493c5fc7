//! What each error of a check knows about itself, handed on to the faces.

use std::path::Path;

use freehold_migrate::{Prepared, RunError};
use freehold_model::place::{Place, Span};

use super::{Excerpt, Explain};
use crate::check::CheckError;
use crate::isolation::IsolationRunError;
use crate::migrate::MigrateError;

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
            Self::Lint(error) => error.help(),
            Self::PreludeUnreadable { .. } => {
                Some("`[sandbox] prelude` in freehold.toml names it, relative to that file; \"supabase\" is the one that \
                     comes with Freehold"
                    .to_owned())
            }
            Self::Server(error) => error.help(),
            Self::Rehearsal(error) => error.help(),
        }
    }
}

impl Explain for IsolationRunError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Project(error) => error.help(),
            Self::Unreadable { .. } | Self::Refused { .. } => Some(
                "`freehold check` shows the place; the tenant line is tried when every script is applied"
                    .to_owned(),
            ),
            Self::NoTenancy
            | Self::TestsNeedSandbox
            | Self::Unwritten(_)
            | Self::Live(_)
            | Self::Proof(_) => Self::help(self),
        }
    }
}

impl Explain for MigrateError {
    fn help(&self) -> Option<String> {
        Self::help(self)
    }
}

/// The lines that an error of a run is about. Where the server pointed at a character, the word that begins there.
pub fn excerpt_of_run(error: &RunError, prepared: &Prepared) -> Option<Excerpt> {
    let mut excerpt = excerpt_in(error.place()?, prepared)?;
    if let RunError::Script { source, .. } = error
        && source.server().is_some_and(|server| server.position.is_some())
    {
        for (span, _) in &mut excerpt.marks {
            *span = word_at(&excerpt.text, *span);
        }
    }
    Some(excerpt)
}

/// The lines of a migration's file.
pub fn excerpt_in(place: &Place, prepared: &Prepared) -> Option<Excerpt> {
    let scripts = prepared.migrations().iter().flat_map(|m| std::iter::once(&m.up).chain(m.down.as_ref()));
    let file = scripts.map(|script| &script.file).find(|file| file.path == place.file)?;
    Some(Excerpt {
        file: crate::report::slashed(&place.file),
        text: file.text.clone(),
        marks: vec![(place.span, String::new())],
    })
}

/// The characters of operators (PostgreSQL manual, 4.1.3).
const OPERATOR: &str = "+-*/<>=~!@#%^&|`?";

/// The word, operator, quoted name or single character at the beginning of a span.
fn word_at(text: &str, span: Span) -> Span {
    let rest = text.get(span.start..span.end).unwrap_or_default();
    let first = rest.chars().next();
    let length = match first {
        Some(quote @ ('"' | '\'')) => rest.get(1..).and_then(|rest| rest.find(quote)).map_or(1, |at| at + 2),
        Some(c) if c.is_alphanumeric() || c == '_' => {
            rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(rest.len())
        }
        Some(c) if OPERATOR.contains(c) => rest.find(|c: char| !OPERATOR.contains(c)).unwrap_or(rest.len()),
        Some(c) => c.len_utf8(),
        None => 0,
    };
    Span::new(span.start, span.start + length)
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
