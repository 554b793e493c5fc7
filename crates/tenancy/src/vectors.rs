//! Similarity search within a tenant.
