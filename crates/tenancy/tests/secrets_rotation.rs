//! Rotations: of data keys, of blind indexes, of master keys; interrupted, and under writers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use freehold_tenancy_ground as ground;
#[path = "secrets/keys.rs"]
mod keys;
#[path = "secrets/people.rs"]
mod people;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use freehold_tenancy::{
    Db, Execute, TenantId,
    secrets::{Column, Header, Rotation, SecretsError, Vault},
};
use ground::tenant;
use people::{EMAIL, EMAIL_INDEX, add, everybody, master, rotation, vault};
use uuid::Uuid;

fn person(n: u128) -> Uuid {
    Uuid::from_u128(0xABCD_0000 + n)
}

async fn fill(db: &Db, vault: &Vault, tenant: &TenantId, count: u128) {
    for n in 0..count {
        add(db, vault, tenant, person(n), &format!("p{n}@example.org")).await;
    }
}

fn expected(count: u128) -> Vec<(Uuid, String)> {
    (0..count).map(|n| (person(n), format!("p{n}@example.org"))).collect()
}

/// Versions of the data keys that values are under, with how many there are.
async fn versions(db: &Db, tenant: &TenantId) -> Vec<(u32, usize)> {
    let rows: Vec<(Vec<u8>,)> =
        db.tenant(tenant).query("SELECT email_sealed FROM people", &[]).await.unwrap();
    let mut counts = std::collections::BTreeMap::new();
    for (sealed,) in rows {
        *counts.entry(Header::read(&EMAIL, &sealed).unwrap().key.version).or_default() += 1;
    }
    counts.into_iter().collect()
}

/// Ids of those whom a look-up by blind index finds.
async fn found(db: &Db, vault: &Vault, tenant: &TenantId, email: &str) -> Vec<Uuid> {
    let keys = vault.fresh_keys(tenant).await.unwrap();
    let indexes = keys.blind_indexes(&EMAIL_INDEX, email).unwrap();
    let sql = "SELECT id FROM people WHERE tenant_id = $1 AND email_index = ANY ($2) ORDER BY id";
    let rows: Vec<(Uuid,)> = db.tenant(tenant).query(sql, &[tenant, &indexes]).await.unwrap();
    rows.into_iter().map(|(id,)| id).collect()
}

#[tokio::test]
async fn a_column_comes_under_the_new_key_in_batches_with_progress() {
    let ground = people::ground().await;
    let (db, one) = (ground.db().await, tenant(1));
    let vault = vault(&db);
    fill(&db, &vault, &one, 20).await;
    fill(&db, &vault, &tenant(2), 3).await;
    let new = vault.rotate_data_key(&one).await.unwrap();
    assert_eq!(new.version, 2);
    // Between the rotation of the key and that of the values both are read.
    add(&db, &vault, &one, person(20), "p20@example.org").await;
    assert_eq!(versions(&db, &one).await, [(1, 20), (2, 1)]);
    assert_eq!(everybody(&db, &vault, &one).await, expected(21));

    let mut steps = Vec::new();
    let end = rotation()
        .run(&vault, &db.tenant(&one), |progress| steps.push((progress.resealed, progress.expected)))
        .await
        .unwrap();
    assert_eq!(steps, [(7, 20), (14, 20), (20, 20)]);
    assert!(end.finished && end.unreadable_count == 0 && end.overtaken == 0 && end.pass == 1);
    assert_eq!(versions(&db, &one).await, [(2, 21)]);
    assert_eq!(everybody(&db, &vault, &one).await, expected(21));
    assert_eq!(versions(&db, &tenant(2)).await, [(1, 3)], "another tenant's are left alone");
    // Run again, there is nothing to do.
    let again = rotation().run(&vault, &db.tenant(&one), |_| ()).await.unwrap();
    assert_eq!((again.resealed, again.finished), (20, true));
}

#[tokio::test]
async fn an_interrupted_rotation_goes_on_where_it_was() {
    let ground = people::ground().await;
    let (db, one) = (ground.db().await, tenant(1));
    let vault = vault(&db);
    fill(&db, &vault, &one, 30).await;
    vault.rotate_data_key(&one).await.unwrap();
    rotation().step(&vault, &db.tenant(&one)).await.unwrap();
    assert_eq!(versions(&db, &one).await, [(1, 23), (2, 7)]);

    // The second batch is stopped in the middle: one of its rows is locked, so its update has begun and is not through.
    let blocker = db.tenant(&one).begin().await.unwrap();
    let lock = "SELECT 1 FROM people WHERE id = $1 FOR UPDATE";
    let _: (i32,) = blocker.query_one(lock, &[&person(10)]).await.unwrap();
    let stuck = {
        let (vault, tenant) = (vault.clone(), db.tenant(&one));
        tokio::spawn(async move { rotation().step(&vault, &tenant).await })
    };
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted";
    while blocker.query_value::<i64>(waiting, &[]).await.unwrap() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stuck.abort();
    assert!(stuck.await.unwrap_err().is_cancelled());
    blocker.rollback().await.unwrap();
    assert_eq!(versions(&db, &one).await, [(1, 23), (2, 7)], "nothing of it lasts");

    // Another process, which knows nothing but what is in the database.
    let db = ground.db().await;
    let vault = people::vault(&db);
    let mut steps = Vec::new();
    let end =
        rotation().run(&vault, &db.tenant(&one), |progress| steps.push(progress.resealed)).await.unwrap();
    assert_eq!(steps, [14, 21, 28, 30]);
    assert!(end.finished && end.expected == 30);
    assert_eq!(everybody(&db, &vault, &one).await, expected(30));
}

