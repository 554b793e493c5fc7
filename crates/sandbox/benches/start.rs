//! How long a sandbox takes to its first answer, beside `initdb` and `pg_ctl start` done plainly in the same run.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use freehold_db::{ConnectTo, Session};
use freehold_sandbox::{Installation, Sandbox, SandboxOptions, Server, Storage, testing};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// How often each thing is measured; the median is printed.
const ROUNDS: usize = 15;

fn main() -> Outcome<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let on_disk = SandboxOptions { storage: Storage::Disk, ..testing::options() };
    let installation = runtime.block_on(Sandbox::start(&on_disk))?.installation().clone();

    let memory = runtime.block_on(start_times(&testing::options()))?;
    let disk = runtime.block_on(start_times(&on_disk))?;
    // In the folder that sandboxes on disk are made in, so that the file system treats both alike.
    let plain = runtime.block_on(plain_times(&installation, &on_disk.runtime_dir))?;
    let server = Server::Own(runtime.block_on(Sandbox::start(&testing::options()))?);
    let (scratch, fork) = runtime.block_on(database_times(&server))?;

    println!("PostgreSQL {}, median of {ROUNDS} (least, most), milliseconds", installation.version);
    print_line("sandbox, warm template, to the first answer", &memory);
    print_line("the same with its data on disk", &disk);
    print_line("initdb + pg_ctl start, to the first answer", &plain);
    print_line("new scratch database", &scratch);
    print_line("fork of a scratch database with 100 tables", &fork);
    let ratio = median(&plain).as_secs_f64() / median(&memory).as_secs_f64();
    println!("plainly done it takes {ratio:.1} times as long as a sandbox");
    Ok(())
}

fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

fn print_line(what: &str, times: &[Duration]) {
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let least = times.iter().min().copied().unwrap_or_default();
    let most = times.iter().max().copied().unwrap_or_default();
    println!("  {what:<45} {:>8.1} ({:.1}, {:.1})", ms(median(times)), ms(least), ms(most));
}

async fn first_answer(to: &ConnectTo) -> Outcome<()> {
    let session = Session::open(to).await?;
    session.query("SELECT 1", &[]).await?;
    Ok(())
}

async fn start_times(options: &SandboxOptions) -> Outcome<Vec<Duration>> {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let sandbox = Sandbox::start(options).await?;
        first_answer(&sandbox.connect_to()).await?;
        times.push(started.elapsed());
        sandbox.stop().await?;
    }
    Ok(times)
}

/// What one does without Freehold, by the manual: initdb, pg_ctl start, connect.
async fn plain_times(installation: &Installation, root: &Path) -> Outcome<Vec<Duration>> {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let folder = tempfile::Builder::new().prefix("plain").tempdir_in(root)?;
        let data = folder.path().join("data");
        let owner = owner_of_server(&data)?;
        let started = Instant::now();
        run(owner, &installation.program("initdb"), &["-D", text(&data)?, "-U", "postgres", "--auth=trust"])?;
        let socket = format!("-c listen_addresses='' -k {}", text(&data)?);
        let log = data.join("log");
        run(
            owner,
            &installation.program("pg_ctl"),
            &["-D", text(&data)?, "-l", text(&log)?, "-o", &socket, "start"],
        )?;
        first_answer(&ConnectTo::socket(&data, 5432, "postgres", "postgres")).await?;
        times.push(started.elapsed());
        run(owner, &installation.program("pg_ctl"), &["-D", text(&data)?, "-m", "immediate", "stop"])?;
    }
    Ok(times)
}

fn text(path: &Path) -> Outcome<&str> {
    path.to_str().ok_or_else(|| "a path that is no text".into())
}

/// Makes the data folder. As root, the server's programs run as the owner of what a sandbox of ours runs as.
fn owner_of_server(data: &Path) -> Outcome<Option<(u32, u32)>> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    std::fs::create_dir(data)?;
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let line = users.lines().find(|line| line.starts_with("postgres:")).ok_or("no user postgres")?;
    let mut fields = line.split(':').skip(2).map(str::parse::<u32>);
    let (Some(Ok(uid)), Some(Ok(gid))) = (fields.next(), fields.next()) else {
        return Err("the user postgres has no number".into());
    };
    let parent = data.parent().ok_or("no parent")?;
    std::fs::set_permissions(parent, std::fs::Permissions::from_mode(0o711))?;
    chown(data, Some(uid), Some(gid))?;
    assert_eq!(std::fs::metadata(data)?.uid(), uid);
    Ok(Some((uid, gid)))
}

fn run(owner: Option<(u32, u32)>, program: &Path, arguments: &[&str]) -> Outcome<()> {
    use std::os::unix::process::CommandExt;
    #[expect(clippy::disallowed_methods, reason = "the peer that is measured")]
    let mut command = Command::new(program);
    if let Some((uid, gid)) = owner {
        command.uid(uid).gid(gid);
    }
    let status =
        command.args(arguments).current_dir("/").stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("{}: {status}", program.display()).into()) }
}

async fn database_times(server: &Server) -> Outcome<(Vec<Duration>, Vec<Duration>)> {
    let mut empty = Vec::new();
    let mut forks = Vec::new();
    let source = server.scratch().await?;
    let session = Session::open(&source.connect_to()).await?;
    let tables: String =
        (0..100).map(|n| format!("CREATE TABLE t{n} (id int8 PRIMARY KEY, name text UNIQUE);")).collect();
    session.run(&tables).await?;
    drop(session);
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let scratch = server.scratch().await?;
        empty.push(started.elapsed());
        scratch.remove().await?;
        let started = Instant::now();
        let fork = server.fork(&source).await?;
        forks.push(started.elapsed());
        fork.remove().await?;
    }
    Ok((empty, forks))
}
