//! There is no tenant to fall back to.
use freehold_tenancy::TenantId;

fn tenant(from_request: Option<TenantId>) -> TenantId {
    from_request.unwrap_or_default()
}

fn main() {}
