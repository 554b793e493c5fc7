//! Reading another tenant's rows.

pub(super) mod all_rows;
