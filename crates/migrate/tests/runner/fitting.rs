//! Folders and histories that do not fit: late, missing, edited, squashed, no SQL.

use freehold_migrate::Command;

use super::ground::Ground;

#[tokio::test]
async fn a_migration_that_comes_late_is_refused_or_flagged() {
    let mut ground =
        Ground::new(&[("1_a.up.sql", "create table a (n int);"), ("3_c.up.sql", "create table c (n int);")])
            .await;
    ground.up().await.ok();
    ground.write("2_b.up.sql", "create table b (n int);");
    ground.write("4_d.up.sql", "create table d (n int);");
    let ran = ground.up().await;
    assert!(ran.error().contains("2 b (") && ran.error().contains("3 c"), "{}", ran.error());
    assert!(ran.help().contains("--allow-out-of-order"), "{}", ran.help());
    assert_eq!(ground.log().await.len(), 2, "nor is anything after it applied");
    ground.options.allow.out_of_order = true;
    ground.up().await.ok();
    assert_eq!(ground.log().await[2..], ["2 up applied late", "4 up applied"]);
    ground.options.allow.out_of_order = false;
    assert!(ground.up().await.ok().ran.is_empty());

    ground.remove("2_b.up.sql");
    let ran = ground.up().await;
    assert!(ran.error().contains("2 b is applied here, but has no file"), "{}", ran.error());
    ground.options.allow.missing = true;
    assert!(ground.up().await.ok().ran.is_empty());
}

#[tokio::test]
async fn edits_are_told_apart_by_what_they_change() {
    let text = "create table a (\n  n int,\n  s text default 'x  y'\n);\n";
    let ground = Ground::new(&[("1_a.up.sql", text)]).await;
    ground.up().await.ok();
    let harmless = [
        (text.replace('\n', "\r\n"), "line ends"),
        (text.replace("  n", "\t n"), "white space"),
        (format!("-- what a table\n{text}"), "comments"),
    ];
    for (edited, why) in harmless {
        ground.write("1_a.up.sql", &edited);
        let ran = ground.up().await;
        assert!(ran.skipped().iter().any(|said| said.contains(why)), "{:?}", ran.skipped());
        ran.ok();
    }
    for code in [text.replace("x  y", "x y"), text.replace("int", "bigint"), String::new()] {
        ground.write("1_a.up.sql", &code);
        let ran = ground.up().await;
        assert!(ran.error().contains("was applied and then edited"), "{}", ran.error());
        assert!(
            ran.error().contains("\n-") || ran.error().contains("\n+"),
            "a diff is shown: {}",
            ran.error()
        );
    }
    ground.sql("update freehold.migrations set script = null").await;
    ground.write("1_a.up.sql", &format!("-- c\n{text}"));
    let ran = ground.up().await;
    assert!(ran.error().contains("was not kept"), "{}", ran.error());
    ground.run(Command::Force { version: "1".to_owned() }).await.ok();
    assert!(ground.up().await.ok().ran.is_empty(), "the file as it is was declared");
    ground.write("1_a.up.sql", text);
    assert!(ground.up().await.skipped()[0].contains("comments"), "force kept the text");
}

#[tokio::test]
async fn a_baseline_of_flyway_stands_for_what_is_before_it_on_an_empty_database_only() {
    let files = [
        ("V1__a.sql", "create table a (n int);"),
        ("V2__b.sql", "create table b (n int);"),
        (
            "B2__all.sql",
            "create table a (n int); create table b (n int); create table from_baseline (n int);",
        ),
        ("V3__c.sql", "create table c (n int);"),
    ];
    let there = "select string_agg(relname, ' ' order by relname) from pg_class where relnamespace = 'public'::regnamespace";
    let fresh = Ground::new(&files).await;
    fresh.up().await.ok();
    assert_eq!(fresh.text(there).await, "a b c from_baseline");
    assert!(fresh.up().await.ok().ran.is_empty());

    let old = Ground::new(&files[..2]).await;
    old.up().await.ok();
    for (name, text) in &files[2..] {
        old.write(name, text);
    }
    let done = old.up().await.ok();
    assert_eq!(done.version.as_deref(), Some("3"));
    assert_eq!(old.text(there).await, "a b c");

    let behind = Ground::new(&files[..1]).await;
    behind.up().await.ok();
    for (name, text) in &files[1..] {
        behind.write(name, text);
    }
    let ran = behind.up().await;
    let refused = ran.outcome.as_ref().err().map(ToString::to_string);
    let there = behind.text(there).await;
    assert!(
        refused.is_some_and(|said| said.contains("stands for")) && there == "a",
        "{there} {:?}",
        ran.outcome
    );
}