#[tokio::test]
async fn a_writer_that_goes_on_loses_nothing() {
    let ground = people::ground().await;
    let (db, one) = (ground.db().await, tenant(1));
    // The writer's process remembers the old key for as long as it lives.
    let of_writer = Vault::new(&db, master(&["m1"]));
    fill(&db, &of_writer, &one, 40).await;
    let vault = vault(&db);
    vault.rotate_data_key(&one).await.unwrap();

    let (stop, writes) = (Arc::new(AtomicBool::new(false)), Arc::new(std::sync::atomic::AtomicU64::new(0)));
    let writer = {
        let (db, one, stop, writes) = (db.clone(), one.clone(), stop.clone(), writes.clone());
        tokio::spawn(async move {
            let mut round = 0_u64;
            while !stop.load(Ordering::SeqCst) {
                round += 1;
                for n in (0..40).step_by(3) {
                    add(&db, &of_writer, &one, person(n), &format!("p{n}.{round}@example.org")).await;
                    writes.fetch_add(1, Ordering::SeqCst);
                }
            }
            round
        })
    };
    // Steps go on until the writer has written during several of them.
    let mut steps = 0;
    while steps < 12 || writes.load(Ordering::SeqCst) < 40 {
        rotation().step(&vault, &db.tenant(&one)).await.unwrap();
        steps += 1;
    }
    stop.store(true, Ordering::SeqCst);
    let rounds = writer.await.unwrap();
    let end = rotation().run(&vault, &db.tenant(&one), |_| ()).await.unwrap();
    assert!(end.finished && end.unreadable_count == 0);
    assert_eq!(versions(&db, &one).await, [(2, 40)]);
    // What the writer wrote last is what is there.
    let wanted: Vec<(Uuid, String)> = (0..40)
        .map(|n| {
            let round = if n % 3 == 0 { format!(".{rounds}") } else { String::new() };
            (person(n), format!("p{n}{round}@example.org"))
        })
        .collect();
    assert_eq!(everybody(&db, &vault, &one).await, wanted);
    assert_eq!(found(&db, &vault, &one, &wanted[3].1).await, [person(3)]);
}

#[tokio::test]
async fn a_value_that_a_writer_changed_in_between_stays_the_writers() {
    let ground = people::ground().await;
    let (db, one) = (ground.db().await, tenant(1));
    let vault = vault(&db);
    fill(&db, &vault, &one, 3).await;
    vault.rotate_data_key(&one).await.unwrap();
    // The writer has changed a row and not yet committed when the batch reads the old value.
    let keys = vault.keys(&one).await.unwrap();
    let sealed = keys.seal_text(&EMAIL.at(person(1)), "new@example.org").unwrap();
    let writer = db.tenant(&one).begin().await.unwrap();
    let update = "UPDATE people SET email_sealed = $2, email_index = $3 WHERE id = $1";
    let index = keys.blind_index(&EMAIL_INDEX, "new@example.org").unwrap();
    writer.execute(update, &[&person(1), &sealed, &index]).await.unwrap();
    let step = {
        let (vault, tenant) = (vault.clone(), db.tenant(&one));
        tokio::spawn(async move { rotation().step(&vault, &tenant).await.unwrap() })
    };
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted";
    while writer.query_value::<i64>(waiting, &[]).await.unwrap() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    writer.commit().await.unwrap();
    let progress = step.await.unwrap();
    assert_eq!((progress.resealed, progress.overtaken), (2, 1));
    assert!(progress.finished, "the writer knew the new key already");
    assert_eq!(everybody(&db, &vault, &one).await[1], (person(1), "new@example.org".to_owned()));
}

