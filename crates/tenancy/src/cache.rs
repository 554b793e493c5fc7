//! Redis beside PostgreSQL.
