//! The record that a check leaves: the same for the same folder, and it notices whatever was changed since.

use std::{fs, path::Path};

use freehold_app::{
    check::recorded,
    record::{self, Changed, Covered, Record, Seen, TransactionWord, VerdictWord},
};
use freehold_migrate::{Folder, Migration};

use crate::project::{examples, folder, request};

/// The record that a check of this folder would leave; nothing is written.
async fn record_of(project: &Path) -> Record {
    let checked = recorded(request(project)).await.expect("the check runs");
    checked.kept.expect("a folder of migrations has a record").record
}

const FILES: &[(&str, &[u8])] = &[
    ("migrations/0001_create_plans.up.sql", b"CREATE TABLE plans (id bigint PRIMARY KEY, name text);\n"),
    ("migrations/0001_create_plans.down.sql", b"DROP TABLE plans;\n"),
    (
        "migrations/0002_add_plans_price.up.sql",
        b"ALTER TABLE plans ADD COLUMN price integer;\nALTER TABLE plans ALTER COLUMN id TYPE numeric;\n",
    ),
    ("migrations/0002_add_plans_price.down.sql", b"ALTER TABLE plans DROP COLUMN price;\n"),
    ("migrations/0003_add_plans_index.up.sql", b"CREATE INDEX CONCURRENTLY plans_name ON plans (name);\n"),
    ("migrations/0003_add_plans_index.down.sql", b"DROP INDEX CONCURRENTLY plans_name;\n"),
    ("migrations/0004_create_notes.up.sql", b"CREATE TABLE notes (id bigint PRIMARY KEY);\n"),
    ("migrations/0004_create_notes.down.sql", b"DROP TABLE notes;\n"),
];

fn read(project: &Path) -> Folder {
    freehold_migrate::read(&project.join("migrations"), None).unwrap()
}

fn words(record: &Record, folder: &Folder) -> Vec<String> {
    let covered = record.coverage(&folder.migrations);
    for (index, one) in covered.iter().enumerate() {
        assert_eq!(&record.covers(&folder.migrations, index), one, "one by one and all at once are the same");
    }
    covered.iter().map(ToString::to_string).collect()
}

const FINE: &str = "it was rehearsed in this form";

#[tokio::test]
async fn the_record_says_what_was_seen_and_is_the_same_each_time() {
    let project = folder(FILES);
    let record = record_of(project.path()).await;
    assert_eq!(record.text(), record_of(project.path()).await.text());
    let moved = folder(FILES);
    assert_eq!(record.text(), record_of(moved.path()).await.text(), "where the folder is does not matter");

    let second = &record.migrations[1];
    assert_eq!((second.key.as_str(), second.file.as_str()), ("2", "0002_add_plans_price.up.sql"));
    assert!(second.applied);
    assert_eq!(second.reversible, VerdictWord::Refuted, "the type stays numeric");
    assert_eq!(second.error_rules, ["down-does-not-restore"]);
    assert_eq!(record.findings.errors, second.findings.errors);
    let [add, retype] = record.statements_of("2").unwrap() else { panic!("two statements") };
    assert_eq!(add.headline, "ALTER TABLE plans ADD COLUMN price integer");
    let lock = &add.locks[0];
    assert_eq!((lock.relation.as_str(), lock.mode.as_str()), ("plans", "ACCESS EXCLUSIVE"));
    assert!(add.rewrites.is_empty() && add.seen == Seen::Whole);
    assert_eq!(retype.rewrites, ["plans"]);

    let third = &record.migrations[2];
    assert_eq!((third.transaction, third.reversible), (TransactionWord::None, VerdictWord::Proven));
    assert_eq!(third.statements[0].index_builds[0].index, "plans_name");
    assert_eq!(words(&record, &read(project.path()))[2], FINE);
    assert!(!project.path().join("migrations").join(record::FILE_NAME).exists(), "nobody asked to write it");
}

#[tokio::test]
async fn whatever_is_changed_in_a_script_is_noticed() {
    let project = folder(FILES);
    let record = record_of(project.path()).await;
    let file = |name: &str| project.path().join("migrations").join(name);
    let up = file("0003_add_plans_index.up.sql");
    let before = fs::read_to_string(&up).unwrap();
    assert_eq!(
        words(&record, &read(project.path())),
        [FINE, "it was rehearsed in this form, with errors: down-does-not-restore", FINE, FINE]
    );

    let edited = "its up script was changed after the rehearsal";
    let builds = "it builds on 3 add_plans_index, which was changed after the rehearsal";
    for change in [before.replace("(name)", "(id)"), before.replace('\n', "\r\n"), format!("{before} ")] {
        fs::write(&up, change).unwrap();
        let folder = read(project.path());
        assert_eq!(words(&record, &folder)[2..], [edited, builds]);
        let earlier = record.covers(&folder.migrations, 3);
        assert!(matches!(earlier, Covered::Changed { what: Changed::EarlierEdited { .. } }), "{earlier:?}");
    }
    fs::write(&up, &before).unwrap();

    fs::write(file("0003_add_plans_index.down.sql"), "DROP INDEX plans_name;\n").unwrap();
    let folder = read(project.path());
    assert!(record.covers(&folder.migrations, 2).is_rehearsed(), "what is applied is what was rehearsed");
    assert_eq!(record.covers_down(&folder.migrations, 2), Covered::Changed { what: Changed::Down });
    assert!(record.covers_down(&folder.migrations, 3).is_rehearsed());
    assert_eq!(record.covers(&folder.migrations, 4), Covered::NotThere);
}

