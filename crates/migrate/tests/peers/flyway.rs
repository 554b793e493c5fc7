//! Flyway: rows are events, and what follows from their order.

use freehold_migrate::{Comparison, PeerState};

use crate::workbench::{Database, Files, obstacles};

/// The table as Flyway v12 makes it for PostgreSQL.
pub(crate) const TABLE: &str = "create table flyway_schema_history (installed_rank int not null, version varchar(50), \
    description varchar(200) not null, type varchar(20) not null, script varchar(1000) not null, checksum integer, \
    installed_by varchar(100) not null, installed_on timestamp not null default now(), execution_time integer not null, \
    success boolean not null); \
    alter table flyway_schema_history add constraint flyway_schema_history_pk primary key (installed_rank); \
    create index flyway_schema_history_s_idx on flyway_schema_history (success)";

/// CRC-32 of `select N;`, as Python's `zlib.crc32` gives it, signed.
const SUM_1: i64 = -690_524_359;
const SUM_2: i64 = -33_932_038;

/// A row: rank, version (`-` for none), description, type, checksum (0 for none), success.
fn row(rank: u32, version: &str, description: &str, kind: &str, sum: i64, success: bool) -> String {
    format!(
        "insert into flyway_schema_history values ({rank}, nullif('{version}', '-'), '{description}', '{kind}', \
         'script', nullif({sum}, 0), 'deployer', default, 7, {success});"
    )
}

fn files(more: &[(&str, &str)]) -> Files {
    let two = [("V1__first_step.sql", "select 1;"), ("V1_2__second.sql", "select 2;")];
    Files::new("flyway", &[&two[..], more].concat())
}

async fn history_of(rows: &[String]) -> freehold_migrate::PeerHistory {
    let database = Database::with(TABLE).await;
    database.run(&rows.concat()).await;
    database.only("flyway").await
}

#[tokio::test]
async fn versions_compare_as_numbers_and_rows_carry_who_and_how_long() {
    let files = files(&[("V2__third.sql", "select 3;")]);
    let first = row(1, "1.0", "first step", "SQL", SUM_1, true);
    let history = history_of(&[first, row(2, "1.2", "second", "SQL", SUM_2, true)]).await;
    assert_eq!(files.line(&history), "applied 1 1.2; pending 2");
    let adoption = files.beside(&history);
    assert!(adoption.is_clear(), "{:?}", adoption.obstacles);
    assert_eq!(adoption.applied[0].applied_by.as_deref(), Some("deployer"));
    assert_eq!(adoption.applied[0].duration.unwrap().as_millis(), 7);
    assert_eq!(adoption.applied[0].checksum, Comparison::Same);
}

#[tokio::test]
async fn a_changed_line_is_told_and_a_changed_line_end_is_not() {
    let files = files(&[]);
    let history = history_of(&[row(1, "1", "first step", "SQL", SUM_1, true)]).await;
    for (text, same) in [("select 1;\r\n", true), ("\u{feff}select 1;\n\n", true), ("select 1; ", false)] {
        files.write("V1__first_step.sql", text);
        let adoption = files.beside(&history);
        assert_eq!(adoption.is_clear(), same, "{text:?} {:?}", adoption.obstacles);
    }
    assert!(obstacles(&files.beside(&history))[0].contains(&format!("flyway recorded CRC-32 {SUM_1}")));
}

#[tokio::test]
async fn another_description_is_remarked() {
    let files = files(&[]);
    let history = history_of(&[row(1, "1", "first try", "SQL", SUM_1, true)]).await;
    let adoption = files.beside(&history);
    assert!(
        adoption.remarks[0].contains("`first try`, its file says `first step`"),
        "{:?}",
        adoption.remarks
    );
}

#[tokio::test]
async fn a_baseline_row_stands_for_what_is_not_above_it() {
    let files = files(&[("V2__third.sql", "select 3;")]);
    let at = |version: &str| row(1, version, "<< Flyway Baseline >>", "BASELINE", 0, true);
    let history = history_of(&[at("1.2")]).await;
    assert_eq!(files.line(&history), "applied 1(by 1.2) 1.2; pending 2");
    assert!(files.beside(&history).is_clear());
    // A baseline need not be a version of the folder.
    let history = history_of(&[at("1.1"), row(2, "2", "third", "SQL", 0, true)]).await;
    assert_eq!(files.line(&history), "applied 1(by 1.1) 2; pending 1.2(late)");
}

#[tokio::test]
async fn a_baseline_that_failed_leaves_open_what_it_stands_for() {
    let files = files(&[("V2__third.sql", "select 3;")]);
    let history = history_of(&[row(1, "1.2", "all", "SQL_BASELINE", 99, false)]).await;
    assert_eq!(files.line(&history), "pending 2; open 1 1.2");
    assert!(!files.beside(&history).is_clear());
}

