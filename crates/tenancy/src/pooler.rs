//! What stands between the application and the server: PgBouncer, or nothing.
