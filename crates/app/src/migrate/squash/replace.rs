//! Putting the script into the folder in place of the migrations that it stands for: all or nothing.
//!
//! What is to be done is written down first, in the folder that the squashed files go to. Whoever finds that note later
//! puts everything back; when the note is gone, all is done.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use freehold_migrate::NewFile;
use serde::{Deserialize, Serialize};

use super::error::SquashError;

/// The note's name. It begins with a dot: no tool takes it for a migration.
const NOTE: &str = ".freehold-squash.json";

/// What is being done.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    /// Places that go out of the folder.
    moved: Vec<String>,
    /// Places that come into it.
    added: Vec<String>,
}

/// Where the squashed files go: `migrations.before-0042` beside `migrations`.
pub(super) fn place_for(dir: &Path, version: &str) -> PathBuf {
    let safe: String = version
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' })
        .collect();
    beside(dir, &format!("{}{safe}", prefix(dir)))
}

/// Replaces. Gives the folder that the squashed files are in now.
pub(super) fn replace(
    dir: &Path,
    version: &str,
    moved: &BTreeSet<String>,
    files: &[NewFile],
) -> Result<PathBuf, SquashError> {
    let before = place_for(dir, version);
    let stays = |file: &&NewFile| !moved.iter().any(|place| is_within(&file.place, place));
    // What is there and is not moved is not ours to remove, should anything fail later.
    if let Some(there) =
        files.iter().filter(stays).map(|file| dir.join(&file.place)).find(|path| path.exists())
    {
        return Err(SquashError::Exists { path: there });
    }
    match fs::create_dir(&before) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(SquashError::Exists { path: before });
        }
        Err(error) => return Err(SquashError::files("make the folder", &before)(error)),
    }
    let note = Note {
        moved: moved.iter().cloned().collect(),
        added: files.iter().map(|file| file.place.clone()).collect(),
    };
    let outcome = write_note(&before, &note).and_then(|()| carry_out(dir, &before, &note, files));
    match outcome {
        Ok(()) => Ok(before),
        Err(error) => {
            put_back(dir, &before, &note)?;
            Err(error)
        }
    }
}

fn write_note(before: &Path, note: &Note) -> Result<(), SquashError> {
    let path = before.join(NOTE);
    let failed = || SquashError::files("write", &path);
    let text = serde_json::to_string_pretty(note)
        .map_err(|source| SquashError::Journal { path: path.clone(), source })?;
    let mut file = File::create_new(&path).map_err(failed())?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed())?;
    settle(before);
    Ok(())
}

fn carry_out(dir: &Path, before: &Path, note: &Note, files: &[NewFile]) -> Result<(), SquashError> {
    for place in &note.moved {
        move_one(&dir.join(place), &before.join(place))?;
    }
    for file in files {
        let path = dir.join(&file.place);
        make_parents(&path)?;
        let failed = || SquashError::files("write", &path);
        let mut new = File::create_new(&path).map_err(failed())?;
        new.write_all(file.text.as_bytes()).and_then(|()| new.sync_all()).map_err(failed())?;
    }
    settle(dir);
    settle(before);
    let path = before.join(NOTE);
    fs::remove_file(&path).map_err(SquashError::files("remove", &path))
}

/// Undoes what a run that was interrupted has begun in this folder. Gives the folders that were put back.
pub(super) fn recover(dir: &Path) -> Result<Vec<PathBuf>, SquashError> {
    let prefix = prefix(dir);
    let parent = parent(dir);
    let mut found = Vec::new();
    for entry in fs::read_dir(&parent).into_iter().flatten().flatten() {
        let named = entry.file_name().to_string_lossy().starts_with(&prefix);
        let path = entry.path().join(NOTE);
        if !named || !path.is_file() {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(SquashError::files("read", &path))?;
        if text.is_empty() {
            // It was interrupted before anything was moved.
            put_back(dir, &entry.path(), &Note { moved: Vec::new(), added: Vec::new() })?;
            continue;
        }
        let note: Note = serde_json::from_str(&text)
            .map_err(|source| SquashError::Journal { path: path.clone(), source })?;
        put_back(dir, &entry.path(), &note)?;
        found.push(entry.path());
    }
    Ok(found)
}

fn put_back(dir: &Path, before: &Path, note: &Note) -> Result<(), SquashError> {
    let kept: BTreeSet<&String> = note.moved.iter().filter(|place| !before.join(place).exists()).collect();
    for place in &note.added {
        // A file of the same name that was not moved yet is an old one.
        if !kept.iter().any(|kept| is_within(place, kept)) {
            let path = dir.join(place);
            match fs::remove_file(&path) {
                Ok(()) => remove_empty(dir, &path),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(SquashError::files("remove", &path)(error)),
            }
        }
    }
    for place in &note.moved {
        if before.join(place).exists() {
            move_one(&before.join(place), &dir.join(place))?;
        }
    }
    let path = before.join(NOTE);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(SquashError::files("remove", &path)(error));
        }
        _ => {}
    }
    remove_tree_of_empty(before);
    Ok(())
}

