//! Face recognition as a service: an HTTP API on multi-tenant PostgreSQL.
fn main() {}
