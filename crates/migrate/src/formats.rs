//! The formats, one file each; the list of them is `FORMATS`.

pub(crate) mod db_migrate;
pub(crate) mod dbmate;
pub(crate) mod diesel;
pub(crate) mod flyway;
pub(crate) mod flyway_names;
pub(crate) mod flyway_scripts;
pub(crate) mod golang_migrate;
pub(crate) mod goose;
pub(crate) mod goose_marks;
pub(crate) mod node_pg_migrate;
pub(crate) mod plain;
pub(crate) mod plain_names;
pub(crate) mod postgres_migrations;
pub(crate) mod prisma;
pub(crate) mod schema;
pub(crate) mod sql_migrate;
pub(crate) mod sqlx;
pub(crate) mod strays;
pub(crate) mod supabase;
pub(crate) mod tern;
