//! The project around a migrations folder: files that tell which tool is used.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::format::Evidence;

/// How many folders upwards are looked at; a `.git` ends the way earlier.
const LEVELS: usize = 5;

/// How much of a project file is read.
const PROJECT_FILE_BYTES: u64 = 1024 * 1024;

/// The folders from the migrations folder upwards to the project's root.
#[derive(Debug)]
pub struct Surroundings {
    levels: Vec<PathBuf>,
}

impl Surroundings {
    /// Looks upwards from a folder (or from the folder of a file).
    pub fn of(root: &Path) -> Self {
        let absolute = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let start =
            if absolute.is_dir() { absolute.as_path() } else { absolute.parent().unwrap_or(&absolute) };
        let mut levels = Vec::new();
        for level in start.ancestors().take(LEVELS) {
            levels.push(level.to_owned());
            if level.join(".git").exists() {
                break;
            }
        }
        Self { levels }
    }

    /// Nothing around: of files that are part of a program.
    pub fn none() -> Self {
        Self { levels: Vec::new() }
    }

    /// The nearest file of that name, at this level or above, whose text holds one of the words.
    pub fn mentions(&self, file: &str, words: &[&str]) -> Option<Evidence> {
        self.levels.iter().enumerate().find_map(|(distance, level)| {
            let path = level.join(file);
            let text = text_of(&path)?;
            let word = words.iter().find(|word| text.contains(**word))?;
            Some(Evidence { distance, reason: format!("{} mentions `{word}`", path.display()) })
        })
    }

    /// The nearest file or folder of that name, at this level or above.
    pub fn holds(&self, name: &str) -> Option<Evidence> {
        self.levels.iter().enumerate().find_map(|(distance, level)| {
            let path = level.join(name);
            path.exists().then(|| Evidence { distance, reason: format!("there is {}", path.display()) })
        })
    }

    /// The text of the nearest file of that name.
    pub fn text(&self, file: &str) -> Option<(PathBuf, String)> {
        self.levels
            .iter()
            .map(|level| level.join(file))
            .find_map(|path| text_of(&path).map(|text| (path, text)))
    }
}

fn text_of(path: &Path) -> Option<String> {
    if !path.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(PROJECT_FILE_BYTES).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The nearest of several pieces of evidence.
pub(crate) fn nearest(evidence: impl IntoIterator<Item = Option<Evidence>>) -> Option<Evidence> {
    evidence.into_iter().flatten().min_by_key(|evidence| evidence.distance)
}