#[tokio::test]
async fn what_comes_in_goes_out_or_moves_is_noticed() {
    let project = folder(FILES);
    let record = record_of(project.path()).await;
    let mut migrations = read(project.path()).migrations;
    let told = |migrations: &[Migration]| -> Vec<String> {
        record.coverage(migrations).iter().map(ToString::to_string).collect()
    };

    let added = project.path().join("migrations/0002_0_between.up.sql");
    fs::write(&added, "SELECT 1;\n").unwrap();
    fs::rename(&added, project.path().join("migrations/0005_later.up.sql")).unwrap();
    let later = read(project.path()).migrations;
    assert_eq!(told(&later)[3..], [FINE, "the rehearsal record does not hold it"]);
    let mut late = later.clone();
    let between = late.pop().unwrap();
    late.insert(2, between);
    let after = "it comes after 5 later, which came in after the rehearsal";
    assert_eq!(told(&late)[2..], ["the rehearsal record does not hold it", after, after]);

    migrations.swap(2, 3);
    let order = "it was rehearsed after the same migrations in another order";
    assert_eq!(told(&migrations)[2..], [order, order]);
    migrations.remove(3);
    assert_eq!(told(&migrations)[2], "it was rehearsed after 3, which is no longer before it");
}

#[tokio::test]
async fn a_refused_script_and_one_behind_it_were_not_rehearsed() {
    let mut files = FILES.to_vec();
    files[4] =
        ("migrations/0003_add_plans_index.up.sql", b"CREATE INDEX plans_name ON plans (no_such_column);\n");
    let project = folder(&files);
    let record = record_of(project.path()).await;
    let folder = read(project.path());
    assert_eq!(
        words(&record, &folder)[2..],
        ["the server refused it in the rehearsal", "the rehearsal record does not hold it"]
    );
    assert_eq!(record.migrations[2].statements[0].seen, Seen::NotRun);
}

#[tokio::test]
async fn a_single_schema_file_has_no_record() {
    let project = folder(&[("schema.sql", b"CREATE TABLE plans (id bigint PRIMARY KEY);\n")]);
    let request = freehold_app::check::Request {
        migrations_dir: Some(project.path().join("schema.sql")),
        ..request(project.path())
    };
    assert!(recorded(request).await.unwrap().kept.is_none());
}

#[tokio::test]
async fn secrets_stay_out_of_it() {
    let project = folder(&[(
        "migrations/0001_set_role.up.sql",
        b"DO $$ BEGIN PERFORM set_config('app.x', 'y', true); END $$;\nCREATE TABLE t (password text DEFAULT 's3cret');\n",
    )]);
    let text = record_of(project.path()).await.text();
    assert!(!text.contains("s3cret") && text.contains("CREATE TABLE …"), "{text}");
}

/// Compares what a check gives now with the record that is committed.
async fn committed_record_is_current(name: &str) {
    let project = examples().join(name);
    let checked = recorded(request(&project)).await.expect("the check runs");
    let kept = checked.kept.expect("a folder of migrations has a record");
    let next = format!("run `freehold check` in examples/{name} and commit the record");
    let committed = record::read(&kept.dir).expect(&next).expect(&next);
    // Another server may see other locks.
    if committed.server_major == kept.record.server_major {
        assert!(committed == kept.record, "the record is not current: {next}");
    } else {
        let covered = committed.coverage(&freehold_migrate::read(&kept.dir, None).unwrap().migrations);
        assert!(covered.iter().all(Covered::is_rehearsed), "{covered:?}: {next}");
    }
}

#[tokio::test]
async fn the_records_of_the_examples_are_current() {
    for name in ["face-recognition", "uptime-monitoring", "meetings", "saas-fastapi", "order-desk"] {
        committed_record_is_current(name).await;
    }
}

#[test]
fn the_faulty_folders_hold_no_record() {
    let mut folders = vec![examples().join("faulty")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            assert!(!path.ends_with(record::FILE_NAME), "remove {}", path.display());
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
}

/// Every project among the examples, the faulty ones too: they are in all formats.
fn projects() -> Vec<std::path::PathBuf> {
    let faulty = examples().join("faulty");
    let inside =
        |dir: &Path| fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let mut all = inside(&examples());
    all.extend(inside(&faulty));
    all.retain(|path| path.is_dir() && *path != faulty);
    all
}

#[test]
fn no_format_takes_the_record_for_a_migration() {
    let mut formats = std::collections::BTreeSet::new();
    for project in projects() {
        for found in freehold_migrate::find_migrations_dir(&project).into_iter().filter(|f| f.dir.is_dir()) {
            let copy = tempfile::tempdir().unwrap();
            copy_dir(&found.dir, copy.path());
            let described = |folder: &Folder| {
                let keys: Vec<String> = folder.migrations.iter().map(Migration::key).collect();
                (folder.format.name(), keys, folder.warnings.len(), folder.skipped.len())
            };
            let Ok(before) = freehold_migrate::read(copy.path(), None) else { continue };
            let record = Record::new(15, before.format.name());
            record::write(copy.path(), &record).unwrap();
            let after = freehold_migrate::read(copy.path(), None).unwrap();
            assert_eq!(described(&before), described(&after), "{}", project.display());
            formats.insert(before.format.name());
        }
    }
    assert!(formats.len() >= 5, "{formats:?}");
}

fn copy_dir(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy_dir(&entry.path(), &target);
        } else if entry.file_name() != record::FILE_NAME {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
