//! Handles come from a database.
use freehold_tenancy::{Db, Tenant};

fn handle(db: Db) -> Tenant {
    Tenant { db, context: todo!() }
}

fn main() {}
