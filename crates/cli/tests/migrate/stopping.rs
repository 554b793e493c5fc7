//! Ctrl-C: what is at work is cancelled and rolled back, and the next run goes on.

use std::{
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::project::{Project, SHOP, Said, command};

fn start(project: &Project, args: &[&str]) -> Child {
    let args: Vec<&str> = args.iter().copied().chain(["--url", project.url()]).collect();
    command(project.folder(), &args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

async fn until_it_sleeps(project: &Project) {
    let begun = Instant::now();
    let sql = "SELECT 'x' FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active' \
               AND datname = current_database() AND pid <> pg_backend_pid()";
    while project.rows(sql).await.is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(30), "the script was never begun");
    }
}

#[tokio::test]
async fn the_first_signal_rolls_back_what_is_at_work_and_says_so() {
    let project = Project::of(&SHOP[..4]).await;
    project.write("000002_create_users.up.sql", "CREATE TABLE users (id bigint);\nSELECT pg_sleep(60);\n");
    for signal in [Signal::INT, Signal::TERM] {
        let child = start(&project, &["up"]);
        until_it_sleeps(&project).await;
        let begun = Instant::now();
        kill_process(Pid::from_child(&child), signal).unwrap();
        let said = Said::of(&child.wait_with_output().unwrap()).ends(2);
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        said.complains("2 create_users failed").complains("Nothing of it took effect").complains("cancelled");
        assert_eq!(project.relations().await, ["plans", "plans_pkey"]);
    }
    project.write("000002_create_users.up.sql", "CREATE TABLE users (id bigint);\n");
    project.migrate(&["up"]).ends(0).tells("is at 2");
}

#[tokio::test]
async fn targets_that_were_not_begun_are_named_when_it_is_stopped() {
    let project = Project::of(&SHOP[..2]).await;
    project.run("CREATE SCHEMA a; CREATE SCHEMA b; CREATE SCHEMA c").await;
    project.write("000001_create_plans.up.sql", "CREATE TABLE plans (id bigint); SELECT pg_sleep(60);\n");
    let child = start(&project, &["up", "--schema", "a,b,c", "--parallel", "1", "--format", "json"]);
    until_it_sleeps(&project).await;
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let said = Said::of(&child.wait_with_output().unwrap()).ends(2);
    let summary: serde_json::Value = serde_json::from_str(said.out.lines().last().unwrap()).unwrap();
    let ends: Vec<&str> = summary["unfinished"]
        .as_array()
        .unwrap()
        .iter()
        .map(|target| target["end"].as_str().unwrap())
        .collect();
    assert_eq!(ends, ["failed", "not-tried", "not-tried"]);
}
