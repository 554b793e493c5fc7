//! The ground that the tests of this room stand on: a database of the test's own, with two roles and three tenants.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "only tests stand on it; those inside the library take in this file itself and use some of it"
)]

use freehold_db::Session;
use freehold_sandbox::{Scratch, Server, testing};
use freehold_tenancy::{Db, DbBuilder, Tenancy, TenantId};
use uuid::Uuid;

/// Roles and one tenant-owned table; policies as the documentation recommends them.
const SCHEMA: &str = "
DO $$ BEGIN
    CREATE ROLE app_writer LOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
DO $$ BEGIN
    CREATE ROLE app_system LOGIN BYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
CREATE TABLE tenants (id uuid PRIMARY KEY, name text NOT NULL, status text NOT NULL DEFAULT 'active');
CREATE TABLE notes (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id bigint NOT NULL,
    body text NOT NULL DEFAULT '',
    data jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON notes
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO app_writer, app_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO app_writer, app_system;
INSERT INTO tenants SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, 'tenant ' || n FROM generate_series(1, 3) AS n;
";

/// A scratch database with [`SCHEMA`] in it.
pub struct Ground {
    /// The database; dropped with this value.
    pub scratch: Scratch,
    /// The server that it is on.
    pub server: std::sync::Arc<Server>,
}

impl Ground {
    /// A fresh one.
    pub async fn new() -> Self {
        let ground = Self { scratch: testing::scratch().await, server: testing::server().await };
        ground.admin(SCHEMA).await;
        for role in ["app_writer", "app_system"] {
            ground.admit(role).await;
        }
        ground
    }

    /// Lets a role log in, and waits until the server knows.
    pub async fn admit(&self, role: &str) {
        if let Some(sandbox) = self.server.sandbox() {
            sandbox.admit(role).unwrap();
        }
        let to = self.scratch.connect_to().with_user(role);
        for _ in 0..100 {
            if Session::open(&to).await.is_ok() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("{role} can't log in");
    }

    /// Runs SQL as the superuser.
    pub async fn admin(&self, sql: &str) {
        let session = Session::open(&self.scratch.connect_to()).await.unwrap();
        session.run(sql).await.unwrap();
    }

    /// Puts tables that have a `tenant_id` under row level security, and grants them to the roles.
    pub async fn protect(&self, tables: &[&str]) {
        let own = "tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid)";
        for table in tables {
            self.admin(&format!(
                "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
                 ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
                 CREATE POLICY own ON {table} USING ({own}) WITH CHECK ({own});
                 GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO app_writer, app_system;"
            ))
            .await;
        }
    }

    /// The URL of the database for a role that logs in over the socket.
    pub fn url(&self, role: &str) -> String {
        self.scratch.connect_to().with_user(role).masked()
    }

    /// How tenants are told apart here.
    pub fn tenancy() -> Tenancy {
        Tenancy { system_role: Some("app_system".to_owned()), ..Tenancy::default() }
    }

    /// As the application.
    pub async fn db(&self) -> Db {
        self.builder().open().await.unwrap()
    }

    /// As the application, with something else set.
    pub fn builder(&self) -> DbBuilder {
        Db::builder(&self.url("app_writer")).tenancy(Self::tenancy()).system_url(self.url("app_system"))
    }
}

/// One of the three tenants, 1 to 3.
pub fn tenant(n: u128) -> TenantId {
    TenantId::uuid(Uuid::from_u128(n)).unwrap()
}
