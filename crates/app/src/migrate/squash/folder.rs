//! The folder as it would be with the squashed script in it: made beside the real one, and read back.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use freehold_migrate::{
    Folder, Given, Listing, Migration, NewFile, Squashed as Mark, TransactionMode, files_for, read,
    version_as_written,
};

use super::error::SquashError;

/// A folder with the script in place of the migrations that it stands for.
#[derive(Debug)]
pub(super) struct Staged {
    /// Dies with the value.
    _place: tempfile::TempDir,
    /// As it is read back.
    pub(super) folder: Folder,
    /// The files of the script.
    pub(super) files: Vec<NewFile>,
    /// What is to be taken out of the real folder: files, and folders that belong to one migration.
    pub(super) moved: BTreeSet<String>,
}

/// Makes it. `name` is how the script is called where the format lets one choose.
pub(super) fn stage(
    folder: &Folder,
    listing: &Listing,
    squashed: &[Migration],
    script: &str,
    mark: &Mark,
    name: &str,
) -> Result<Staged, SquashError> {
    let Some(last) = squashed.last() else {
        return Err(SquashError::NothingToSquash { version: mark.version.clone() });
    };
    let format = folder.format.name();
    let misread = |why: String| SquashError::Misread { format, version: mark.version.clone(), why };
    let written = version_as_written(folder, listing, last)
        .ok_or_else(|| misread("its own version is not in its file's name".to_owned()))?;
    let moved = belonging(folder, listing, squashed)?;
    let mut why = String::new();
    // Some tools record the whole name of a file: then the script must have the name of the last one.
    for name in [name, &last.name] {
        let given = Given { version: &written, name, up: script, down: None, no_transaction: false };
        let files = files_for(folder.format, listing, &given)?;
        let place = copy_without(listing, &moved)?;
        for file in &files {
            write(&place.path().join(&file.place), &file.text)?;
        }
        // Some tools want every number from the first on, so that nothing can stand for several.
        let staged = read(place.path(), Some(format)).map_err(|error| misread(in_words(&error)))?;
        match unlike(&staged, folder, squashed, mark).or_else(|| cut_otherwise(&staged, script)) {
            None => return Ok(Staged { _place: place, folder: staged, files, moved }),
            Some(other) => why = other,
        }
    }
    Err(misread(why))
}

/// In what the folder that was read back is not the one that was meant.
fn unlike(staged: &Folder, folder: &Folder, squashed: &[Migration], mark: &Mark) -> Option<String> {
    let later = folder.migrations.get(squashed.len()..).unwrap_or_default();
    let Some((first, rest)) = staged.migrations.split_first() else {
        return Some("the folder has no migrations".to_owned());
    };
    let last = squashed.last().map(Migration::key).unwrap_or_default();
    if first.key() != last {
        return Some(format!("the first migration is {}", first.key()));
    }
    if Mark::of(&first.up).as_ref() != Some(mark) {
        return Some("its mark cannot be read".to_owned());
    }
    if let TransactionMode::None { why } = &first.up.transaction {
        return Some(format!("it would not be run in a transaction: {why}"));
    }
    let same = |(a, b): (&Migration, &Migration)| a.key() == b.key() && a.up.checksum == b.up.checksum;
    if rest.len() != later.len() || !rest.iter().zip(later).all(same) {
        return Some("the migrations after it would change".to_owned());
    }
    None
}

