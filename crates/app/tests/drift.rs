//! Drift on real databases: found, named, and mended both ways.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::{fs, path::Path, sync::Arc};

use freehold_app::{
    migrate::{
        drift::{Drift, DriftTarget, Request, run},
        squash::Ground,
    },
    progress::Silent,
};
use freehold_db::{ConnectTo, Session};
use freehold_migrate::{Command, Prepared, RunOptions, Target};
use freehold_sandbox::testing;

const FILES: &[(&str, &str)] = &[
    (
        "1_users.sql",
        "create type mood as enum ('sad', 'glad');
         create table users (id bigint generated always as identity primary key, email text not null unique,
             age int check (age between 0 and 200 and age <> 13), feels mood default 'sad', org int);
         create index users_org on users (org);
         alter table users enable row level security;
         create policy own on users using (org = current_setting('app.org', true)::int);",
    ),
    (
        "2_posts.sql",
        "create table posts (id serial primary key, author bigint references users, body text default '');
         create view authors as select u.email, count(*) as posts from users u join posts p on p.author = u.id group by 1;
         create function shout(text) returns text language sql immutable as 'select upper($1)';",
    ),
];

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn prepared(dir: &Path) -> Arc<Prepared> {
    Arc::new(Prepared::new(freehold_migrate::read(dir, Some("sqlx")).unwrap()))
}

async fn up(target: &Target, prepared: &Prepared) {
    let command = Command::Up { count: None };
    freehold_migrate::run(target, prepared, &command, &RunOptions::default(), &|_| {}).await.unwrap();
}

async fn sql(to: &ConnectTo, text: &str) {
    let session = Session::open(to).await.unwrap();
    session.run(text).await.unwrap();
    session.close().await;
}

async fn drift(targets: Vec<Target>, prepared: &Arc<Prepared>) -> Drift {
    let request = Request {
        targets: targets.into_iter().map(DriftTarget::new).collect(),
        prepared: Arc::clone(prepared),
        ground: Ground { search: testing::options().search, ..Ground::default() },
        progress: Arc::new(Silent),
    };
    run(&request).await.unwrap()
}

fn summaries(drift: &Drift) -> Vec<&str> {
    drift.matrix.iter().map(|row| row.difference.as_str()).collect()
}

#[tokio::test]
async fn a_database_as_its_migrations_make_it_has_not_drifted_and_is_not_written_to() {
    let (dir, scratch) = (folder(FILES), testing::scratch().await);
    let prepared = prepared(dir.path());
    let target = Target::database("app", scratch.connect_to());
    up(&target, &prepared).await;
    let found = drift(vec![target.clone()], &prepared).await;
    assert!(found.is_clean(), "{found:#?}");
    assert_eq!(found.targets[0].at.as_deref(), Some("2"));
    assert_eq!(found.groups[0].targets, ["app"]);

    // Another print of the same condition, as a restored copy has it, is no drift.
    let print = "alter table users drop constraint users_age_check; \
                 alter table users add constraint users_age_check check (age >= 0 and age <= 200 and age <> 13)";
    sql(&scratch.connect_to(), print).await;
    let found = drift(vec![target], &prepared).await;
    assert!(found.is_clean(), "{found:#?}");

    // Nor is it when the migrations themselves are the restored copy, as a squashed script is.
    let flat = FILES[0].1.replace("age between 0 and 200 and", "age >= 0 and age <= 200 and");
    assert_ne!(flat, FILES[0].1);
    let nested = testing::scratch().await;
    let target = Target::database("nested", nested.connect_to());
    up(&target, &prepared).await;
    let flat = folder(&[("1_users.sql", &flat), FILES[1]]);
    let flat = self::prepared(flat.path());
    let found = drift(vec![target.clone()], &flat).await;
    assert!(found.is_clean(), "{found:#?}");
    // Beside a real difference it is not told either, and no statement writes it again.
    sql(&nested.connect_to(), "drop index users_org").await;
    let found = drift(vec![target], &flat).await;
    assert_eq!(summaries(&found), ["index users_org on users is missing"]);
    for way in [&found.groups[0].to_database, &found.groups[0].to_migrations] {
        let way = way.as_ref().unwrap();
        assert!(way.proven && way.statements.len() == 1, "{way:#?}");
    }

    let empty = testing::scratch().await;
    let found = drift(vec![Target::database("empty", empty.connect_to())], &prepared).await;
    assert!(found.is_clean(), "{found:#?}");
    assert!(found.targets[0].remarks[0].contains("no history"), "{found:#?}");
    let session = Session::open(&empty.connect_to()).await.unwrap();
    let made = session.query("select from pg_namespace where nspname = 'freehold'", &[]).await.unwrap();
    assert!(made.is_empty());
}

