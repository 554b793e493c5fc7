//! Who changed what: an append-only, chained log for each tenant.