fn in_words(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Some tools cut a script at lines and leave out lines that look like comments, in the middle of strings too.
fn cut_otherwise(staged: &Folder, script: &str) -> Option<String> {
    let Ok(meant) = freehold_sql::parse(script) else {
        return Some("the script cannot be read as SQL".to_owned());
    };
    let up = &staged.migrations.first()?.up;
    let Ok(read) = up.statements() else {
        return Some("its tool would cut a statement in two, or leave out a line of one".to_owned());
    };
    let meant = meant.iter().map(|statement| statement.text(script));
    let read = read.iter().map(|statement| statement.text(up.text()));
    (!meant.eq(read))
        .then(|| "its tool would cut the statements otherwise, or leave out lines of them".to_owned())
}

/// The files of migrations, or the folder of one where the format gives each its own.
fn belonging(
    folder: &Folder,
    listing: &Listing,
    squashed: &[Migration],
) -> Result<BTreeSet<String>, SquashError> {
    let mut places = BTreeSet::new();
    for migration in squashed {
        for script in std::iter::once(&migration.up).chain(&migration.down) {
            let Some(entry) = listing.entries().iter().find(|entry| entry.path == script.file.path) else {
                continue;
            };
            let inside = listing.get(entry.parent());
            let own = inside.filter(|parent| folder.format.written_version(parent).is_some());
            places.insert(own.unwrap_or(entry).relative.clone());
            // Flyway keeps settings of one script beside it.
            let beside = format!("{}.conf", entry.relative);
            places.extend(listing.file(&beside).map(|entry| entry.relative.clone()));
        }
    }
    Ok(places)
}

fn copy_without(listing: &Listing, moved: &BTreeSet<String>) -> Result<tempfile::TempDir, SquashError> {
    let place = tempfile::tempdir().map_err(SquashError::files("make a folder in", &std::env::temp_dir()))?;
    let is_moved = |relative: &str| {
        moved.iter().any(|place| {
            relative.strip_prefix(place.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    let files = listing.entries().iter().filter(|entry| entry.is_file() && !is_moved(&entry.relative));
    for entry in files {
        let to = place.path().join(&entry.relative);
        make_parent(&to)?;
        // Its name may be no UTF-8: the path is what is read.
        fs::copy(&entry.path, &to).map_err(SquashError::files("read", &entry.path))?;
    }
    Ok(place)
}

fn make_parent(path: &Path) -> Result<(), SquashError> {
    let parent: PathBuf = path.parent().unwrap_or(path).to_owned();
    fs::create_dir_all(&parent).map_err(SquashError::files("make the folder", &parent))
}

fn write(path: &Path, text: &str) -> Result<(), SquashError> {
    make_parent(path)?;
    fs::write(path, text).map_err(SquashError::files("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use freehold_migrate::{ComposeOptions, FORMATS, ReadOptions, chain, compose};

    /// Formats whose tools refuse a folder in which the first numbers are missing.
    const GAPLESS: [&str; 2] = ["tern", "postgres-migrations"];

    const SCRIPT: &str = "SET LOCAL check_function_bodies = false;\n\nCREATE FUNCTION f() RETURNS integer LANGUAGE plpgsql \
                          AS $$ BEGIN\n  PERFORM 1;\n\n  RETURN ';' || 2;\nEND $$;\n\nINSERT INTO a VALUES\n\t(1, 'x;\ny');\n";

    /// A folder with three migrations of a format, as `new` writes them.
    fn three(format: &str) -> tempfile::TempDir {
        let project = tempfile::tempdir().unwrap();
        let dir = project.path().join("migrations");
        fs::create_dir(&dir).unwrap();
        for (hour, name) in [(1, "create_users"), (2, "add_users_email"), (3, "drop_users_phone")] {
            let now = format!("2024-05-06T0{hour}:00:00Z").parse().unwrap();
            let options = ComposeOptions::at(now);
            compose(&dir, Some(format), name, &options).unwrap();
        }
        for entry in walk(&dir) {
            let text = fs::read_to_string(&entry).unwrap();
            let text = text.replace("-- The statements that make the change.", "SELECT 1;");
            fs::write(&entry, text).unwrap();
        }
        project
    }

    fn walk(dir: &Path) -> Vec<PathBuf> {
        let listing = Listing::of(dir, &ReadOptions::default()).unwrap();
        listing.entries().iter().filter(|entry| entry.is_sql()).map(|entry| entry.path.clone()).collect()
    }

    #[test]
    fn in_every_format_the_script_is_read_back_as_the_last_of_what_it_stands_for() {
        for format in FORMATS.iter().map(|format| format.name()).filter(|name| *name != "schema") {
            if GAPLESS.contains(&format) {
                continue;
            }
            let project = three(format);
            let dir = project.path().join("migrations");
            let folder = read(&dir, Some(format)).unwrap();
            let listing = Listing::of(&dir, &ReadOptions::default()).unwrap();
            let squashed = folder.migrations.get(..2).unwrap();
            let mark = Mark { count: 2, version: squashed[1].version.clone(), chain: chain(squashed.iter()) };
            let text = format!("{}\n\n{SCRIPT}", mark.line());
            let staged = stage(&folder, &listing, squashed, &text, &mark, "baseline")
                .unwrap_or_else(|error| panic!("{format}: {error}"));
            assert_eq!(staged.folder.migrations.len(), 2, "{format}");
            let statements = staged.folder.migrations[0].up.statements().unwrap();
            assert_eq!(statements.len(), 3, "{format}: {}", staged.files[0].text);
            // Nothing of the squashed ones is left behind, nothing of the later one is taken.
            let left: Vec<_> = walk(&staged.folder.dir);
            assert!(
                left.iter().all(|file| !file.display().to_string().contains("create_users")),
                "{format}: {left:?}"
            );
            assert!(
                left.iter().any(|file| file.display().to_string().contains("phone")),
                "{format}: {left:?}"
            );
        }
    }

    #[test]
    fn a_script_that_the_tool_would_read_otherwise_is_refused() {
        let project = three("sql-migrate");
        let dir = project.path().join("migrations");
        let folder = read(&dir, Some("sql-migrate")).unwrap();
        let listing = Listing::of(&dir, &ReadOptions::default()).unwrap();
        let squashed = folder.migrations.get(..2).unwrap();
        let mark = Mark { count: 2, version: squashed[1].version.clone(), chain: chain(squashed.iter()) };
        // sql-migrate takes a line that begins with two hyphens for a comment wherever it stands.
        let text = format!("{}\nINSERT INTO a VALUES ('x;\n-- y');\n", mark.line());
        let refused = stage(&folder, &listing, squashed, &text, &mark, "baseline");
        assert!(matches!(refused, Err(SquashError::Misread { .. })), "{refused:?}");
    }

    #[test]
    fn a_format_that_wants_every_number_from_the_first_on_cannot_be_squashed() {
        for format in GAPLESS {
            let project = three(format);
            let dir = project.path().join("migrations");
            let folder = read(&dir, Some(format)).unwrap();
            let listing = Listing::of(&dir, &ReadOptions::default()).unwrap();
            let squashed = folder.migrations.get(..2).unwrap();
            let mark = Mark { count: 2, version: squashed[1].version.clone(), chain: chain(squashed.iter()) };
            let refused = stage(&folder, &listing, squashed, &mark.line(), &mark, "baseline").unwrap_err();
            assert!(matches!(refused, SquashError::Misread { .. }), "{format}: {refused}");
        }
    }

    #[test]
    fn a_script_without_its_mark_is_not_taken() {
        let project = three("sqlx");
        let dir = project.path().join("migrations");
        let folder = read(&dir, Some("sqlx")).unwrap();
        let listing = Listing::of(&dir, &ReadOptions::default()).unwrap();
        let squashed = folder.migrations.get(..2).unwrap();
        let mark = Mark { count: 2, version: squashed[1].version.clone(), chain: String::from("x") };
        let refused = stage(&folder, &listing, squashed, SCRIPT, &mark, "baseline");
        assert!(matches!(refused, Err(SquashError::Misread { .. })), "{refused:?}");
    }
}
