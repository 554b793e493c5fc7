//! Where statements go that leave their script: into a migration of the folder's own format.

use freehold_migrate::{
    Folder, Given, Listing, Migration, NameError, ReadOptions, files_for, version_as_written,
};
use freehold_model::place::Span;

use super::{FixError, Parts, edit};

/// Formats whose tool sends a script outside a transaction as one message: two statements in it share an implicit
/// transaction, in which nothing concurrent can run.
const ONE_STATEMENT: &[&str] =
    &["dbmate", "diesel", "golang-migrate", "plain", "postgres-migrations", "prisma", "sqlx", "supabase"];

/// Those of them that send every script so: they need no mark for it, and have none.
const ALWAYS: &[&str] = &["golang-migrate", "plain", "prisma", "supabase"];

/// True when a migration outside a transaction has to carry the format's mark.
pub(super) fn needs_mark(format: &str) -> bool {
    !ALWAYS.contains(&format)
}

/// The statements as they can stand in one migration of the format. Where only one can, it is the last: the ones before
/// it clear away what an interrupted attempt may have left, and without them a second attempt is refused and says so.
pub(super) fn fitting(format: &str, parts: &Parts<'_>) -> Vec<String> {
    if parts.without_transaction && ONE_STATEMENT.contains(&format) {
        return parts.statements.last().cloned().into_iter().collect();
    }
    parts.statements.to_vec()
}

/// A migration whose only statement is to run outside a transaction: it keeps its version and name, and its files are
/// written again with the format's mark. Comments stay; settings for a transaction go, for there is none.
pub(super) fn in_place(
    folder: &Folder,
    number: usize,
    span: Span,
    statements: &[String],
    undo: &[String],
) -> Result<(), FixError> {
    let Some(migration) = folder.migrations.get(number) else { return Ok(()) };
    let up = edit::rewritten(&migration.up, span, statements);
    let up: String = up.lines().filter(|line| !is_mark(line)).map(|line| format!("{line}\n")).collect();
    let up = format!("{}\n", up.trim());
    let down = migration.down.as_ref().map(|script| {
        if undo.is_empty() { script.text().trim().to_owned() + "\n" } else { super::lines(undo) }
    });
    write_again(folder, migration, &up, down.as_deref(), true)
}

/// A migration gets a down.
pub(super) fn with_down(folder: &Folder, number: usize, statements: &[String]) -> Result<(), FixError> {
    let Some(migration) = folder.migrations.get(number) else { return Ok(()) };
    let without = migration.up.no_transaction_mark.is_some();
    write_again(folder, migration, migration.up.text(), Some(&super::lines(statements)), without)
}

/// The files of a migration, made anew under the version and name that it has.
fn write_again(
    folder: &Folder,
    migration: &Migration,
    up: &str,
    down: Option<&str>,
    no_transaction: bool,
) -> Result<(), FixError> {
    let listing = Listing::of(&folder.dir, &ReadOptions::default()).map_err(Box::new)?;
    let Some(version) = version_as_written(folder, &listing, migration) else { return Ok(()) };
    let no_transaction = no_transaction && needs_mark(folder.format.name());
    let given = Given { version: &version, name: &migration.name, up, down, no_transaction };
    let files = files_for(folder.format, &listing, &given).map_err(Box::new)?;
    let places: Vec<_> = files.iter().map(|file| folder.dir.join(&file.place)).collect();
    let old = [Some(&migration.up), migration.down.as_ref()];
    for script in old.into_iter().flatten().filter(|script| !places.contains(&script.file.path)) {
        let path = &script.file.path;
        match std::fs::remove_file(path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(FixError::File { doing: "remove", path: path.clone(), source });
            }
            _ => {}
        }
    }
    for (file, path) in files.iter().zip(&places) {
        let failed = |doing| move |source| FixError::File { doing, path: path.clone(), source };
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed("make the folder of"))?;
        }
        std::fs::write(path, &file.text).map_err(failed("write"))?;
    }
    Ok(())
}

/// Lines with which a format asks for something: they are written again with the file.
fn is_mark(line: &str) -> bool {
    let line = line.trim();
    ["-- +goose", "-- migrate:", "-- +migrate", "-- no-transaction", "--- tern", "-- postgres-migrations"]
        .iter()
        .any(|mark| line.starts_with(mark))
}

/// A name for a migration, out of what a rule calls it.
pub(super) fn file_name(name: &str) -> String {
    let safe: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let words: Vec<&str> = safe.split('_').filter(|word| !word.is_empty()).collect();
    let mut joined = words.join("_");
    joined.truncate(60);
    let joined = joined.trim_end_matches('_').to_owned();
    match freehold_migrate::check_name(&joined) {
        Err(NameError::NoVerb { better: Some(better), .. }) => better,
        _ => joined,
    }
}
