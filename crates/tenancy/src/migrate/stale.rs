//! Whether a folder still has the files that the program was built with.

use std::{collections::BTreeSet, fs, path::PathBuf};

use super::MigrateError;

/// Compares names; the compiler sees to the contents. A folder that is not there is not compared: the program runs
/// elsewhere than where it was built.
pub(super) fn check(
    folder: &'static str,
    embedded: &[(&'static str, &'static [u8])],
) -> Result<(), MigrateError> {
    let Some(there) = files_of(folder) else { return Ok(()) };
    let known: BTreeSet<String> = embedded.iter().map(|(place, _)| (*place).to_owned()).collect();
    if let Some(file) = there.difference(&known).next() {
        return Err(MigrateError::Stale { folder, file: file.clone(), what: "was added" });
    }
    if let Some(file) = known.difference(&there).next() {
        return Err(MigrateError::Stale { folder, file: file.clone(), what: "was taken away" });
    }
    Ok(())
}

/// The files below a folder as the macro finds them; `None` when it can't be read.
fn files_of(folder: &str) -> Option<BTreeSet<String>> {
    let mut files = BTreeSet::new();
    let mut folders = vec![(PathBuf::from(folder), String::new())];
    while let Some((folder, place)) = folders.pop() {
        for entry in fs::read_dir(&folder).ok()? {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?;
            if name.starts_with('.') || name == "node_modules" {
                continue;
            }
            let place = if place.is_empty() { name.to_owned() } else { format!("{place}/{name}") };
            if path.is_dir() {
                folders.push((path, place));
            } else {
                files.insert(place);
            }
        }
    }
    Some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The folder of this file's module: its own sources stand in for migrations.
    const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/migrate");
    const FILES: &[(&str, &[u8])] = &[("error.rs", b""), ("stale.rs", b"")];

    #[test]
    fn the_same_names_are_not_stale() {
        assert!(check(HERE, FILES).is_ok());
        assert!(check("/there/is/no/such/folder", FILES).is_ok());
    }

    #[test]
    fn a_name_more_or_less_is_stale() {
        let Some((_, fewer)) = FILES.split_first() else { return };
        let Err(MigrateError::Stale { file, what, .. }) = check(HERE, fewer) else { panic!("not seen") };
        assert_eq!((file.as_str(), what), ("error.rs", "was added"));
        let more = [FILES, &[("more.sql", b"".as_slice())]].concat();
        let Err(MigrateError::Stale { file, what, .. }) = check(HERE, &more) else { panic!("not seen") };
        assert_eq!((file.as_str(), what), ("more.sql", "was taken away"));
    }
}
