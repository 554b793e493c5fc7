//! What becomes of keys: rewrapped, destroyed, missing; and of values whose column was renamed.

use freehold_tenancy::{
    Execute,
    secrets::{Column, Rotation, SecretsError, Vault, VaultSettings},
};

use crate::{
    expected, fill,
    ground::tenant,
    people::{self, EMAIL, add, everybody, master, rotation, vault},
    person,
};

#[tokio::test]
async fn older_keys_are_destroyed_when_nothing_needs_them_and_not_before() {
    let ground = people::ground().await;
    let (db, one) = (ground.db().await, tenant(1));
    let vault = vault(&db);
    fill(&db, &vault, &one, 5).await;
    let kept: Vec<u8> = db
        .tenant(&one)
        .query_value("SELECT email_sealed FROM people WHERE id = $1", &[&person(0)])
        .await
        .unwrap();
    vault.rotate_data_key(&one).await.unwrap();
    let refused = vault.destroy_older_keys(&one, &[&rotation()]).await.unwrap_err();
    assert!(matches!(refused, SecretsError::StillNeeded { left: 5, .. }), "{refused}");
    rotation().run(&vault, &db.tenant(&one), |_| ()).await.unwrap();
    let patient = Vault::new(&db, master(&["m1"]));
    let refused = patient.destroy_older_keys(&one, &[&rotation()]).await.unwrap_err();
    assert!(matches!(refused, SecretsError::TooSoon { .. }), "{refused}");
    assert_eq!(vault.destroy_older_keys(&one, &[&rotation()]).await.unwrap(), 1);
    assert_eq!(everybody(&db, &vault, &one).await, expected(5));
    // A copy from before, such as of a backup, is unreadable now.
    let keys = vault.fresh_keys(&one).await.unwrap();
    let gone = keys.open_text(&EMAIL.at(person(0)), &kept).unwrap_err();
    assert!(matches!(gone, SecretsError::UnknownKey { key, .. } if key.version == 1), "{gone}");

    assert_eq!(vault.destroy_all_keys(&one).await.unwrap(), 2);
    let keys = vault.fresh_keys(&one).await.unwrap();
    let sealed: Vec<u8> = db
        .tenant(&one)
        .query_value("SELECT email_sealed FROM people WHERE id = $1", &[&person(0)])
        .await
        .unwrap();
    let gone = keys.open_text(&EMAIL.at(person(0)), &sealed).unwrap_err();
    assert!(matches!(gone, SecretsError::UnknownKey { .. }), "{gone}");
}

#[tokio::test]
async fn a_renamed_column_is_sealed_anew_under_its_name() {
    let ground = people::ground().await;
    let (db, one) = (ground.db().await, tenant(1));
    let vault = vault(&db);
    fill(&db, &vault, &one, 4).await;
    ground.admin("ALTER TABLE people RENAME TO persons").await;
    vault.rotate_data_key(&one).await.unwrap();
    const NOW: Column = Column::new("persons", "email_sealed");
    let end = Rotation::new(NOW, ["id"]).run(&vault, &db.tenant(&one), |_| ()).await.unwrap();
    assert_eq!((end.resealed, end.unreadable_count), (0, 4));
    let end = Rotation::new(NOW, ["id"]).formerly(EMAIL).run(&vault, &db.tenant(&one), |_| ()).await.unwrap();
    assert_eq!((end.resealed, end.unreadable_count), (4, 0));
    let sealed: Vec<u8> = db
        .tenant(&one)
        .query_value("SELECT email_sealed FROM persons WHERE id = $1", &[&person(3)])
        .await
        .unwrap();
    let keys = vault.keys(&one).await.unwrap();
    assert_eq!(keys.open_text(&NOW.at(person(3)), &sealed).unwrap(), "p3@example.org");
}

#[tokio::test]
async fn a_new_master_key_wraps_all_data_keys_and_no_value_is_touched() {
    let ground = people::ground().await;
    let db = ground.db().await;
    let before = Vault::new(&db, master(&["m1"]));
    for n in 1..=3 {
        fill(&db, &before, &tenant(n), 2).await;
    }
    before.rotate_data_key(&tenant(1)).await.unwrap();
    let values = "SELECT string_agg(encode(email_sealed, 'hex'), ',' ORDER BY id) FROM people";
    let one = db.tenant(&tenant(1));
    let sealed: String = one.query_value(values, &[]).await.unwrap();

    // A process that does not know the old key rewraps nothing, and harms nothing.
    let without = Vault::new(&db, master(&["m2"])).rewrap(2).await.unwrap();
    assert_eq!((without.rewrapped, without.failed), (0, 7));
    let both = Vault::with(&db, master(&["m2", "m1"]), VaultSettings::default());
    let done = both.rewrap(2).await.unwrap();
    assert_eq!((done.rewrapped, done.overtaken, done.failed), (7, 0, 0));
    assert_eq!(both.rewrap(2).await.unwrap().rewrapped, 0, "there is nothing left to do");

    let after = Vault::new(&db, master(&["m2"]));
    for n in 1..=3 {
        assert_eq!(everybody(&db, &after, &tenant(n)).await, expected(2));
    }
    assert_eq!(one.query_value::<String>(values, &[]).await.unwrap(), sealed);
    // The old master key alone opens nothing any more.
    assert!(Vault::new(&db, master(&["m1"])).keys(&tenant(1)).await.is_err());
}

#[tokio::test]
async fn an_older_key_that_cannot_be_unwrapped_fails_its_own_values_alone() {
    let ground = people::ground().await;
    let (db, one) = (ground.db().await, tenant(1));
    let old = Vault::new(&db, master(&["m1"]));
    fill(&db, &old, &one, 1).await;
    let rotated = Vault::new(&db, master(&["m2", "m1"]));
    rotated.rotate_data_key(&one).await.unwrap();
    fill(&db, &rotated, &tenant(2), 1).await;
    add(&db, &rotated, &one, person(1), "p1@example.org").await;
    let half = Vault::new(&db, master(&["m2"]));
    let keys = half.keys(&one).await.unwrap();
    let sql = "SELECT email_sealed FROM people ORDER BY id";
    let rows: Vec<(Vec<u8>,)> = db.tenant(&one).query(sql, &[]).await.unwrap();
    let refused = keys.open_text(&EMAIL.at(person(0)), &rows[0].0).unwrap_err();
    assert!(matches!(refused, SecretsError::Unwrap { key, .. } if key.version == 1), "{refused}");
    assert_eq!(keys.open_text(&EMAIL.at(person(1)), &rows[1].0).unwrap(), "p1@example.org");
    // A rotation stops there; it does not take such values for broken ones.
    let refused = Rotation::new(EMAIL, ["id"]).step(&half, &db.tenant(&one)).await.unwrap_err();
    assert!(matches!(refused, SecretsError::Unwrap { .. }), "{refused}");
}
