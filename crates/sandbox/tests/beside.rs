//! Redis and PgBouncer beside a sandbox, on the real programs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use freehold_db::Session;
use freehold_sandbox::{
    PoolMode, PoolerLogin, PoolerOptions, PoolerServer, RedisOptions, RedisServer, Sandbox, SandboxError,
    Search, testing,
};

fn options() -> RedisOptions {
    RedisOptions { search: testing::beside(), ..RedisOptions::default() }
}

/// What the server says to one line, up to 512 bytes.
fn ask(stream: &mut (impl Read + Write), line: &str) -> String {
    stream.write_all(format!("{line}\r\n").as_bytes()).unwrap();
    let mut answer = [0; 512];
    let length = stream.read(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

fn socket(redis: &RedisServer) -> UnixStream {
    UnixStream::connect(redis.socket()).unwrap()
}

fn end(pid: i32) {
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(pid).unwrap(),
        rustix::process::Signal::KILL,
    )
    .unwrap();
}

fn gone(pid: i32) -> bool {
    !Path::new(&format!("/proc/{pid}")).exists()
}

#[tokio::test]
async fn a_redis_answers_forgets_when_killed_and_leaves_nothing_after_stop() {
    let redis = RedisServer::start(&options()).await.unwrap();
    let (pid, folder) = (redis.pid().unwrap(), redis.socket().parent().unwrap().to_owned());
    assert!(redis.version() >= (6, 2, 0) && redis.port().is_none() && redis.tcp_url().is_none());
    assert_eq!(ask(&mut socket(&redis), "SET a 1"), "+OK\r\n");
    redis.kill().await.unwrap();
    assert!(redis.pid().is_none() && gone(pid));
    assert!(UnixStream::connect(redis.socket()).is_err());
    redis.restart().await.unwrap();
    assert_eq!(ask(&mut socket(&redis), "GET a"), "$-1\r\n");
    let pid = redis.pid().unwrap();
    redis.stop().await.unwrap();
    assert!(gone(pid) && !folder.exists() && !folder.with_extension("lock").exists());
}

#[tokio::test]
async fn an_append_only_redis_remembers_what_it_answered() {
    let redis = RedisServer::start(&RedisOptions { append_only: true, ..options() }).await.unwrap();
    assert_eq!(ask(&mut socket(&redis), "SET a 1"), "+OK\r\n");
    redis.kill().await.unwrap();
    redis.restart().await.unwrap();
    assert_eq!(ask(&mut socket(&redis), "GET a"), "$1\r\n1\r\n");
}

#[tokio::test]
async fn a_redis_listens_on_loopback_only_when_asked_and_takes_settings() {
    let more = vec![("maxmemory".to_owned(), "64mb".to_owned())];
    let redis = RedisServer::start(&RedisOptions { tcp: true, settings: more, ..options() }).await.unwrap();
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", redis.port().unwrap())).unwrap();
    assert!(ask(&mut stream, "CONFIG GET maxmemory").contains("67108864"));
    assert_eq!(redis.tcp_url().unwrap(), format!("redis://127.0.0.1:{}/", redis.port().unwrap()));
}

#[tokio::test]
async fn a_paused_redis_is_there_and_says_nothing() {
    let redis = RedisServer::start(&options()).await.unwrap();
    let mut stream = socket(&redis);
    redis.pause();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    stream.write_all(b"PING\r\n").unwrap();
    assert!(stream.read(&mut [0; 8]).is_err());
    redis.resume();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut answer = [0; 7];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"+PONG\r\n");
}

#[tokio::test]
async fn a_redis_that_is_missing_too_old_or_refuses_its_settings_is_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let search = Search { explicit: Some(folder.path().to_owned()), path: None };
    let error = RedisServer::start(&RedisOptions { search: search.clone(), ..options() }).await.unwrap_err();
    assert!(matches!(error, SandboxError::NoProgram { program: "redis-server", .. }), "{error}");
    assert!(error.help().unwrap().contains("nstall"), "{error}");

    let program = folder.path().join("redis-server");
    std::fs::write(&program, "#!/bin/sh\necho 'Redis server v=5.0.14 sha=0'\n").unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let error = RedisServer::start(&RedisOptions { search, ..options() }).await.unwrap_err();
    assert!(matches!(error, SandboxError::ProgramTooOld { .. }), "{error}");
    assert!(error.to_string().contains("5.0.14") && error.to_string().contains("6.2"), "{error}");

    let settings = vec![("no-such-setting".to_owned(), "1".to_owned())];
    let error = RedisServer::start(&RedisOptions { settings, ..options() }).await.unwrap_err();
    let SandboxError::DiedAtStart { log, .. } = &error else { panic!("{error}") };
    assert!(log.contains("no-such-setting"), "{log}");
}

async fn number(session: &Session, sql: &str) -> i64 {
    session.query(sql, &[]).await.unwrap()[0].get(0)
}

#[tokio::test]
async fn a_pooler_hands_one_server_connection_from_client_to_client() {
    let sandbox = Sandbox::start(&testing::options()).await.unwrap();
    let admin = Session::open(&sandbox.connect_to()).await.unwrap();
    admin.run("CREATE ROLE app LOGIN").await.unwrap();
    sandbox.admit("app").unwrap();
    let own = PoolerOptions { pool_size: 1, search: testing::beside(), ..PoolerOptions::for_roles(["app"]) };
    let pooler = PoolerServer::start(&own, &sandbox).await.unwrap();
    let backend = "SELECT pg_backend_pid()::int8";
    let first = Session::open(&pooler.connect_to("app", "postgres")).await.unwrap();
    let second = Session::open(&pooler.connect_to("app", "postgres")).await.unwrap();
    assert_eq!(number(&first, backend).await, number(&second, backend).await);
    assert!(Session::open(&pooler.connect_to("postgres", "postgres")).await.is_err(), "not on the list");

    let any =
        PoolerOptions { login: PoolerLogin::As("app".to_owned()), mode: PoolMode::Session, ..own.clone() };
    let other = PoolerServer::start(&any, &sandbox).await.unwrap();
    let session = Session::open(&other.connect_to("whoever", "postgres")).await.unwrap();
    let me = session.query("SELECT current_user::text", &[]).await.unwrap();
    assert_eq!(me[0].get::<_, String>(0), "app");

    let pid = pooler.pid().unwrap();
    pooler.kill().await.unwrap();
    assert!(gone(pid) && first.query(backend, &[]).await.is_err());
    pooler.restart().await.unwrap();
    let again = Session::open(&pooler.connect_to("app", "postgres")).await.unwrap();
    assert!(number(&again, backend).await > 0);
    // One that runs is left alone; one that ended by itself, or by another's hand, comes back.
    let pid = pooler.pid().unwrap();
    pooler.restart().await.unwrap();
    assert!(pooler.pid() == Some(pid) && number(&again, backend).await > 0);
    end(pid);
    while pooler.pid().is_some() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    pooler.restart().await.unwrap();
    let again = Session::open(&pooler.connect_to("app", "postgres")).await.unwrap();
    assert!(number(&again, backend).await > 0);
    let folder = pooler.socket_dir().to_owned();
    drop(pooler);
    assert!(!folder.exists());
}
