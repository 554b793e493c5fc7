//! Histories in other tables, tenants in one database, and names that need quotes.

use freehold_migrate::{HistoryTable, RunError, Target};

use super::ground::{Ground, UP};

#[tokio::test]
async fn tenants_with_the_same_migrations_do_not_see_each_other() {
    let files = [
        ("1_a.up.sql", "create table a (n int); create view v as select * from a;"),
        ("2_b.up.sql", "create index concurrently i on a (n);"),
        ("3_c.up.sql", "set search_path = public; select 1;"),
        ("4_d.up.sql", "insert into a values (1); create table migrations (n int);"),
    ];
    let ground = Ground::new(&files).await;
    let schemas = ["plain", "Mixed Case", "quo\"te", "semi;colon--", "ünïcode", "select"];
    for schema in schemas {
        ground.sql(&format!("create schema \"{}\"", schema.replace('"', "\"\""))).await;
    }
    for schema in schemas {
        let target = Target::schema(ground.scratch.connect_to(), schema, vec!["public".to_owned()]);
        let done = ground.run_at(&target, UP).await.ok();
        assert_eq!(done.ran.len(), 4, "{schema}");
        assert!(ground.run_at(&target, UP).await.ok().ran.is_empty(), "{schema}");
        let quoted = schema.replace('"', "\"\"");
        assert_eq!(ground.text(&format!("select n from \"{quoted}\".a")).await, "1");
        assert_eq!(ground.log_of(&format!("\"{quoted}\".freehold_migrations")).await.len(), 4);
    }
    assert_eq!(ground.text("select to_regnamespace('freehold')").await, "NULL");
    assert_eq!(
        ground.text("select count(*) from pg_class where relnamespace = 'public'::regnamespace").await,
        "0"
    );

    let target = Target::schema(ground.scratch.connect_to(), "plain", Vec::new());
    ground.sql("drop schema plain cascade").await;
    let ran = ground.run_at(&target, UP).await;
    assert!(ran.error().contains("the schema plain does not exist"), "{}", ran.error());
    assert_eq!(ground.text("select to_regnamespace('plain')").await, "NULL", "it is not made in passing");
}

#[tokio::test]
async fn histories_stand_where_they_are_wanted() {
    let files = [("1_a.up.sql", "create table migrations (n int); insert into migrations values (7);")];
    let mut ground = Ground::new(&files).await;
    ground.up().await.ok();
    assert!(ground.up().await.ok().ran.is_empty(), "the user's own table of that name is nothing to it");
    assert_eq!(ground.text("select n from public.migrations").await, "7");

    ground.target = ground.target.clone().with_history(HistoryTable::new("public", "migrations"));
    let ran = ground.up().await;
    assert!(ran.error().contains("lacks the columns"), "{}", ran.error());
    assert_eq!(ground.text("select n from public.migrations").await, "7");

    ground.other_folder(&[("1_x.up.sql", "create table x (n int);")]);
    ground.target = ground.target.clone().with_history(HistoryTable::new("Odd \"Schema", "The; Table"));
    ground.up().await.ok();
    assert!(ground.up().await.ok().ran.is_empty());
    assert_eq!(ground.log_of("\"Odd \"\"Schema\".\"The; Table\"").await, ["1 up applied"]);

    ground.sql("create view public.looks_like as select 1 as id").await;
    ground.target = ground.target.clone().with_history(HistoryTable::new("public", "looks_like"));
    assert!(matches!(ground.up().await.outcome, Err(RunError::History(_))));
}

#[tokio::test]
async fn versions_are_what_stands_in_front_and_need_no_name() {
    let ground = Ground::new(&[
        ("001.sql", "create table a (n int);"),
        ("002.sql", "create table b (n int);"),
        ("010.sql", "create table c (n int);"),
    ])
    .await;
    let done = ground.up().await.ok();
    assert_eq!(done.ran.len(), 3);
    let to = |version: &str| freehold_migrate::Command::Force { version: version.to_owned() };
    assert_eq!(ground.run(to("2")).await.ok().declared, 1);
    assert_eq!(ground.run(to("010")).await.ok().declared, 1);
}
