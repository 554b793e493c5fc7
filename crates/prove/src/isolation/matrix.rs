//! The matrix: relations and other targets by the ways that were tried.

use std::{collections::BTreeSet, time::Duration};

use super::{outcome::Outcome, target::Target, way::Way};

/// What came of one way on one target. A way may give several cells on a target, one for each index, constraint or role
/// that it goes by.
#[derive(Debug)]
pub struct Cell {
    /// The target's place in [`Matrix::targets`].
    pub target: usize,
    /// The way.
    pub way: &'static Way,
    /// What came of it.
    pub outcome: Outcome,
}

/// A table that got no rows, or too few.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfilled {
    /// The table.
    pub table: String,
    /// What refused, with the constraint.
    pub why: String,
}

/// Everything that was tried.
#[derive(Debug)]
pub struct Matrix {
    /// What was tried to be reached, relations first.
    pub targets: Vec<Target>,
    /// What came of it, by target, then by way.
    pub cells: Vec<Cell>,
    /// The keys of tenants A, B and C.
    pub tenants: Vec<String>,
    /// The role that the application's statements ran as; none where a role was made for the proof.
    pub effective_role: Option<String>,
    /// Tables that got no rows.
    pub unfilled: Vec<Unfilled>,
    /// What was taken for granted or made for the proof: a role, an owner.
    pub said: Vec<String>,
    /// The role that stood for the application.
    pub role: String,
    /// True when that role was made for the proof.
    pub role_was_made: bool,
    /// The relations that this role may write.
    pub may_write: BTreeSet<u32>,
    /// Transactions that were run as the application.
    pub trials: u64,
    /// How long everything took, the making of rows included.
    pub took: Duration,
}

impl Matrix {
    /// The cells that leaked; what is only a note is left out.
    pub fn leaks(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| cell.outcome.is_leak())
    }

    /// The cells that were not tried.
    pub fn not_tried(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| matches!(cell.outcome, Outcome::NotTried { .. }))
    }

    /// The target of a cell.
    pub fn target_of(&self, cell: &Cell) -> Option<&Target> {
        self.targets.get(cell.target)
    }
}
