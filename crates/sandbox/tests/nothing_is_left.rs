//! However a process ends, the server that it started ends too, and its folder goes.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use freehold_db::{ConnectTo, Session};
use freehold_sandbox::{GivenServer, Sandbox, Server, sweep, testing};
use rustix::process::{Pid, Signal, kill_process};

/// A process that holds something, and the line that it printed.
struct Holder {
    child: Child,
    line: String,
}

impl Holder {
    #[expect(clippy::disallowed_methods, reason = "this room's tests start the processes that they end")]
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hold_sandbox"));
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, line: line.trim().to_owned() }
    }

    /// The server's process and folder.
    fn sandbox(&self) -> (i32, PathBuf) {
        let (pid, folder) = self.line.split_once(' ').unwrap_or_else(|| panic!("printed {:?}", self.line));
        assert!(Path::new(folder).is_dir() && is_alive(pid.parse().unwrap()));
        (pid.parse().unwrap(), folder.into())
    }

    fn end_by(mut self, signal: Signal) -> Option<i32> {
        send(i32::try_from(self.child.id()).unwrap(), signal);
        self.child.wait().unwrap().code()
    }
}

/// A test that failed half-way leaves nothing either.
impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn send(pid: i32, signal: Signal) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}

/// A process that is there and no zombie.
fn is_alive(pid: i32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains('Z'))
}

fn processes_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let inside = |entry: &std::fs::DirEntry| {
        std::fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
    };
    entries.filter(inside).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Waits until nothing of a sandbox is left; fails after ten seconds.
fn assert_gone(pid: i32, folder: &Path) {
    let started = Instant::now();
    let lock = folder.with_extension("lock");
    while is_alive(pid) || folder.exists() || lock.exists() || !processes_in(folder).is_empty() {
        let seen = (is_alive(pid), folder.exists(), lock.exists(), processes_in(folder));
        assert!(started.elapsed() < Duration::from_secs(10), "server, folder, lock, processes: {seen:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The one child of a process whose name is `sh`: the watchdog.
fn watchdog_of(pid: u32) -> i32 {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let mut found = entries.filter_map(|entry| {
        let text = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        let (head, rest) = text.rsplit_once(')')?;
        let parent: u32 = rest.split_whitespace().nth(1)?.parse().ok()?;
        let shell = head.ends_with("(sh") || head.ends_with("(dash") || head.ends_with("(bash");
        (shell && parent == pid).then(|| head.split(' ').next().unwrap().parse().unwrap())
    });
    found.next().unwrap()
}

#[test]
fn after_kill_9_the_server_ends_by_itself() {
    let holder = Holder::start(&["wait"]);
    let (pid, folder) = holder.sandbox();
    holder.end_by(Signal::KILL);
    assert_gone(pid, &folder);
}

#[test]
fn after_an_unhandled_signal_the_server_ends_by_itself() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let holder = Holder::start(&["wait"]);
        let (pid, folder) = holder.sandbox();
        holder.end_by(signal);
        assert_gone(pid, &folder);
    }
}

#[test]
fn on_handled_signals_the_server_is_gone_before_the_process() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let holder = Holder::start(&["signals"]);
        let (pid, folder) = holder.sandbox();
        assert_eq!(holder.end_by(signal), Some(code));
        assert!(!is_alive(pid) && !folder.exists() && !folder.with_extension("lock").exists());
    }
}

#[test]
fn after_abort_and_after_a_normal_end_nothing_is_left() {
    for way in ["abort", "return"] {
        let mut holder = Holder::start(&[way]);
        let (pid, folder) = holder.sandbox();
        drop(holder.child.stdin.take());
        let status = holder.child.wait().unwrap();
        assert_eq!(status.success(), way == "return");
        assert_gone(pid, &folder);
    }
}

#[test]
fn after_kill_9_and_on_signals_redis_ends_too() {
    for signal in [Signal::KILL, Signal::TERM] {
        let holder = Holder::start(&[if signal == Signal::KILL { "wait" } else { "signals" }, "redis"]);
        let (pid, folder) = holder.sandbox();
        holder.end_by(signal);
        assert_gone(pid, &folder);
    }
}

