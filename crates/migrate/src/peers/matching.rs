//! The rules by which rows and files are brought together.

use std::path::Path;

use crate::folder::{Folder, Migration, MigrationKind};
use crate::peers::adoption::{Adopted, Adoption, Awaiting, WithoutFile};
use crate::peers::checksums::Comparison;
use crate::peers::history::{PeerEntry, PeerState, StandsFor};
use crate::peers::obstacle::Obstacle;
use crate::peers::peer::Peer;

/// Versions further apart than this are no running numbers; timestamps of migrations made by hand are.
const GAP_MAX: u64 = 9;

/// What is known of a migration of the folder so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Unseen,
    Applied,
    Undecided,
}

/// A history being laid beside a folder.
pub(crate) struct Matching<'a> {
    folder: &'a Folder,
    peer: &'static dyn Peer,
    standings: Vec<Standing>,
    adoption: Adoption,
}

impl<'a> Matching<'a> {
    /// Begins with an adoption that holds nothing but what the history says of itself.
    pub(crate) fn new(folder: &'a Folder, peer: &'static dyn Peer, adoption: Adoption) -> Self {
        Self { folder, peer, standings: vec![Standing::Unseen; folder.migrations.len()], adoption }
    }

    /// Takes all rows, and answers with every migration in one of the three lists.
    pub(crate) fn run(mut self, entries: &[PeerEntry]) -> Adoption {
        self.formats();
        self.failures(entries);
        for entry in entries.iter().filter(|entry| entry.state == PeerState::Applied) {
            match entry.stands_for {
                StandsFor::Itself => self.one(entry),
                StandsFor::UpTo => self.all_up_to(entry),
            }
        }
        self.baseline(entries);
        self.rest(entries);
        self.adoption
    }

    fn formats(&mut self) {
        let (tool, folder) = (self.peer.tool(), self.folder.format.name());
        if tool != folder {
            let table = self.adoption.table.clone();
            self.adoption.obstacles.push(Obstacle::OtherFormat { tool, folder, table });
        }
    }

    fn place_of(&self, entry: &PeerEntry) -> Option<usize> {
        self.folder.migrations.iter().position(|migration| self.peer.is_same(entry, migration))
    }

