//! Sealed values: what opens them, and what does not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use freehold_tenancy_ground as ground;
#[path = "secrets/people.rs"]
mod people;

use std::{error::Error as _, sync::Arc};

use freehold_tenancy::{
    Execute,
    secrets::{
        BlindIndex, Column, Header, Key, Kind, KmsError, MasterKey, MasterKeyError, MasterKeys, OVERHEAD,
        RowKey, SealedColumnError, SealedColumns, SecretsError, TenantKeys, Vault,
    },
};
use ground::tenant;
use people::{EMAIL, EMAIL_INDEX, add, everybody, master, vault};
use serde_json::json;
use uuid::Uuid;

const OTHER_COLUMN: Column = Column::new("people", "phone_sealed");
const OTHER_TABLE: Column = Column::new("staff", "email_sealed");

async fn keys() -> (ground::Ground, Vault, Arc<TenantKeys>) {
    let ground = people::ground().await;
    let vault = Vault::new(&ground.db().await, master(&["m1"]));
    let keys = vault.keys(&tenant(1)).await.unwrap();
    (ground, vault, keys)
}

#[tokio::test]
async fn each_kind_of_value_comes_back_from_the_table() {
    let ground = people::ground().await;
    let (db, person) = (ground.db().await, Uuid::new_v4());
    let vault = Vault::new(&db, master(&["m1"]));
    add(&db, &vault, &tenant(1), person, "ada@example.org").await;
    let another_process = Vault::new(&ground.db().await, master(&["m1"]));
    let seen = everybody(&db, &another_process, &tenant(1)).await;
    assert_eq!(seen, [(person, "ada@example.org".to_owned())]);

    let keys = vault.keys(&tenant(1)).await.unwrap();
    let place = EMAIL.at(person);
    let sealed = keys.seal_bytes(&place, &[0, 1, 255]).unwrap();
    assert_eq!(sealed.len(), 3 + OVERHEAD);
    assert_eq!(keys.open_bytes(&place, &sealed).unwrap(), [0, 1, 255]);
    let sealed = keys.seal_text(&place, "with a \0 in it").unwrap();
    assert_eq!(keys.open_text(&place, &sealed).unwrap(), "with a \0 in it");
    let value = json!({"iban": "DE02", "limits": [1, 2.5, null]});
    let sealed = keys.seal_json(&place, &value).unwrap();
    assert_eq!(keys.open_json::<serde_json::Value>(&place, &sealed).unwrap(), value);
    let embedding: Vec<f32> = (0..512_u16).map(|n| f32::from(n).sin() / 3.0).collect();
    let sealed = keys.seal_embedding(&place, &embedding).unwrap();
    assert_eq!(keys.open_embedding(&place, &sealed, 512).unwrap(), embedding);
}

#[tokio::test]
async fn a_value_opens_in_its_own_row_column_table_and_tenant_alone() {
    let (_ground, vault, keys) = keys().await;
    let (ada, bob) = (Uuid::new_v4(), Uuid::new_v4());
    let sealed = keys.seal_text(&EMAIL.at(ada), "ada@example.org").unwrap();
    assert_eq!(keys.open_text(&EMAIL.at(ada), &sealed).unwrap(), "ada@example.org");
    for place in [EMAIL.at(bob), OTHER_COLUMN.at(ada), OTHER_TABLE.at(ada), EMAIL.at(RowKey::of([ada, ada]))]
    {
        let refused = keys.open_text(&place, &sealed).unwrap_err();
        assert!(matches!(refused, SecretsError::Refused { .. }), "{refused}");
    }
    let moved = EMAIL.in_schema("archive");
    assert!(matches!(keys.open_text(&moved.at(ada), &sealed), Err(SecretsError::Refused { .. })));
    let others = vault.keys(&tenant(2)).await.unwrap();
    let unknown = others.open_text(&EMAIL.at(ada), &sealed).unwrap_err();
    assert!(matches!(unknown, SecretsError::UnknownKey { .. }), "{unknown}");
}

#[tokio::test]
async fn two_values_that_change_places_do_not_open() {
    let (_ground, _vault, keys) = keys().await;
    let (ada, bob) = (Uuid::new_v4(), Uuid::new_v4());
    let of_ada = keys.seal_text(&EMAIL.at(ada), "same").unwrap();
    let of_bob = keys.seal_text(&EMAIL.at(bob), "same").unwrap();
    assert_ne!(of_ada, of_bob);
    assert!(matches!(keys.open_text(&EMAIL.at(ada), &of_bob), Err(SecretsError::Refused { .. })));
    assert!(matches!(keys.open_text(&EMAIL.at(bob), &of_ada), Err(SecretsError::Refused { .. })));
}

