//! Only what was written in the program is a statement.
use freehold_tenancy::{Error, Execute, Tenant};

async fn run(tenant: &Tenant, from_request: &str) -> Result<u64, Error> {
    tenant.execute(from_request, &[]).await
}

fn main() {}
