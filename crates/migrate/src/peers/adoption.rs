//! Laying another tool's history beside a folder: what is applied, what is pending, what is open.

use std::time::Duration;

use freehold_model::name::QualifiedName;
use jiff::Timestamp;

use crate::folder::Folder;
use crate::peers::checksums::Comparison;
use crate::peers::history::{PeerEntry, PeerHistory};
use crate::peers::matching::Matching;
use crate::peers::obstacle::Obstacle;
use crate::peers::peer_named;

/// What a folder's migrations are by another tool's history. Each of them is in exactly one of `applied`, `pending` and
/// `undecided`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adoption {
    /// The tool.
    pub tool: &'static str,
    /// Its table.
    pub table: QualifiedName,
    /// Applied, in the order in which they were.
    pub applied: Vec<Adopted>,
    /// Not applied, in the order of the folder.
    pub pending: Vec<Awaiting>,
    /// Migrations of the folder (by their place in it) of which the table does not say what they are; an obstacle says
    /// why.
    pub undecided: Vec<usize>,
    /// What the table has as applied and the folder has not.
    pub without_file: Vec<WithoutFile>,
    /// What has to be decided by a person. Without any, what is above can be taken over as it is.
    pub obstacles: Vec<Obstacle>,
    /// What is worth knowing, as sentences.
    pub remarks: Vec<String>,
}

/// A migration of the folder that is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// Its place in [`Folder::migrations`].
    pub migration: usize,
    /// Its version.
    pub version: String,
    /// Its name, as the folder has it.
    pub name: String,
    /// When, where the tool keeps that.
    pub applied_at: Option<Timestamp>,
    /// By which database role, where the tool keeps that.
    pub applied_by: Option<String>,
    /// How long it took, where the tool keeps that.
    pub duration: Option<Duration>,
    /// Whether the file is the one that was applied.
    pub checksum: Comparison,
    /// The version of the row that says so, when it is another: a baseline, or the one number that the tool keeps.
    pub covered_by: Option<String>,
}

/// A migration of the folder that is not applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awaiting {
    /// Its place in [`Folder::migrations`].
    pub migration: usize,
    /// True when a later one is applied already.
    pub is_late: bool,
    /// True when it is a repeatable migration that was applied in an earlier form.
    pub is_again: bool,
}

/// An applied migration that is none of the folder's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithoutFile {
    /// What the table says of it.
    pub entry: PeerEntry,
    /// The file that is it and was left out when the folder was read, with the reason, or what else stands for it.
    /// `None`: there is no such file.
    pub explained: Option<String>,
}

impl Adoption {
    /// The versions that count as applied, in order of application.
    pub fn applied_versions(&self) -> Vec<&str> {
        self.applied.iter().map(|adopted| adopted.version.as_str()).collect()
    }

    /// True when nothing has to be decided by a person.
    pub fn is_clear(&self) -> bool {
        self.obstacles.is_empty()
    }
}

/// Lays a history beside a folder, by the rules of the tool. Pure: neither is touched.
///
/// A tool that is not on the list [`crate::PEERS`] has no rules; then everything is undecided.
pub fn match_with(folder: &Folder, history: &PeerHistory) -> Adoption {
    let adoption = Adoption {
        tool: history.tool,
        table: history.table.clone(),
        applied: Vec::new(),
        pending: Vec::new(),
        undecided: Vec::new(),
        without_file: Vec::new(),
        obstacles: Vec::new(),
        remarks: history.remarks.clone(),
    };
    let Some(peer) = peer_named(history.tool) else {
        return Adoption { undecided: (0..folder.migrations.len()).collect(), ..adoption };
    };
    Matching::new(folder, peer, adoption).run(&history.entries)
}
