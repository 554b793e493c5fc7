//! The examples' own schemas: against nothing, against each other, and each version against the one before.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use freehold_db::Session;
use freehold_migrate::Prepared;
use freehold_model::catalog::Catalog;
use freehold_sandbox::testing;

use super::{go, read};

const EXAMPLES: &[&str] = &[
    "face-recognition/migrations",
    "meetings/migrations",
    "order-desk/migrations",
    "saas-fastapi/db/migrations",
    "uptime-monitoring/migrations",
];

/// The schema before the first migration and after each; a script of which a statement fails ends the list.
pub(crate) async fn versions(prepared: &Prepared) -> (Vec<Arc<Catalog>>, Option<String>) {
    let scratch = testing::scratch().await;
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    let mut versions = vec![read(&session).await];
    let mut failed = None;
    'all: for (at, migration) in prepared.migrations().iter().enumerate() {
        match prepared.up(at) {
            Some(Ok(script)) => {
                for number in 0..script.statements().len() {
                    if let Err(error) = session.run(script.sql(number)).await {
                        failed = Some(format!("{}: {:?}", migration.label(), error.server()));
                        break 'all;
                    }
                }
            }
            Some(Err(error)) => {
                failed = Some(format!("{}: {error}", migration.label()));
                break;
            }
            None => {}
        }
        versions.push(read(&session).await);
    }
    drop(session);
    scratch.remove().await.unwrap();
    (versions, failed)
}

pub(crate) fn prepared(dir: &Path) -> Prepared {
    Prepared::new(freehold_migrate::read(dir, None).unwrap())
}

async fn of_example(name: &str) -> Vec<Arc<Catalog>> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    let (versions, failed) = versions(&prepared(&dir)).await;
    assert_eq!(failed, None, "{name}");
    versions
}

/// Goes through a list of schemas in one database. Gives how many steps there were, and what was not covered.
pub(crate) async fn walk(schemas: impl IntoIterator<Item = &Arc<Catalog>>) -> (usize, Vec<String>) {
    let scratch = testing::scratch().await;
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    let (mut steps, mut left, mut wrong) = (0, Vec::new(), Vec::new());
    for schema in schemas {
        let from = read(&session).await;
        steps += 1;
        match go(&session, &from, schema).await {
            Ok(not_covered) => left.extend(not_covered),
            Err(error) => {
                wrong.push(format!("step {steps}: {error}"));
                break;
            }
        }
    }
    drop(session);
    scratch.remove().await.unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    (steps, left)
}

#[tokio::test]
async fn every_version_goes_to_the_next_and_back() {
    for example in EXAMPLES {
        let versions = of_example(example).await;
        // Forth, back, forth: so that every pair is tried both ways.
        let path = versions.windows(2).flat_map(|pair| match pair {
            [before, after] => vec![after, before, after],
            _ => Vec::new(),
        });
        let (steps, left) = walk(path).await;
        println!("{example}: {steps} steps, {} not covered", left.len());
        assert!(left.iter().all(|line| line.contains("column order")), "{example}: {left:#?}");
    }
}

#[tokio::test]
async fn every_version_goes_to_nothing_and_to_the_last() {
    for example in EXAMPLES {
        let versions = of_example(example).await;
        let (first, last) = (versions.first().unwrap(), versions.last().unwrap());
        let path = versions.iter().flat_map(|version| [version, last, version, first]);
        let (steps, left) = walk(path).await;
        println!("{example}: {steps} steps, {} not covered", left.len());
        assert!(left.iter().all(|line| line.contains("column order")), "{example}: {left:#?}");
    }
}

#[tokio::test]
async fn every_example_turns_into_every_other() {
    let mut schemas = Vec::new();
    for example in EXAMPLES {
        schemas.push(of_example(example).await.last().unwrap().clone());
    }
    let mut path = Vec::new();
    for (at, one) in schemas.iter().enumerate() {
        for other in schemas.iter().skip(at + 1) {
            path.extend([one, other, one]);
        }
    }
    let (steps, left) = walk(path).await;
    println!("{steps} steps, {} not covered", left.len());
    assert!(left.iter().all(|line| line.contains("column order")), "{left:#?}");
}
