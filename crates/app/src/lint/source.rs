//! What is linted: a folder of migrations, files of one, or files and texts that belong to none.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use freehold_migrate::{
    FORMATS, Folder, Format, Migration, MigrationKind, Script, SourceFile, TransactionMode,
    find_migrations_dir,
};
use freehold_sql::InTransaction;

use super::{LintError, Request, scope::real};

/// What is linted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A folder of migrations; the one that settings name, or that is found, where none is named.
    Folder(Option<PathBuf>),
    /// These files. Of those that belong to the project's migrations, the ones before them are followed.
    Files(Vec<PathBuf>),
    /// A text, such as standard input, and what it is called.
    Text {
        /// The name in the report.
        name: PathBuf,
        /// The SQL.
        text: String,
    },
}

/// A folder, and the files of it that alone are judged.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) folder: Folder,
    pub(super) only: Option<BTreeSet<PathBuf>>,
    /// The files stand alone: what is before them is not known.
    pub(super) alone: bool,
}

/// Reads what is to be linted.
pub(super) fn read(request: &Request) -> Result<Vec<Batch>, LintError> {
    match &request.source {
        Source::Folder(dir) => {
            let dir = match dir {
                Some(dir) => dir.clone(),
                None => found_dir(request)?,
            };
            Ok(vec![Batch { folder: folder(request, &dir)?, only: None, alone: false }])
        }
        Source::Files(files) => of_files(request, files),
        Source::Text { name, text } => {
            let file = SourceFile::new(name.clone(), text.clone());
            Ok(vec![alone(&request.project_dir, vec![file])])
        }
    }
}

fn folder(request: &Request, dir: &Path) -> Result<Folder, LintError> {
    let format = request.migrations_format.as_ref().or(request.settings.migrations.format.as_ref());
    Ok(freehold_migrate::read(dir, format.map(String::as_str))?)
}

/// The folder that the settings name, or the only one that is found.
fn found_dir(request: &Request) -> Result<PathBuf, LintError> {
    if let Some(dir) = settings_dir(request) {
        return Ok(dir);
    }
    let dirs: Vec<PathBuf> =
        find_migrations_dir(&request.project_dir).into_iter().map(|candidate| candidate.dir).collect();
    match dirs.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(LintError::NoMigrationsDir { project: request.project_dir.clone() }),
        _ => Err(LintError::SeveralMigrationsDirs { dirs }),
    }
}

fn settings_dir(request: &Request) -> Option<PathBuf> {
    let dir = request.settings.migrations.dir.as_ref()?;
    Some(request.settings.folder().unwrap_or(&request.project_dir).join(dir))
}

/// The files that belong to folders of the project, folder by folder, then those that belong to none.
fn of_files(request: &Request, files: &[PathBuf]) -> Result<Vec<Batch>, LintError> {
    let dirs: Vec<PathBuf> = match settings_dir(request) {
        Some(dir) => vec![dir],
        None => {
            find_migrations_dir(&request.project_dir).into_iter().map(|candidate| candidate.dir).collect()
        }
    };
    let mut left: Vec<&PathBuf> = files.iter().collect();
    let mut batches = Vec::new();
    for dir in dirs {
        let root = real(&dir);
        if !dir.is_dir() || !left.iter().any(|file| real(file).starts_with(&root)) {
            continue;
        }
        let folder = folder(request, &dir)?;
        let scripts = folder.migrations.iter().flat_map(|m| std::iter::once(&m.up).chain(m.down.as_ref()));
        let known: BTreeSet<PathBuf> = scripts.map(|script| real(&script.file.path)).collect();
        let only: BTreeSet<PathBuf> =
            left.iter().filter(|file| known.contains(&real(file))).map(|file| (*file).clone()).collect();
        if !only.is_empty() {
            left.retain(|file| !only.contains(*file));
            batches.push(Batch { folder, only: Some(only), alone: false });
        }
    }
    if !left.is_empty() {
        let files = left.into_iter().map(|file| source_file(file)).collect::<Result<_, _>>()?;
        batches.push(alone(&request.project_dir, files));
    }
    Ok(batches)
}

