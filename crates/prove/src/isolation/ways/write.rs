//! Writing another tenant's rows, or writing for another tenant.

pub(super) mod update_of_others;
