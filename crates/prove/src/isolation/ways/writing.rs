//! What the ways that write share: the relation that is written to, attempts, and what became of others' rows.

mod attempt;
mod changes;
mod deed;
mod dressed;
mod reach;
mod statement;
mod subject;
mod through_view;
mod tied;

pub(super) use attempt::{Attempt, Came};
pub(super) use changes::Changes;
pub(super) use deed::{Addition, Deed, by_privilege, stopped, worst};
pub(super) use statement::{assignments, is_word};
pub(super) use subject::{Line, Subject};
pub(in crate::isolation) use through_view::Views;
pub(super) use tied::tied;
