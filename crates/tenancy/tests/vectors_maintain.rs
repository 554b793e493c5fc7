//! The tenants' own indexes come and go as tenants grow and shrink.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "vectors/field.rs"]
mod field;
use freehold_tenancy_ground as ground;

use field::{DIMENSIONS, Field, options};
use freehold_tenancy::{
    Db, Tenancy, TenantId, TenantKind,
    vectors::{
        Embedding, Maintained, Reason, Rules, Sample, Search, Space, SpaceOptions, Step, Strategy,
        VectorError,
    },
};
use ground::{Ground, tenant};

/// Names of the indexes over vectors, and whether they are valid.
async fn indexes(field: &Field) -> Vec<(String, bool)> {
    let system = field.db.system("looking at indexes").unwrap();
    freehold_tenancy::Execute::query(
        &system,
        "SELECT c.relname::text, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
         JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'hnsw' ORDER BY 1",
        &[],
    )
    .await
    .unwrap()
}

fn steps(maintained: &Maintained) -> Vec<&Step> {
    assert!(!maintained.busy);
    maintained.outcomes.iter().map(|outcome| &outcome.step).collect()
}

#[tokio::test]
async fn an_index_comes_when_a_tenant_grows_and_goes_when_it_shrinks() {
    let field = Field::new().await;
    field.fill(1, 1200).await;
    field.fill(2, 999).await;
    let space = Space::new(options()).unwrap();
    let made = field.maintain(&space).await;
    let [Step::Create { index, tenant: whose, reason }] = steps(&made)[..] else { panic!("{made:?}") };
    assert_eq!((whose, reason), (&tenant(1).to_string(), &Reason::Grown { rows: 1200 }));
    assert_eq!(indexes(&field).await, [(index.clone(), true)]);
    assert_eq!(steps(&field.maintain(&space).await), [] as [&Step; 0]);
    // Between the two bounds nothing happens; below the lower one the index goes.
    field.admin("DELETE FROM things WHERE id > 700").await;
    assert_eq!(steps(&field.maintain(&space).await), [] as [&Step; 0]);
    field.admin("DELETE FROM things WHERE id = 700").await;
    let dropped = field.maintain(&space).await;
    assert_eq!(steps(&dropped), [&Step::Drop { index: index.clone(), reason: Reason::Unwanted }]);
    assert_eq!(indexes(&field).await, []);
    let one = field.db.tenant(&tenant(1));
    let query = &field.vectors_of(1, 1).await[0];
    let found = space.search::<(i64,)>(&one, &Search::nearest(query, 5)).await.unwrap();
    assert_eq!((found.hits.len(), found.strategy), (5, Strategy::Exact));
    // Grown again, it gets the index of the same name.
    field.admin("DELETE FROM things").await;
    field.fill(1, 1500).await;
    let again = field.maintain(&space).await;
    assert!(matches!(steps(&again)[..], [Step::Create { index: name, .. }] if name == index), "{again:?}");
}

#[tokio::test]
async fn what_a_broken_attempt_left_is_made_good() {
    let field = Field::new().await;
    field.fill(1, 1200).await;
    let space = Space::new(options()).unwrap();
    let Step::Create { index, .. } = field.maintain(&space).await.outcomes.remove(0).step else {
        panic!("nothing was made")
    };
    // A build that has to wait for somebody who writes, and does not want to.
    field.admin(&format!("DROP INDEX {index}")).await;
    let writer = field.db.tenant(&tenant(2)).begin().await.unwrap();
    let touch = "INSERT INTO things (tenant_id, id) VALUES ($1, 1)";
    freehold_tenancy::Execute::execute(&writer, touch, &[&tenant(2)]).await.unwrap();
    let session = freehold_db::Session::open(&field.ground.scratch.connect_to()).await.unwrap();
    session.run("SET lock_timeout = '50ms'").await.unwrap();
    let build = format!(
        "CREATE INDEX CONCURRENTLY {index} ON things USING hnsw (half_vector halfvec_cosine_ops) \
         WHERE tenant_id = '{}'",
        tenant(1)
    );
    assert!(session.run(&build).await.is_err());
    writer.rollback().await.unwrap();
    assert_eq!(indexes(&field).await, [(index.clone(), false)]);
    assert!(!space.standing(&field.db.tenant(&tenant(1))).await.unwrap().own_index);
    let done = field.maintain(&space).await;
    let [Step::Drop { index: dropped, reason: Reason::Invalid }, Step::Create { index: made, .. }] =
        steps(&done)[..]
    else {
        panic!("{done:?}")
    };
    assert_eq!((dropped, made), (&index, &index));
    assert_eq!(indexes(&field).await, [(index, true)]);
    assert!(space.standing(&field.db.tenant(&tenant(1))).await.unwrap().own_index);
}