/// What is done to the database, and what must be said of it.
const CHANGES: &[(&str, &str)] = &[
    ("drop index users_org", "index users_org on users is missing"),
    ("create index posts_author on posts (author)", "index posts_author on posts is added"),
    ("alter table users alter column feels drop default", "default"),
    ("alter table users add column nick text", "column nick is added"),
    ("alter table posts drop column body", "column body is missing"),
    ("alter table posts alter column body type varchar(200)", "type"),
    ("alter table users drop constraint users_age_check", "users_age_check"),
    (
        "alter table users drop constraint users_age_check; \
         alter table users add constraint users_age_check check (age between 0 and 201 and age <> 13)",
        "users_age_check",
    ),
    ("alter type mood add value 'calm' before 'glad'", "mood"),
    ("alter table users disable row level security", "row security"),
    ("alter policy own on users using (true)", "policy own"),
    (
        "create or replace function shout(text) returns text language sql immutable as 'select lower($1)'",
        "shout",
    ),
    ("create or replace view authors as select email, 0::bigint as posts from users", "view authors"),
    ("create role drift_reader nologin; grant select on posts to drift_reader", "SELECT to drift_reader"),
    ("create role drift_owner nologin; alter table posts owner to drift_owner", "owner"),
    ("comment on table posts is 'by hand'", "comment"),
    ("create extension citext", "extension citext is added"),
];

#[tokio::test]
async fn who_made_a_language_that_an_extension_brought_is_no_drift() {
    let (dir, scratch) = (folder(FILES), testing::scratch().await);
    let prepared = prepared(dir.path());
    let target = Target::database("app", scratch.connect_to());
    up(&target, &prepared).await;
    let role = format!("maker_of_{}", scratch.name());
    sql(
        &scratch.connect_to(),
        &format!("create role \"{role}\"; alter language plpgsql owner to \"{role}\""),
    )
    .await;
    let found = drift(vec![target.clone()], &prepared).await;
    assert!(found.is_clean(), "{found:#?}");
    sql(&scratch.connect_to(), "comment on language plpgsql is 'ours'").await;
    let found = drift(vec![target], &prepared).await;
    assert_eq!(found.matrix.len(), 1, "{found:#?}");
    sql(&scratch.connect_to(), &format!("alter language plpgsql owner to postgres; drop role \"{role}\""))
        .await;
}

#[tokio::test]
async fn each_change_by_hand_is_named_and_both_ways_are_proven() {
    let dir = folder(FILES);
    let prepared = prepared(dir.path());
    let mut scratches = Vec::new();
    let mut targets = Vec::new();
    for (change, _) in CHANGES {
        let scratch = testing::scratch().await;
        let target = Target::database(*change, scratch.connect_to());
        up(&target, &prepared).await;
        sql(&scratch.connect_to(), change).await;
        targets.push(target);
        scratches.push(scratch);
    }
    let found = drift(targets.clone(), &prepared).await;
    for (number, (change, said)) in CHANGES.iter().enumerate() {
        let target = &found.targets[number];
        assert_eq!(target.error, None, "{change}");
        let group = &found.groups[target.group.unwrap()];
        assert_eq!(group.targets, [*change]);
        let named = group.differences.iter().any(|difference| difference.summary.contains(said));
        assert!(named, "{change}: {:#?}", group.differences);
        for way in [&group.to_database, &group.to_migrations] {
            let way = way.as_ref().unwrap();
            // A label of an enum that was added in the middle can be taken away again, all the same.
            assert!(way.proven, "{change}: {way:#?}");
        }
        // What was proven on a copy does the same on the database itself.
        let session = Session::open(&scratches[number].connect_to()).await.unwrap();
        for statement in &group.to_migrations.as_ref().unwrap().statements {
            session.run(&statement.sql).await.unwrap();
        }
        session.close().await;
    }
    let mended = drift(targets, &prepared).await;
    assert!(mended.is_clean(), "{:#?}", mended.matrix);
}

