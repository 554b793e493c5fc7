//! The histories of other migration tools: read exactly, never changed.
//!
//! [`find_peers`] looks for the tables by which other tools remember what they applied and reads them in a read-only
//! transaction; [`match_with`] lays what was read beside a folder and says what is applied, what is pending, and what
//! has to be decided by a person first. Nothing is guessed: a history that leaves a question open gives an
//! [`Obstacle`].
//!
//! A tool is one file under `peers/` that implements [`Peer`] and stands on the list [`PEERS`].

mod adoption;
mod checksums;
mod db_migrate;
mod dbmate;
mod diesel;
mod flyway;
mod golang_migrate;
mod goose;
mod history;
mod matching;
mod node_pg_migrate;
mod obstacle;
mod peer;
mod postgres_migrations;
mod prisma;
mod read;
mod sql_migrate;
mod sqlx;
mod supabase;
mod table;
mod tern;

pub use adoption::{Adopted, Adoption, Awaiting, WithoutFile, match_with};
pub use checksums::Comparison;
pub use history::{PeerChecksum, PeerEntry, PeerHistory, PeerState, StandsFor};
pub use obstacle::Obstacle;
pub use peer::{Interpreted, Peer, RawRow};
pub use read::{PeerError, find_peers, read_peer, table_named};
pub use table::{PeerColumn, PeerTable};

/// Every tool whose history can be read. Where the columns of two are alike, the name of the table decides.
pub static PEERS: &[&dyn Peer] = &[
    &golang_migrate::GolangMigrate,
    &sqlx::Sqlx,
    &diesel::Diesel,
    &goose::Goose,
    &flyway::Flyway,
    &prisma::Prisma,
    &supabase::Supabase,
    &dbmate::Dbmate,
    &node_pg_migrate::NodePgMigrate,
    &db_migrate::DbMigrate,
    &sql_migrate::SqlMigrate,
    &postgres_migrations::PostgresMigrations,
    &tern::Tern,
];

/// The tool of that name; the names are those of the formats of folders.
pub fn peer_named(name: &str) -> Option<&'static dyn Peer> {
    PEERS.iter().copied().find(|peer| peer.tool() == name)
}
