//! A value does not become a part of a statement.
use freehold_tenancy::{Error, Execute, Tenant};

async fn find(tenant: &Tenant, name: &str) -> Result<u64, Error> {
    tenant.execute(format!("SELECT * FROM notes WHERE body = '{name}'"), &[]).await
}

fn main() {}