#[tokio::test]
async fn what_was_damaged_is_told_by_what_is_wrong_with_it() {
    let (_ground, _vault, keys) = keys().await;
    let place = EMAIL.at(1_i64);
    let sealed = keys.seal_text(&place, "ada@example.org").unwrap();
    let open = |value: &[u8]| keys.open_text(&place, value).unwrap_err();
    let cut = sealed.len() - 1;
    assert!(matches!(open(&sealed[..cut]), SecretsError::Refused { .. }));
    assert!(matches!(open(&sealed[..OVERHEAD - 1]), SecretsError::Truncated { .. }));
    assert!(matches!(open(&[]), SecretsError::Truncated { .. }));
    assert!(matches!(open(b"ada@example.org"), SecretsError::NotSealed { .. }));
    let with = |at: usize, byte: u8| {
        let mut value = sealed.clone();
        value[at] = byte;
        open(&value)
    };
    assert!(matches!(with(1, 2), SecretsError::Format { format: 2, .. }));
    assert!(matches!(with(5, !sealed[5]), SecretsError::UnknownKey { .. }));
    // The key's id is right and its version is not.
    assert!(matches!(with(21, 9), SecretsError::Refused { .. }));
    assert!(matches!(with(22, 200), SecretsError::KindUnknown { kind: 200, .. }));
    assert!(matches!(with(22, 1), SecretsError::KindDiffers { sealed: Kind::Bytes, asked: Kind::Text, .. }));
    let mut as_bytes = sealed.clone();
    as_bytes[22] = 1;
    assert!(matches!(keys.open_bytes(&place, &as_bytes), Err(SecretsError::Refused { .. })));
}

#[tokio::test]
async fn values_that_cannot_be_sealed_or_read_as_asked_have_errors_of_their_own() {
    let (_ground, _vault, keys) = keys().await;
    let place = EMAIL.at("k");
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let refused = keys.seal_embedding(&place, &[0.5, bad]).unwrap_err();
        assert!(matches!(refused, SecretsError::NotFinite { at: 1, .. }), "{refused}");
    }
    let sealed = keys.seal_embedding(&place, &[0.5, 1.5]).unwrap();
    let refused = keys.open_embedding(&place, &sealed, 3).unwrap_err();
    assert!(matches!(refused, SecretsError::Dimensions { dimensions: 2, wanted: 3, .. }), "{refused}");
    let sealed = keys.seal_json(&place, "hunter2").unwrap();
    let refused = keys.open_json::<u32>(&place, &sealed).unwrap_err();
    assert!(matches!(refused, SecretsError::Content { line: 1, .. }));
    assert!(refused.source().is_none() && !format!("{refused} {refused:?}").contains("hunter2"));
    let most = vec![0; 16 << 20];
    assert!(keys.seal_bytes(&place, &most).is_ok());
    let more = [most, vec![0]].concat();
    let refused = keys.seal_bytes(&place, &more).unwrap_err();
    assert!(matches!(refused, SecretsError::TooLong { bytes: 16_777_217, most: 16_777_216, .. }));
    let no_json = std::collections::BTreeMap::from([((1, 2), 3)]);
    assert!(matches!(keys.seal_json(&place, &no_json), Err(SecretsError::NoJson { .. })));
}

#[tokio::test]
async fn another_master_key_of_the_same_name_opens_nothing() {
    let ground = people::ground().await;
    let db = ground.db().await;
    vault(&db).keys(&tenant(1)).await.unwrap();
    let same_name = MasterKey::new("m1", Key::generate().unwrap()).unwrap();
    let wrong = Vault::new(&db, MasterKeys::new([same_name]).unwrap());
    let error = wrong.keys(&tenant(1)).await.unwrap_err();
    let SecretsError::Load(error) = &error else { panic!("{error}") };
    let SecretsError::Unwrap { source, .. } = &**error else { panic!("{error}") };
    assert!(matches!(&**source, KmsError::Refused { master } if master == "m1"));
    let unknown = Vault::new(&db, master(&["m2"])).fresh_keys(&tenant(1)).await.unwrap_err();
    let SecretsError::Unwrap { source, .. } = &unknown else { panic!("{unknown}") };
    assert!(matches!(&**source, KmsError::UnknownMaster { master } if master == "m1"));
}

