//! Histories of many targets, looked at together.

use std::time::{Duration, Instant};

use freehold_db::ConnectTo;
use freehold_migrate::{Line, LookOptions, Target, look_at, look_many};

use super::ground::{Tenants, go, prepared, workers};

fn options(parallel: usize) -> LookOptions {
    LookOptions { parallel, connect_timeout: Duration::from_millis(800) }
}

#[tokio::test]
async fn looking_at_many_sees_what_looking_at_each_sees_and_changes_nothing() {
    let names: Vec<String> = (0..230).map(|n| format!("t{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let tenants = Tenants::new(&names).await;
    let (outcome, _) = go(tenants.targets(&names[..5]), &["create table a ();"], workers(2)).await;
    assert!(outcome.is_complete());
    let (outcome, _) =
        go(tenants.targets(&names[..2]), &["create table a ();", "create table b ();"], workers(2)).await;
    assert!(outcome.is_complete());
    let targets = tenants.targets(&names);
    for parallel in [0, 1, 3] {
        let together = look_many(&targets, None, options(parallel), |_, _, history| history.unwrap()).await;
        assert_eq!(together.len(), targets.len());
        let mut line = Line::open(&tenants.scratch.connect_to()).await.unwrap();
        for (target, seen) in targets.iter().zip(&together) {
            assert_eq!(*seen, look_at(&mut line, target).await.unwrap(), "{}", target.name);
        }
        line.close().await;
        let rows: Vec<usize> = together.iter().take(6).map(|history| history.rows.len()).collect();
        assert_eq!(rows, [2, 2, 1, 1, 1, 0]);
        assert!(!together[5].exists);
    }
    assert_eq!(
        tenants.text("select count(*)::text from pg_tables where tablename = 'freehold_migrations'").await,
        "5"
    );
}

#[tokio::test]
async fn a_target_that_cannot_be_looked_at_spoils_no_other() {
    let names = ["t1", "t2", "t3"];
    let tenants = Tenants::new(&names).await;
    assert!(go(tenants.targets(&names), &["create table a ();"], workers(1)).await.0.is_complete());
    tenants.session.run("begin; lock table t2.freehold_migrations").await.unwrap();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let mut targets = tenants.targets(&["t1", "nowhere", "t2", "t3"]);
    targets.push(Target::database(
        "silent",
        ConnectTo::from_url(&format!("postgres://u@127.0.0.1:{port}/d")).unwrap(),
    ));
    targets.push(Target::database("no such", tenants.scratch.connect_to().with_database("no such")));
    let begun = Instant::now();
    let seen = look_many(&targets, None, options(2), |_, target, history| match history {
        Ok(history) => format!("{}: {}", target.name, history.rows.len()),
        Err(error) => match error.sqlstate() {
            Some(state) => format!("{}: {state}", target.name),
            None => format!("{}: {error}", target.name),
        },
    })
    .await;
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(seen[0], "t1: 1");
    assert!(seen[1].starts_with("nowhere: the schema nowhere does not exist in "), "{}", seen[1]);
    assert_eq!(seen[2], "t2: 55P03");
    assert_eq!(seen[3], "t3: 1");
    assert!(seen[4].contains("did not answer within 0.8 s"), "{}", seen[4]);
    assert_eq!(seen[5], "no such: 3D000");
}

#[tokio::test]
async fn the_text_of_an_edited_script_is_read_where_the_folder_is_known() {
    let tenants = Tenants::new(&["t1", "t2"]).await;
    let targets = tenants.targets(&["t1", "t2"]);
    assert!(go(targets.clone(), &["create table a ();"], workers(1)).await.0.is_complete());
    for (script, wanted) in
        [("create table a ( );", Some("create table a ();")), ("create table a ();", None)]
    {
        let folder = prepared(&[script]);
        let texts = look_many(&targets, Some(&folder), options(2), |_, _, history| {
            history.unwrap().rows[0].script.clone()
        })
        .await;
        assert_eq!(texts, [wanted.map(str::to_owned), wanted.map(str::to_owned)]);
    }
}
