//! There is no way to run SQL without a tenant.
use freehold_tenancy::{Db, Error, Execute};

async fn rows(db: &Db) -> Result<i64, Error> {
    db.query_value("SELECT count(*) FROM notes", &[]).await
}

fn main() {}
