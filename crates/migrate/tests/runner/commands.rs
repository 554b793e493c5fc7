//! Up, down, goto, redo, force, baseline, and where the target stands afterwards.

use freehold_migrate::history::Standing;
use freehold_migrate::{Command, Line, look_at};

use super::ground::{Ground, UP};

const FILES: [(&str, &str); 8] = [
    ("1_a.up.sql", "create table a (id int);"),
    ("1_a.down.sql", "drop table a;"),
    ("2_b.up.sql", "create table b (id int);"),
    ("2_b.down.sql", "drop table b;"),
    ("3_c.up.sql", "create index concurrently c on a (id);"),
    ("3_c.down.sql", "drop index concurrently c;"),
    ("4_d.up.sql", "create table d (id int);"),
    ("4_d.down.sql", "drop table d;"),
];

async fn there(ground: &Ground) -> String {
    ground
        .text(
            "select string_agg(relname, '' order by relname) from pg_class \
             where relnamespace = 'public'::regnamespace",
        )
        .await
}

fn to(version: &str) -> Command {
    Command::Goto { version: version.to_owned() }
}

#[tokio::test]
async fn commands_go_both_ways_and_each_leaves_a_row() {
    let ground = Ground::new(&FILES).await;
    let steps = [
        (Command::Up { count: Some(1) }, "a", Some("1")),
        (Command::Up { count: Some(0) }, "a", Some("1")),
        (to("3"), "abc", Some("3")),
        (to("3"), "abc", Some("3")),
        (Command::Redo, "abc", Some("3")),
        (UP, "abcd", Some("4")),
        (to("0002"), "ab", Some("2")),
        (Command::Down { count: Some(0) }, "ab", Some("2")),
        (Command::Down { count: Some(1) }, "a", Some("1")),
        (UP, "abcd", Some("4")),
        (Command::Down { count: Some(99) }, "NULL", None),
        (Command::Down { count: None }, "NULL", None),
    ];
    for (number, (command, tables, version)) in steps.into_iter().enumerate() {
        let done = ground.run(command.clone()).await.ok();
        assert_eq!(
            (there(&ground).await.as_str(), done.version.as_deref()),
            (tables, version),
            "{number} {command:?}"
        );
    }
    let log = ground.log().await;
    let downs = log.iter().filter(|row| row.contains(" down applied")).count();
    assert_eq!(downs, 1 + 2 + 1 + 4, "{log:#?}");
    assert!(ground.run(Command::Redo).await.error().contains("nothing is applied"));
    assert!(ground.run(to("9")).await.error().contains("no migration 9"));
}

#[tokio::test]
async fn force_and_baseline_declare_and_run_nothing() {
    let ground = Ground::new(&FILES).await;
    ground.sql("create table a (id int); create table b (id int)").await;
    let done = ground.run(Command::Baseline { version: "2".to_owned() }).await.ok();
    assert_eq!((done.declared, done.version.as_deref()), (2, Some("2")));
    let again = ground.run(Command::Baseline { version: "2".to_owned() }).await;
    assert!(again.error().contains("has a history already"), "{}", again.error());
    ground.up().await.ok();
    assert_eq!(there(&ground).await, "abcd");
    let done = ground.run(Command::Force { version: "3".to_owned() }).await.ok();
    assert_eq!((done.declared, done.version.as_deref()), (1, Some("3")));
    assert_eq!(there(&ground).await, "abcd", "nothing was run");
    let again = ground.run(Command::Force { version: "3".to_owned() }).await.ok();
    assert_eq!(again.declared, 0, "it stands so already");
    assert_eq!(
        ground.log().await,
        ["1 up baseline", "2 up baseline", "3 up applied 1/1", "4 up applied", "4 down forced"]
    );
    let mut line = Line::open(&ground.scratch.connect_to()).await.unwrap();
    let history = look_at(&mut line, &ground.target).await.unwrap();
    assert_eq!(history.standing("3"), Standing::Applied);
    assert_eq!(history.standing("4"), Standing::NotApplied);
    let failed = ground.up().await;
    assert!(failed.error().contains("already exists"), "{}", failed.error());
}

#[tokio::test]
async fn a_migration_without_a_way_back_stays_and_so_does_what_is_before_it() {
    let ground = Ground::new(&FILES).await;
    ground.remove("2_b.down.sql");
    ground.up().await.ok();
    let ran = ground.run(Command::Down { count: None }).await;
    assert!(ran.error().contains("no down script"), "{}", ran.error());
    assert_eq!(there(&ground).await, "abcd", "it was known before anything was run");
    ground.run(Command::Down { count: Some(2) }).await.ok();
    assert_eq!(there(&ground).await, "ab");
}

#[tokio::test]
async fn repeatables_are_run_again_when_they_change_and_are_never_in_the_way_of_going_back() {
    let view = "create or replace view v as select 1 as x;";
    let ground = Ground::new(&[
        ("V1__a.sql", "create table a (id int);"),
        ("U1__a.sql", "drop table a;"),
        ("V2__b.sql", "create table b (id int);"),
        ("U2__b.sql", "drop table b;"),
        ("R__views.sql", view),
    ])
    .await;
    let done = ground.up().await.ok();
    assert_eq!(done.version.as_deref(), Some("2"), "a repeatable is no version");
    assert!(ground.up().await.ok().ran.is_empty(), "it did not change");
    ground.write("R__views.sql", "create or replace view v as select 2 as x;");
    assert_eq!(ground.up().await.ok().ran.len(), 1);
    assert_eq!(ground.text("select x from v").await, "2");
    let prepared = ground.prepared();
    if prepared.migrations().iter().any(|migration| migration.down.is_some()) {
        let done = ground.run(Command::Down { count: Some(1) }).await.ok();
        assert_eq!(done.version.as_deref(), Some("1"));
        let done = ground.run(to("2")).await.ok();
        assert_eq!(done.version.as_deref(), Some("2"));
        assert_eq!(ground.run(Command::Redo).await.ok().version.as_deref(), Some("2"));
        assert_eq!(ground.run(to("1")).await.ok().version.as_deref(), Some("1"));
        assert_eq!(there(&ground).await, "av");
    }
}
