//! Whether a tenant is served.
