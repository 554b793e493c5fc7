//! Similarity search within a tenant: recall@10 and the 95th percentile of its time.
//!
//! `cargo bench -p freehold-tenancy --bench vectors [-- --rows N] [--searches N] [--rounds N] [ours|peers]`: 200,000 vectors of 512 dimensions of
//! 300 tenants of very different sizes on a sandbox. In one run, on one connection:
//! - *IVFFlat* (lists 100, probes 1), *HNSW* (ef 40), *HNSW with iterative scan*: one index over all tenants, the tenant
//!   and the threshold in WHERE, as is commonly advised, by the driver, without row security;
//! - *Freehold*: `Space::search` with row security, and beside it the exact search over other layouts.
//!
//! What is right is computed here, from the numbers that were loaded, in full precision.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads its own arguments")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]
#![expect(unreachable_pub, reason = "parts of a benchmark")]

#[path = "vectors/churn.rs"]
mod churn;
#[path = "vectors/crowd.rs"]
mod crowd;
#[path = "vectors/ours.rs"]
mod ours;
#[path = "vectors/peers.rs"]
mod peers;
#[path = "vectors/score.rs"]
mod score;

use std::time::Instant;

use crowd::Crowd;
use freehold_db::Session;
use freehold_sandbox::{Sandbox, Scratch, Server, testing};
use tokio_postgres::{Client, NoTls};

/// The threshold: vectors of the same person are nearer, and most of persons around the same centre.
const THRESHOLD: f64 = 0.5;
const LIMIT: usize = 10;

fn main() {
    let (rows, searches) = (argument("--rows").unwrap_or(200_000), argument("--searches").unwrap_or(300));
    let parts = std::env::args().filter(|argument| ["ours", "peers"].contains(&argument.as_str()));
    let parts: Vec<String> = parts.collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    // As a service's handler: a task among the runtime's, not the thread that started it.
    runtime.block_on(async { tokio::spawn(async move { run(rows, searches, &parts).await }).await.unwrap() });
}

/// The number behind an argument.
fn argument(name: &str) -> Option<usize> {
    let given = std::env::args().skip_while(|argument| argument != name).nth(1);
    given.map(|value| value.parse().unwrap())
}

async fn run(rows: usize, searches: usize, parts: &[String]) {
    let started = Instant::now();
    let crowd = Crowd::of(rows);
    let asked = crowd.searches(searches);
    println!("{} vectors of {} tenants, {searches} searches of each class", crowd.len(), crowd.tenants());
    println!("made in {:.1?}; load {}", started.elapsed(), load());
    let mut options = testing::options();
    // Huge pages where the machine keeps some, as PostgreSQL does unless it is told otherwise.
    let settings =
        [("shared_buffers", "3GB"), ("huge_pages", "try"), ("max_wal_size", "20GB"), ("work_mem", "64MB")];
    for (name, value) in settings {
        options.settings.push((name.to_owned(), value.to_owned()));
    }
    let free = huge_pages();
    let server = Server::Own(Sandbox::start(&options).await.unwrap());
    println!("huge pages of the server: {}", free.saturating_sub(huge_pages()));
    let scratch = server.scratch().await.unwrap();
    let ground = Ground { scratch, server };
    ground.load(&crowd).await;
    println!("the server: {}", ground.scratch.connect_to().masked());
    score::head();
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|name| name == part);
    if wanted("peers") {
        // They come in mixed order, and iterative scans take their time.
        peers::run(&ground, &asked[..asked.len().min(300)]).await;
    }
    if wanted("ours") {
        ours::run(&ground, &asked, &crowd.last()).await;
    }
    println!("load {}; in all {:.0?}", load(), started.elapsed());
}

/// Huge pages that nobody has taken yet.
fn huge_pages() -> usize {
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let number = |name: &str| -> usize {
        let line = memory.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.trim().parse().ok()).unwrap_or_default()
    };
    number("HugePages_Free:").saturating_sub(number("HugePages_Rsvd:"))
}

/// The first numbers of the machine's load.
fn load() -> String {
    std::fs::read_to_string("/proc/loadavg")
        .unwrap_or_default()
        .split(' ')
        .take(3)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The server, and a database with the crowd in it.
pub struct Ground {
    scratch: Scratch,
    server: Server,
}

impl Ground {
    /// Runs SQL as the owner of the tables and says how long it took.
    async fn admin(&self, what: &str, sql: &str) {
        let started = Instant::now();
        let session = Session::open(&self.scratch.connect_to()).await.unwrap();
        session
            .run("SET maintenance_work_mem = '2GB'; SET max_parallel_maintenance_workers = 1")
            .await
            .unwrap();
        session.run(sql).await.unwrap();
        if !what.is_empty() {
            println!("  ({what}: {:.1?}, load {})", started.elapsed(), load());
        }
    }

    fn url(&self, role: &str) -> String {
        self.scratch.connect_to().with_user(role).masked()
    }

    async fn client(&self) -> Client {
        let config: tokio_postgres::Config = self.url("postgres").parse().unwrap();
        let (client, connection) = config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// The table as one would make it first, in the order in which rows arrive.
    async fn load(&self, crowd: &Crowd) {
        let started = Instant::now();
        self.admin(
            "",
            "CREATE EXTENSION vector; CREATE TABLE plain (tenant_id uuid NOT NULL, id bigint PRIMARY KEY, \
             embedding vector(512) NOT NULL)",
        )
        .await;
        crowd.load(&self.client().await).await;
        self.admin("", "CREATE INDEX ON plain (tenant_id)").await;
        self.admin("", "VACUUM ANALYZE plain").await;
        println!("loaded in {:.1?}", started.elapsed());
    }
}
