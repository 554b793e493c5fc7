//! What a tenant's context costs: reading one row by its key.
//!
//! `cargo bench -p freehold-tenancy --bench round_trips [-- --rounds N] [--seconds S]`, on a sandbox. Those who are
//! compared take turns in rounds of a run, and ratios are taken within a round; the median of the rounds is shown. Row
//! security is enforced by the server for all but *raw*, which reads a table without it and knows no tenant.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads its own arguments")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[path = "round_trips/contestants.rs"]
mod contestants;
#[path = "round_trips/far.rs"]
mod far;
#[path = "round_trips/stage.rs"]
mod stage;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use contestants::{Kind, Reader, Way};
use hdrhistogram::Histogram;
use stage::{ROWS, Stage, TENANTS};

fn main() {
    let argument = |name: &str| {
        let given = std::env::args().skip_while(|argument| argument != name).nth(1);
        given.map(|value| value.parse::<f64>().unwrap())
    };
    let rounds = argument("--rounds").unwrap_or(7.0) as usize;
    let seconds = argument("--seconds").unwrap_or(1.5);
    let only: Vec<String> =
        std::env::args().filter(|word| ["socket", "far", "one", "cost"].contains(&word.as_str())).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run(rounds, Duration::from_secs_f64(seconds), &only));
}

async fn run(rounds: usize, turn: Duration, only: &[String]) {
    let wanted = |part: &str| only.is_empty() || only.iter().any(|name| name == part);
    let stage = Stage::new().await;
    let near = stage.near();
    println!("load {} at the beginning; {rounds} rounds of {turn:.1?} each", load());
    let all = [Kind::Raw, Kind::RawShared, Kind::Sqlx, Kind::Stepwise, Kind::Ours];
    if wanted("socket") {
        compare("Unix socket, 32 tasks", &near, 32, &all, rounds, turn).await;
    }
    if wanted("one") {
        compare("Unix socket, 1 task", &near, 1, &all, rounds, turn).await;
    }
    if wanted("far") {
        let port = far::listen(stage.folder().join(".s.PGSQL.5432"));
        let away = Way { host: "127.0.0.1".to_owned(), port, ..near.clone() };
        compare("TCP, 1 ms round trip, 1 task", &away, 1, &all, rounds, turn).await;
        compare("TCP, 1 ms round trip, 32 tasks", &away, 32, &all, rounds, turn).await;
    }
    println!("load {} at the end", load());
    stage.end().await;
}

/// One line of a table.
#[derive(Default)]
struct Line {
    rates: Vec<f64>,
    cpus: Vec<f64>,
    medians: Vec<f64>,
    tails: Vec<f64>,
}

async fn compare(title: &str, way: &Way, tasks: usize, kinds: &[Kind], rounds: usize, turn: Duration) {
    let mut lines: Vec<Line> = kinds.iter().map(|_| Line::default()).collect();
    let mut ready = Vec::new();
    for kind in kinds {
        let readers = kind.ready(way, tasks).await;
        turn_of(&readers, turn / 4).await;
        ready.push(readers);
    }
    for round in 0..rounds {
        // Each round begins with another one.
        for at in (0..kinds.len()).map(|at| (at + round) % kinds.len()) {
            let before = cpu_seconds();
            let (count, took, latencies) = turn_of(ready.get(at).unwrap(), turn).await;
            let line = lines.get_mut(at).unwrap();
            line.rates.push(count as f64 / took.as_secs_f64());
            line.cpus.push((cpu_seconds() - before) / count as f64 * 1e6);
            line.medians.push(latencies.value_at_quantile(0.5) as f64 / 1e3);
            line.tails.push(latencies.value_at_quantile(0.99) as f64 / 1e3);
        }
    }
    println!("\n{title} (load {})", load());
    println!(
        "{:52} {:>9} {:>6} {:>8} {:>7} {:>8} {:>8}",
        "", "ops/s", "×raw", "p50 µs", "×raw", "p99 µs", "cpu µs"
    );
    let raw = lines.first().map(|line| (line.rates.clone(), line.medians.clone())).unwrap();
    for (kind, line) in kinds.iter().zip(&lines) {
        println!(
            "{:52} {:9.0} {:6.2} {:8.1} {:7.2} {:8.1} {:8.1}",
            kind.name(),
            median(line.rates.clone()),
            median(line.rates.iter().zip(&raw.0).map(|(ours, raw)| ours / raw).collect()),
            median(line.medians.clone()),
            median(line.medians.iter().zip(&raw.1).map(|(ours, raw)| ours / raw).collect()),
            median(line.tails.clone()),
            median(line.cpus.clone()),
        );
    }
}

/// All tasks read until the time is over; how many rows, in how long, with what latencies in nanoseconds.
async fn turn_of(readers: &[Arc<dyn Reader>], turn: Duration) -> (u64, Duration, Histogram<u64>) {
    let begun = Instant::now();
    let mut tasks = Vec::new();
    for (task, reader) in readers.iter().cloned().enumerate() {
        tasks.push(tokio::spawn(async move {
            let mut latencies = Histogram::<u64>::new(3).unwrap();
            let mut random = fastrand::Rng::with_seed(task as u64);
            while begun.elapsed() < turn {
                let tenant = random.u64(1..=TENANTS);
                let id = i64::try_from(random.u64(1..=ROWS)).unwrap();
                let asked = Instant::now();
                assert_eq!(reader.read(tenant.into(), id).await, id);
                latencies.record(u64::try_from(asked.elapsed().as_nanos()).unwrap()).unwrap();
            }
            latencies
        }));
    }
    let mut all = Histogram::<u64>::new(3).unwrap();
    for task in tasks {
        all.add(task.await.unwrap()).unwrap();
    }
    (all.len(), begun.elapsed(), all)
}

/// Seconds of processor that this process has used: the client's side, for the server is another process.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default().to_owned();
    let ticks = |at: usize| after.split_whitespace().nth(at).and_then(|text| text.parse::<f64>().ok());
    (ticks(11).unwrap_or(0.0) + ticks(12).unwrap_or(0.0)) / 100.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The first numbers of the machine's load.
fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').take(3).collect::<Vec<_>>().join(" ")
}