#[tokio::test]
async fn two_at_once_do_not_get_into_each_others_way() {
    let field = Field::new().await;
    field.fill(1, 1200).await;
    field.fill(2, 1300).await;
    let space = Space::new(options()).unwrap();
    let (one, other) = futures_util::join!(field.maintain(&space), field.maintain(&space));
    assert_eq!(one.outcomes.len() + other.outcomes.len(), 2, "{one:?} {other:?}");
    assert!(indexes(&field).await.iter().all(|(_, valid)| *valid));
    assert_eq!(indexes(&field).await.len(), 2);
}

#[tokio::test]
async fn the_number_of_indexes_is_bounded_and_the_largest_have_them() {
    let field = Field::new().await;
    for (n, rows) in [(1, 1000), (2, 1400), (3, 1200)] {
        field.fill(n, rows).await;
    }
    let bounded = |most_indexes| {
        let rules = Rules { most_indexes, ..options().rules };
        Space::new(SpaceOptions { rules, ..options() }).unwrap()
    };
    let done = field.maintain(&bounded(2)).await;
    let tenants: Vec<&str> = steps(&done)
        .iter()
        .map(|step| match step {
            Step::Create { tenant, .. } => tenant.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(tenants, [tenant(2).to_string(), tenant(3).to_string()]);
    let done = field.maintain(&bounded(1)).await;
    assert!(
        matches!(steps(&done)[..], [Step::Drop { reason: Reason::Displaced { rows: 1200 }, .. }]),
        "{done:?}"
    );
}

#[tokio::test]
async fn a_role_that_does_not_see_everybody_drops_nothing() {
    let field = Field::new().await;
    field.fill(1, 1200).await;
    let space = Space::new(options()).unwrap();
    field.maintain(&space).await;
    let writer = field.ground.url("app_writer");
    let tenancy = Tenancy { system_role: Some("app_writer".to_owned()), ..Ground::tenancy() };
    let blind = field.ground.builder().tenancy(tenancy).system_url(&writer).open().await.unwrap();
    let blind = blind.system("indexes of large tenants").unwrap();
    let held = field.db.system("indexes of large tenants").unwrap().within_tenant(&tenant(2));
    for system in [blind, held] {
        let refused = space.maintain(&system, &field.owner_url()).await.unwrap_err();
        assert!(matches!(refused, VectorError::Blind), "{refused:?}");
    }
    assert_eq!(indexes(&field).await.len(), 1);
}

#[tokio::test]
async fn somebody_who_is_not_the_owner_makes_no_index() {
    let field = Field::new().await;
    field.fill(1, 1200).await;
    let space = Space::new(options()).unwrap();
    let system = field.db.system("indexes of large tenants").unwrap();
    let refused = space.maintain(&system, &field.ground.url("app_writer")).await.unwrap_err();
    let VectorError::Maintain { doing, source } = &refused else { panic!("{refused:?}") };
    assert!(doing.starts_with("building the index things_hnsw_"), "{doing}");
    assert_eq!(source.sqlstate().unwrap().to_string(), "42501");
    let nobody = space.maintain(&system, "host=/nowhere user=nobody").await.unwrap_err();
    assert!(nobody.to_string().contains("connecting as the owner"), "{nobody}");
}

#[tokio::test]
async fn a_tenant_whose_name_is_sql_gets_an_index_like_others() {
    let ground = Ground::new().await;
    let name = r#"o'brien\'"; DROP TABLE words; --"#;
    ground
        .admin(
            "CREATE EXTENSION vector; CREATE TABLE words (org text NOT NULL, id bigint NOT NULL, \
             v halfvec(16) NOT NULL, PRIMARY KEY (org, id)); ALTER TABLE words ENABLE ROW LEVEL SECURITY; \
             CREATE POLICY own ON words USING (org = (SELECT nullif(current_setting('app.org', true), ''))); \
             GRANT SELECT ON words TO app_writer, app_system",
        )
        .await;
    let quoted = name.replace('\'', "''");
    ground
        .admin(&format!(
            "INSERT INTO words SELECT '{quoted}', i, (SELECT array_agg(sin(i * j)::real) \
             FROM generate_series(1, 16) j)::halfvec FROM generate_series(1, 1100) i; ANALYZE words"
        ))
        .await;
    let tenancy = Tenancy {
        column: "org".to_owned(),
        setting: "app.org".to_owned(),
        kind: TenantKind::Text,
        ..Ground::tenancy()
    };
    let db: Db = ground.builder().tenancy(tenancy).open().await.unwrap();
    let space = Space::new(SpaceOptions {
        table: "words".to_owned(),
        full: None,
        half: Some("v".to_owned()),
        ..options()
    })
    .unwrap();
    let system = db.system("indexes of large tenants").unwrap();
    let done = space.maintain(&system, &ground.url("postgres")).await.unwrap();
    assert!(matches!(steps(&done)[..], [Step::Create { .. }]), "{done:?}");
    let brien = db.tenant(&TenantId::text(name).unwrap());
    let query = Embedding::new(vec![0.3; DIMENSIONS]).unwrap();
    let found = space.search::<(i64,)>(&brien, &Search::nearest(&query, 7)).await.unwrap();
    assert_eq!((found.hits.len(), found.strategy), (7, Strategy::OwnIndex));
}

/// The note of the only index, and what it says.
async fn note(field: &Field) -> String {
    let system = field.db.system("looking at indexes").unwrap();
    let sql = "SELECT obj_description(c.oid, 'pg_class') FROM pg_class c JOIN pg_am a ON a.oid = c.relam \
               WHERE a.amname = 'hnsw'";
    freehold_tenancy::Execute::query_value(&system, sql, &[]).await.unwrap()
}

#[tokio::test]
async fn a_poor_graph_is_searched_with_more_candidates_than_a_good_one() {
    let field = Field::new().await;
    field.fill(1, 1500).await;
    let one = field.db.tenant(&tenant(1));
    let queries = field.vectors_of(1, 1500).await;
    let queries: Vec<Embedding> = queries.into_iter().step_by(15).collect();
    let mut kept = Vec::new();
    for (m, ef_construction) in [(16, 128), (4, 8)] {
        let rules = Rules { m, ef_construction, ef_search: 20, recall: 0.8, ..options().rules };
        let space = Space::new(SpaceOptions { rules: rules.clone(), ..options() }).unwrap();
        let done = field.maintain(&space).await;
        let [(whose, measured)] = &done.measured[..] else { panic!("{done:?}") };
        assert_eq!((whose, measured.rows, measured.searches), (&tenant(1).to_string(), 1500, 200));
        assert!(measured.recall >= 0.9, "half of what is allowed: {measured:?}");
        assert_eq!(space.standing(&one).await.unwrap().ef_search, Some(measured.ef_search));
        assert!(note(&field).await.contains(&format!("\"ef_search\":{}", measured.ef_search)));
        let found = space.recall_at_k(&one, Sample::Queries(&queries), 10).await.unwrap();
        assert!(found.recall >= 0.8, "{found:?}");
        // Who asks for no recall goes by `ef_search`, whatever is noted.
        let careless = Rules { recall: 0.0, ..rules };
        let careless = Space::new(SpaceOptions { rules: careless, ..options() }).unwrap();
        assert_eq!(careless.standing(&one).await.unwrap().ef_search, None);
        let blind = careless.recall_at_k(&one, Sample::Queries(&queries), 10).await.unwrap();
        kept.push((measured.ef_search, found.recall, blind.recall));
    }
    let [(good, ..), (poor, found, blind)] = kept[..] else { panic!("{kept:?}") };
    assert!(good < poor && blind < found, "{kept:?}");
}

#[tokio::test]
async fn an_index_is_measured_again_when_its_tenant_has_changed_or_its_note_is_gone() {
    let field = Field::new().await;
    field.fill(1, 1200).await;
    let space = Space::new(options()).unwrap();
    let measured =
        |done: Maintained| done.measured.into_iter().map(|(_, found)| found.rows).collect::<Vec<_>>();
    assert_eq!(measured(field.maintain(&space).await), [1200]);
    assert_eq!(measured(field.maintain(&space).await), [] as [u64; 0]);
    field.admin("DELETE FROM things WHERE id > 960").await;
    assert_eq!(measured(field.maintain(&space).await), [] as [u64; 0], "a fifth less");
    field.admin("DELETE FROM things WHERE id > 950").await;
    assert_eq!(measured(field.maintain(&space).await), [950]);
    let (name, _) = indexes(&field).await.remove(0);
    field.admin(&format!("COMMENT ON INDEX {name} IS 'mine'")).await;
    assert_eq!(space.standing(&field.db.tenant(&tenant(1))).await.unwrap().ef_search, None);
    assert_eq!(measured(field.maintain(&space).await), [950]);
    let impatient = Rules { measure_after: std::time::Duration::ZERO, ..options().rules };
    let impatient = Space::new(SpaceOptions { rules: impatient, ..options() }).unwrap();
    assert_eq!(measured(field.maintain(&impatient).await), [950]);
}
