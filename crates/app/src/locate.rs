//! From the folder that a person names, or stands in, to the project and its migrations.

use std::path::{Path, PathBuf};

use freehold_migrate::{detect, find_migrations_dir};

use crate::settings::Settings;

/// Where a project is, and the migrations if a folder of them was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The project's folder, absolute.
    pub project_dir: PathBuf,
    /// The folder of migrations, absolute, when it was named.
    pub migrations_dir: Option<PathBuf>,
}

/// Decides what a folder is. `here` is the current folder, absolute; `named` what a person wrote: a project, a folder
/// of migrations, or a file with a whole schema. A folder with a `freehold.toml` is a project; one that holds
/// migrations itself is a folder of them.
pub fn locate(here: &Path, named: Option<&Path>) -> Located {
    let Some(named) = named else { return from_here(here) };
    let named = tidied(&here.join(named));
    if is_project(&named) {
        return Located { project_dir: named, migrations_dir: None };
    }
    Located { project_dir: around(here, &named), migrations_dir: Some(named) }
}

/// The project that somebody stands in: where the `freehold.toml` is, else the nearest folder of the same repository that
/// holds migrations. Outside a repository nobody knows how far up the project goes.
fn from_here(here: &Path) -> Located {
    let at =
        |dir: &Path, migrations_dir: Option<PathBuf>| Located { project_dir: dir.to_owned(), migrations_dir };
    if let Some(dir) = project_of(here) {
        return at(&dir, None);
    }
    let depth = here.ancestors().position(|dir| dir.join(".git").exists()).map_or(1, |above| above + 1);
    for dir in here.ancestors().take(depth) {
        let candidates = find_migrations_dir(dir);
        if candidates.is_empty() {
            continue;
        }
        // Whoever stands in one of several means that one.
        let own = candidates.into_iter().map(|candidate| candidate.dir).find(|own| here.starts_with(own));
        return at(dir, own.filter(|_| dir != here));
    }
    at(here, detect(here).is_ok().then(|| here.to_owned()))
}

/// The project around a folder of migrations that was named: where its `freehold.toml` is, else the current folder if
/// that is around it, else the folder itself.
pub fn around(here: &Path, migrations_dir: &Path) -> PathBuf {
    project_of(migrations_dir).unwrap_or_else(|| {
        if migrations_dir.starts_with(here) {
            here.to_owned()
        } else if migrations_dir.is_file() {
            migrations_dir.parent().unwrap_or(migrations_dir).to_owned()
        } else {
            migrations_dir.to_owned()
        }
    })
}

fn project_of(folder: &Path) -> Option<PathBuf> {
    Settings::find(folder).and_then(|file| file.parent().map(Path::to_owned))
}

fn is_project(folder: &Path) -> bool {
    if !folder.is_dir() {
        return false;
    }
    if folder.join(crate::settings::FILE_NAME).is_file() {
        return true;
    }
    let candidates = find_migrations_dir(folder);
    if candidates.is_empty() {
        return false;
    }
    // Both can be true of one folder: a project whose migrations are seen from above, and a folder of migrations
    // with others below. Its own name decides.
    let name = folder.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let named_so = name.contains("migrat") || name.contains("sql") || name.contains("schema");
    !(named_so && detect(folder).is_ok())
}

/// Without `.` and with `..` taken back where that needs no look at the disk.
fn tidied(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            // Through a symbolic link, `..` leads elsewhere than the text says; such a path is left as it is.
            Component::ParentDir if tidy.file_name().is_some() && !tidy.is_symlink() => {
                tidy.pop();
            }
            other => tidy.push(other),
        }
    }
    tidy
}

/// The folder as seen from the root of its git repository, with forward slashes; empty at the root and outside of
/// any repository.
pub fn place_in_repository(project_dir: &Path) -> String {
    project_dir
        .ancestors()
        .find(|folder| folder.join(".git").exists())
        .and_then(|root| project_dir.strip_prefix(root).ok())
        .map(crate::report::slashed)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "select 1;\n").unwrap();
        }
        folder
    }

    #[test]
    fn whoever_stands_in_a_folder_of_migrations_means_it() {
        let inside = ["db/migrations/000001_a.up.sql", "db/migrations/000001_a.down.sql"];
        for names in [[".git/HEAD"].iter().chain(&inside).copied().collect::<Vec<_>>(), inside.to_vec()] {
            let folder = folder(&names);
            let here = folder.path().join("db/migrations");
            let located = locate(&here, None);
            let meant = located
                .migrations_dir
                .clone()
                .unwrap_or_else(|| find_migrations_dir(&located.project_dir).first().unwrap().dir.clone());
            assert_eq!(meant, here, "{located:?}");
        }
    }

    #[test]
    fn whoever_stands_beside_the_migrations_of_a_repository_means_them() {
        let folder =
            folder(&[".git/HEAD", "src/a.sql", "migrations/000001_a.up.sql", "migrations/000001_a.down.sql"]);
        std::fs::create_dir(folder.path().join("doc")).unwrap();
        let located = locate(&folder.path().join("doc"), None);
        assert_eq!((located.project_dir.as_path(), located.migrations_dir), (folder.path(), None));
    }
}
