//! Similarity search within a tenant: what is found, what is refused, which way it goes.

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
    Db, Execute, FromRow, Sql,
    vectors::{Embedding, Metric, Rules, Sample, Search, Space, SpaceOptions, Strategy, VectorError},
};
use ground::{Ground, tenant};

#[derive(Debug, FromRow)]
struct Thing {
    id: i64,
    label: String,
}

#[tokio::test]
async fn the_nearest_of_the_tenant_are_found_and_no_other_tenants() {
    let field = Field::new().await;
    field.fill(1, 40).await;
    field.fill(2, 400).await;
    let space = Space::new(SpaceOptions { also: vec!["label".to_owned()], ..options() }).unwrap();
    let (one, two) = (field.db.tenant(&tenant(1)), field.db.tenant(&tenant(2)));
    for query in field.vectors_of(2, 20).await {
        let found = space.search::<Thing>(&one, &Search::nearest(&query, 10)).await.unwrap();
        assert_eq!((found.hits.len(), found.strategy), (10, Strategy::Exact));
        assert!(found.hits.iter().all(|hit| hit.item.label == "of 1" && (1..=40).contains(&hit.item.id)));
        assert!(found.hits.is_sorted_by(|one, other| one.distance <= other.distance));
        let own = space.search::<Thing>(&two, &Search::nearest(&query, 1)).await.unwrap();
        assert!(own.hits[0].distance < 1e-3 && own.hits[0].item.label == "of 2");
    }
    let query = &field.vectors_of(1, 1).await[0];
    let all = space.search::<Thing>(&one, &Search::nearest(query, 1000)).await.unwrap();
    assert_eq!(all.hits.len(), 40, "as many as there are");
    let nobody = field.db.tenant(&tenant(3));
    assert!(space.search::<Thing>(&nobody, &Search::nearest(query, 5)).await.unwrap().hits.is_empty());
}

#[tokio::test]
async fn the_threshold_holds_for_what_lies_nearest() {
    let field = Field::new().await;
    field.fill(1, 60).await;
    let space = Space::new(options()).unwrap();
    let one = field.db.tenant(&tenant(1));
    let query = &field.vectors_of(1, 1).await[0];
    let all = space.search::<(i64,)>(&one, &Search::nearest(query, 20)).await.unwrap().hits;
    let farthest = all[6].distance;
    let within = Search::nearest(query, 20).within(farthest);
    assert_eq!(space.search::<(i64,)>(&one, &within).await.unwrap().hits, all[..7]);
    let within = Search::nearest(query, 3).within(farthest);
    assert_eq!(space.search::<(i64,)>(&one, &within).await.unwrap().hits, all[..3]);
    let nothing = Search::nearest(query, 20).within(-1.0);
    assert!(space.search::<(i64,)>(&one, &nothing).await.unwrap().hits.is_empty());
}

