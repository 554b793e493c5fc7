//! How a folder of plain files writes the names of its files, and new names written like them.

use super::plain::{half, numbers, with_same_numbers};
use crate::compose::Next;
use crate::listing::Entry;
use crate::pairing::{Direction, Half};

/// The places of the files of a new migration.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) up: String,
    pub(super) down: String,
}

/// What stands around version and name: `v`, `_`, `.up` in `v3_add_x.up.sql`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Template {
    before_version: String,
    before_name: String,
    after_name: String,
}

impl Template {
    /// From a file of the folder; `None` when its name is only a number.
    fn of(half: &Half<'_>) -> Option<Self> {
        let file = &half.entry.name;
        let (version, rest) = numbers(file)?;
        let stem = rest.get(..rest.len().checked_sub(4)?)?;
        let at = stem.find(&half.name).filter(|_| !half.name.is_empty())?;
        Some(Self {
            before_version: file.get(..file.len() - version.len() - rest.len())?.to_owned(),
            before_name: stem.get(..at)?.to_owned(),
            after_name: stem.get(at + half.name.len()..)?.to_owned(),
        })
    }

    fn write(&self, version: &str, name: &str) -> String {
        format!("{}{version}{}{name}{}.sql", self.before_version, self.before_name, self.after_name)
    }
}

/// Names like those of the last files: a pair where there is to be a down script and the folder has pairs.
pub(super) fn places(next: &Next<'_>) -> Places {
    let mut halves: Vec<Half<'_>> =
        next.listing.inside("").filter(|entry| is_numbered(entry)).map(half).collect();
    halves.sort_by(|a, b| super::plain::by_numbers(a, b));
    let last_of = |direction: Direction, beside: Option<&Half<'_>>| {
        halves
            .iter()
            .rev()
            .filter(|half| half.direction == direction)
            .find(|half| beside.is_none_or(|other| with_same_numbers(other, half)))
    };
    let last_pair = halves
        .iter()
        .rev()
        .filter(|half| half.direction == Direction::Down)
        .find_map(|down| last_of(Direction::Up, Some(down)).map(|up| (up, down)));
    let pair = last_pair.filter(|_| next.down.is_some());
    let alone = last_of(Direction::Up, None);
    let up = pair.map(|(up, _)| up).or(alone).and_then(Template::of).unwrap_or_else(|| Template {
        before_version: String::new(),
        before_name: "_".to_owned(),
        after_name: String::new(),
    });
    let down = pair
        .and_then(|(_, down)| Template::of(down))
        .unwrap_or_else(|| Template { after_name: "_down".to_owned(), ..up.clone() });
    Places { up: up.write(next.version, next.name), down: down.write(next.version, next.name) }
}

fn is_numbered(entry: &Entry) -> bool {
    entry.is_sql() && !entry.is_dir() && numbers(&entry.name).is_some()
}
