//! The server and its tables.

use std::path::PathBuf;

use freehold_db::Session;
use freehold_sandbox::{Sandbox, Scratch, Server, testing};

use super::contestants::Way;

pub(crate) const TENANTS: u64 = 50;
pub(crate) const ROWS: u64 = 200;

const SCHEMA: &str = "
CREATE ROLE app_writer LOGIN;
CREATE TABLE guarded (tenant_id uuid NOT NULL, id bigint NOT NULL, body text NOT NULL, PRIMARY KEY (tenant_id, id));
INSERT INTO guarded SELECT lpad(to_hex(t), 32, '0')::uuid, i, 'row ' || i || ' of tenant ' || t
FROM generate_series(1, 50) AS t, generate_series(1, 200) AS i;
CREATE TABLE plain (LIKE guarded INCLUDING ALL);
INSERT INTO plain SELECT * FROM guarded;
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
ALTER TABLE guarded FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON guarded
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON guarded, plain TO app_writer;
";

pub(crate) struct Stage {
    scratch: Scratch,
    server: Server,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let mut options = testing::options();
        options.settings.push(("max_connections".to_owned(), "300".to_owned()));
        let server = Server::Own(Sandbox::start(&options).await.unwrap());
        let scratch = server.scratch().await.unwrap();
        let stage = Self { scratch, server };
        stage.run(SCHEMA).await;
        stage.run("VACUUM ANALYZE guarded").await;
        stage.run("VACUUM ANALYZE plain").await;
        stage.server.sandbox().unwrap().admit("app_writer").unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        stage
    }

    pub(crate) async fn run(&self, sql: &str) {
        let session = Session::open(&self.scratch.connect_to()).await.unwrap();
        session.run(sql).await.unwrap();
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.server.sandbox().unwrap().socket_dir().to_owned()
    }

    /// By the server's own socket.
    pub(crate) fn near(&self) -> Way {
        let host = self.folder().display().to_string();
        Way { host, port: 5432, database: self.scratch.connect_to().database().to_owned(), unprepared: false }
    }

    pub(crate) async fn end(self) {
        self.scratch.remove().await.unwrap();
        self.server.close().await.unwrap();
    }
}
