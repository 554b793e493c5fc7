//! sqlx: a row a migration, and what its checksum tells apart.

use freehold_migrate::Comparison;
use sha2::{Digest, Sha384};

use crate::workbench::{Database, Files, obstacles};

/// The table as `ensure_migrations_table` of sqlx v0.9 makes it for PostgreSQL.
pub(crate) const TABLE: &str = "create table _sqlx_migrations (version bigint primary key, description text not null, \
                                installed_on timestamptz not null default now(), success boolean not null, \
                                checksum bytea not null, execution_time bigint not null)";

fn row(version: i64, text: &str, success: bool) -> String {
    let sum: String = Sha384::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "insert into _sqlx_migrations values ({version}, 'add things', \
         '2026-11-21 08:00+00'::timestamptz + interval '{version} seconds', {success}, '\\x{sum}', 12000000);"
    )
}

#[tokio::test]
async fn each_row_is_one_migration_with_its_time_and_checksum() {
    let files = Files::new(
        "sqlx",
        &[("1_add_things.sql", "select 1;\n"), ("2_b.up.sql", "select 2;"), ("3_c.sql", "")],
    );
    let database = Database::with(TABLE).await;
    database.run(&row(1, "select 1;\n", true)).await.run(&row(3, "", true)).await;
    let history = database.only("sqlx").await;
    assert_eq!(files.line(&history), "applied 1 3; pending 2(late)");
    let adoption = files.beside(&history);
    assert!(adoption.is_clear(), "{:?}", adoption.obstacles);
    let first = &adoption.applied[0];
    assert_eq!(first.checksum, Comparison::Same);
    assert_eq!(first.applied_at.unwrap().to_string(), "2026-11-21T08:00:01Z");
    assert_eq!(first.duration.unwrap().as_millis(), 12);
    assert_eq!(history.entries[0].name.as_deref(), Some("add things"));
}

#[tokio::test]
async fn one_byte_line_ends_and_marks_are_told_apart() {
    let text = "create table t ();\ncreate index on t ();\n";
    let files = Files::new("sqlx", &[("1_a.sql", text)]);
    let database = Database::with(TABLE).await;
    database.run(&row(1, text, true)).await;
    let history = database.only("sqlx").await;
    let compared = |changed: &str| {
        files.write("1_a.sql", changed);
        files.beside(&history).applied.remove(0).checksum
    };
    assert_eq!(compared(text), Comparison::Same);
    assert_eq!(compared(&text.replace('\n', "\r\n")), Comparison::SameBut { what: "line ends" });
    assert_eq!(compared(&format!("\u{feff}{text}")), Comparison::SameBut { what: "the byte order mark" });
    assert!(compared(&text.replace('t', "u")).is_different());
    assert!(compared(&format!("{text} ")).is_different());
    let adoption = files.beside(&history);
    assert!(obstacles(&adoption)[0].contains("was changed after it was applied: sqlx recorded SHA-384"));
    assert!(!adoption.is_clear());
    // The other way about: applied on a machine that checks out CRLF, looked at on one that does not.
    database.run("truncate _sqlx_migrations").await.run(&row(1, &text.replace('\n', "\r\n"), true)).await;
    let history = database.only("sqlx").await;
    files.write("1_a.sql", text);
    let adoption = files.beside(&history);
    assert_eq!(adoption.applied[0].checksum, Comparison::SameBut { what: "line ends" });
    assert!(adoption.is_clear());
    assert!(adoption.remarks[0].contains("line ends"));
}

#[tokio::test]
async fn a_row_without_success_is_no_applied_migration() {
    let files = Files::new("sqlx", &[("1_a.sql", "select 1"), ("2_b.sql", "select 2")]);
    let database = Database::with(TABLE).await;
    database.run(&row(1, "select 1", true)).await.run(&row(2, "select 2", false)).await;
    let failed = database.only("sqlx").await;
    assert_eq!(files.line(&failed), "applied 1; open 2");
    assert!(obstacles(&files.beside(&failed))[0].contains("success = false"));
    database.run("update _sqlx_migrations set success = true").await;
    assert_eq!(files.line(&database.only("sqlx").await), "applied 1 2");
}

#[tokio::test]
async fn a_row_without_a_file_is_told() {
    let files = Files::new("sqlx", &[("1_a.sql", "select 1"), ("3_c.sql", "select 3")]);
    let database = Database::with(TABLE).await;
    for (version, text) in [(1, "select 1"), (2, "select 2"), (3, "select 3")] {
        database.run(&row(version, text, true)).await;
    }
    let history = database.only("sqlx").await;
    assert_eq!(files.line(&history), "applied 1 3; without file 2 add things");
    assert_eq!(
        obstacles(&files.beside(&history)),
        ["2 add things is applied, and no file of the folder is it"]
    );
}
