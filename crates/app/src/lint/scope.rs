//! Which migrations are judged: not those that were applied long ago, and only those that were asked for.

use std::{
    collections::{BTreeSet, HashSet},
    path::{Path, PathBuf},
};

use freehold_migrate::{Folder, Migration, MigrationKind};

use super::LintError;

/// Which migrations of a folder are judged; the others are only followed.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    wanted: Vec<bool>,
}

impl Scope {
    /// From the version up to which migrations were applied, and the files that alone are asked for.
    ///
    /// # Errors
    /// When no migration has the version and it cannot be told which ones come before it.
    pub(crate) fn of(
        folder: &Folder,
        start_after: Option<&str>,
        only: Option<&BTreeSet<PathBuf>>,
    ) -> Result<Self, LintError> {
        let mut wanted = match start_after {
            Some(version) => after(folder, version)?,
            None => vec![true; folder.migrations.len()],
        };
        if let Some(only) = only {
            let files = Files::new(only);
            for (migration, wanted) in folder.migrations.iter().zip(&mut wanted) {
                *wanted = *wanted && files.have(migration);
            }
        }
        Ok(Self { wanted })
    }

    /// True when the findings of this migration are wanted.
    pub(crate) fn wants(&self, migration: usize) -> bool {
        self.wanted.get(migration).copied().unwrap_or(true)
    }

    /// True when every migration is judged.
    pub(crate) fn is_whole(&self) -> bool {
        self.wanted.iter().all(|wanted| *wanted)
    }

    /// How many migrations are judged.
    pub(crate) fn count(&self) -> usize {
        self.wanted.iter().filter(|wanted| **wanted).count()
    }

    /// The first migration that is judged.
    pub(crate) fn first(&self) -> Option<usize> {
        self.wanted.iter().position(|wanted| *wanted)
    }
}

/// Files by the paths that the system gives them, so that links do not matter.
struct Files(HashSet<PathBuf>);

impl Files {
    fn new(files: &BTreeSet<PathBuf>) -> Self {
        Self(files.iter().map(|file| real(file)).collect())
    }

    fn have(&self, migration: &Migration) -> bool {
        let scripts = std::iter::once(&migration.up).chain(migration.down.as_ref());
        scripts.into_iter().any(|script| self.0.contains(&real(&script.file.path)))
    }
}

/// The path without links; itself where there is no such file.
pub(super) fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// What comes after a version in the order of application. Repeatable migrations are applied again whenever they change,
/// so that they are never over.
fn after(folder: &Folder, version: &str) -> Result<Vec<bool>, LintError> {
    let version = version.trim();
    let repeats = |migration: &Migration| migration.kind == MigrationKind::Repeatable;
    if let Some(last) = folder.migrations.iter().rposition(|migration| is_called(migration, version)) {
        let wanted = |(number, migration): (usize, &Migration)| number > last || repeats(migration);
        return Ok(folder.migrations.iter().enumerate().map(wanted).collect());
    }
    let unknown = || LintError::UnknownVersion {
        version: version.to_owned(),
        first: folder.migrations.first().map(Migration::label).unwrap_or_default(),
        last: folder.migrations.last().map(Migration::label).unwrap_or_default(),
    };
    // Between two versions, where all of them are numbers, it is plain what comes after.
    let limit = number(version).ok_or_else(unknown)?;
    let compared = |migration: &Migration| match number(&migration.version) {
        _ if repeats(migration) => Ok(true),
        Some(number) => Ok(number > limit),
        None => Err(unknown()),
    };
    folder.migrations.iter().map(compared).collect()
}

/// True when people may mean the migration by this word: its version, its label, or the name of its file.
fn is_called(migration: &Migration, word: &str) -> bool {
    let file = migration.up.file.path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let same_number = || {
        let (a, b) = (number(&migration.version), number(word));
        a.is_some() && a == b
    };
    migration.version == word
        || same_number()
        || migration.label() == word
        || file.is_some_and(|file| file == word || file.strip_suffix(".up").is_some_and(|file| file == word))
}

/// A version that is a number, perhaps with dots, so that it compares as the tools do.
fn number(version: &str) -> Option<Vec<u128>> {
    let version = version.strip_prefix(['v', 'V']).unwrap_or(version);
    version.split(['.', '_']).map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> (tempfile::TempDir, Folder) {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::write(dir.path().join(name), "select 1;\n").unwrap();
        }
        let folder = freehold_migrate::read(dir.path(), Some("golang-migrate")).unwrap();
        (dir, folder)
    }

    fn wanted(folder: &Folder, start_after: &str) -> Vec<bool> {
        Scope::of(folder, Some(start_after), None).unwrap().wanted
    }

    #[test]
    fn what_comes_after_a_version_is_judged() {
        let (_dir, folder) = folder(&["000001_a.up.sql", "000002_b.up.sql", "000010_c.up.sql"]);
        for name in ["2", "000002", "000002_b", "2 b"] {
            assert_eq!(wanted(&folder, name), [false, false, true], "{name}");
        }
        assert_eq!(wanted(&folder, "5"), [false, false, true], "between two");
        assert_eq!(wanted(&folder, "10"), [false, false, false]);
        assert_eq!(wanted(&folder, "0"), [true, true, true]);
        let error = Scope::of(&folder, Some("nonsense"), None).unwrap_err().to_string();
        assert!(error.contains("nonsense"), "{error}");
    }

    #[test]
    fn only_the_files_that_are_asked_for_are_judged() {
        let (dir, folder) = folder(&["000001_a.up.sql", "000001_a.down.sql", "000002_b.up.sql"]);
        let only = BTreeSet::from([dir.path().join("./000001_a.down.sql")]);
        let scope = Scope::of(&folder, None, Some(&only)).unwrap();
        assert_eq!((scope.wants(0), scope.wants(1), scope.count(), scope.first()), (true, false, 1, Some(0)));
        assert!(!scope.is_whole());
    }
}