#[tokio::test]
async fn a_wrapped_key_that_was_moved_to_another_tenant_does_not_unwrap() {
    let ground = people::ground().await;
    let db = ground.db().await;
    let vault = vault(&db);
    let sealed = vault.keys(&tenant(1)).await.unwrap().seal_text(&EMAIL.at(1_i64), "x").unwrap();
    // The database's administrator gives tenant 2 the wrapped key of tenant 1.
    ground
        .admin(
            "INSERT INTO freehold_data_keys (tenant_id, purpose, version, key_id, master_key, wrapped)
             SELECT '00000000-0000-0000-0000-000000000002', purpose, version, key_id, master_key, wrapped
             FROM freehold_data_keys",
        )
        .await;
    let refused = vault.fresh_keys(&tenant(2)).await.unwrap_err();
    let SecretsError::Unwrap { source, .. } = &refused else { panic!("{refused}") };
    assert!(matches!(&**source, KmsError::Refused { .. }));
    assert_eq!(
        vault.fresh_keys(&tenant(1)).await.unwrap().open_text(&EMAIL.at(1_i64), &sealed).unwrap(),
        "x"
    );
}

#[tokio::test]
async fn tenants_see_their_own_keys_and_cannot_change_or_destroy_them() {
    let ground = people::ground().await;
    let db = ground.db().await;
    let vault = vault(&db);
    vault.keys(&tenant(1)).await.unwrap();
    vault.keys(&tenant(2)).await.unwrap();
    let one = db.tenant(&tenant(1));
    let seen: i64 = one.query_value("SELECT count(*) FROM freehold_data_keys", &[]).await.unwrap();
    assert_eq!(seen, 2);
    for sql in ["DELETE FROM freehold_data_keys", "UPDATE freehold_data_keys SET wrapped = ''"] {
        let refused = one.execute(sql, &[]).await.unwrap_err();
        assert_eq!(refused.sqlstate().unwrap().code(), "42501");
    }
}

#[tokio::test]
async fn many_who_ask_at_once_get_one_key() {
    let ground = people::ground().await;
    let db = ground.db().await;
    // Eight processes, eight tasks in each, and a tenant without a key.
    let vaults: Vec<Vault> = (0..8).map(|_| vault(&db)).collect();
    let tasks = vaults.iter().flat_map(|vault| {
        (0..8).map(|_| {
            let vault = vault.clone();
            tokio::spawn(async move { vault.keys(&tenant(3)).await.unwrap().version() })
        })
    });
    let mut versions = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        versions.push(task.await.unwrap());
    }
    versions.dedup();
    assert_eq!(versions.len(), 1);
    assert_eq!(versions[0].version, 1);
}

#[tokio::test]
async fn keys_are_remembered_for_a_while_and_forgotten_when_told() {
    let ground = people::ground().await;
    let db = ground.db().await;
    let vault = Vault::new(&db, master(&["m1"]));
    let first = vault.keys(&tenant(1)).await.unwrap();
    assert!(Arc::ptr_eq(&first, &vault.keys(&tenant(1)).await.unwrap()));
    vault.forget(&tenant(1)).await;
    let again = vault.keys(&tenant(1)).await.unwrap();
    assert!(!Arc::ptr_eq(&first, &again));
    assert_eq!(first.version(), again.version());
    // The vault let go of what it forgot: nobody but this test keeps it from being wiped.
    assert_eq!(Arc::strong_count(&first), 1);
}

#[tokio::test]
async fn a_blind_index_finds_equal_texts_within_tenant_and_column_alone() {
    let (_ground, vault, keys) = keys().await;
    let index = |text: &str| keys.blind_index(&EMAIL_INDEX, text).unwrap();
    assert_eq!(index(" Ada@Example.org "), index("ada@example.org"));
    assert_ne!(index("ada@example.org"), index("ada@example.com"));
    assert_eq!(index("ada@example.org").len(), 20);
    let exact = BlindIndex::new(EMAIL);
    assert_ne!(keys.blind_index(&exact, "Ada").unwrap(), keys.blind_index(&exact, "ada").unwrap(),);
    let other_column = BlindIndex::new(OTHER_COLUMN).normalised(BlindIndex::folded);
    assert_ne!(keys.blind_index(&other_column, "ada@example.org").unwrap(), index("ada@example.org"));
    let others = vault.keys(&tenant(2)).await.unwrap();
    assert_ne!(others.blind_index(&EMAIL_INDEX, "ada@example.org").unwrap(), index("ada@example.org"));
    let phone = BlindIndex::new(OTHER_COLUMN).normalised(BlindIndex::digits);
    assert_eq!(
        keys.blind_index(&phone, "+49 (30) 12-34").unwrap(),
        keys.blind_index(&phone, "49301234").unwrap(),
    );
}