#[tokio::test]
async fn a_value_that_does_not_open_is_reported_and_left_as_it_is() {
    let ground = people::ground().await;
    let (db, one) = (ground.db().await, tenant(1));
    let vault = vault(&db);
    fill(&db, &vault, &one, 10).await;
    let broken = format!(
        "UPDATE people SET email_sealed = set_byte(email_sealed, 40, get_byte(email_sealed, 40) # 1) WHERE id = '{}'",
        person(4)
    );
    ground.admin(&broken).await;
    vault.rotate_data_key(&one).await.unwrap();
    let end = rotation().run(&vault, &db.tenant(&one), |_| ()).await.unwrap();
    assert!(end.finished);
    assert_eq!((end.resealed, end.unreadable_count), (9, 1));
    assert_eq!(end.unreadable[0].columns(), [person(4).to_string()]);
    assert_eq!(versions(&db, &one).await, [(1, 1), (2, 9)]);
    // So its key is not destroyed either.
    let refused = vault.destroy_older_keys(&one, &[&rotation()]).await.unwrap_err();
    assert!(matches!(refused, SecretsError::StillNeeded { left: 1, .. }), "{refused}");
}

#[tokio::test]
async fn a_blind_index_is_found_under_both_keys_and_rewritten() {
    let ground = people::ground().await;
    let (db, one) = (ground.db().await, tenant(1));
    let vault = vault(&db);
    fill(&db, &vault, &one, 5).await;
    ground
        .admin("UPDATE people SET email_index = NULL WHERE id = (SELECT max(id::text)::uuid FROM people)")
        .await;
    assert_eq!(vault.rotate_index_key(&one).await.unwrap().version, 2);
    assert_eq!(found(&db, &vault, &one, "P2@example.org ").await, [person(2)]);
    assert!(found(&db, &vault, &one, "p4@example.org").await.is_empty());
    let end = rotation().run(&vault, &db.tenant(&one), |_| ()).await.unwrap();
    assert_eq!((end.resealed, end.finished), (5, true));
    // A row that lacked its index has it now, and the newest key alone is enough.
    let keys = vault.fresh_keys(&one).await.unwrap();
    for n in 0..5 {
        let index = keys.blind_index(&EMAIL_INDEX, &format!("p{n}@example.org")).unwrap();
        let sql = "SELECT id FROM people WHERE tenant_id = $1 AND email_index = $2";
        let id: Uuid = db.tenant(&one).query_value(sql, &[&one, &index]).await.unwrap();
        assert_eq!(id, person(n));
    }
}

#[tokio::test]
async fn keys_of_several_columns_of_each_kind_are_walked() {
    let ground = people::ground().await;
    let (db, one) = (ground.db().await, tenant(1));
    ground
        .admin(
            "CREATE TABLE cards (tenant_id uuid, holder text, number integer, issue bigint, sealed bytea,
                                 at timestamptz DEFAULT now(), PRIMARY KEY (tenant_id, holder, number, issue));
             GRANT ALL ON cards TO app_writer",
        )
        .await;
    const CARD: Column = Column::new("cards", "sealed");
    let vault = vault(&db);
    let keys = vault.keys(&one).await.unwrap();
    let holders = ["Zoë", "a", "it's", "with,comma", "{braces}", "", "NULL"];
    let mut all = Vec::new();
    for (n, holder) in (0_i32..).zip(holders) {
        for issue in [-1_i64, 10, 9] {
            let key =
                freehold_tenancy::secrets::RowKey::of([holder.to_owned(), n.to_string(), issue.to_string()]);
            let sealed = keys.seal_bytes(&CARD.at(key.clone()), &[1, 2, 3]).unwrap();
            let sql = "INSERT INTO cards VALUES ($1, $2, $3, $4, $5)";
            db.tenant(&one).execute(sql, &[&one, &holder, &n, &issue, &sealed]).await.unwrap();
            all.push((holder, n, issue, key));
        }
    }
    vault.rotate_data_key(&one).await.unwrap();
    let cards = Rotation::new(CARD, ["holder", "number", "issue"]).batch(2);
    let end = cards.run(&vault, &db.tenant(&one), |_| ()).await.unwrap();
    assert_eq!((end.resealed, end.unreadable_count, end.pass), (21, 0, 1));
    let keys = vault.keys(&one).await.unwrap();
    for (holder, n, issue, key) in all {
        let sql = "SELECT sealed FROM cards WHERE holder = $1 AND number = $2 AND issue = $3";
        let sealed: Vec<u8> = db.tenant(&one).query_value(sql, &[&holder, &n, &issue]).await.unwrap();
        assert_eq!(keys.open_bytes(&CARD.at(key), &sealed).unwrap(), [1, 2, 3]);
    }
    for (column, key) in [(CARD, "at"), (CARD, "none"), (Column::new("none", "sealed"), "holder")] {
        let refused = Rotation::new(column, [key]).step(&vault, &db.tenant(&one)).await.unwrap_err();
        assert!(matches!(refused, SecretsError::Rotation { .. }), "{refused}");
    }
    let none: [&str; 0] = [];
    let refused = Rotation::new(CARD, none).step(&vault, &db.tenant(&one)).await.unwrap_err();
    assert!(matches!(refused, SecretsError::Rotation { .. }));
}
