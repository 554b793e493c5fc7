//! What a tenant is made of is its own.
use freehold_tenancy::TenantId;

fn tenant() -> TenantId {
    TenantId(String::new())
}

fn main() {}
