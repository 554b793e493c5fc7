//! Targets that cannot be migrated, or hardly: each is told as what it is, and nothing is changed.

use std::path::Path;

use freehold_db::Session;
use freehold_sandbox::testing;

use crate::own_server::{OwnServer, run};
use crate::project::{folder, folder_of, freehold, state, url};

/// Runs `up`; the exit code and everything that was said, on one line.
fn up(folder: &Path, url: &str) -> (Option<i32>, String) {
    let output = freehold(folder, url, &["up"]).output().unwrap();
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" "))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_is_refused_as_a_replica() {
    let mut server = OwnServer::start().await;
    server.database("app").await;
    let replica = server.replica().await;
    let (code, said) = up(folder().path(), &url(replica.socket_folder(), "app"));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("read-only replica") && said.contains("primary"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn histories_that_are_none_are_refused_and_not_touched() {
    let socket = testing::server().await.sandbox().unwrap().socket_dir().to_owned();
    let project = folder();
    for (sql, words) in [
        (
            "create schema freehold; create table freehold.migrations (id bigint, version text)",
            "lacks the columns name",
        ),
        ("create schema freehold; create view freehold.migrations as select 1", "is no table"),
        (
            "comment on table freehold.migrations is 'freehold migrations history, version 9'",
            "made by a newer Freehold",
        ),
        ("alter table freehold.migrations drop column ticket", "lacks the columns ticket"),
    ] {
        let scratch = testing::scratch().await;
        let at = url(&socket, scratch.name());
        if !sql.contains("create schema") {
            assert_eq!(up(project.path(), &at).0, Some(0));
        }
        run(&scratch.connect_to(), sql).await;
        let (code, said) = up(project.path(), &at);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_the_right_to_make_the_history_is_told_what_its_owner_would_run() {
    let server = testing::server().await;
    let sandbox = server.sandbox().unwrap();
    let scratch = testing::scratch().await;
    run(&scratch.connect_to(), "create role deployer login; create schema work authorization deployer").await;
    sandbox.admit("deployer").unwrap();
    let at = format!(
        "postgres://deployer@/{}?host={}&port=5432&search_path=work",
        scratch.name(),
        sandbox.socket_dir().display()
    );
    let project = folder();
    let mut outcome = up(project.path(), &at);
    for _ in 0..50 {
        // The server takes a moment to read the new map.
        if !outcome.1.contains("authentication failed") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        outcome = up(project.path(), &at);
    }
    let (code, said) = outcome;
    assert_eq!(code, Some(2), "{said}");
    let grant = "CREATE SCHEMA \"freehold\" AUTHORIZATION \"deployer\"";
    assert!(said.contains(grant), "{said}");
    run(&scratch.connect_to(), grant).await;
    let (code, said) = up(project.path(), &at);
    assert_eq!(code, Some(0), "{said}");
    run(&scratch.connect_to(), "drop owned by deployer; drop role deployer").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_goes_backwards_changes_nothing() {
    let socket = testing::server().await.sandbox().unwrap().socket_dir().to_owned();
    let project = folder();
    let scratch = testing::scratch().await;
    let at = url(&socket, scratch.name());
    let first = freehold(project.path(), &at, &["up", "2"]).output().unwrap();
    assert!(first.status.success());
    // As if the server's clock had been a year ahead until now.
    run(&scratch.connect_to(), "update freehold.migrations set applied_at = applied_at + interval '1 year'")
        .await;
    let (code, said) = up(project.path(), &at);
    assert_eq!(code, Some(0), "{said}");
    let down = freehold(project.path(), &at, &["down"]).output().unwrap();
    assert!(down.status.success(), "{}", String::from_utf8_lossy(&down.stderr));
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    let rows = session
        .query("select string_agg(version || direction, ' ' order by id) from freehold.migrations", &[])
        .await
        .unwrap();
    assert_eq!(rows[0].get::<_, String>(0), "1up 2up 3up 4up 4down");
}

/// What fills a disk: a tablespace whose folder is on a small file system of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_a_run_and_room_lets_the_next_one_end_it() {
    let mut server = OwnServer::start().await;
    let Some(small) = small_disk(&server) else {
        // Only root can mount; the other faults are tried all the same.
        return;
    };
    server.database("app").await;
    run(&server.to("app"), &format!("create tablespace small location '{}'", small.path.display())).await;
    run(&server.to("app"), "create table ballast (t text) tablespace small").await;
    let fill = "insert into ballast select repeat(md5(i::text), 40) from generate_series(1, 1500) i";
    let project = folder_of(&[
        (
            "00001_a.sql",
            "-- +goose Up\nCREATE TABLE a (t text) TABLESPACE small;\nINSERT INTO a SELECT repeat(md5(i::text), 40) FROM generate_series(1, 1500) i;\n",
        ),
        (
            "00002_b.sql",
            "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE TABLE b (id int);\nINSERT INTO a SELECT t FROM a;\nCREATE INDEX CONCURRENTLY a_t ON a (md5(t)) TABLESPACE small;\n",
        ),
    ]);
    let at = url(server.socket_folder(), "app");
    let (code, said) = {
        run(&server.to("app"), fill).await;
        up(project.path(), &at)
    };
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("53100") && said.contains("disk is full"), "{said}");
    run(&server.to("app"), "drop table ballast").await;
    let (code, said) = up(project.path(), &at);
    assert_eq!(code, Some(2), "the second script does not fit yet: {said}");
    assert!(said.contains("00002_b.sql"), "{said}");
    small.grow();
    let (code, said) = up(project.path(), &at);
    assert_eq!(code, Some(0), "{said}");
    let session = Session::open(&server.to("app")).await.unwrap();
    let rows = session.query("select count(*) from a", &[]).await.unwrap();
    assert_eq!(rows[0].get::<_, i64>(0), 3000);
    server.stop();
}

struct SmallDisk {
    path: std::path::PathBuf,
}

fn shell(line: &str) -> bool {
    #[expect(clippy::disallowed_methods, reason = "a file system of a test's own")]
    std::process::Command::new("sh").args(["-c", line]).status().unwrap().success()
}

impl SmallDisk {
    fn grow(&self) {
        assert!(shell(&format!("mount -o remount,size=64m {}", self.path.display())));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        shell(&format!("umount -l {}", self.path.display()));
    }
}

fn small_disk(server: &OwnServer) -> Option<SmallDisk> {
    let path = server.socket_folder().join("small");
    std::fs::create_dir(&path).unwrap();
    let shown = path.display();
    let mounted = shell(&format!("mount -t tmpfs -o size=4m,mode=777 tmpfs {shown} 2>/dev/null"));
    if !mounted {
        return None;
    }
    assert!(shell(&format!("chown --reference={} {shown}", server.data.display())));
    Some(SmallDisk { path })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_is_there_whatever_came_between() {
    let socket = testing::server().await.sandbox().unwrap().socket_dir().to_owned();
    let (one, all) = (testing::scratch().await, testing::scratch().await);
    let project = folder();
    for _ in 0..4 {
        let output = freehold(project.path(), &url(&socket, one.name()), &["up", "1"]).output().unwrap();
        assert!(output.status.success());
    }
    assert_eq!(up(project.path(), &url(&socket, all.name())).0, Some(0));
    assert_eq!(state(&one.connect_to()).await, state(&all.connect_to()).await);
}
