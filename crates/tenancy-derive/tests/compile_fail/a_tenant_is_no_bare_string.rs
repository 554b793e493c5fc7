//! A text from a request is read as a tenant first.
use freehold_tenancy::{Db, Tenant};

fn handle(db: &Db, from_header: &str) -> Tenant {
    db.tenant(from_header)
}

fn main() {}
