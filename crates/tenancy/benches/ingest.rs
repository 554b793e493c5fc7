//! How many rows a second each way of sending many takes, beside psql's binary `\copy` in the same run.
//!
//! psql copies a file into a table without row level security and without CHECK, as its owner. The library makes the
//! rows as it sends them, under row level security (or, copying directly, under the CHECK). Each round measures all of
//! them in turn on empty tables; what is told is the median of the rounds' ratios.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark that cannot go on has failed")]

use freehold_tenancy_ground as ground;

use std::time::{Duration, Instant};

use freehold_db::Session;
use freehold_sandbox::run_command;
use freehold_tenancy::{
    Db, Record, Tenant,
    ingest::{self, Way, copy_role_sql},
};
use ground::{Ground, tenant};
use jiff::Timestamp;

const ROWS: i64 = 500_000;
const ROUNDS: usize = 7;
const WAYS: [(Way, &str, f64); 3] = [
    (Way::Arrays, "arrays", 0.64),
    (Way::TemporaryTable, "temporary table", 0.70),
    (Way::DirectCopy, "direct copy", 0.91),
];

const TABLES: &str = "
CREATE TABLE plain (
    tenant_id uuid NOT NULL, id bigint NOT NULL, status text NOT NULL, response_ms integer NOT NULL,
    checked_at timestamptz NOT NULL, PRIMARY KEY (tenant_id, id)
);
CREATE TABLE checks (LIKE plain INCLUDING ALL);
ALTER TABLE checks ENABLE ROW LEVEL SECURITY;
ALTER TABLE checks FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON checks USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT ON checks TO app_writer;
";

#[derive(Record)]
struct Check {
    id: i64,
    status: &'static str,
    response_ms: i32,
    checked_at: Timestamp,
}

fn checks(count: i64) -> impl Iterator<Item = Check> + Send {
    (0..count).map(|id| Check {
        id,
        status: ["up", "down", "error"][usize::try_from(id % 3).unwrap()],
        response_ms: i32::try_from(id % 997).unwrap(),
        checked_at: Timestamp::from_second(1_790_000_000 + id).unwrap(),
    })
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let ground = Ground::new().await;
    ground.admin(TABLES).await;
    ground.admin(&copy_role_sql(&Ground::tenancy(), "app_copy", &["checks"]).unwrap().up).await;
    ground.admit("app_copy").await;
    let db = Db::builder(&ground.url("app_writer"))
        .tenancy(Ground::tenancy())
        .copy_url(ground.url("app_copy"))
        .accept_unprotected(["plain"])
        .open()
        .await
        .unwrap();
    let bench = Bench { acme: db.tenant(&tenant(1)), ground };
    bench.large().await;
    bench.small().await;
}

struct Bench {
    ground: Ground,
    acme: Tenant,
}

impl Bench {
    /// Half a million rows, beside psql.
    async fn large(&self) {
        self.sent(Way::DirectCopy, ROWS).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("checks.bin");
        let out = format!(
            "psql -q \"$DATABASE_URL\" -c \"\\copy (select tenant_id, id, status, response_ms, checked_at from checks order by id) to '{}' (format binary)\"",
            file.display()
        );
        self.shell(&out).await;
        let copy = format!(
            "psql -q \"$DATABASE_URL\" -c \"\\copy plain from '{}' (format binary)\"",
            file.display()
        );
        let mut peers = Vec::new();
        let mut ratios: [Vec<f64>; 3] = Default::default();
        for round in 0..=ROUNDS {
            let peer = self.psql(&copy).await.as_secs_f64();
            let mut taken = [0.0; 3];
            for (took, (way, ..)) in taken.iter_mut().zip(WAYS) {
                *took = self.sent(way, ROWS).await.as_secs_f64();
            }
            // The first round warms up.
            if round > 0 {
                peers.push(peer);
                for (ratios, took) in ratios.iter_mut().zip(taken) {
                    ratios.push(peer / took);
                }
            }
        }
        let peer = median(&mut peers);
        println!("{ROWS} rows of 5 columns, median of {ROUNDS} rounds");
        println!("  psql's binary \\copy   {:9.0} rows/s", ROWS as f64 / peer);
        for (mut ratios, (_, name, goal)) in ratios.into_iter().zip(WAYS) {
            let ratio = median(&mut ratios);
            let (least, most) = (ratios.first().unwrap(), ratios.last().unwrap());
            println!("  {name:20} {ratio:6.2} of it ({least:.2}, {most:.2}); aimed at: {goal:.2}");
        }
    }

    /// From how many rows on a way is the quickest.
    async fn small(&self) {
        println!("milliseconds, median of 9:   rows  arrays  temporary table  direct copy");
        for count in [100, 1_000, 5_000, 10_000, 20_000, 50_000] {
            let mut line = format!("{count:33}");
            for (way, name, _) in WAYS {
                let mut taken = Vec::new();
                for _ in 0..9 {
                    taken.push(self.sent(way, count).await.as_secs_f64() * 1e3);
                }
                line.push_str(&format!("{:1$.1}", median(&mut taken), name.len() + 2));
            }
            println!("{line}");
        }
    }

    async fn sent(&self, way: Way, count: i64) -> Duration {
        self.emptied("checks").await;
        let begun = Instant::now();
        let done = ingest::into("checks").way(way).rows(&self.acme, checks(count)).await.unwrap();
        let took = begun.elapsed();
        assert_eq!((done.rows, done.way), (u64::try_from(count).unwrap(), way));
        took
    }

    async fn psql(&self, copy: &str) -> Duration {
        self.emptied("plain").await;
        let begun = Instant::now();
        self.shell(copy).await;
        begun.elapsed()
    }

    async fn emptied(&self, table: &str) {
        let session = Session::open(&self.ground.scratch.connect_to()).await.unwrap();
        session.run(&format!("TRUNCATE {table}")).await.unwrap();
        session.run("CHECKPOINT").await.unwrap();
    }

    async fn shell(&self, command: &str) {
        let to = self.ground.scratch.connect_to();
        let outcome = run_command(command, std::path::Path::new("/"), &to).await.unwrap();
        assert!(outcome.success, "{}", outcome.said);
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
