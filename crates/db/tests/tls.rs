//! TLS with real servers: what `sslmode` and its companions promise is what comes about.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test or benchmark that cannot go on has failed")]

#[path = "tls/clients.rs"]
mod clients;
#[path = "tls/papers.rs"]
mod papers;
#[path = "tls/proxy.rs"]
mod proxy;
#[path = "tls/server.rs"]
mod server;
#[path = "tls/servers.rs"]
mod servers;
#[path = "tls/wire.rs"]
mod wire;

/// Everybody may come in any way.
const OPEN: &str = "host all all 127.0.0.1/32 trust";
