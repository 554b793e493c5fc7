//! The mode of each action of `ALTER TABLE`, and how far down it goes.

use freehold_model::lock::LockMode;
use freehold_sql::{Action, ConstraintKind};

/// Which relations below the altered one an action takes along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// None.
    Itself,
    /// Its partitions, in the statement's mode.
    Partitions,
    /// Its partitions and its children by `INHERITS`, in the statement's mode.
    Heirs,
    /// Its partitions, over which indexes are built.
    Indexed,
}

/// Storage options that other sessions only meet later: setting them keeps nobody from reading or writing.
const GENTLE_OPTIONS: &[&str] = &[
    "fillfactor",
    "deduplicate_items",
    "toast_tuple_target",
    "parallel_workers",
    "vacuum_index_cleanup",
    "vacuum_truncate",
    "vacuum_max_eager_freeze_failure_rate",
    "log_autovacuum_min_duration",
    "log_autoanalyze_min_duration",
];

/// The mode that the action needs on the relation it alters.
pub(super) fn mode(action: &Action) -> LockMode {
    match action {
        Action::SetColumnOption { option: "STATISTICS" | "SET (...)" | "RESET (...)", .. }
        | Action::ClusterOn { .. }
        | Action::ValidateConstraint { .. }
        | Action::AttachPartition { .. }
        | Action::DetachPartition { concurrently: true, .. }
        | Action::DetachPartition { finalize: true, .. } => LockMode::ShareUpdateExclusive,
        Action::SetOptions { names } | Action::ResetOptions { names } => {
            let gentle = |name: &String| {
                let name = name.as_str();
                GENTLE_OPTIONS.contains(&name) || name.starts_with("autovacuum_")
            };
            if names.iter().all(gentle) { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive }
        }
        Action::EnableTrigger { .. } | Action::DisableTrigger { .. } => LockMode::ShareRowExclusive,
        Action::AddConstraint(constraint) if constraint.kind == ConstraintKind::ForeignKey => {
            LockMode::ShareRowExclusive
        }
        _ => LockMode::AccessExclusive,
    }
}

/// How far down the action goes when it is not told `ONLY`.
pub(super) fn reach(action: &Action) -> Reach {
    match action {
        Action::AddConstraint(constraint) => match constraint.kind {
            ConstraintKind::ForeignKey => Reach::Partitions,
            ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Exclusion => Reach::Indexed,
            ConstraintKind::Check | ConstraintKind::NotNull => Reach::Heirs,
        },
        Action::AddColumn { .. }
        | Action::DropColumn { .. }
        | Action::AlterColumnType { .. }
        | Action::SetNotNull { .. }
        | Action::DropNotNull { .. }
        | Action::SetDefault { .. }
        | Action::DropDefault { .. }
        | Action::SetColumnOption { option: "STATISTICS" | "STORAGE", .. }
        | Action::SetExpression { .. }
        | Action::DropExpression { .. }
        | Action::ValidateConstraint { .. }
        | Action::DropConstraint { .. }
        | Action::RenameColumn { .. } => Reach::Heirs,
        Action::EnableTrigger { .. } | Action::DisableTrigger { .. } => Reach::Partitions,
        _ => Reach::Itself,
    }
}
