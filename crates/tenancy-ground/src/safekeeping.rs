//! Stages for examples of keys, sealed values, the trail, people's rights and signed contexts.

use std::{future::Future, sync::Arc};

use freehold_tenancy::{
    Execute, Tenancy, Tenant, TenantId,
    api_keys::{ApiKeySettings, ApiKeys},
    audit::{AuditTrail, Watched},
    secrets::{BlindIndex, Column, MasterKeys, Schema, TenantKeys, Vault},
    signed::{SignedContext, SigningKey},
};

use crate::{Ground, Outcome, tenant, with_ground};

/// The master key of [`with_vault`], called `2026`, as [`MasterKeys::from_text`] reads it.
pub const MASTER: &str = "2026 Yx0B1R0nVqGJ2m0vX3h2cQk8wT3kq5o0s1d2f3g4h5I=";

/// The table of keys, with the names that are usual.
const API_KEYS: &str = "
CREATE TABLE api_keys (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    name text NOT NULL,
    key_prefix text NOT NULL,
    key_hash text NOT NULL,
    scopes text[] NOT NULL,
    rate_limit_override integer,
    last_used_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX api_keys_hash ON api_keys (tenant_id, key_hash);
";

/// Users with sealed addresses.
const USERS: &str = "
CREATE TABLE users (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id bigint NOT NULL,
    email_sealed bytea,
    email_index bytea,
    password_hash text,
    PRIMARY KEY (tenant_id, id)
);
";

/// Faces, what refers to them, and what names the same persons.
const PEOPLE: &str = "
CREATE TABLE faces (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id bigint PRIMARY KEY,
    external_id text NOT NULL,
    embedding_sealed bytea NOT NULL
);
CREATE TABLE verification_logs (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id bigint PRIMARY KEY,
    face_id bigint REFERENCES faces (id) ON DELETE SET NULL,
    external_id text
);
CREATE TABLE consent_records (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    external_id text NOT NULL,
    consent_type text NOT NULL,
    granted_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz
);
INSERT INTO faces
SELECT '00000000-0000-0000-0000-000000000001', n, 'person-' || n, convert_to('face ' || n, 'UTF8')
FROM generate_series(1, 2) AS n;
INSERT INTO verification_logs
SELECT '00000000-0000-0000-0000-000000000001', n, f, 'person-' || f FROM (VALUES (1, 1), (2, 1), (3, 2)) AS v (n, f);
INSERT INTO consent_records VALUES
    ('00000000-0000-0000-0000-000000000001', 'person-1', 'FACE_REGISTRATION', now() - interval '1 day', NULL, NULL),
    ('00000000-0000-0000-0000-000000000001', 'person-2', 'FACE_REGISTRATION', now() - interval '1 day', NULL,
     now() - interval '1 hour');
";

/// The roles are named here, so that they are granted what they need.
fn tenancy() -> Tenancy {
    Tenancy { role: Some("app_writer".to_owned()), ..Ground::tenancy() }
}

/// Runs an example with keys that begin with `fr`, and tenant 1.
///
/// # Panics
/// When the example fails.
pub fn with_api_keys<F: Future<Output = Outcome>>(example: impl FnOnce(ApiKeys, Tenant) -> F) {
    with_ground(|ground| async move {
        ground.admin(API_KEYS).await;
        ground.protect(&["api_keys"]).await;
        let db = ground.db().await;
        let keys = ApiKeys::new(&db, ApiKeySettings::prefixed("fr"))?;
        example(keys, db.tenant(&tenant(1))).await
    });
}

/// Runs an example with a vault, and three users of tenant 1 with sealed addresses: ada, bob and eve.
///
/// # Panics
/// When the example fails.
pub fn with_vault<F: Future<Output = Outcome>>(example: impl FnOnce(Tenant, Vault, TenantId) -> F) {
    with_ground(|ground| async move {
        ground.admin(&Schema::new(&tenancy()).up()).await;
        ground.admin(USERS).await;
        ground.protect(&["users"]).await;
        let (db, id) = (ground.db().await, tenant(1));
        let vault = Vault::new(&db, MasterKeys::from_text(MASTER)?);
        let (keys, one) = (vault.keys(&id).await?, db.tenant(&id));
        let column = Column::new("users", "email_sealed");
        let index = BlindIndex::new(column.clone()).normalised(BlindIndex::folded);
        for (user, name) in [(1_i64, "ada"), (2, "bob"), (3, "eve")] {
            let email = format!("{name}@example.org");
            let (sealed, blind) =
                (keys.seal_text(&column.at(user), &email)?, keys.blind_index(&index, &email)?);
            one.execute("INSERT INTO users VALUES ($1, $2, $3, $4)", &[&id, &user, &sealed, &blind]).await?;
        }
        example(one, vault, id).await
    });
}

/// Runs an example with the unwrapped keys of tenant 1.
///
/// # Panics
/// When the example fails.
pub fn with_tenant_keys<F: Future<Output = Outcome>>(example: impl FnOnce(Arc<TenantKeys>) -> F) {
    with_ground(|ground| async move {
        ground.admin(&Schema::new(&tenancy()).up()).await;
        let vault = Vault::new(&ground.db().await, MasterKeys::from_text(MASTER)?);
        example(vault.keys(&tenant(1)).await?).await
    });
}

/// Runs an example with an audit trail that watches the notes, as tenant 1.
///
/// # Panics
/// When the example fails.
pub fn with_trail<F: Future<Output = Outcome>>(example: impl FnOnce(Arc<Ground>, Tenant) -> F) {
    with_ground(|ground| async move {
        let trail = AuditTrail::of(&tenancy());
        ground.admin(&(trail.up() + &trail.watch(&Watched::table("notes")))).await;
        let one = ground.db().await.tenant(&tenant(1));
        example(ground.clone(), one).await
    });
}

/// Runs an example with two persons of tenant 1, of whom the second has withdrawn their consent.
///
/// # Panics
/// When the example fails.
pub fn with_people<F: Future<Output = Outcome>>(example: impl FnOnce(Arc<Ground>, Tenant) -> F) {
    with_ground(|ground| async move {
        ground.admin(PEOPLE).await;
        ground.protect(&["faces", "verification_logs", "consent_records"]).await;
        let one = ground.db().await.tenant(&tenant(1));
        example(ground.clone(), one).await
    });
}

/// Runs an example on a database that takes signed tenants alone, with its key.
///
/// # Panics
/// When the example fails.
pub fn with_signed<F: Future<Output = Outcome>>(
    example: impl FnOnce(Arc<Ground>, SignedContext, SigningKey) -> F,
) {
    with_ground(|ground| async move {
        let context = SignedContext::of(&Ground::tenancy()).also_for("app_writer").also_for("app_system");
        let hex = "5c0d".repeat(16);
        ground.admin(&context.up()).await;
        ground.admin(&format!("SELECT tenant_context.put_key(1, '\\x{hex}')")).await;
        ground.admin(&context.convert_policies()).await;
        example(ground.clone(), context, SigningKey::from_hex(1, &hex)?).await
    });
}
