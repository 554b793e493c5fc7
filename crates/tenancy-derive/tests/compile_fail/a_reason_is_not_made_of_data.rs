//! A reason is written in the program, where a reviewer sees it.
use freehold_tenancy::{Db, Error, System};

fn system(db: &Db, from_request: String) -> Result<System, Error> {
    db.system(&from_request)
}

fn main() {}