#[tokio::test]
async fn every_metric_orders_as_arithmetic_does() {
    let field = Field::new().await;
    field.fill(1, 80).await;
    let one = field.db.tenant(&tenant(1));
    let stored: Vec<(i64, Embedding)> = one.query("SELECT id, full_vector FROM things", &[]).await.unwrap();
    let query = stored[3].1.clone();
    for metric in [Metric::Cosine, Metric::L2, Metric::InnerProduct] {
        let distance = match metric {
            Metric::Cosine => cosine,
            Metric::L2 => l2,
            Metric::InnerProduct => |a: &[f32], b: &[f32]| -dot(a, b),
        };
        let space = Space::new(SpaceOptions { half: None, metric, ..options() }).unwrap();
        let found = space.search::<(i64,)>(&one, &Search::nearest(&query, 15)).await.unwrap().hits;
        let mut wanted: Vec<(i64, f64)> =
            stored.iter().map(|(id, vector)| (*id, distance(query.as_slice(), vector.as_slice()))).collect();
        wanted.sort_by(|a, b| a.1.total_cmp(&b.1));
        for (hit, (id, distance)) in found.iter().zip(&wanted) {
            assert_eq!(hit.item.0, *id, "{metric:?}");
            assert!((hit.distance - distance).abs() < 1e-4, "{metric:?}");
        }
    }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    1.0 - dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn l2(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
}

#[tokio::test]
async fn a_bad_vector_never_reaches_the_server() {
    let ground = Ground::new().await;
    let one = ground.db().await.tenant(&tenant(1));
    // There is neither the extension nor the table: what was sent would come back as another error.
    let space = Space::new(SpaceOptions { table: "nowhere".to_owned(), ..options() }).unwrap();
    let good = Embedding::new(vec![0.5; DIMENSIONS]).unwrap();
    let sent = space.search::<(i64,)>(&one, &Search::nearest(&good, 1)).await;
    assert!(matches!(sent, Err(VectorError::Standing(_))), "{sent:?}");
    let long = Embedding::new(vec![0.5; DIMENSIONS + 1]).unwrap();
    let refused = space.search::<(i64,)>(&one, &Search::nearest(&long, 1)).await.unwrap_err();
    assert!(matches!(refused, VectorError::Dimensions { wanted: DIMENSIONS, given: 17 }), "{refused:?}");
    let zero = Embedding::new(vec![0.0; DIMENSIONS]).unwrap();
    let refused = space.search::<(i64,)>(&one, &Search::nearest(&zero, 1)).await.unwrap_err();
    assert!(matches!(refused, VectorError::Zero), "{refused:?}");
    for (limit, farthest) in [(0, 1.0), (10_001, 1.0), (1, f64::NAN)] {
        let refused = space.search::<(i64,)>(&one, &Search::nearest(&good, limit).within(farthest)).await;
        assert!(matches!(refused, Err(VectorError::Limit { .. } | VectorError::Threshold)), "{refused:?}");
    }
    let system = ground.db().await.system("a search across tenants").unwrap();
    let refused = space.search::<(i64,)>(&system, &Search::nearest(&good, 1)).await.unwrap_err();
    assert!(matches!(refused, VectorError::NoTenant), "{refused:?}");
}

#[tokio::test]
async fn a_vector_of_the_wrong_length_is_refused_by_the_column_too() {
    let field = Field::new().await;
    let one = field.db.tenant(&tenant(1));
    let put = "INSERT INTO things (tenant_id, id, full_vector) VALUES ($1, $2, $3)";
    let long = Embedding::new(vec![0.5; DIMENSIONS + 1]).unwrap();
    let refused = one.execute(put, &[&tenant(1), &1_i64, &long]).await.unwrap_err();
    assert!(refused.sqlstate().is_some(), "{refused:?}");
    let good = Embedding::new(vec![0.5; DIMENSIONS]).unwrap();
    assert_eq!(one.execute(put, &[&tenant(1), &1_i64, &good]).await.unwrap(), 1);
    let over = Embedding::new(vec![70_000.0; DIMENSIONS]).unwrap();
    let half = "UPDATE things SET half_vector = $2 WHERE tenant_id = $1";
    let refused = one.execute(half, &[&tenant(1), &over]).await.unwrap_err();
    assert!(matches!(refused, freehold_tenancy::Error::Parameter { .. }), "{refused:?}");
}

#[tokio::test]
async fn a_stored_vector_without_direction_is_never_near() {
    let field = Field::new().await;
    field.fill(1, 5).await;
    field.admin("UPDATE things SET half_vector = array_fill(0, ARRAY[16])::halfvec WHERE id = 3").await;
    field.admin("UPDATE things SET half_vector = NULL WHERE id = 4").await;
    let query = Embedding::new(vec![0.5; DIMENSIONS]).unwrap();
    let space = Space::new(options()).unwrap();
    let found = space.search::<(i64,)>(&field.db.tenant(&tenant(1)), &Search::nearest(&query, 10)).await;
    let mut ids: Vec<i64> = found.unwrap().hits.iter().map(|hit| hit.item.0).collect();
    ids.sort_unstable();
    assert_eq!(ids, [1, 2, 5]);
}

#[tokio::test]
async fn re_ranking_gives_distances_of_full_precision() {
    let field = Field::new().await;
    field.fill(1, 200).await;
    let one = field.db.tenant(&tenant(1));
    let space = Space::new(options()).unwrap();
    let stored: Vec<(i64, Embedding)> = one.query("SELECT id, full_vector FROM things", &[]).await.unwrap();
    let query = stored[11].1.clone();
    let mut wanted: Vec<(i64, f64)> =
        stored.iter().map(|(id, vector)| (*id, cosine(query.as_slice(), vector.as_slice()))).collect();
    wanted.sort_by(|a, b| a.1.total_cmp(&b.1));
    let off = |hits: &[freehold_tenancy::vectors::Hit<(i64,)>]| {
        hits.iter().zip(&wanted).map(|(hit, wanted)| (hit.distance - wanted.1).abs()).fold(0.0, f64::max)
    };
    let half = space.search::<(i64,)>(&one, &Search::nearest(&query, 10)).await.unwrap().hits;
    let full = space.search::<(i64,)>(&one, &Search::nearest(&query, 10).reranked(4)).await.unwrap().hits;
    assert_eq!(full.len(), 10);
    assert!(full.iter().zip(&wanted).all(|(hit, wanted)| hit.item.0 == wanted.0));
    assert!(off(&full) < 1e-6, "{}", off(&full));
    assert!(off(&half) > 1e-6, "half precision is what it is: {}", off(&half));
}

/// How often an index was scanned within a transaction.
async fn scans(transaction: &impl Execute, space: &Space, n: u128) -> i64 {
    let named = "SELECT coalesce(sum(pg_stat_get_xact_numscans(c.oid)), 0)::bigint FROM pg_class c \
                 JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_am a ON a.oid = c.relam \
                 WHERE a.amname = 'hnsw' AND pg_get_expr(i.indpred, i.indrelid) LIKE '%' || $1 || '%'";
    assert_eq!(space.options().table, "things");
    transaction.query_value(named, &[&tenant(n).to_string()]).await.unwrap()
}

#[tokio::test]
async fn the_index_of_a_large_tenant_is_used_and_a_small_ones_rows_are_compared() {
    let field = Field::new().await;
    field.fill(1, 1500).await;
    field.fill(2, 50).await;
    let space = Space::new(options()).unwrap();
    field.maintain(&space).await;
    let query = &field.vectors_of(1, 1).await[0];
    let large = field.db.tenant(&tenant(1)).begin().await.unwrap();
    let found = space.search::<(i64,)>(&large, &Search::nearest(query, 10)).await.unwrap();
    assert_eq!((found.hits.len(), found.strategy), (10, Strategy::OwnIndex));
    assert_eq!(scans(&large, &space, 1).await, 1);
    let exact = Search::nearest(query, 10).by(Strategy::Exact);
    let compared = space.search::<(i64,)>(&large, &exact).await.unwrap();
    assert_eq!((compared.hits, scans(&large, &space, 1).await), (found.hits, 1));
    // The settings held for the one statement alone.
    let mode: String = large.query_value("SELECT current_setting('plan_cache_mode')", &[]).await.unwrap();
    assert_eq!(mode, "auto");
    large.commit().await.unwrap();
    let small = field.db.tenant(&tenant(2)).begin().await.unwrap();
    let found = space.search::<(i64,)>(&small, &Search::nearest(query, 10)).await.unwrap();
    assert_eq!((found.hits.len(), found.strategy), (10, Strategy::Exact));
    assert_eq!(scans(&small, &space, 2).await, 0);
}

#[tokio::test]
async fn without_the_tenant_as_a_constant_its_index_is_unusable() {
    let field = Field::new().await;
    field.fill(1, 1500).await;
    let space = Space::new(options()).unwrap();
    field.maintain(&space).await;
    let query = &field.vectors_of(1, 1).await[0];
    let nearest = "SELECT id FROM things WHERE tenant_id = $1 ORDER BY half_vector <=> $2 LIMIT $3";
    for (mode, wanted) in [("force_generic_plan", 0), ("force_custom_plan", 1)] {
        let large = field.db.tenant(&tenant(1)).begin().await.unwrap();
        large
            .query_value::<String>("SELECT set_config('plan_cache_mode', $1, true)", &[&mode])
            .await
            .unwrap();
        large.rows(&Sql::from(nearest), &[&tenant(1), query, &10_i64]).await.unwrap();
        assert_eq!(scans(&large, &space, 1).await, wanted, "{mode}");
    }
}

#[tokio::test]
async fn an_index_that_gives_too_few_is_followed_by_an_exact_search() {
    let field = Field::new().await;
    field.fill(1, 1200).await;
    let space = Space::new(options()).unwrap();
    field.maintain(&space).await;
    let one = field.db.tenant(&tenant(1));
    space.standing(&one).await.unwrap();
    // Every candidate of the scan is gone, and the count that is remembered says otherwise.
    field.admin("SET hnsw.max_scan_tuples = 1; DELETE FROM things WHERE id > 30").await;
    let query = &field.vectors_of(1, 1).await[0];
    let found = space.search::<(i64,)>(&one, &Search::nearest(query, 50)).await.unwrap();
    assert_eq!((found.hits.len(), found.strategy), (30, Strategy::Exact));
}

#[tokio::test]
async fn recall_tells_a_good_index_from_a_poor_one() {
    let field = Field::new().await;
    field.fill(1, 1500).await;
    let one = field.db.tenant(&tenant(1));
    let good = Space::new(options()).unwrap();
    field.maintain(&good).await;
    let measured = good.recall_at_k(&one, Sample::Drawn(40), 10).await.unwrap();
    assert_eq!((measured.strategy, measured.searches), (Strategy::OwnIndex, 40));
    assert!(measured.recall >= 0.99, "{measured:?}");
    let rules = Rules { m: 2, ef_construction: 4, ef_search: 10, recall: 0.0, ..options().rules };
    let poor = Space::new(SpaceOptions { rules, ..options() }).unwrap();
    field.maintain(&poor).await;
    let queries = field.vectors_of(1, 40).await;
    let measured = poor.recall_at_k(&one, Sample::Queries(&queries), 10).await.unwrap();
    assert_eq!(measured.strategy, Strategy::OwnIndex);
    assert!(measured.recall < 0.9 && measured.worst < measured.recall, "{measured:?}");
    let nobody = field.db.tenant(&tenant(3));
    let refused = good.recall_at_k(&nobody, Sample::Drawn(10), 10).await.unwrap_err();
    assert!(matches!(refused, VectorError::NoSample), "{refused:?}");
}

#[tokio::test]
async fn a_shared_index_over_hash_partitions_serves_large_tenants() {
    let field = Field::new().await;
    field.partitioned().await;
    for (n, rows) in [(1, 1200), (2, 30), (3, 400)] {
        field.fill_table("parts", n, rows).await;
    }
    field.admin("CREATE INDEX ON parts USING hnsw (half_vector halfvec_cosine_ops); ANALYZE parts").await;
    let space = Space::new(SpaceOptions { table: "parts".to_owned(), ..options() }).unwrap();
    let db: &Db = &field.db;
    let query = &field.vectors_of_table("parts", 1, 1).await[0];
    for (n, wanted) in [(1, Strategy::SharedIndex), (2, Strategy::Exact)] {
        let found =
            space.search::<(i64,)>(&db.tenant(&tenant(n)), &Search::nearest(query, 20)).await.unwrap();
        assert_eq!((found.hits.len(), found.strategy), (20, wanted));
    }
    let measured = space.recall_at_k(&db.tenant(&tenant(1)), Sample::Drawn(30), 10).await.unwrap();
    assert!(measured.recall > 0.95, "{measured:?}");
    let system = db.system("indexes of large tenants").unwrap();
    let refused = space.maintain(&system, &field.owner_url()).await.unwrap_err();
    assert!(matches!(refused, VectorError::NotIndexable { .. }), "{refused:?}");
}