#[tokio::test]
async fn a_schema_marker_is_no_migration() {
    let files = files(&[]);
    let marker = row(0, "-", "<< Flyway Schema Creation >>", "SCHEMA", 0, true);
    let history = history_of(&[marker, row(1, "1", "first step", "SQL", SUM_1, true)]).await;
    assert_eq!(history.entries.len(), 1);
    assert_eq!(files.line(&history), "applied 1; pending 1.2");
}

#[tokio::test]
async fn undone_is_pending_until_it_is_done_again() {
    let files = files(&[]);
    let mut rows = vec![
        row(1, "1", "first step", "SQL", SUM_1, true),
        row(2, "1.2", "second", "SQL", SUM_2, true),
        row(3, "1.2", "second", "UNDO_SQL", 5, true),
    ];
    assert_eq!(files.line(&history_of(&rows).await), "applied 1; pending 1.2");
    rows.push(row(4, "1.2", "second", "SQL", SUM_2, true));
    let history = history_of(&rows).await;
    assert_eq!(files.line(&history), "applied 1 1.2");
    assert_eq!(history.entries[1].state, PeerState::RolledBack);
    rows[2] = row(3, "1.2", "second", "UNDO_SQL", 5, false);
    rows.truncate(3);
    assert_eq!(files.line(&history_of(&rows).await), "applied 1; open 1.2");
}

#[tokio::test]
async fn deleted_is_not_applied_and_failed_is_open() {
    let files = files(&[]);
    let first = row(1, "1", "first step", "SQL", SUM_1, true);
    let second = row(2, "1.2", "second", "SQL", SUM_2, true);
    let delete = row(3, "1.2", "second", "DELETE", 0, true);
    let history = history_of(&[first.clone(), second, delete]).await;
    assert_eq!(files.line(&history), "applied 1; pending 1.2");
    assert!(history.remarks[0].contains("marked as deleted"));
    let history = history_of(&[first, row(2, "1.2", "second", "SQL", SUM_2, false)]).await;
    assert_eq!(files.line(&history), "applied 1; open 1.2");
    assert!(files.beside(&history).obstacles[0].help().contains("flyway repair"));
}

#[tokio::test]
async fn of_a_repeatable_migration_the_last_run_counts() {
    let files =
        Files::new("flyway", &[("R__all_views.sql", "select 2;"), ("V1__first_step.sql", "select 1;")]);
    let mut rows =
        vec![row(1, "1", "first step", "SQL", SUM_1, true), row(2, "-", "all views", "SQL", SUM_2, true)];
    assert_eq!(files.line(&history_of(&rows).await), "applied 1 all_views");
    rows.push(row(3, "-", "all views", "SQL", 77, true));
    let history = history_of(&rows).await;
    assert_eq!(files.line(&history), "applied 1; pending all_views(again)");
    assert!(files.beside(&history).is_clear());
    rows.push(row(4, "-", "all views", "SQL", SUM_2, true));
    assert_eq!(files.line(&history_of(&rows).await), "applied 1 all_views");
    rows.push(row(5, "-", "all views", "SQL", SUM_2, false));
    assert_eq!(files.line(&history_of(&rows).await), "applied 1; open all_views");
    assert_eq!(files.line(&history_of(&rows[..1]).await), "applied 1; pending all_views");
}

#[tokio::test]
async fn a_baseline_file_is_applied_where_what_it_stands_for_is() {
    let files = files(&[("B1_2__all.sql", "select 12;"), ("V2__third.sql", "select 3;")]);
    let first = row(1, "1", "first step", "SQL", SUM_1, true);
    let second = row(2, "1.2", "second", "SQL", SUM_2, true);
    assert_eq!(files.line(&history_of(&[]).await), "pending 1.2 2");
    let both = history_of(&[first.clone(), second]).await;
    let line = "applied 1.2; pending 2; without file 1 first step(explained)";
    assert_eq!(files.line(&both), line);
    let half = history_of(&[first]).await;
    assert_eq!(files.line(&half), "pending 2; open 1.2; without file 1 first step(explained)");
    assert_eq!(
        obstacles(&files.beside(&half)),
        ["the baseline 1.2 all stands for migrations that this database does not have: V1_2__second.sql"]
    );
    let made_new = history_of(&[row(1, "1.2", "all", "SQL_BASELINE", 99, true)]).await;
    assert!(files.beside(&made_new).obstacles[0].to_string().contains("B1_2__all.sql has"));
}

#[tokio::test]
async fn a_migration_in_java_is_explained() {
    let files = files(&[("V3__code.java", "class V3__code {}")]);
    let history = history_of(&[row(1, "3", "code", "JDBC", 0, true)]).await;
    assert_eq!(files.line(&history), "pending 1 1.2; without file 3 code(explained)");
    assert!(files.beside(&history).is_clear());
}
