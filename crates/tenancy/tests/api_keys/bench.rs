//! The table of keys that the example of face recognition has, and keys in it.

#![allow(unreachable_pub, clippy::unwrap_used, reason = "a part of tests")]

use freehold_tenancy::{
    Db, Execute,
    api_keys::{ApiKeyError, ApiKeySettings, ApiKeys, NewKey},
};
use uuid::Uuid;

use crate::ground::{Ground, tenant};

const MIGRATION: &str =
    include_str!("../../../../examples/face-recognition/migrations/000004_create_api_keys_table.up.sql");

/// What the example's other migrations bring, and a count of the updates.
const AROUND: &str = "
CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.updated_at = clock_timestamp(); RETURN NEW; END $$;
CREATE TABLE counts (statements bigint NOT NULL, rows bigint NOT NULL);
INSERT INTO counts VALUES (0, 0);
GRANT SELECT, UPDATE ON counts TO app_writer;
CREATE FUNCTION count_rows() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN UPDATE counts SET rows = rows + 1; RETURN NEW; END $$;
CREATE FUNCTION count_statements() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN UPDATE counts SET statements = statements + 1; RETURN NULL; END $$;
";
const AFTER: &str = "
CREATE TRIGGER count_rows AFTER UPDATE ON api_keys FOR EACH ROW EXECUTE FUNCTION count_rows();
CREATE TRIGGER count_statements AFTER UPDATE ON api_keys FOR EACH STATEMENT EXECUTE FUNCTION count_statements();
GRANT SELECT, INSERT, UPDATE ON api_keys TO app_writer;
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON api_keys
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
";

pub struct Bench {
    pub ground: Ground,
    pub db: Db,
    pub keys: ApiKeys,
}

impl Bench {
    pub async fn new(settings: ApiKeySettings) -> Self {
        let ground = Ground::new().await;
        ground.admin(AROUND).await;
        ground.admin(&MIGRATION.replace("SET LOCAL lock_timeout = '2s';", "")).await;
        ground.admin(AFTER).await;
        let db = ground.db().await;
        let keys = ApiKeys::new(&db, settings).unwrap();
        Self { ground, db, keys }
    }

    pub async fn issue(&self, n: u128, new: NewKey) -> (Uuid, String) {
        let issued = self.keys.issue(&self.db.tenant(&tenant(n)), new).await.unwrap();
        (issued.id, issued.key.expose().to_owned())
    }

    pub async fn refused(&self, text: &str) -> ApiKeyError {
        self.keys.verify(text).await.unwrap_err()
    }

    /// Statements and rows that updated the table of keys.
    pub async fn updates(&self) -> (i64, i64) {
        self.db.tenant(&tenant(1)).query_one("SELECT statements, rows FROM counts", &[]).await.unwrap()
    }
}

pub fn usual() -> ApiKeySettings {
    ApiKeySettings::prefixed("fr")
}
