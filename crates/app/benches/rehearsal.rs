//! How long a rehearsal takes, beside the same scripts without looking and beside psql and pg_dump.
//!
//! `cargo bench -p freehold-app --bench rehearsal [-- FOLDER ...]`, each folder being one of migrations; without any,
//! those of the examples. For each folder, on sandboxes of one server version, in one run:
//! - *plain*: up, down, up of every migration over one connection, nothing looked at;
//! - *rehearsal*: the same with locks, rewrites and scans observed and the catalog compared after each script;
//! - *with rows*: the same with witness rows followed where a script could lose or change some;
//! - *check*: `freehold check` as a whole, with the second application and the measurements of the newest migrations;
//! - *psql + pg_dump*: a process each for up, down and up, and a schema dump after each, compared as text.
//!
//! `FREEHOLD_BENCH_PEER_LIMIT` limits the migrations of the last (default 40); its time is scaled to the whole folder.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::disallowed_methods, reason = "a benchmark starts its peers and reads its own setting")]

use std::{
    error::Error,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use freehold_app::{
    check::{Request, run, steps_of},
    progress::Silent,
    settings::{Measure, Settings},
};
use freehold_model::finding::Severity;
use freehold_prove::{
    rehearsal::{self, Options, plain, rehearse},
    step::Step,
};
use freehold_sandbox::{Sandbox, SandboxOptions, Search, Server};

/// The port in the name of a sandbox's socket.
const SOCKET_PORT: &str = "5432";

const EXAMPLES: &[&str] = &[
    "face-recognition/migrations",
    "uptime-monitoring/migrations",
    "meetings/migrations",
    "saas-fastapi/db/migrations",
    "order-desk/migrations",
];

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let mut folders: Vec<PathBuf> =
        std::env::args().skip(1).filter(|a| !a.starts_with("--")).map(PathBuf::from).collect();
    if folders.is_empty() {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
        folders = EXAMPLES.iter().map(|name| examples.join(name)).collect();
    }
    println!(
        "| folder | migrations | plain | rehearsal | times plain | with rows | times plain | check | psql + pg_dump \
         | times rehearsal |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for folder in folders {
        let row = runtime.block_on(measure(&folder))?;
        println!("{row}");
    }
    Ok(())
}

async fn measure(folder: &Path) -> Result<String, Box<dyn Error>> {
    let steps = steps_of(folder, None)?;
    let server = Server::Own(Sandbox::start(&SandboxOptions::default()).await?);
    let with_rows = Options { measure: rehearsal::Measure::None, ..Options::default() };
    let options = Options { witness_rows: 0, ..with_rows.clone() };
    let (mut plains, mut rehearsals, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    // Interleaved, so that what else the machine does falls on all; the shortest of each counts.
    for _ in 0..3 {
        plains.push(plain(&server, &steps, &options).await?.took);
        for (options, times) in [(&options, &mut rehearsals), (&with_rows, &mut rows)] {
            let begun = Instant::now();
            rehearse(&server, &steps, options, &|_, _| {}).await?;
            times.push(begun.elapsed());
        }
    }
    let whole = check(folder).await?;
    let peer = peer(&server, &steps).await?;
    server.close().await?;
    let plain = plains.into_iter().min().unwrap_or_default();
    let rehearsal = rehearsals.into_iter().min().unwrap_or_default();
    let rows = rows.into_iter().min().unwrap_or_default();
    let path = folder.canonicalize()?;
    let name = path.iter().rev().nth(1).unwrap_or_default().to_string_lossy().into_owned();
    let times = |time: Duration| time.as_secs_f64() / plain.as_secs_f64();
    Ok(format!(
        "| {name} | {} | {} | {} | {:.1} | {} | {:.1} | {} | {} | {:.0} |",
        steps.len(),
        seconds(plain),
        seconds(rehearsal),
        times(rehearsal),
        seconds(rows),
        times(rows),
        seconds(whole),
        seconds(peer),
        peer.as_secs_f64() / rehearsal.as_secs_f64(),
    ))
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

async fn check(folder: &Path) -> Result<Duration, Box<dyn Error>> {
    let begun = Instant::now();
    run(Request {
        project_dir: folder.to_owned(),
        settings: Settings::default(),
        migrations_dir: Some(folder.to_owned()),
        migrations_format: None,
        server: None,
        allow_production: false,
        pg_major: None,
        snapshot: None,
        search: Search::default(),
        cache_dir: None,
        timeout: Duration::from_secs(60),
        measure: Measure::Newest(20),
        repeat: true,
        isolation: true,
        fail_on: Severity::Error,
        progress: Arc::new(Silent),
    })
    .await?;
    Ok(begun.elapsed())
}

/// Up, down, up by psql with a dump by pg_dump after each, one process each; scaled to all steps.
async fn peer(server: &Server, steps: &[Step]) -> Result<Duration, Box<dyn Error>> {
    let limit = std::env::var("FREEHOLD_BENCH_PEER_LIMIT").ok().and_then(|l| l.parse().ok()).unwrap_or(40);
    let Some(sandbox) = server.sandbox() else { return Ok(Duration::ZERO) };
    let bin = &sandbox.installation().bin_dir;
    let scratch = server.scratch().await?;
    let to = scratch.connect_to();
    let arguments = |command: &mut Command| {
        command
            .arg("-h")
            .arg(sandbox.socket_dir())
            .args(["-p", SOCKET_PORT, "-U", to.user(), "-d", to.database()])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
    };
    let folder = tempfile::tempdir()?;
    let mut total = Duration::ZERO;
    let taken: Vec<&Step> = steps.iter().take(limit).collect();
    for step in &taken {
        for script in
            [Some(&step.up), step.down.as_ref(), step.down.as_ref().map(|_| &step.up)].into_iter().flatten()
        {
            let file = folder.path().join("script.sql");
            let text: Vec<&str> = script.statements.iter().map(|s| s.sql.as_str()).collect();
            std::fs::write(&file, text.join("\n;\n") + ";\n")?;
            let begun = Instant::now();
            let mut psql = Command::new(bin.join("psql"));
            psql.args(["-X", "-q", "-f"]).arg(&file);
            arguments(&mut psql);
            psql.status()?;
            let mut dump = Command::new(bin.join("pg_dump"));
            dump.args(["--schema-only", "-f"]).arg(folder.path().join("dump.sql"));
            arguments(&mut dump);
            dump.status()?;
            total += begun.elapsed();
        }
    }
    scratch.remove().await?;
    #[expect(clippy::cast_precision_loss, reason = "numbers of migrations are small")]
    let scale = steps.len() as f64 / taken.len().max(1) as f64;
    Ok(total.mul_f64(scale))
}
