//! Searches keep finding what is there while rows come and go.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "vectors/field.rs"]
mod field;
use freehold_tenancy_ground as ground;

use std::sync::atomic::{AtomicBool, Ordering};

use field::{Field, options};
use freehold_tenancy::{
    Execute, Tenant,
    vectors::{Sample, Search, Space, Strategy},
};
use ground::tenant;

const ROWS: u32 = 1_500;
const ROUNDS: i64 = 30;
/// Rows that come and go in each round.
const AT_ONCE: i64 = 50;

const COME: &str = "INSERT INTO things (tenant_id, id, full_vector, half_vector) \
    SELECT $1, i, v::vector, v::halfvec FROM generate_series($2::bigint, $3::bigint) AS i, LATERAL \
    (SELECT array_agg(sin((i % 23 + 1) * j * 1.3)::real + (random() - 0.5)::real) AS v \
    FROM generate_series(1, 16) AS j WHERE i > 0) AS made";

/// The oldest go as new ones come, so that in the end every row is another one.
async fn churn(one: &Tenant) {
    for round in 0..ROUNDS {
        let next = i64::from(ROWS) + round * AT_ONCE;
        one.execute(COME, &[&tenant(1), &(next + 1), &(next + AT_ONCE)]).await.unwrap();
        let gone = round * AT_ONCE + AT_ONCE;
        let go = "DELETE FROM things WHERE tenant_id = $1 AND id <= $2";
        one.execute(go, &[&tenant(1), &gone]).await.unwrap();
    }
}

#[tokio::test]
async fn recall_stays_while_every_row_is_replaced() {
    let field = Field::new().await;
    field.fill(1, ROWS).await;
    let space = Space::new(options()).unwrap();
    field.maintain(&space).await;
    let one = field.db.tenant(&tenant(1));
    let queries = field.vectors_of(1, 30).await;
    let over = AtomicBool::new(false);
    let search = async {
        let mut searches = 0;
        while !over.load(Ordering::Relaxed) {
            for query in &queries {
                let found = space.search::<(i64,)>(&one, &Search::nearest(query, 10)).await.unwrap();
                assert_eq!(found.hits.len(), 10, "by {:?}", found.strategy);
                searches += 1;
            }
        }
        searches
    };
    let replace = async {
        churn(&one).await;
        over.store(true, Ordering::Relaxed);
    };
    let (searches, ()) = futures_util::join!(search, replace);
    assert!(searches > 0);
    let ids: (i64, i64) = one.query_one("SELECT min(id), count(*) FROM things", &[]).await.unwrap();
    assert_eq!(ids, (ROUNDS * AT_ONCE + 1, i64::from(ROWS)), "every row is another one");
    // A dead row for each that lives; then after the dead ones were cleared away.
    for cleared in [false, true] {
        if cleared {
            field.admin("VACUUM things").await;
        }
        space.forget();
        let recall = space.recall_at_k(&one, Sample::Drawn(60), 10).await.unwrap();
        assert_eq!(recall.strategy, Strategy::OwnIndex, "cleared: {cleared}");
        assert!(recall.recall >= 0.98, "cleared: {cleared}, {recall:?}");
    }
}
