//! How long the runner takes, beside the same SQL sent over one connection and beside its peers, in one run.
//!
//! `cargo bench -p freehold-migrate --bench runner [-- PART ...]`; all parts when none is named:
//! - `history`: 300 migrations applied to an empty database, by Freehold, by its peers, and as mere SQL;
//! - `schemas`, `databases`: twenty migrations on each of 1,000 schemas of one database, or of 200 databases;
//! - `status`: asking 1,000 schemas and 1,000 databases where they stand.
//!
//! `make bench` builds what is needed and names it in the environment: `FREEHOLD_BENCH_PROGRAM` is the release build of
//! `freehold`, `FREEHOLD_BENCH_PEERS` the folder of the peers' programs. What is not there is not measured.
//! `FREEHOLD_BENCH_ROUNDS` is how often each thing is measured (default 5), `FREEHOLD_BENCH_SCHEMAS`,
//! `FREEHOLD_BENCH_DATABASES` and `FREEHOLD_BENCH_STATUS` are numbers of targets.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::disallowed_methods, reason = "a benchmark starts its peers and reads its own settings")]

mod figures;
mod ground;
mod history;
mod story;
mod tenants;
mod worker;

use ground::{Outcome, Programs};
use worker::Kind;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let runtime = tokio::runtime::Runtime::new()?;
    if let [first, rest @ ..] = arguments.as_slice()
        && first == "--worker"
    {
        return runtime.block_on(worker::work(rest));
    }
    let wanted = |part: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == part);
    let rounds = setting("FREEHOLD_BENCH_ROUNDS", 5);
    if wanted("history") {
        runtime.block_on(history::measure(&Programs::from_environment(), rounds))?;
    }
    let many = [
        ("schemas", Kind::Schemas, setting("FREEHOLD_BENCH_SCHEMAS", 1000)),
        ("databases", Kind::Databases, setting("FREEHOLD_BENCH_DATABASES", 200)),
    ];
    for (part, kind, count) in many {
        if wanted(part) {
            runtime.block_on(tenants::up(kind, count))?;
        }
    }
    if wanted("status") {
        println!();
        for kind in [Kind::Schemas, Kind::Databases] {
            runtime.block_on(tenants::status(kind, setting("FREEHOLD_BENCH_STATUS", 1000), rounds))?;
        }
    }
    Ok(())
}

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}
