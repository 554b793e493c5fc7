//! A table with sealed columns, and a vault for it.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a part of tests; each file uses some of it"
)]

use freehold_tenancy::{
    Db, Execute, Tenancy, TenantId,
    secrets::{BlindIndex, Column, Key, MasterKey, MasterKeys, Rotation, Schema, Vault, VaultSettings},
};
use uuid::Uuid;

use crate::ground::Ground;

pub const EMAIL: Column = Column::new("people", "email_sealed");
pub const EMAIL_INDEX: BlindIndex = BlindIndex::new(EMAIL).normalised(BlindIndex::folded);

const PEOPLE: &str = "
CREATE TABLE people (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    email_sealed bytea,
    email_index bytea,
    touched integer NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX people_email ON people (tenant_id, email_index);
ALTER TABLE people ENABLE ROW LEVEL SECURITY;
ALTER TABLE people FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON people
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON people TO app_writer, app_system;
";

/// A database with the tables in it.
pub async fn ground() -> Ground {
    let ground = Ground::new().await;
    let tenancy = Tenancy { role: Some("app_writer".to_owned()), ..Ground::tenancy() };
    ground.admin(&Schema::new(&tenancy).up()).await;
    ground.admin(PEOPLE).await;
    ground
}

/// Master keys of these names, the first one current. The same name is the same key.
pub fn master(names: &[&str]) -> MasterKeys {
    let key = |name: &str| {
        let mut bytes = [7; 32];
        bytes.iter_mut().zip(name.bytes()).for_each(|(to, from)| *to = from);
        MasterKey::new(name, Key::from_bytes(&bytes).unwrap()).unwrap()
    };
    MasterKeys::new(names.iter().map(|name| key(name))).unwrap()
}

/// A vault that remembers nothing for long.
pub fn vault(db: &Db) -> Vault {
    let settings = VaultSettings { remembered: std::time::Duration::ZERO, ..VaultSettings::default() };
    Vault::with(db, master(&["m1"]), settings)
}

pub fn rotation() -> Rotation {
    Rotation::new(EMAIL, ["id"]).indexed("email_index", EMAIL_INDEX).batch(7)
}

/// Puts a person into the table, sealed with the newest key.
pub async fn add(db: &Db, vault: &Vault, tenant: &TenantId, person: Uuid, email: &str) {
    let keys = vault.keys(tenant).await.unwrap();
    let sealed = keys.seal_text(&EMAIL.at(person), email).unwrap();
    let index = keys.blind_index(&EMAIL_INDEX, email).unwrap();
    db.tenant(tenant)
        .execute(
            "INSERT INTO people (tenant_id, id, email_sealed, email_index) VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant_id, id) DO UPDATE SET email_sealed = $3, email_index = $4, touched = people.touched + 1",
            &[tenant, &person, &sealed, &index],
        )
        .await
        .unwrap();
}

/// All people with their opened addresses, by id.
pub async fn everybody(db: &Db, vault: &Vault, tenant: &TenantId) -> Vec<(Uuid, String)> {
    let keys = vault.fresh_keys(tenant).await.unwrap();
    let rows: Vec<(Uuid, Vec<u8>)> =
        db.tenant(tenant).query("SELECT id, email_sealed FROM people ORDER BY id", &[]).await.unwrap();
    rows.into_iter().map(|(id, sealed)| (id, keys.open_text(&EMAIL.at(id), &sealed).unwrap())).collect()
}
