//! Writing another tenant's rows, or writing for another tenant.

pub(super) mod cascade;
pub(super) mod copy_from;
pub(super) mod delete_of_others;
pub(super) mod insert_for_others;
pub(super) mod leave_to_nobody;
pub(super) mod merge_over_others;
pub(super) mod move_to_others;
pub(super) mod take_from_others;
pub(super) mod truncate;
pub(super) mod update_of_others;
pub(super) mod upsert_over_others;
