//! Files that are part of a program are read as the same files on the disk are.

use std::path::{Path, PathBuf};

use freehold_migrate::{Folder, ReadError, read, read_embedded};

type Files = Vec<(&'static str, &'static [u8])>;

/// The files of a folder, as a program that is built with them has them.
fn files_of(dir: &Path) -> Files {
    let mut files = Files::new();
    for entry in walkdir::WalkDir::new(dir) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let place = entry.path().strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
            files.push((place.leak(), std::fs::read(entry.path()).unwrap().leak()));
        }
    }
    files
}

fn shown(folder: &Folder) -> Vec<(String, String, PathBuf, String, Option<String>)> {
    let all = folder.migrations.iter();
    all.map(|m| {
        let down = m.down.as_ref().map(|down| down.text().to_owned());
        (m.key(), m.up.checksum.clone(), m.up.file.path.clone(), m.up.text().to_owned(), down)
    })
    .collect()
}

#[test]
fn the_examples_are_read_alike() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    for (place, format) in [
        ("face-recognition/migrations", "golang-migrate"),
        ("uptime-monitoring/migrations", "sqlx"),
        ("meetings/migrations", "diesel"),
        ("order-desk/migrations", "goose"),
        ("saas-fastapi/db/migrations", "dbmate"),
    ] {
        let dir = examples.join(place);
        let files = files_of(&dir);
        let embedded = read_embedded(&dir, &files, Some(format)).unwrap();
        assert_eq!(shown(&embedded), shown(&read(&dir, Some(format)).unwrap()), "{place}");
        assert!(embedded.migrations.len() > 5);
        match read_embedded(&dir, &files, None) {
            Ok(found) => assert_eq!(found.format.name(), format, "{place}"),
            Err(ReadError::Undecided { formats, .. }) => assert!(formats.contains(&format), "{formats:?}"),
            Err(other) => panic!("{place}: {other}"),
        }
    }
}

#[test]
fn names_that_two_formats_share_must_be_decided_by_hand() {
    let pair: Files = vec![("1_a.up.sql", b"select 1;"), ("1_a.down.sql", b"select 1;")];
    let dir = Path::new("migrations");
    let Err(ReadError::Undecided { formats, .. }) = read_embedded(dir, &pair, None) else {
        panic!("decided")
    };
    assert_eq!(formats, ["golang-migrate", "sqlx"]);
    assert_eq!(read_embedded(dir, &pair, Some("sqlx")).unwrap().format.name(), "sqlx");
    let goose: Files = vec![("1_a.sql", b"-- +goose Up\nselect 1;\n")];
    assert_eq!(read_embedded(dir, &goose, None).unwrap().format.name(), "goose");
}

#[test]
fn hidden_files_are_left_out_and_bad_ones_refused() {
    let dir = Path::new("migrations");
    let hidden: Files = vec![("1_a.up.sql", b"select 1;"), (".cache/2_b.up.sql", b"select 2;")];
    assert_eq!(read_embedded(dir, &hidden, Some("golang-migrate")).unwrap().migrations.len(), 1);
    let bad: Files = vec![("1_a.up.sql", b"select '\xff';")];
    assert!(matches!(read_embedded(dir, &bad, Some("golang-migrate")), Err(ReadError::NotUtf8 { .. })));
    assert!(matches!(read_embedded(dir, &[], None), Err(ReadError::NoMigrations { .. })));
}
