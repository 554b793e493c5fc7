//! Reading another tenant's rows.

pub(super) mod all_rows;
pub(super) mod by_key;
pub(super) mod copy;
pub(super) mod count;
pub(super) mod cursor;
pub(super) mod exists;
pub(super) mod index;
pub(super) mod lock;
pub(super) mod nested;
pub(super) mod oracle;
pub(super) mod returning;
pub(super) mod sample;
mod subject;
pub(super) mod system_columns;
