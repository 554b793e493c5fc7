//! Who works across tenants says why.
use freehold_tenancy::{Db, Error, System};

fn system(db: &Db) -> Result<System, Error> {
    db.system()
}

fn main() {}
