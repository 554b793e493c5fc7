//! Putting up and down scripts of one version together, with the errors that this can have.

use std::cmp::Ordering;

use crate::error::ReadError;
use crate::folder::{Migration, MigrationKind};
use crate::listing::{Entry, Listing};
use crate::script::Script;

/// Whether a script goes up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Up,
    Down,
}

/// A file that is one direction of one migration.
#[derive(Debug)]
pub(crate) struct Half<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) direction: Direction,
    pub(crate) version: String,
    pub(crate) name: String,
}

/// Pairs the halves by version, in the given order of versions, and reads their files with `script`.
///
/// Errors: two files of one version and direction; a down script without an up script; what reading says.
pub(crate) fn pair(
    listing: &Listing,
    mut halves: Vec<Half<'_>>,
    compare: impl Fn(&Half<'_>, &Half<'_>) -> Ordering,
    script: impl Fn(&Listing, &Half<'_>) -> Result<Script, ReadError>,
) -> Result<Vec<Migration>, ReadError> {
    halves.sort_by(|a, b| compare(a, b).then_with(|| a.entry.relative.cmp(&b.entry.relative)));
    let mut migrations = Vec::new();
    for same in halves.chunk_by(|a, b| compare(a, b) == Ordering::Equal) {
        let up = only(same, Direction::Up)?;
        let down = only(same, Direction::Down)?;
        let Some(up) = up else {
            if let Some(down) = down {
                let (version, down) = (down.version.clone(), down.entry.path.clone());
                return Err(ReadError::DownWithoutUp { version, down });
            }
            continue;
        };
        migrations.push(Migration {
            version: up.version.clone(),
            name: up.name.clone(),
            kind: MigrationKind::Versioned,
            up: script(listing, up)?,
            down: down.map(|down| script(listing, down)).transpose()?,
        });
    }
    Ok(migrations)
}

fn only<'h, 'a>(same: &'h [Half<'a>], direction: Direction) -> Result<Option<&'h Half<'a>>, ReadError> {
    let mut of_direction = same.iter().filter(|half| half.direction == direction);
    let first = of_direction.next();
    if let (Some(first), Some(second)) = (first, of_direction.next()) {
        return Err(ReadError::DuplicateVersion {
            version: first.version.clone(),
            first: first.entry.path.clone(),
            second: second.entry.path.clone(),
        });
    }
    Ok(first)
}
