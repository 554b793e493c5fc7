//! Several writers at once, in threads and in processes.

use std::collections::BTreeSet;

use crate::folder::{TestFolder, options};
use freehold_migrate::{compose, read};

const NAMES: [&str; 8] = [
    "create_users",
    "create_orders",
    "create_items",
    "create_invoices",
    "create_carts",
    "create_shops",
    "create_prices",
    "create_taxes",
];

fn versions(folder: &TestFolder, format: &str) -> Vec<String> {
    let read = read(folder.path(), Some(format)).unwrap();
    read.migrations.into_iter().map(|migration| migration.version).collect()
}

#[test]
fn threads_that_write_at_once_get_versions_of_their_own() {
    for format in ["golang-migrate", "diesel", "tern", "goose"] {
        let folder = TestFolder::new(&[]);
        std::thread::scope(|scope| {
            for name in NAMES {
                let folder = &folder;
                scope.spawn(move || compose(folder.path(), Some(format), name, &options()).unwrap());
            }
        });
        let versions = versions(&folder, format);
        assert_eq!(versions.iter().collect::<BTreeSet<_>>().len(), NAMES.len(), "{format}: {versions:?}");
    }
}

const DIR: &str = "FREEHOLD_TEST_COMPOSE_DIR";
const NAME: &str = "FREEHOLD_TEST_COMPOSE_NAME";

#[test]
#[ignore = "is run by the test below, in processes of its own"]
#[expect(
    clippy::disallowed_methods,
    reason = "the test that starts it has no other way to tell it the folder"
)]
fn one_writer() {
    let (Ok(dir), Ok(name)) = (std::env::var(DIR), std::env::var(NAME)) else { return };
    compose(dir.as_ref(), Some("golang-migrate"), &name, &options()).unwrap();
}

#[test]
#[expect(clippy::disallowed_methods, reason = "what is tested is that processes do not disturb each other")]
fn processes_that_write_at_once_get_versions_of_their_own() {
    let folder = TestFolder::new(&[]);
    let program = std::env::current_exe().unwrap();
    let children: Vec<_> = NAMES
        .iter()
        .map(|name| {
            std::process::Command::new(&program)
                .args(["--exact", "at_once::one_writer", "--ignored"])
                .env(DIR, folder.path())
                .env(NAME, name)
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let versions = versions(&folder, "golang-migrate");
    assert_eq!(versions.iter().collect::<BTreeSet<_>>().len(), NAMES.len(), "{versions:?}");
    assert_eq!(folder.files().len(), NAMES.len() * 2);
}