#[tokio::test]
async fn nothing_prints_a_key_or_a_value() {
    let ground = people::ground().await;
    let db = ground.db().await;
    let bytes: Vec<u8> = (1..=32).collect();
    let keys = MasterKeys::new([MasterKey::new("m1", Key::from_bytes(&bytes).unwrap()).unwrap()]).unwrap();
    let vault = Vault::new(&db, keys.clone());
    let tenants = vault.keys(&tenant(1)).await.unwrap();
    let place = EMAIL.at("hunter2");
    let sealed = tenants.seal_text(&place, "hunter2").unwrap();
    let refused = tenants.open_text(&EMAIL.at("hunter3"), &sealed).unwrap_err();
    let master_key = MasterKey::new("m1", Key::from_bytes(&bytes).unwrap()).unwrap();
    let bad_text = MasterKeys::from_text("m1 hunter2").unwrap_err();
    let shown = format!(
        "{keys:?} {vault:?} {tenants:?} {place:?} {refused:?} {refused} {master_key:?} {bad_text:?} {bad_text} {:?}",
        Header::read(&EMAIL, &sealed)
    );
    for secret in ["hunter", "1, 2, 3, 4", "0102030405", "AQIDBAUG"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn master_keys_are_read_from_lines_or_commas_and_named_errors_tell_which() {
    let key = |n: u8| hex::encode((n..n + 32).collect::<Vec<u8>>());
    let (new, old) = (key(1), key(2));
    let text = format!("# ours\n\n2026 {new}\n 2025\t{old} \n");
    let keys = MasterKeys::from_text(&text).unwrap();
    assert_eq!(keys.name(), "2026");
    assert_eq!(MasterKeys::from_text(&format!("2026 {new},2025 {old}")).unwrap().name(), "2026");
    let refused = |text: &str| MasterKeys::from_text(text).unwrap_err();
    assert!(matches!(refused(""), MasterKeyError::None));
    assert!(matches!(refused("# none"), MasterKeyError::None));
    assert!(matches!(refused(&format!("a {new}\n{old}")), MasterKeyError::Line { line: 2 }));
    assert!(matches!(refused("a change-me"), MasterKeyError::Key { line: 1, .. }));
    assert!(matches!(refused(&format!("a {new}, a {old}")), MasterKeyError::Twice(name) if name == "a"));
    assert!(matches!(refused(&format!("ä {new}")), MasterKeyError::Name));
}

#[cfg(unix)]
#[test]
fn a_file_of_master_keys_that_others_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let file = std::env::temp_dir().join(format!("master-keys-{}", Uuid::new_v4()));
    std::fs::write(&file, format!("m1 {}", hex::encode((1..=32).collect::<Vec<u8>>()))).unwrap();
    let with = |mode| {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        MasterKeys::from_file(&file)
    };
    assert!(matches!(with(0o620), Err(MasterKeyError::Writable)));
    assert!(matches!(with(0o602), Err(MasterKeyError::Writable)));
    assert_eq!(with(0o600).unwrap().name(), "m1");
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(MasterKeys::from_file(&file), Err(MasterKeyError::File(_))));
}

#[tokio::test]
async fn an_export_opens_sealed_columns_and_refuses_what_is_not_its_own() {
    use freehold_tenancy::rights::{Export, RightsError, Subject, export};

    let ground = people::ground().await;
    let db = ground.db().await;
    let vault = vault(&db);
    let person = Uuid::from_u128(7);
    add(&db, &vault, &tenant(1), person, "ada@example.org").await;
    let keys = vault.keys(&tenant(1)).await.unwrap();
    let told = async |columns: SealedColumns| {
        let asked = columns.all_in(Export::of(Subject::person().whose("people", "id", &person.to_string())));
        let moment = db.tenant(&tenant(1)).snapshot().begin().await.unwrap();
        let mut lines = Vec::new();
        export(&moment, &asked, &mut lines).await.map(|_| String::from_utf8(lines).unwrap())
    };
    let right = told(SealedColumns::of(keys.clone()).column(EMAIL, ["id"])).await.unwrap();
    assert!(right.contains(r#""email_sealed":"ada@example.org""#), "{right}");
    // The same with another key of the row, another column of the key, and the keys of another tenant.
    let why = async |columns: SealedColumns| match told(columns).await.unwrap_err() {
        RightsError::Decrypt { source, .. } => *source.downcast::<SealedColumnError>().unwrap(),
        other => panic!("{other}"),
    };
    let wrong = why(SealedColumns::of(keys.clone()).column(EMAIL, ["touched"])).await;
    assert!(matches!(wrong, SealedColumnError::Value(SecretsError::Refused { .. })), "{wrong}");
    let missing = why(SealedColumns::of(keys).column(EMAIL, ["name"])).await;
    assert!(matches!(missing, SealedColumnError::Key { .. }), "{missing}");
    let foreign = vault.keys(&tenant(2)).await.unwrap();
    let foreign = why(SealedColumns::of(foreign).column(EMAIL, ["id"])).await;
    assert!(matches!(foreign, SealedColumnError::Tenant), "{foreign}");
}
