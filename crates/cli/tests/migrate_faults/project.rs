//! A folder of migrations that mixes scripts inside and outside of transactions, and what a database must hold after it.

use std::path::Path;
use std::process::Command;

use freehold_db::{ConnectTo, Session};
use tempfile::TempDir;

/// In goose's format: it says for each script whether it is in a transaction.
const FILES: &[(&str, &str)] = &[
    (
        "00001_create_a.sql",
        "-- +goose Up\nCREATE TABLE a (id int, note text);\nINSERT INTO a VALUES (1, 'one'), (2, 'two');\n-- +goose Down\nDROP TABLE a;\n",
    ),
    (
        "00002_index_a.sql",
        "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY a_id ON a (id);\nINSERT INTO a VALUES (3, 'three');\n\
         CREATE INDEX CONCURRENTLY ON a (note);\nSET lock_timeout = '5s';\nVACUUM a;\nINSERT INTO a VALUES (4, current_setting('lock_timeout'));\n\
         -- +goose Down\nDROP INDEX a_note_idx;\n",
    ),
    (
        "00003_own_block.sql",
        "-- +goose NO TRANSACTION\n-- +goose Up\nBEGIN;\nINSERT INTO a VALUES (5, 'five');\nCREATE TABLE b (id int);\nCOMMIT;\n\
         INSERT INTO b SELECT id FROM a;\n-- +goose Down\nDROP TABLE b;\n",
    ),
    (
        "00004_more.sql",
        "-- +goose Up\nALTER TABLE b ADD COLUMN n int DEFAULT 7;\nUPDATE a SET note = note || '!';\n-- +goose Down\nSELECT 1;\n",
    ),
];

/// Writes the folder.
pub(crate) fn folder() -> TempDir {
    folder_of(FILES)
}

/// A shorter one, for faults after which a server needs its time: still each kind of script.
pub(crate) fn short_folder() -> TempDir {
    folder_of(&[
        (
            "00001_create_a.sql",
            "-- +goose NO TRANSACTION\n-- +goose Up\nBEGIN;\nCREATE TABLE a (id int, note text);\nCREATE TABLE b (id int, n int);\n\
             COMMIT;\nINSERT INTO a VALUES (1, 'one');\nCREATE INDEX CONCURRENTLY a_id ON a (id);\n",
        ),
        ("00002_more.sql", "-- +goose Up\nINSERT INTO b VALUES (1, 1);\nUPDATE a SET note = note || '!';\n"),
    ])
}

/// Writes a folder of other files.
pub(crate) fn folder_of(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("migrations")).unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join("migrations").join(name), text).unwrap();
    }
    folder
}

/// The program, with the arguments of a command of `migrate`.
#[expect(clippy::disallowed_methods, reason = "a test of the real binary")]
pub(crate) fn freehold(folder: &Path, url: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_freehold"));
    command.current_dir(folder).arg("migrate").args(args).args(["--url", url]);
    for name in ["DATABASE_URL", "NO_COLOR", "CI", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

/// How to reach a database through a socket in a folder.
pub(crate) fn url(socket_folder: &Path, database: &str) -> String {
    format!("postgres://postgres@/{database}?host={}&port=5432", socket_folder.display())
}

/// Everything that the folder's migrations leave behind, as lines: equal for all ways that led there.
pub(crate) async fn state(to: &ConnectTo) -> Vec<String> {
    let session = Session::open(to).await.unwrap();
    let mut lines = Vec::new();
    for sql in [
        "select format('a %s %s', id, note) from a order by 1",
        "select format('b %s %s', id, n) from b order by 1",
        "select format('%s %s %s', indexrelid::regclass, indisvalid, indisready) from pg_index \
         where indrelid in ('a'::regclass, 'b'::regclass) order by 1",
        "select format('%s %s %s %s/%s %s', version, direction, state, statement, statements, error) \
         from freehold.migrations order by version, id",
    ] {
        let rows = session.query(sql, &[]).await.unwrap();
        lines.extend(rows.iter().map(|row| row.get::<_, String>(0)));
    }
    session.close().await;
    lines
}
