//! A case: one file with two histories, and what the text says of both.
//!
//! A line `-- case:` says what it is about, lines `-- fears: RULE` what the text says; `-- says: RULE` what stands beside it and is no concern of the case;
//! `-- depths: live rehearsal` at which depths it is settled, both unless written. What stands before `-- harmless:` is
//! common to both histories; `-- hazard:` begins the second one. In both, `-- there:` begins what is in the database before
//! all scripts, and `-- by hand:` what somebody did to the live one after those that were applied. The rest is written as
//! the examples of rules are.

use std::{fs, path::Path};

use freehold_lint::{Direction, example::Example};

/// At which depth scripts are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// With the catalog of a live database.
    Live,
    /// By a rehearsal.
    Rehearsal,
}

/// One history.
#[derive(Debug, Clone)]
pub(crate) struct History {
    pub(crate) example: Example,
    /// What was there before all scripts.
    pub(crate) there: String,
    /// What somebody did to the live database.
    pub(crate) by_hand: String,
}

/// A case.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) fears: Vec<String>,
    pub(crate) beside: Vec<String>,
    pub(crate) depths: Vec<Depth>,
    pub(crate) harmless: History,
    pub(crate) hazard: History,
}

impl Case {
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let named = |key: &str| -> Vec<String> {
            let lines = text.lines().filter_map(|line| line.strip_prefix(key));
            lines.flat_map(|line| line.split_whitespace().map(str::to_owned)).collect()
        };
        let depths = named("-- depths:");
        let wanted = |word: &str| depths.is_empty() || depths.iter().any(|depth| depth == word);
        let (common, rest) = text.split_once("-- harmless:\n").unwrap();
        let (harmless, hazard) = rest.split_once("-- hazard:\n").unwrap();
        let all = [(Depth::Live, "live"), (Depth::Rehearsal, "rehearsal")];
        Self {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            fears: named("-- fears:"),
            beside: named("-- says:"),
            depths: all.into_iter().filter(|(_, word)| wanted(word)).map(|(depth, _)| depth).collect(),
            harmless: History::read(&format!("{common}{harmless}")),
            hazard: History::read(&format!("{common}{hazard}")),
        }
    }
}

impl History {
    pub(crate) fn read(text: &str) -> Self {
        let (mut told, mut there, mut by_hand) = (String::new(), String::new(), String::new());
        let mut section = 0;
        for line in text.lines() {
            match line {
                "-- there:" => section = 1,
                "-- by hand:" => section = 2,
                _ if line.starts_with("-- migration:") => section = 0,
                _ => {}
            }
            if ["-- case:", "-- fears:", "-- says:", "-- depths:"].iter().any(|key| line.starts_with(key)) {
                continue;
            }
            let into = match section {
                1 => &mut there,
                2 => &mut by_hand,
                _ => &mut told,
            };
            into.push_str(line);
            into.push('\n');
        }
        Self { example: Example::read(&told), there, by_hand }
    }

    /// Writes the scripts as Flyway keeps them, and what was there before them beside their folder.
    pub(crate) fn write(&self, project: &Path) {
        let folder = project.join("migrations");
        fs::create_dir_all(&folder).unwrap();
        fs::write(project.join("there.sql"), &self.there).unwrap();
        for script in &self.example.scripts {
            let way = if script.direction == Direction::Up { "V" } else { "U" };
            let (version, name) = script.name.split_once('_').unwrap_or((&script.name, "it"));
            let file = folder.join(format!("{way}{version}__{name}.sql"));
            if script.no_transaction {
                fs::write(format!("{}.conf", file.display()), "executeInTransaction=false\n").unwrap();
            }
            fs::write(file, &script.text).unwrap();
        }
    }

    /// The version of the last script that was applied long ago.
    pub(crate) fn applied(&self) -> Option<String> {
        let last = self.example.scripts.iter().rfind(|script| script.applied)?;
        last.name.split('_').next().map(str::to_owned)
    }
}
