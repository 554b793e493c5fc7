//! The example of face recognition: its own migrations, its table, its roles.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use freehold_tenancy_ground as ground;

use std::path::Path;

use freehold_sandbox::testing;
use freehold_tenancy::{
    Execute, FromRow, Tenancy, TenantId,
    vectors::{Embedding, Metric, Rules, Search, Space, SpaceOptions, Strategy},
};
use ground::Ground;
use uuid::Uuid;

#[derive(Debug, FromRow)]
struct Face {
    id: Uuid,
    external_id: String,
}

/// The migrations, applied by the superuser in their order.
async fn faces() -> Ground {
    let ground = Ground { scratch: testing::scratch().await, server: testing::server().await };
    let log_in = "DO $$ BEGIN CREATE ROLE app_writer LOGIN; CREATE ROLE app_system LOGIN BYPASSRLS; \
                  EXCEPTION WHEN duplicate_object THEN NULL; END $$";
    ground.admin(log_in).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/face-recognition/migrations");
    let mut scripts: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    scripts.retain(|path| path.to_string_lossy().ends_with(".up.sql"));
    scripts.sort();
    for script in scripts {
        let sql = std::fs::read_to_string(&script).unwrap();
        ground.admin(&sql).await;
    }
    ground.admin("GRANT USAGE ON SCHEMA public TO app_system; GRANT SELECT ON faces TO app_system").await;
    for role in ["app_writer", "app_system"] {
        ground.admit(role).await;
    }
    ground
}

fn picture(person: usize, noise: f32) -> Vec<f32> {
    (0..512)
        .map(|at| (((person * 31 + 7) * (at + 1)) as f32).sin() + noise * (at as f32 * 0.7).cos())
        .collect()
}

#[tokio::test]
async fn faces_are_found_in_the_examples_own_table() {
    let ground = faces().await;
    let acme = TenantId::uuid(Uuid::from_u128(7)).unwrap();
    let tenants = "INSERT INTO tenants (id, name, slug, status, contact_email) \
                   VALUES ('00000000-0000-0000-0000-000000000007', 'Acme', 'acme', 'ACTIVE', 'a@example.com')";
    ground.admin(tenants).await;
    let tenancy = Tenancy { role: Some("app_writer".to_owned()), ..Ground::tenancy() };
    let db = ground.builder().tenancy(tenancy).open().await.unwrap();
    let space = Space::new(SpaceOptions {
        table: "faces".to_owned(),
        full: Some("embedding".to_owned()),
        half: Some("embedding_search".to_owned()),
        also: vec!["external_id".to_owned()],
        rules: Rules { index_from: 100, index_until: 50, build_workers: 0, ..Rules::default() },
        ..SpaceOptions::new(512, Metric::Cosine)
    })
    .unwrap();
    let handle = db.tenant(&acme);
    for person in 0..120 {
        let embedding: Embedding = space.embedding(picture(person, 0.0)).unwrap();
        let put = "INSERT INTO faces (tenant_id, external_id, embedding) VALUES ($1, $2, $3)";
        handle.execute(put, &[&acme, &format!("person {person}"), &embedding]).await.unwrap();
    }
    for wanted in [Strategy::Exact, Strategy::OwnIndex] {
        let query = space.embedding(picture(42, 0.3)).unwrap();
        let search = Search::nearest(&query, 5).within(0.4).reranked(3);
        let found = space.search::<Face>(&handle, &search).await.unwrap();
        let names: Vec<&str> = found.hits.iter().map(|hit| hit.item.external_id.as_str()).collect();
        assert_eq!((names, found.strategy), (vec!["person 42"], wanted));
        assert!(!found.hits[0].item.id.is_nil());
        let system = db.system("indexes of large tenants").unwrap();
        space.maintain(&system, &ground.url("postgres")).await.unwrap();
    }
}
