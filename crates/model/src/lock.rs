//! The eight relation lock modes, which of them conflict, and what that means for people.

use std::fmt;

/// A relation lock mode, weakest first (PostgreSQL manual, 13.3.1 "Table-Level Locks").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockMode {
    /// Taken by `SELECT`.
    AccessShare,
    /// Taken by `SELECT ... FOR UPDATE` and its kin.
    RowShare,
    /// Taken by `INSERT`, `UPDATE`, `DELETE`, `MERGE`.
    RowExclusive,
    /// Taken by `VACUUM`, `ANALYZE`, `CREATE INDEX CONCURRENTLY`, `VALIDATE CONSTRAINT`.
    ShareUpdateExclusive,
    /// Taken by `CREATE INDEX`.
    Share,
    /// Taken by `CREATE TRIGGER` and `ADD FOREIGN KEY`.
    ShareRowExclusive,
    /// Taken by `REFRESH MATERIALIZED VIEW CONCURRENTLY`.
    Exclusive,
    /// Taken by `DROP TABLE`, `TRUNCATE`, most forms of `ALTER TABLE`.
    AccessExclusive,
}

/// What a lock keeps others from doing while it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Blocks {
    /// Neither reads nor writes nor most DDL wait.
    Nothing,
    /// Only other schema changes and maintenance wait.
    Ddl,
    /// `INSERT`, `UPDATE` and `DELETE` wait; reads go on.
    Writes,
    /// Everything waits, `SELECT` too.
    ReadsAndWrites,
}

impl LockMode {
    /// All modes, weakest first.
    pub const ALL: [Self; 8] = [
        Self::AccessShare,
        Self::RowShare,
        Self::RowExclusive,
        Self::ShareUpdateExclusive,
        Self::Share,
        Self::ShareRowExclusive,
        Self::Exclusive,
        Self::AccessExclusive,
    ];

    /// From the name that `pg_locks.mode` shows, such as `AccessExclusiveLock`.
    pub fn from_pg_locks(mode: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|candidate| candidate.pg_locks_name() == mode)
    }

    /// The name that `pg_locks.mode` shows.
    pub fn pg_locks_name(self) -> &'static str {
        match self {
            Self::AccessShare => "AccessShareLock",
            Self::RowShare => "RowShareLock",
            Self::RowExclusive => "RowExclusiveLock",
            Self::ShareUpdateExclusive => "ShareUpdateExclusiveLock",
            Self::Share => "ShareLock",
            Self::ShareRowExclusive => "ShareRowExclusiveLock",
            Self::Exclusive => "ExclusiveLock",
            Self::AccessExclusive => "AccessExclusiveLock",
        }
    }

    /// True when two sessions cannot hold the two modes on one relation at once (manual, table 13.2).
    pub fn conflicts_with(self, other: Self) -> bool {
        let row: [u8; 8] = match self {
            Self::AccessShare => [0, 0, 0, 0, 0, 0, 0, 1],
            Self::RowShare => [0, 0, 0, 0, 0, 0, 1, 1],
            Self::RowExclusive => [0, 0, 0, 0, 1, 1, 1, 1],
            Self::ShareUpdateExclusive => [0, 0, 0, 1, 1, 1, 1, 1],
            Self::Share => [0, 0, 1, 1, 0, 1, 1, 1],
            Self::ShareRowExclusive => [0, 0, 1, 1, 1, 1, 1, 1],
            Self::Exclusive => [0, 1, 1, 1, 1, 1, 1, 1],
            Self::AccessExclusive => [1; 8],
        };
        row[other as usize] == 1
    }

    /// What holding this mode keeps others from doing.
    pub fn blocks(self) -> Blocks {
        if self.conflicts_with(Self::AccessShare) {
            Blocks::ReadsAndWrites
        } else if self.conflicts_with(Self::RowExclusive) {
            Blocks::Writes
        } else if self.conflicts_with(Self::ShareUpdateExclusive) {
            Blocks::Ddl
        } else {
            Blocks::Nothing
        }
    }
}

/// As the manual writes it: `ACCESS EXCLUSIVE`.
impl fmt::Display for LockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessShare => "ACCESS SHARE",
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        })
    }
}

impl fmt::Display for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "blocks nothing",
            Self::Ddl => "blocks other schema changes and vacuum",
            Self::Writes => "blocks writes",
            Self::ReadsAndWrites => "blocks reads and writes",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_conflict_table_is_symmetric() {
        for a in LockMode::ALL {
            for b in LockMode::ALL {
                assert_eq!(a.conflicts_with(b), b.conflicts_with(a), "{a} and {b}");
            }
        }
    }

    #[test]
    fn what_a_lock_blocks_follows_from_the_conflict_table() {
        assert_eq!(LockMode::AccessExclusive.blocks(), Blocks::ReadsAndWrites);
        assert_eq!(LockMode::Exclusive.blocks(), Blocks::Writes);
        assert_eq!(LockMode::Share.blocks(), Blocks::Writes);
        assert_eq!(LockMode::ShareUpdateExclusive.blocks(), Blocks::Ddl);
        assert_eq!(LockMode::RowExclusive.blocks(), Blocks::Nothing);
    }

    #[test]
    fn modes_survive_the_way_through_pg_locks() {
        for mode in LockMode::ALL {
            assert_eq!(LockMode::from_pg_locks(mode.pg_locks_name()), Some(mode));
        }
    }
}
