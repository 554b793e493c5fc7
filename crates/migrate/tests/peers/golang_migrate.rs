//! golang-migrate's one row: what follows from it, and what does not.

use crate::workbench::{Database, Files, obstacles};

/// The table as `ensureVersionTable` of golang-migrate v4.19 makes it in its postgres, pgx and pgx5 drivers.
pub(crate) const TABLE: &str = "create table \"public\".\"schema_migrations\" \
                                (version bigint not null primary key, dirty boolean not null)";

fn three() -> Files {
    Files::new(
        "golang-migrate",
        &[
            ("000001_a.up.sql", "select 1;"),
            ("000001_a.down.sql", "select 1;"),
            ("000002_b.up.sql", "select 2;"),
            ("000010_c.up.sql", "select 10;"),
            ("000011_d.up.sql", "select 11;"),
        ],
    )
}

#[tokio::test]
async fn everything_up_to_the_one_number_is_applied() {
    let files = three();
    let database = Database::with(TABLE).await;
    let empty = database.only("golang-migrate").await;
    assert_eq!(files.line(&empty), "pending 1 2 10 11");
    assert!(empty.remarks[0].contains("empty"), "{:?}", empty.remarks);
    for (version, line) in [
        ("1", "applied 1; pending 2 10 11"),
        ("10", "applied 1(by 10) 2(by 10) 10; pending 11"),
        ("11", "applied 1(by 11) 2(by 11) 10(by 11) 11"),
    ] {
        database
            .run(&format!(
                "truncate schema_migrations; insert into schema_migrations values ({version}, false)"
            ))
            .await;
        let history = database.only("golang-migrate").await;
        assert_eq!(files.line(&history), line);
        assert!(files.beside(&history).is_clear());
    }
}

#[tokio::test]
async fn a_gap_below_the_number_is_remarked_and_one_above_it_is_not() {
    let database = Database::with(TABLE).await;
    database.run("insert into schema_migrations values (2, false)").await;
    let history = database.only("golang-migrate").await;
    let remarks = |names: [&str; 3]| {
        let files = Files::new("golang-migrate", &names.map(|name| (name, "select 1;")));
        files.beside(&history).remarks.join("\n")
    };
    assert!(!remarks(["1_a.up.sql", "2_b.up.sql", "4_c.up.sql"]).contains("between"));
    database.run("update schema_migrations set version = 4").await;
    let history = database.only("golang-migrate").await;
    let remarks = |names: [&str; 3]| {
        let files = Files::new("golang-migrate", &names.map(|name| (name, "select 1;")));
        files.beside(&history).remarks.join("\n")
    };
    assert!(
        remarks(["1_a.up.sql", "2_b.up.sql", "4_c.up.sql"]).contains("between 2 and 4 the folder has no")
    );
    assert!(!remarks(["2_a.up.sql", "3_b.up.sql", "4_c.up.sql"]).contains("between"));
}

#[tokio::test]
async fn a_dirty_row_leaves_its_migration_and_the_next_one_open() {
    let files = three();
    let database = Database::with(TABLE).await;
    database.run("insert into schema_migrations values (2, true)").await;
    let dirty = database.only("golang-migrate").await;
    // The pair that differs in the mark alone.
    database.run("update schema_migrations set dirty = false").await;
    let clean = database.only("golang-migrate").await;
    assert_eq!(files.line(&clean), "applied 1(by 2) 2; pending 10 11");
    assert_eq!(files.line(&dirty), "applied 1(by 2); pending 11; open 2 10");
    let adoption = files.beside(&dirty);
    assert!(obstacles(&adoption)[0].contains("either the up of 2 or the down of the migration after it"));
    assert!(adoption.obstacles[0].help().contains("migrate force"), "{}", adoption.obstacles[0].help());
}

#[tokio::test]
async fn a_down_of_the_first_that_failed_leaves_the_first_open() {
    let files = three();
    let database = Database::with(TABLE).await;
    database.run("insert into schema_migrations values (-1, true)").await;
    let history = database.only("golang-migrate").await;
    assert_eq!(files.line(&history), "pending 2 10 11; open 1");
    assert!(obstacles(&files.beside(&history))[0].starts_with("the first migration is no applied migration"));
}

#[tokio::test]
async fn a_number_that_the_folder_does_not_have_is_told_with_its_neighbours() {
    let files = three();
    let database = Database::with(TABLE).await;
    database.run("insert into schema_migrations values (9, false)").await;
    let history = database.only("golang-migrate").await;
    assert_eq!(files.line(&history), "pending 10 11; open 1 2");
    assert_eq!(
        obstacles(&files.beside(&history)),
        [
            "golang-migrate says that the database is at 9, and the folder has no such version; around it are 2 and 10"
        ]
    );
    database.run("update schema_migrations set version = 20261121093000").await;
    let history = database.only("golang-migrate").await;
    assert!(obstacles(&files.beside(&history))[0].ends_with("no such version; the last one is 11"));
    database.run("update schema_migrations set version = 0, dirty = true").await;
    let history = database.only("golang-migrate").await;
    assert_eq!(files.line(&history), "pending 2 10 11; open 1");
    assert_eq!(files.beside(&history).obstacles.len(), 2);
}

#[tokio::test]
async fn two_rows_say_nothing_at_all() {
    let files = three();
    let database = Database::with(TABLE).await;
    database.run("insert into schema_migrations values (1, false), (10, false)").await;
    let history = database.only("golang-migrate").await;
    assert_eq!(files.line(&history), "open 1 2 10 11");
    assert_eq!(files.beside(&history).obstacles.len(), 2);
}
