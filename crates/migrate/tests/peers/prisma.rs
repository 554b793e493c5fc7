//! Prisma: a row an attempt; what counts of them.

use sha2::{Digest, Sha256};

use crate::workbench::{Database, Files, obstacles};

/// The table as the PostgreSQL flavour of Prisma's schema engine v7 makes it.
pub(crate) const TABLE: &str = "create table _prisma_migrations (id varchar(36) primary key not null, \
                                checksum varchar(64) not null, finished_at timestamptz, \
                                migration_name varchar(255) not null, logs text, rolled_back_at timestamptz, \
                                started_at timestamptz not null default now(), \
                                applied_steps_count integer not null default 0)";

fn sum(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn row(name: &str, sum: &str, minute: u8, finished: bool, rolled_back: bool, logs: &str) -> String {
    let at = |is: bool, second: u8| {
        if is { format!("'2026-11-21 08:{minute:02}:{second:02}+00'") } else { "null".to_owned() }
    };
    format!(
        "insert into _prisma_migrations values (gen_random_uuid(), '{sum}', {}, '{name}', nullif('{logs}', ''), {}, {});",
        at(finished, 2),
        at(rolled_back, 30),
        at(true, 0)
    )
}

const FIRST: &str = "20260101000000_init";
const SECOND: &str = "20260102000000_add";

fn files() -> Files {
    Files::new(
        "prisma",
        &[
            ("migration_lock.toml", "provider = \"postgresql\"\n"),
            ("20260101000000_init/migration.sql", "select 1;\n"),
            ("20260102000000_add/migration.sql", "select 2;\n"),
        ],
    )
}

#[tokio::test]
async fn finished_unfinished_and_rolled_back_are_three_things() {
    let (files, database) = (files(), Database::with(TABLE).await);
    let (first, second) = (sum("select 1;\n"), sum("select 2;\n"));
    database.run(&row(FIRST, &first, 0, true, false, "")).await;
    let with = |sql: String| {
        let database = &database;
        async move {
            database
                .run(&format!("delete from _prisma_migrations where migration_name = '{SECOND}'"))
                .await
                .run(&sql)
                .await;
            database.only("prisma").await
        }
    };
    let finished = with(row(SECOND, &second, 1, true, false, "")).await;
    assert_eq!(files.line(&finished), format!("applied {FIRST} {SECOND}"));
    assert_eq!(finished.entries[0].duration.unwrap().as_secs(), 2);
    let unfinished =
        with(row(SECOND, &second, 1, false, false, "\nA migration failed to apply.\nMore")).await;
    assert_eq!(files.line(&unfinished), format!("applied {FIRST}; open {SECOND}"));
    assert!(
        obstacles(&files.beside(&unfinished))[0].ends_with("its log begins `A migration failed to apply.`")
    );
    let rolled_back = with(row(SECOND, &second, 1, false, true, "")).await;
    assert_eq!(files.line(&rolled_back), format!("applied {FIRST}; pending {SECOND}"));
    assert!(files.beside(&rolled_back).is_clear());
    assert!(rolled_back.remarks[0].starts_with(&format!("{SECOND} is marked as rolled back")));
    assert!(finished.remarks.is_empty());
    let again = row(SECOND, &second, 1, false, true, "") + &row(SECOND, &second, 5, true, false, "");
    assert_eq!(files.line(&with(again).await), format!("applied {FIRST} {SECOND}"));
}

#[tokio::test]
async fn the_sum_sees_every_byte_but_not_the_kind_of_line_ends() {
    let (files, database) = (files(), Database::with(TABLE).await);
    database.run(&row(FIRST, &sum("select 1;\n"), 0, true, false, "")).await;
    let history = database.only("prisma").await;
    for (text, is_clear) in
        [("select 1;\n", true), ("select 1;\r\n", true), ("select 1; \n", false), ("select 1;", false)]
    {
        files.write("20260101000000_init/migration.sql", text);
        assert_eq!(files.beside(&history).is_clear(), is_clear, "{text:?}");
    }
}

#[tokio::test]
async fn sums_of_early_releases_are_known() {
    let (files, database) = (files(), Database::with(TABLE).await);
    let unpadded: String = Sha256::digest("select 1;\n").iter().map(|byte| format!("{byte:x}")).collect();
    assert!(unpadded.len() < 64, "the text has a byte below 16 in its sum");
    database.run(&row(FIRST, &unpadded, 0, true, false, "")).await;
    let history = database.only("prisma").await;
    assert!(files.beside(&history).is_clear());
    files.write("20260101000000_init/migration.sql", "select 3;\n");
    assert!(!files.beside(&history).is_clear());
}