/// True for a place itself and for what is below it.
fn is_within(place: &str, above: &str) -> bool {
    place.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn move_one(from: &Path, to: &Path) -> Result<(), SquashError> {
    make_parents(to)?;
    if to.exists() {
        return Err(SquashError::Exists { path: to.to_owned() });
    }
    fs::rename(from, to).map_err(SquashError::files("move", from))
}

fn make_parents(path: &Path) -> Result<(), SquashError> {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent).map_err(SquashError::files("make the folder", parent))
}

/// Folders above a file that are empty without it, up to `dir`.
fn remove_empty(dir: &Path, file: &Path) {
    for folder in file.ancestors().skip(1).take_while(|folder| *folder != dir) {
        if fs::remove_dir(folder).is_err() {
            return;
        }
    }
}

/// A folder in which there are only folders.
fn remove_tree_of_empty(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_tree_of_empty(&entry.path());
        }
    }
    // One in which something is left stays.
    let _ = fs::remove_dir(folder);
}

/// What was renamed in a folder is on the disk. A system that cannot do that keeps the order of renames anyhow.
fn settle(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

fn prefix(dir: &Path) -> String {
    let name = dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    format!("{name}.before-")
}

fn parent(dir: &Path) -> PathBuf {
    dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn beside(dir: &Path, name: &str) -> PathBuf {
    parent(dir).join(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use freehold_migrate::FileRole;

    fn project() -> (tempfile::TempDir, PathBuf) {
        let project = tempfile::tempdir().unwrap();
        let dir = project.path().join("migrations");
        fs::create_dir(&dir).unwrap();
        for (name, text) in [("1_a.up.sql", "a"), ("2_b.up.sql", "b"), ("3_c.up.sql", "c")] {
            fs::write(dir.join(name), text).unwrap();
        }
        (project, dir)
    }

    fn tree(dir: &Path) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, fs::read_to_string(&path).unwrap_or_default())
            })
            .collect();
        found.sort();
        found
    }

    fn new_file(place: &str) -> NewFile {
        NewFile { place: place.to_owned(), text: "new".to_owned(), role: FileRole::Up }
    }

    fn places(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_script_takes_the_place_of_the_files_which_are_kept_beside() {
        let (_project, dir) = project();
        let before =
            replace(&dir, "2", &places(&["1_a.up.sql", "2_b.up.sql"]), &[new_file("2_baseline.up.sql")])
                .unwrap();
        assert!(before.ends_with("migrations.before-2"), "{before:?}");
        let names = |dir: &Path| tree(dir).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(&dir), ["2_baseline.up.sql", "3_c.up.sql"]);
        assert_eq!(names(&before), ["1_a.up.sql", "2_b.up.sql"]);
        assert!(recover(&dir).unwrap().is_empty());
        let again = replace(&dir, "2", &places(&["3_c.up.sql"]), &[]).unwrap_err();
        assert!(matches!(again, SquashError::Exists { .. }), "{again}");
        assert_eq!(names(&dir), ["2_baseline.up.sql", "3_c.up.sql"]);
    }

    #[test]
    fn a_file_that_cannot_be_moved_puts_everything_back() {
        let (_project, dir) = project();
        let was = tree(&dir);
        let missing = replace(&dir, "2", &places(&["1_a.up.sql", "9_gone.up.sql"]), &[new_file("2_x.sql")]);
        assert!(matches!(missing, Err(SquashError::Files { .. })), "{missing:?}");
        let there = replace(&dir, "2", &places(&["1_a.up.sql"]), &[new_file("3_c.up.sql")]);
        assert!(matches!(there, Err(SquashError::Exists { .. })), "{there:?}");
        assert_eq!(tree(&dir), was);
        assert!(!place_for(&dir, "2").exists());
    }

    #[test]
    fn a_run_that_was_interrupted_at_any_point_is_undone_by_the_next() {
        let moved = ["1_a.up.sql", "2_b.up.sql"];
        for done in 0..=moved.len() + 1 {
            let (_project, dir) = project();
            let was = tree(&dir);
            let before = place_for(&dir, "2");
            fs::create_dir(&before).unwrap();
            let note = Note {
                moved: moved.iter().map(|name| (*name).to_owned()).collect(),
                added: vec!["2_b.up.sql".to_owned()],
            };
            write_note(&before, &note).unwrap();
            for name in moved.iter().take(done) {
                fs::rename(dir.join(name), before.join(name)).unwrap();
            }
            if done > moved.len() {
                fs::write(dir.join("2_b.up.sql"), "new").unwrap();
            }
            assert_eq!(recover(&dir).unwrap(), std::slice::from_ref(&before));
            assert_eq!(tree(&dir), was, "after {done} steps");
            assert!(!before.exists());
        }
    }
}
