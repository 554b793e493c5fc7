//! A nil uuid is nobody, so that any uuid is looked at first.
use freehold_tenancy::{Db, Tenant};

fn handle(db: &Db, id: u128) -> Tenant {
    db.tenant(&id)
}

fn main() {}
