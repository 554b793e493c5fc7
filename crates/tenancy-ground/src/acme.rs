//! Stages for examples of statements, vectors, locks, listeners and migrations.

use std::{collections::BTreeMap, future::Future, sync::Arc};

use freehold_sandbox::testing;
use freehold_tenancy::{
    Db, FromRow, Tenant,
    query::Table,
    vectors::{Metric, Rules, Space, SpaceOptions, VectorError},
};

use crate::{Ground, Outcome, example::run, tenant, with_ground};

/// Further columns of the notes.
const COLUMNS: &str = "
ALTER TABLE notes ADD COLUMN topic text, ADD COLUMN version integer NOT NULL DEFAULT 1;
UPDATE notes SET topic = 'shop' WHERE body = 'milk';
";

/// Three faces of tenant 1, in a corner of the circle each, and one of tenant 2.
const FACES: &str = "
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE faces (
    tenant_id uuid NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL,
    embedding vector(2),
    embedding_search halfvec(2),
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE faces ENABLE ROW LEVEL SECURITY;
ALTER TABLE faces FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON faces
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON faces TO app_writer, app_system;
INSERT INTO faces VALUES
    ('00000000-0000-0000-0000-000000000001', 1, 'Ada', '[1, 0]', '[1, 0]'),
    ('00000000-0000-0000-0000-000000000001', 2, 'Ben', '[0.8, 0.6]', '[0.8, 0.6]'),
    ('00000000-0000-0000-0000-000000000001', 3, 'Cleo', '[0, 1]', '[0, 1]'),
    ('00000000-0000-0000-0000-000000000002', 1, 'Dan', '[1, 0]', '[1, 0]');
";

/// A note, by its number within the tenant; softly deleted ones are hidden.
#[derive(Debug, Clone, PartialEq, FromRow, Table)]
#[table(name = "notes", key(id), soft_delete = "deleted_at")]
pub struct PlainNote {
    /// Counts within a tenant.
    pub id: i64,
    /// What it says.
    pub body: String,
}

/// A note with a column that may be NULL.
#[derive(Debug, Clone, PartialEq, FromRow, Table)]
#[table(name = "notes", key(id))]
pub struct TopicNote {
    /// Counts within a tenant.
    pub id: i64,
    /// What it is about.
    pub topic: Option<String>,
}

/// A note with its document.
#[derive(Debug, Clone, PartialEq, FromRow, Table)]
#[table(name = "notes", key(id))]
pub struct DataNote {
    /// Counts within a tenant.
    pub id: i64,
    /// Numbers by name.
    #[from_row(json)]
    pub data: BTreeMap<String, u32>,
}

/// A note that counts its changes.
#[derive(Debug, Clone, PartialEq, FromRow, Table)]
#[table(name = "notes", key(id), version(version))]
pub struct VersionedNote {
    /// Counts within a tenant.
    pub id: i64,
    /// What it says.
    pub body: String,
    /// How often it was changed.
    pub version: i32,
}

/// Runs an example as an application with the handle of tenant 1.
///
/// # Panics
/// When the example fails.
pub fn with_acme<F: Future<Output = Outcome>>(example: impl FnOnce(Db, Tenant) -> F) {
    with_ground(|ground| async move {
        ground.admin(COLUMNS).await;
        let db = ground.db().await;
        let acme = db.tenant(&tenant(1));
        example(db, acme).await
    });
}

/// Runs an example that searches: with the ground, the handle of tenant 1 and a space over its three faces.
///
/// # Panics
/// When the example fails.
pub fn with_faces<F: Future<Output = Outcome>>(example: impl FnOnce(Arc<Ground>, Tenant, Space) -> F) {
    with_ground(|ground| async move {
        ground.admin(FACES).await;
        let acme = ground.db().await.tenant(&tenant(1));
        example(ground, acme, faces()?).await
    });
}

/// The space of the examples. Three faces are many there.
///
/// # Errors
/// None: it can be.
pub fn faces() -> Result<Space, VectorError> {
    Space::new(SpaceOptions {
        table: "faces".to_owned(),
        full: Some("embedding".to_owned()),
        half: Some("embedding_search".to_owned()),
        rules: Rules {
            index_from: 3,
            index_until: 2,
            build_memory_mib: 16,
            build_workers: 0,
            ..Rules::default()
        },
        ..SpaceOptions::new(2, Metric::Cosine)
    })
}

/// Runs an example with an empty database, and the URL of its owner.
///
/// # Panics
/// When the example fails.
pub fn with_empty<F: Future<Output = Outcome>>(example: impl FnOnce(String) -> F) {
    run(async move {
        let scratch = testing::scratch().await;
        let outcome = example(scratch.connect_to().masked()).await;
        drop(scratch);
        outcome
    });
}
