//! One scratch database, the session that runs an example's scripts, and those that look on.

use freehold_db::{ConnectTo, DbError, Session};
use freehold_sandbox::{Scratch, testing};

/// A scratch database with its sessions.
pub(crate) struct World {
    scratch: Scratch,
    /// Runs the scripts.
    pub(crate) main: Session,
    /// Looks at what the other one locks.
    pub(crate) watcher: Session,
}

impl World {
    pub(crate) async fn open() -> Self {
        let scratch = testing::scratch().await;
        let main = open(&scratch.connect_to()).await;
        let watcher = open(&scratch.connect_to()).await;
        Self { scratch, main, watcher }
    }

    /// One more session.
    pub(crate) async fn session(&self) -> Session {
        open(&self.scratch.connect_to()).await
    }

    pub(crate) fn major(&self) -> u32 {
        self.main.version().major()
    }

    /// Puts the session back as a new one would be, so that each script is judged alone.
    pub(crate) async fn reset(&self) -> Result<(), DbError> {
        self.main.run("ROLLBACK").await?;
        self.main.run("RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL").await?;
        self.main.run("DISCARD TEMPORARY").await
    }

    pub(crate) async fn close(self) {
        self.main.close().await;
        self.watcher.close().await;
        self.scratch.remove().await.unwrap();
    }
}

async fn open(to: &ConnectTo) -> Session {
    // The messages that tell of rewrites, scans and index builds come at this level.
    Session::open(&to.clone().with_setting("client_min_messages", "debug1")).await.unwrap()
}

/// Takes away what an example left on the server besides its database: roles, and settings of the server.
pub(crate) async fn tidy_server() {
    let world = World::open().await;
    world.main.run("ALTER SYSTEM RESET ALL").await.unwrap();
    let roles = world
        .main
        .query("SELECT quote_ident(rolname) FROM pg_roles WHERE rolname !~ '^pg_' AND oid >= 16384", &[])
        .await
        .unwrap();
    for row in &roles {
        let role: String = row.get(0);
        // What other databases still hold of it keeps it there; the next example that makes it will say so.
        let _ = world.main.run(&format!("DROP OWNED BY {role}")).await;
        let _ = world.main.run(&format!("DROP ROLE {role}")).await;
    }
    world.close().await;
}
