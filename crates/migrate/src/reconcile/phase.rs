//! In which part of the script a step comes where nothing that it needs decides.

use freehold_model::catalog::{ConstraintKind, ObjectKind, RelationKind};

use super::things::Subject;

/// What drops come first.
pub(super) fn of_drop(subject: Subject<'_>) -> u8 {
    match subject {
        // They would fire at the rest.
        Subject::Other(other) if other.kind == ObjectKind::EventTrigger => 5,
        Subject::Constraint(_, constraint) if constraint.kind == ConstraintKind::ForeignKey => 10,
        Subject::Default(..) | Subject::Policy(..) | Subject::Trigger(..) | Subject::Rule(..) => 10,
        Subject::Attached(_) | Subject::Inherits(..) | Subject::OwnedBy(..) => 10,
        Subject::Relation(relation) if !relation.is_table() => 11,
        Subject::Type(_) => 14,
        Subject::Extension(_) => LATE_DROP + 1,
        Subject::Schema(_) => LATE_DROP + 2,
        _ => 12,
    }
}

/// What stepped aside goes.
pub(super) const LATE_DROP: u8 = 86;
/// What steps aside.
pub(super) const ASIDE: u8 = 16;
/// Shells of types.
pub(super) const SHELL: u8 = 24;
/// Owners.
pub(super) const OWNER: u8 = 80;
/// Privileges and comments.
pub(super) const FINISH: u8 = 84;

/// What is made first, or altered first.
pub(super) fn of_make(subject: Subject<'_>) -> u8 {
    match subject {
        Subject::Schema(_) => 20,
        Subject::Extension(_) => 22,
        Subject::Type(_) => 26,
        Subject::Relation(relation) => match relation.kind {
            RelationKind::CompositeType => 28,
            RelationKind::Sequence => 30,
            RelationKind::View => 64,
            RelationKind::MaterializedView => 66,
            _ => 40,
        },
        Subject::Column(..) => 41,
        Subject::Identity(..) => 42,
        Subject::Function(_) => 50,
        Subject::Default(..) => 52,
        Subject::Inherits(..) | Subject::Attached(_) => 56,
        Subject::Constraint(_, constraint) if constraint.kind == ConstraintKind::ForeignKey => 60,
        Subject::Constraint(..) => 53,
        Subject::Index(..) => 54,
        Subject::IndexAttached(..) => 58,
        Subject::Statistics(..) | Subject::Rule(..) => 68,
        Subject::Policy(..) => 70,
        Subject::Trigger(..) => 72,
        Subject::OwnedBy(..) => OWNER + 1,
        Subject::Other(other) => match other.kind {
            ObjectKind::EventTrigger => 98,
            ObjectKind::DefaultPrivileges | ObjectKind::DatabaseSetting => 96,
            ObjectKind::Publication => 76,
            ObjectKind::Collation | ObjectKind::ForeignDataWrapper => 25,
            ObjectKind::ForeignServer | ObjectKind::UserMapping => 32,
            _ => 51,
        },
    }
}
