//! The guard finds statements that a request repeats, and where.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use freehold_tenancy_ground as ground;

use freehold_tenancy::{
    Error, Execute, Sql,
    guard::{self, Guard, Kind, Report},
};
use ground::{Ground, tenant};

const BODY: &str = "SELECT body FROM notes WHERE id = $1";

async fn bodies(by: &impl Execute, ids: &[i64]) -> Result<(), Error> {
    for id in ids {
        by.query::<(String,)>(BODY, &[id]).await?;
    }
    Ok(())
}

async fn watched(work: impl Future<Output = Result<(), Error>>) -> Report {
    let (done, report) = guard::watch("GET /notes", work).await;
    done.unwrap();
    report
}

#[tokio::test]
async fn one_statement_with_many_keys_is_reported_with_its_place() {
    let ground = Ground::new().await;
    let acme = ground.db().await.tenant(&tenant(1));
    let report = watched(bodies(&acme, &[1, 2, 3, 4, 5])).await;
    let [found] = report.findings() else { panic!("{report}") };
    assert_eq!((found.kind, found.times, found.keys), (Kind::DifferentKeys, 5, 5));
    assert_eq!(found.fingerprint.text(), "select body from notes where id = ?");
    let place = &found.sites.first().unwrap().place;
    let line =
        include_str!("guard.rs").lines().position(|line| line.contains("by.query::<(String,)>")).unwrap() + 1;
    assert!(place.contains(&format!("tests/guard.rs:{line}:")), "{place}");
    let said = report.assert_none().unwrap_err().to_string();
    assert!(
        said.starts_with("GET /notes: 5 statements") && said.contains(&format!("guard.rs:{line}")),
        "{said}"
    );
}

#[tokio::test]
async fn the_same_key_again_and_again_is_another_kind() {
    let ground = Ground::new().await;
    let acme = ground.db().await.tenant(&tenant(1));
    let report = watched(bodies(&acme, &[7, 7, 7, 7])).await;
    let [found] = report.findings() else { panic!("{report}") };
    assert_eq!((found.kind, found.times, found.keys), (Kind::SameKey, 4, 1));
    let report = watched(bodies(&acme, &[7, 7, 7, 7, 1, 2, 3])).await;
    let kinds: Vec<Kind> = report.findings().iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [Kind::DifferentKeys, Kind::SameKey]);
}

#[tokio::test]
async fn different_statements_and_few_repetitions_are_not_reported() {
    let ground = Ground::new().await;
    let acme = ground.db().await.tenant(&tenant(1));
    let different = async {
        for _ in 0..3 {
            acme.query::<(String,)>("SELECT body FROM notes WHERE id = $1", &[&1_i64]).await?;
            acme.query::<(String,)>("SELECT body FROM notes WHERE id > $1", &[&1_i64]).await?;
            acme.execute("UPDATE notes SET body = $1", &[&"x"]).await?;
        }
        Ok(())
    };
    let report = watched(different).await;
    assert_eq!((report.statements(), report.findings()), (9, [].as_slice()));
    assert!(watched(bodies(&acme, &[1, 2, 3])).await.assert_none().is_ok());
    let once = async {
        acme.query::<(String,)>("SELECT body FROM notes WHERE id = ANY($1)", &[&vec![1_i64, 2, 3, 4, 5]])
            .await
            .map(drop)
    };
    assert!(watched(once).await.assert_none().is_ok());
}

#[tokio::test]
async fn keys_written_into_the_text_are_keys() {
    let ground = Ground::new().await;
    let acme = ground.db().await.tenant(&tenant(1));
    let work = async {
        for id in 1..=4 {
            acme.query::<(String,)>(Sql::vouched(format!("SELECT body FROM notes WHERE id = {id}")), &[])
                .await?;
        }
        Ok(())
    };
    let report = watched(work).await;
    assert_eq!(report.findings().first().map(|found| found.kind), Some(Kind::DifferentKeys));
}

#[tokio::test]
async fn transactions_and_spawned_tasks_count_and_other_requests_do_not() {
    let ground = Ground::new().await;
    let acme = ground.db().await.tenant(&tenant(1));
    let guard = Guard::new("POST /notes").threshold(2);
    let inside = guard.clone();
    let spawned = acme.clone();
    let task = tokio::spawn(async move { inside.watch(bodies(&spawned, &[1])).await });
    task.await.unwrap().unwrap();
    let other = Guard::new("GET /other");
    other.watch(bodies(&acme, &[5, 6])).await.unwrap();
    bodies(&acme, &[8, 9]).await.unwrap();
    assert!(guard.report().assert_none().is_ok());
    let transaction = acme.begin().await.unwrap();
    guard.watch(bodies(&transaction, &[2])).await.unwrap();
    transaction.commit().await.unwrap();
    let report = guard.report();
    assert_eq!(report.findings().first().map(|found| (found.times, found.keys)), Some((2, 2)));
    assert_eq!(other.report().statements(), 2);
}

#[tokio::test]
async fn a_scope_warns_in_the_log() {
    let ground = Ground::new().await;
    let acme = ground.db().await.tenant(&tenant(1));
    let log = log::Log::default();
    let collected = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let _default = tracing::subscriber::set_default(collected);
    guard::scope("GET /few", bodies(&acme, &[1, 2])).await.unwrap();
    assert!(!log.text().contains("freehold_tenancy::guard"), "{}", log.text());
    guard::scope("GET /many", bodies(&acme, &[1, 2, 3, 4])).await.unwrap();
    let text = log.text();
    assert!(text.contains("WARN freehold_tenancy::guard") && text.contains("GET /many"), "{text}");
    assert!(text.contains("tests/guard.rs:"), "{text}");
}

mod log {
    //! A log that can be read.
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    #[derive(Clone, Default)]
    pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

    impl Log {
        pub(super) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl tracing_subscriber::fmt::MakeWriter<'_> for Log {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }
}