#[tokio::test]
async fn tenants_are_grouped_by_what_they_differ_in_whatever_their_names() {
    let (dir, scratch) = (folder(FILES), testing::scratch().await);
    let prepared = prepared(dir.path());
    let names = ["acme", "Über corp", "public2", "t4", "select"];
    let to = scratch.connect_to();
    let mut targets = Vec::new();
    for name in names {
        let quoted = freehold_model::name::quote_identifier(name);
        sql(&to, &format!("create schema {quoted}")).await;
        let target = Target::schema(to.clone(), name, vec!["public".to_owned()]);
        up(&target, &prepared).await;
        targets.push(target);
    }
    sql(&to, "drop index \"Über corp\".users_org; drop index t4.users_org; alter table \"select\".posts add extra int").await;
    targets.push(Target::schema(to.clone(), "gone", vec!["public".to_owned()]));
    let found = drift(targets, &prepared).await;
    let groups: Vec<(Vec<&str>, usize)> = found
        .groups
        .iter()
        .map(|group| (group.targets.iter().map(String::as_str).collect(), group.differences.len()))
        .collect();
    assert_eq!(groups, [(vec!["acme", "public2"], 0), (vec!["Über corp", "t4"], 1), (vec!["select"], 1)]);
    let matrix: Vec<(&str, Vec<&str>)> = found
        .matrix
        .iter()
        .map(|row| (row.difference.as_str(), row.targets.iter().map(String::as_str).collect()))
        .collect();
    assert_eq!(
        matrix,
        [
            ("index users_org on users is missing", vec!["Über corp", "t4"]),
            ("table posts: column extra is added", vec!["select"])
        ]
    );
    let way = found.groups[1].to_migrations.as_ref().unwrap();
    assert!(way.proven, "{way:#?}");
    assert!(way.statements[0].sql.contains("Über corp"), "{way:#?}");
    assert!(found.targets[5].error.as_ref().unwrap().contains("schema gone does not exist"), "{found:#?}");
    assert!(!found.is_clean());
}

#[tokio::test]
async fn one_database_that_cannot_be_reached_does_not_hold_up_the_others() {
    let (dir, scratch) = (folder(FILES), testing::scratch().await);
    let prepared = prepared(dir.path());
    let good = Target::database("good", scratch.connect_to());
    up(&good, &prepared).await;
    let bad = Target::database("bad", scratch.connect_to().with_database("not_there"));
    let found = drift(vec![bad, good], &prepared).await;
    assert!(found.targets[0].error.as_ref().unwrap().contains("not_there"), "{found:#?}");
    assert_eq!(found.targets[1].group, Some(0));
    assert!(!found.is_clean());
    assert!(summaries(&found).is_empty());
}

#[tokio::test]
async fn only_what_is_applied_counts_and_what_has_no_file_is_named() {
    let (dir, scratch) = (folder(FILES), testing::scratch().await);
    let target = Target::database("app", scratch.connect_to());
    up(&target, &prepared(dir.path())).await;
    fs::write(dir.path().join("3_later.sql"), "create table later (id int)").unwrap();
    assert!(drift(vec![target.clone()], &prepared(dir.path())).await.is_clean());
    fs::remove_file(dir.path().join("2_posts.sql")).unwrap();
    let found = drift(vec![target], &prepared(dir.path())).await;
    assert!(found.targets[0].remarks[0].contains("without a file"), "{found:#?}");
    assert!(summaries(&found).iter().any(|line| line.starts_with("table posts is added")), "{found:#?}");
}
