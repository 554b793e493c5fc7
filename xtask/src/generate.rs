//! Generated files: committed, never edited, rewritten by `cargo xtask generate`.

mod command_line;
mod dependencies;
mod rules;
mod schema;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::error::TaskError;

/// Folders whose every file is generated: what is in them and is not made any more gets removed.
const WHOLE_FOLDERS: &[&str] = &["docs/rules"];

/// What should be on disk, by path from the root.
type Files = BTreeMap<String, String>;

/// Writes what differs and removes what is made no more. Returns the paths that changed.
pub(crate) fn write(root: &Path) -> Result<Vec<String>, TaskError> {
    write_files(root, &files(root)?)
}

/// The paths whose files are not what [`write`] would leave.
pub(crate) fn stale(root: &Path) -> Result<Vec<String>, TaskError> {
    differing(root, &files(root)?)
}

fn files(root: &Path) -> Result<Files, TaskError> {
    let mut files = rules::files();
    files.insert("docs/cli.md".to_owned(), command_line::page(root)?);
    files.insert("docs/tenancy/dependencies.md".to_owned(), dependencies::page(root)?);
    files.extend(schema::files()?);
    Ok(files)
}

fn write_files(root: &Path, files: &Files) -> Result<Vec<String>, TaskError> {
    let changed = differing(root, files)?;
    for path in &changed {
        let full = root.join(path);
        let failed = |source| TaskError::Write { path: full.clone(), source };
        match files.get(path) {
            Some(text) => {
                full.parent().map_or(Ok(()), fs::create_dir_all).map_err(failed)?;
                fs::write(&full, text).map_err(failed)?;
            }
            None => fs::remove_file(&full).map_err(failed)?,
        }
    }
    Ok(changed)
}

fn differing(root: &Path, files: &Files) -> Result<Vec<String>, TaskError> {
    let mut paths: Vec<String> = Vec::new();
    for (path, text) in files {
        if read(&root.join(path))?.as_ref() != Some(text) {
            paths.push(path.clone());
        }
    }
    for folder in WHOLE_FOLDERS {
        let Ok(entries) = fs::read_dir(root.join(folder)) else { continue };
        let names =
            entries.flatten().map(|entry| format!("{folder}/{}", entry.file_name().to_string_lossy()));
        paths.extend(names.filter(|path| !files.contains_key(path)));
    }
    paths.sort();
    Ok(paths)
}

/// The text of a file; `None` when there is none.
fn read(path: &PathBuf) -> Result<Option<String>, TaskError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(TaskError::Read { path: path.clone(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> Files {
        Files::from([
            ("docs/rules/a.md".to_owned(), "# a\n".to_owned()),
            ("docs/cli.md".to_owned(), "x\n".to_owned()),
        ])
    }

    #[test]
    fn what_was_written_is_not_stale() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(write_files(root.path(), &made()).unwrap(), ["docs/cli.md", "docs/rules/a.md"]);
        assert!(differing(root.path(), &made()).unwrap().is_empty());
        assert!(write_files(root.path(), &made()).unwrap().is_empty());
    }

    #[test]
    fn an_edited_file_is_stale() {
        let root = tempfile::tempdir().unwrap();
        write_files(root.path(), &made()).unwrap();
        fs::write(root.path().join("docs/cli.md"), "y\n").unwrap();
        assert_eq!(differing(root.path(), &made()).unwrap(), ["docs/cli.md"]);
    }

    #[test]
    fn the_page_of_a_rule_that_is_gone_is_stale_and_removed() {
        let root = tempfile::tempdir().unwrap();
        write_files(root.path(), &made()).unwrap();
        let old = root.path().join("docs/rules/old.md");
        fs::write(&old, "# old\n").unwrap();
        assert_eq!(differing(root.path(), &made()).unwrap(), ["docs/rules/old.md"]);
        write_files(root.path(), &made()).unwrap();
        assert!(!old.exists());
    }
}
