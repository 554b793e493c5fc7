//! Only this library decides what carries a tenant.
use freehold_tenancy::{Execute, Tenancy, TenantId};

struct Mine(Tenancy);

impl Execute for Mine {
    fn tenant_id(&self) -> Option<&TenantId> {
        None
    }

    fn tenancy(&self) -> &Tenancy {
        &self.0
    }
}

fn main() {}