#[test]
fn when_the_watchdog_was_killed_too_the_next_run_sweeps() {
    let holder = Holder::start(&["wait"]);
    let (pid, folder) = holder.sandbox();
    let alive = Holder::start(&["wait"]);
    let (other_pid, other_folder) = alive.sandbox();
    let watchdog = watchdog_of(holder.child.id());
    send(watchdog, Signal::KILL);
    while is_alive(watchdog) {
        std::thread::sleep(Duration::from_millis(1));
    }
    holder.end_by(Signal::KILL);
    // Nobody is left to end the server but a sweep: this one, or that of another test that starts just now.
    sweep(&testing::options()).unwrap();
    assert_gone(pid, &folder);
    assert!(is_alive(other_pid) && other_folder.exists(), "a live sandbox is not touched");
    alive.end_by(Signal::KILL);
    assert_gone(other_pid, &other_folder);
}

#[test]
fn a_busy_backend_of_a_killed_postmaster_goes_too() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sandbox = runtime.block_on(Sandbox::start(&testing::options())).unwrap();
    let (pid, folder) = (sandbox.pid().unwrap(), sandbox.socket_dir().to_owned());
    let session = runtime.block_on(Session::open(&sandbox.connect_to())).unwrap();
    let backend = session.backend_pid();
    let busy = runtime.spawn(async move { session.run("DO 'BEGIN LOOP END LOOP; END'").await });
    std::thread::sleep(Duration::from_millis(100));
    send(pid, Signal::KILL);
    std::thread::sleep(Duration::from_millis(200));
    assert!(is_alive(backend), "a backend in a loop does not notice");
    drop(sandbox);
    assert!(!is_alive(backend));
    assert_gone(pid, &folder);
    runtime.block_on(busy).unwrap().unwrap_err();
}

/// A server that is given by URL to others.
async fn development_server() -> (Sandbox, String) {
    let sandbox = Sandbox::start(&testing::options()).await.unwrap();
    let folder = sandbox.socket_dir().to_str().unwrap().replace('/', "%2F");
    let url = format!("postgres://postgres@{folder}:5432/postgres");
    (sandbox, url)
}

async fn names(session: &Session) -> Vec<String> {
    let rows = session
        .query(
            "SELECT datname::text FROM pg_database WHERE datname LIKE 'freehold_scratch%'
             UNION ALL SELECT rolname::text FROM pg_roles WHERE rolname = 'made_by_a_script'",
            &[],
        )
        .await
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_given_server_databases_and_roles_go_at_a_normal_end_and_on_signals() {
    let (sandbox, url) = development_server().await;
    let session = Session::open(&sandbox.connect_to()).await.unwrap();
    for way in ["return", "signals"] {
        let mut holder = Holder::start(&[way, &url]);
        assert_eq!(names(&session).await.len(), 2, "{}", holder.line);
        if way == "signals" {
            holder.end_by(Signal::TERM);
        } else {
            drop(holder.child.stdin.take());
            assert!(holder.child.wait().unwrap().success());
        }
        assert_eq!(names(&session).await, [""; 0], "after {way}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_given_server_the_next_run_sweeps_what_a_killed_one_left_and_nothing_else() {
    let (sandbox, url) = development_server().await;
    let session = Session::open(&sandbox.connect_to()).await.unwrap();
    session.run("CREATE DATABASE freehold_scratch_by_hand").await.unwrap();
    let alive = Holder::start(&["wait", &url]);
    let alive_name = alive.line.clone();
    // The role of the first holder is in the way of the second one's script.
    session.run(&format!("ALTER ROLE made_by_a_script RENAME TO of_{alive_name}")).await.unwrap();
    let killed = Holder::start(&["wait", &url]);
    let killed_name = killed.line.clone();
    assert!(names(&session).await.contains(&"made_by_a_script".to_owned()));
    killed.end_by(Signal::KILL);
    assert!(names(&session).await.contains(&killed_name));

    // Another maintenance database than the holders': the sweep must see their locks all the same.
    session.run("CREATE DATABASE elsewhere").await.unwrap();
    let to = ConnectTo::from_url(&url).unwrap().with_database("elsewhere");
    let mut left = names(&session).await;
    for _ in 0..100 {
        let server = Server::Given(GivenServer::open(to.clone(), true).await.unwrap());
        server.close().await.unwrap();
        left = names(&session).await;
        if !left.contains(&killed_name) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(!left.contains(&killed_name), "{left:?}");
    assert!(!left.contains(&"made_by_a_script".to_owned()), "the role of the killed run goes too: {left:?}");
    assert!(left.contains(&alive_name) && left.contains(&"freehold_scratch_by_hand".to_owned()), "{left:?}");
    alive.end_by(Signal::KILL);
}
