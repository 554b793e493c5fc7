//! A tenant's handle sees and writes its own rows alone.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use freehold_tenancy_ground as ground;

use freehold_tenancy::{Execute, FromRow};
use ground::{Ground, tenant};
use uuid::Uuid;

#[derive(Debug, PartialEq, FromRow)]
struct Note {
    tenant_id: Uuid,
    id: i64,
    #[from_row(column = "body")]
    text: String,
}

#[tokio::test]
async fn a_tenant_sees_its_own_rows_alone() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    for n in 1..=2 {
        let made = db
            .tenant(&tenant(n))
            .execute(
                "INSERT INTO notes (tenant_id, id, body) VALUES ($1, $2, $3)",
                &[&tenant(n), &7_i64, &"hello"],
            )
            .await;
        assert_eq!(made.unwrap(), 1);
    }
    let seen: Vec<Note> = db.tenant(&tenant(1)).query("SELECT * FROM notes", &[]).await.unwrap();
    assert_eq!(seen, [Note { tenant_id: Uuid::from_u128(1), id: 7, text: "hello".to_owned() }]);
    let count: i64 = db.tenant(&tenant(3)).query_value("SELECT count(*) FROM notes", &[]).await.unwrap();
    assert_eq!(count, 0);
}