fn source_file(path: &Path) -> Result<SourceFile, LintError> {
    let bytes = std::fs::read(path).map_err(|source| LintError::File { path: path.to_owned(), source })?;
    let text = String::from_utf8(bytes).map_err(|_| LintError::NotText { path: path.to_owned() })?;
    Ok(SourceFile::new(path.to_owned(), text))
}

/// Files that belong to no folder: each a migration of its own, in the order in which they were named.
fn alone(project_dir: &Path, files: Vec<SourceFile>) -> Batch {
    let migrations = files
        .into_iter()
        .map(|file| {
            let file = Arc::new(file);
            let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned());
            let whole = is_whole_schema(&file);
            Migration {
                version: String::new(),
                name: name.unwrap_or_default(),
                kind: if whole { MigrationKind::WholeSchema } else { MigrationKind::Versioned },
                up: Script::whole(Arc::clone(&file), delivery(&file.text, whole)),
                down: None,
            }
        })
        .collect();
    let dir = project_dir.to_owned();
    let folder = Folder { dir, format: plain(), migrations, skipped: Vec::new(), warnings: Vec::new() };
    Batch { folder, only: None, alone: true }
}

/// A format that writes no downs, so that none is missed.
fn plain() -> &'static dyn Format {
    let schema = FORMATS.iter().copied().find(|format| format.name() == "schema");
    schema.unwrap_or(NO_FORMAT)
}

/// The first format there is; the list is never empty.
static NO_FORMAT: &dyn Format = match FORMATS {
    [first, ..] => *first,
    [] => panic!("there are formats"),
};

/// A dump, or a file with the name of a whole schema.
fn is_whole_schema(file: &SourceFile) -> bool {
    const HEAD: usize = 2_000;
    let head = file
        .text
        .char_indices()
        .nth(HEAD)
        .map_or(file.text.as_str(), |(end, _)| file.text.get(..end).unwrap_or_default());
    let named = file.path.file_name().is_some_and(|name| name == "schema.sql" || name == "structure.sql");
    named || head.contains("PostgreSQL database dump") || head.contains("Dumped by pg_dump")
}

/// Most tools wrap a script in a transaction. One that could not be run in any is sent statement by statement.
fn delivery(text: &str, whole: bool) -> TransactionMode {
    const OUTSIDE: &[&str] = &["concurrently", "vacuum", "database", "tablespace", "system", "subscription"];
    let separate = |why: &str| TransactionMode::None { why: why.to_owned() };
    if whole {
        return separate("a whole schema is loaded statement by statement");
    }
    let lower = text.to_ascii_lowercase();
    if !OUTSIDE.iter().any(|word| lower.contains(word)) {
        return TransactionMode::Wrapped;
    }
    let refused = freehold_sql::parse_lenient(text)
        .into_iter()
        .flatten()
        .any(|statement| !matches!(statement.effect.transaction, InTransaction::Allowed));
    if refused {
        separate("one of its statements cannot be in a transaction")
    } else {
        TransactionMode::Wrapped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_stands_alone_is_wrapped_unless_it_cannot_be() {
        assert_eq!(delivery("ALTER TABLE a ADD b int;", false), TransactionMode::Wrapped);
        assert_eq!(delivery("SELECT 'vacuum';", false), TransactionMode::Wrapped);
        for text in ["CREATE INDEX CONCURRENTLY i ON a (b);", "VACUUM a;", "select 1; DROP DATABASE x;"] {
            assert!(matches!(delivery(text, false), TransactionMode::None { .. }), "{text}");
        }
    }

    #[test]
    fn dumps_are_known() {
        let file = |name: &str, text: &str| SourceFile::new(PathBuf::from(name), text.to_owned());
        assert!(is_whole_schema(&file("x.sql", "--\n-- PostgreSQL database dump\n--\n")));
        assert!(is_whole_schema(&file("structure.sql", "create table a ();")));
        assert!(!is_whole_schema(&file("x.sql", "create table a ();")));
    }
}