#[tokio::test]
async fn a_squashed_history_fits_targets_that_reached_it_and_no_others() {
    let olds = [
        ("1_a.up.sql", "create table a (n int);"),
        ("2_b.up.sql", "create table b (n int);"),
        ("3_c.up.sql", "create table c (n int);"),
    ];
    let squashed = format!(
        "-- freehold: squashed 3 migrations up to 3, chain {}\ncreate table a (n int); create table b (n int); create table c (n int);",
        "ab".repeat(32)
    );
    let next = ("4_d.up.sql", "create table d (n int);");
    for (applied, fits) in [(0, true), (1, false), (2, false), (3, true)] {
        let mut ground = Ground::new(&olds).await;
        ground.run(Command::Up { count: Some(applied) }).await.ok();
        ground.other_folder(&[("3_all.up.sql", &squashed), next]);
        let ran = ground.up().await;
        if fits {
            let done = ran.ok();
            assert_eq!(done.version.as_deref(), Some("4"), "{applied}");
            assert_eq!(done.ran.len(), if applied == 0 { 2 } else { 1 }, "{applied}");
            assert!(ground.up().await.ok().ran.is_empty());
        } else {
            assert!(ran.error().contains("stands for migrations"), "{applied}: {}", ran.error());
            assert_eq!(ground.text("select to_regclass('d')").await, "NULL");
        }
    }
}

#[tokio::test]
async fn what_is_no_sql_is_not_passed_over_in_silence() {
    let mut ground = Ground::new(&[
        ("00001_a.sql", "-- +goose Up\ncreate table a (n int);\n"),
        ("00002_b.go", "package migrations\n"),
        ("00003_c.sql", "-- +goose Up\ncreate table c (n int);\n"),
    ])
    .await;
    ground.run(Command::Up { count: Some(1) }).await.ok();
    let ran = ground.up().await;
    assert!(ran.error().contains("00002_b.go"), "{}", ran.error());
    ground.options.allow.code = true;
    ground.up().await.ok();
    ground.options.allow.code = false;
    assert!(ground.up().await.ok().ran.is_empty(), "a later one is applied, so somebody took care of it");
}

#[tokio::test]
async fn a_whole_schema_is_no_migration() {
    let ground = Ground::new(&[("schema.sql", "create table a (n int);\ncreate table b (n int);\n")]).await;
    let folder = freehold_migrate::read(&ground.path().join("schema.sql"), None)
        .or_else(|_| freehold_migrate::read(ground.path(), Some("schema")));
    let Ok(folder) = folder else { panic!("{folder:?}") };
    let prepared = freehold_migrate::Prepared::new(folder);
    let history = freehold_migrate::history::History::default();
    let refused = freehold_migrate::plan(&prepared, &history, &super::ground::UP, ground.options.allow);
    assert!(refused.unwrap_err().to_string().contains("is a whole schema"));
}

#[tokio::test]
async fn a_squash_stands_for_what_was_applied_late_and_not_for_what_came_after() {
    let olds = [
        ("1_a.up.sql", "create table a (n int);"),
        ("3_c.up.sql", "create table c (n int);"),
        ("4_d.up.sql", "create table d (n int);"),
    ];
    let late = ("2_b.up.sql", "create table b (n int);");
    let squashed =
        format!("-- freehold: squashed 3 migrations up to 3, chain {}\nselect 1;", "ab".repeat(32));
    let mut ground = Ground::new(&olds).await;
    ground.up().await.ok();
    ground.other_folder(&[olds[0], late, olds[1], olds[2]]);
    ground.options.allow.out_of_order = true;
    ground.up().await.ok();
    ground.options.allow.out_of_order = false;
    ground.other_folder(&[("3_all.up.sql", &squashed), olds[2]]);
    assert!(ground.up().await.ok().ran.is_empty());
    ground.other_folder(&[("3_all.up.sql", &squashed)]);
    let error = ground.up().await.error();
    assert!(error.contains("4 d is applied here, but has no file"), "{error}");
}