    fn migrations(&self) -> impl Iterator<Item = (usize, &'a Migration)> + use<'a> {
        self.folder.migrations.iter().enumerate()
    }

    /// True when a row that stands for all up to its version stands for this migration.
    fn covers(&self, entry: &PeerEntry, migration: &Migration) -> bool {
        migration.kind != MigrationKind::Repeatable && self.peer.reaches(&entry.version, &migration.version)
    }

    fn is_unseen(&self, place: usize) -> bool {
        self.standings.get(place) == Some(&Standing::Unseen)
    }

    fn leave_open(&mut self, place: usize) {
        let Some(standing) = self.standings.get_mut(place) else { return };
        if *standing == Standing::Applied {
            self.adoption.applied.retain(|adopted| adopted.migration != place);
        }
        *standing = Standing::Undecided;
    }

    /// Failed rows come first: what they are about is open, whatever other rows say.
    fn failures(&mut self, entries: &[PeerEntry]) {
        let failed = || {
            entries.iter().filter_map(|entry| match &entry.state {
                PeerState::Failed { why } => Some((entry, why)),
                _ => None,
            })
        };
        let numbers = failed().filter(|(entry, _)| entry.stands_for == StandsFor::UpTo).count();
        for (entry, why) in failed() {
            let next = self.peer.after_failure();
            let label =
                if entry.version.starts_with('-') { "the first migration".into() } else { entry.label() };
            self.adoption.obstacles.push(Obstacle::Failed { label, why: why.clone(), next });
            let place = self.place_of(entry);
            match (entry.stands_for, place) {
                (StandsFor::Itself, place) => place.into_iter().for_each(|place| self.leave_open(place)),
                // Of several numbers none says anything, and a number that is no file's says nothing of the files.
                (StandsFor::UpTo, _) if numbers > 1 => {
                    self.migrations().for_each(|(place, _)| self.leave_open(place));
                }
                // A baseline that did not end well: nothing that it stands for is sure.
                (StandsFor::UpTo, place) if !self.peer.needs_file_of_last() => {
                    let covered = self.migrations().filter(|(_, migration)| self.covers(entry, migration));
                    let covered: Vec<usize> = covered.map(|(place, _)| place).chain(place).collect();
                    covered.into_iter().for_each(|place| self.leave_open(place));
                }
                (StandsFor::UpTo, Some(last)) => {
                    // The up of this one or the down of the next failed.
                    self.leave_open(last);
                    self.leave_open(last + 1);
                    self.cover(entry, Some(last));
                }
                (StandsFor::UpTo, None) => {
                    if !entry.version.starts_with('-') {
                        self.last_not_in_folder(entry);
                    }
                    let first_after = self.migrations().find(|(_, m)| !self.covers(entry, m));
                    first_after.into_iter().for_each(|(place, _)| self.leave_open(place));
                }
            }
        }
    }

    fn one(&mut self, entry: &PeerEntry) {
        match self.place_of(entry) {
            Some(place) => self.take(place, entry, None),
            None => {
                let explained = self.explanation(entry);
                if explained.is_none() {
                    self.adoption.obstacles.push(Obstacle::NoFile { label: entry.label() });
                }
                self.adoption.without_file.push(WithoutFile { entry: entry.clone(), explained });
            }
        }
    }

    fn all_up_to(&mut self, entry: &PeerEntry) {
        let last = self.place_of(entry);
        if last.is_none() && self.peer.needs_file_of_last() {
            self.last_not_in_folder(entry);
        } else {
            self.cover(entry, last);
        }
    }

    /// Takes everything that a row stands for, the migration of its own version last.
    fn cover(&mut self, entry: &PeerEntry, last: Option<usize>) {
        for (place, migration) in self.migrations() {
            if Some(place) != last && self.covers(entry, migration) {
                self.take(place, entry, Some(entry.version.clone()));
            }
        }
        last.into_iter().for_each(|last| self.take(last, entry, None));
        if self.peer.needs_file_of_last() {
            self.gaps(entry);
        }
    }

    /// Numbers that are left out below the one number that the tool keeps: it cannot be told whether there ever was a
    /// migration of that number, and a file that comes under it later counts as applied.
    fn gaps(&mut self, entry: &PeerEntry) {
        let numbers = self.folder.migrations.iter().filter(|migration| self.covers(entry, migration));
        let numbers: Vec<u64> = numbers.filter_map(|migration| migration.version.parse().ok()).collect();
        let around = numbers.windows(2).filter_map(|pair| match pair {
            // A folder of timestamps has nothing but gaps.
            [before, after] if (2..=GAP_MAX).contains(&after.saturating_sub(*before)) => {
                Some(format!("{before} and {after}"))
            }
            _ => None,
        });
        let around: Vec<String> = around.collect();
        if !around.is_empty() {
            self.adoption.remarks.push(format!(
                "between {} the folder has no migration; {} would count one of a number in between as applied, \
                 whether it ever ran or not",
                around.join(", between "),
                self.peer.tool()
            ));
        }
    }

    fn last_not_in_folder(&mut self, entry: &PeerEntry) {
        let covered: Vec<usize> = self
            .migrations()
            .filter(|(_, migration)| self.covers(entry, migration))
            .map(|(place, _)| place)
            .collect();
        let version_at = |place: usize| self.folder.migrations.get(place).map(|m| m.version.as_str());
        let before = covered.last().and_then(|last| version_at(*last));
        let after = version_at(covered.last().map_or(0, |last| last + 1));
        let neighbours = match (before, after) {
            (Some(before), Some(after)) => format!("; around it are {before} and {after}"),
            (Some(before), None) => format!("; the last one is {before}"),
            (None, Some(after)) => format!("; the first one is {after}"),
            (None, None) => String::new(),
        };
        let (tool, version) = (self.peer.tool(), entry.version.clone());
        self.adoption.obstacles.push(Obstacle::LastNotInFolder { tool, version, neighbours });
        covered.into_iter().for_each(|place| self.leave_open(place));
    }

    /// Takes a migration as applied, unless it is open or taken already.
    fn take(&mut self, place: usize, entry: &PeerEntry, covered_by: Option<String>) {
        if !self.is_unseen(place) {
            return;
        }
        let Some(migration) = self.folder.migrations.get(place) else { return };
        let is_itself = covered_by.is_none();
        let checksum = self.comparison(entry, migration, is_itself);
        if let Comparison::Differs { recorded, ours } = &checksum {
            if migration.kind == MigrationKind::Repeatable {
                return;
            }
            let algorithm = entry.checksum.as_ref().map_or("", |sum| sum.algorithm);
            self.adoption.obstacles.push(Obstacle::Changed {
                label: migration.label(),
                path: migration.up.file.path.clone(),
                tool: self.peer.tool(),
                algorithm,
                recorded: recorded.clone(),
                ours: ours.clone(),
            });
        }
        if let Comparison::SameBut { what } = &checksum {
            self.adoption.remarks.push(format!(
                "{} differs in {what} from what {} recorded, and in nothing else",
                migration.label(),
                self.peer.tool()
            ));
        }
        self.adoption.remarks.extend(is_itself.then(|| self.peer.discrepancy(entry, migration)).flatten());
        if let Some(standing) = self.standings.get_mut(place) {
            *standing = Standing::Applied;
        }
        self.adoption.applied.push(Adopted {
            migration: place,
            version: migration.version.clone(),
            name: migration.name.clone(),
            applied_at: entry.applied_at.filter(|_| is_itself),
            applied_by: entry.applied_by.clone().filter(|_| is_itself),
            duration: entry.duration.filter(|_| is_itself),
            checksum,
            covered_by,
        });
    }

    fn comparison(&self, entry: &PeerEntry, migration: &Migration, is_itself: bool) -> Comparison {
        // A baseline row carries no checksum, or that of the baseline's own file.
        let is_own_file = entry.stands_for == StandsFor::Itself || migration.kind == MigrationKind::Baseline;
        match &entry.checksum {
            Some(sum) if is_itself && is_own_file => self.peer.compare(&sum.recorded, migration),
            _ if entry.stands_for == StandsFor::UpTo => match self.peer.compare("", migration) {
                Comparison::NotKept => Comparison::NotKept,
                _ => Comparison::NotOfThisFile,
            },
            _ => match self.peer.compare("", migration) {
                Comparison::NotKept => Comparison::NotKept,
                _ => Comparison::NotRecorded,
            },
        }
    }

    /// Why a row has no migration although nothing is missing.
    fn explanation(&self, entry: &PeerEntry) -> Option<String> {
        let is_it = |path: &Path| {
            path.file_name().is_some_and(|name| self.peer.is_file_of(entry, &name.to_string_lossy()))
        };
        let skipped = self.folder.skipped.iter().find(|skipped| is_it(&skipped.path));
        if let Some(skipped) = skipped {
            return Some(format!("{} is left out: {}", skipped.path.display(), skipped.why));
        }
        let baseline = self.folder.migrations.iter().find(|m| m.kind == MigrationKind::Baseline)?;
        let reaches = !entry.version.is_empty() && self.peer.reaches(&baseline.version, &entry.version);
        reaches.then(|| format!("the baseline {} stands for it", baseline.label()))
    }

    /// A baseline file on a database that was brought up by single migrations: it is applied when what it stands for
    /// is, and cannot be laid beside the history when only a part of that is.
    fn baseline(&mut self, entries: &[PeerEntry]) {
        let Some((place, baseline)) = self.migrations().find(|(_, m)| m.kind == MigrationKind::Baseline)
        else {
            return;
        };
        if !self.is_unseen(place) {
            return;
        }
        let applied: Vec<&PeerEntry> = entries
            .iter()
            .filter(|entry| entry.state == PeerState::Applied && !entry.version.is_empty())
            .collect();
        let reaching = |entry: &&&PeerEntry| self.peer.reaches(&entry.version, &baseline.version);
        let Some(highest) = applied.iter().find(reaching).or(applied.last()) else { return };
        let is_applied = |file: &str| applied.iter().any(|entry| self.peer.is_file_of(entry, file));
        let stands_for = |file: &str| {
            let version = self.peer.version_of_file(file);
            version.is_some_and(|version| self.peer.reaches(&baseline.version, &version))
        };
        let skipped = self.folder.skipped.iter().filter_map(|skipped| skipped.path.file_name());
        let skipped = skipped.map(|name| name.to_string_lossy().into_owned());
        let stood_for: Vec<String> = skipped.filter(|name| stands_for(name)).collect();
        let missing: Vec<String> = stood_for.iter().filter(|name| !is_applied(name)).cloned().collect();
        if missing.is_empty()
            && (!stood_for.is_empty() || self.peer.reaches(&highest.version, &baseline.version))
        {
            let covered_by = Some(highest.version.clone());
            self.take(place, highest, covered_by);
        } else {
            let missing =
                if missing.is_empty() { vec![format!("up to {}", baseline.version)] } else { missing };
            self.adoption.obstacles.push(Obstacle::BaselineAhead { label: baseline.label(), missing });
            self.leave_open(place);
        }
    }

    fn rest(&mut self, entries: &[PeerEntry]) {
        let of = |wanted: Standing| {
            let places = self.standings.iter().enumerate();
            places.filter(move |(_, standing)| **standing == wanted).map(|(place, _)| place)
        };
        self.adoption.undecided = of(Standing::Undecided).collect();
        let is_versioned = |place: &usize| {
            self.folder.migrations.get(*place).is_some_and(|m| m.kind != MigrationKind::Repeatable)
        };
        let newest = of(Standing::Applied).filter(is_versioned).max();
        for (place, migration) in self.migrations() {
            if !self.is_unseen(place) {
                continue;
            }
            let is_repeatable = migration.kind == MigrationKind::Repeatable;
            let was_applied =
                |e: &PeerEntry| e.state == PeerState::Applied && self.peer.is_same(e, migration);
            self.adoption.pending.push(Awaiting {
                migration: place,
                is_late: !is_repeatable && newest.is_some_and(|newest| place < newest),
                is_again: is_repeatable && entries.iter().any(was_applied),
            });
        }
    }
}
