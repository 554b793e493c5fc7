//! Whatever is done to a database, reading only what changed gives the same as reading everything.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test or benchmark that cannot go on has failed")]

#[path = "incremental/dice.rs"]
mod dice;
#[path = "incremental/steps.rs"]
mod steps;

use freehold_db::{Session, catalog::CatalogReader};
use freehold_sandbox::testing;

use dice::Dice;
use steps::{START, STEPS};

/// Reads incrementally and afresh, and compares.
async fn same(reader: &mut CatalogReader, session: &Session, after: &str) {
    let incremental = reader.read(session).await.unwrap_or_else(|e| panic!("after {after}: {e:?}"));
    let fresh = CatalogReader::new().read(session).await.unwrap();
    let differ: Vec<String> = fresh.differences(&incremental).iter().flat_map(|d| d.lines()).collect();
    assert!(differ.is_empty(), "after {after}: fresh → incremental {differ:#?}");
    assert_eq!(fresh.fingerprint(), incremental.fingerprint(), "after {after}");
    // Ids are not compared by `differences`, but the reader itself leans on them.
    for relation in &fresh.relations {
        let other = incremental.relation_by_oid(relation.oid);
        assert_eq!(
            other.map(|r| (&r.name, r.relfilenode)),
            Some((&relation.name, relation.relfilenode)),
            "after {after}"
        );
        let ids = |r: &freehold_model::catalog::Relation| {
            r.indexes.iter().map(|i| (i.oid, i.relfilenode)).collect::<Vec<_>>()
        };
        assert_eq!(other.map(ids), Some(ids(relation)), "after {after}");
    }
}

#[tokio::test]
async fn through_a_series_of_changes_in_and_out_of_transactions() {
    let scratch = testing::scratch().await;
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    let mut reader = CatalogReader::new();
    same(&mut reader, &session, "nothing").await;
    session.run(START).await.unwrap();
    same(&mut reader, &session, START).await;
    for step in STEPS.iter().copied() {
        // Some steps fail on purpose or on some versions; what then is left must be read rightly all the same.
        let outcome = session.run(step).await;
        if outcome.is_err() && !step.contains("no_such_function") && !step.contains("concurrently") {
            panic!("{step}: {:?}", outcome.err().and_then(|e| e.server().cloned()));
        }
        same(&mut reader, &session, step).await;
    }
    drop(session);
    scratch.remove().await.unwrap();
}

#[tokio::test]
async fn through_random_changes_with_savepoints_and_rollbacks() {
    let scratch = testing::scratch().await;
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    let mut reader = CatalogReader::new();
    session.run("create table k (id int primary key)").await.unwrap();
    let mut dice = Dice(20_251);
    let (mut open, mut quick, mut done) = (false, false, 0);
    for _ in 0..600 {
        let step = match dice.roll(12) {
            0 if !open => "begin".to_owned(),
            0 => "commit".to_owned(),
            1 if open => "rollback".to_owned(),
            2 if open => "savepoint s".to_owned(),
            3 if open && !quick => "rollback to s".to_owned(),
            _ => dice.statement(),
        };
        // A statement that fails must not end the transaction, so each has a savepoint of its own there.
        let control = ["begin", "commit", "rollback", "savepoint s"].contains(&step.as_str());
        let guarded = open && !control;
        if guarded {
            session.run("savepoint guard").await.unwrap();
        }
        let outcome = session.run(&step).await;
        match (&outcome, step.as_str()) {
            (Ok(()), "begin") => {
                open = true;
                // Every other transaction is read the quick way, which the reader has to be told to take.
                quick = dice.roll(2) == 0;
                if quick {
                    reader.read(&session).await.unwrap();
                    reader.begin(&session).await.unwrap();
                }
            }
            (Ok(()), "commit" | "rollback") => open = false,
            (Err(_), _) if guarded => session.run("rollback to guard").await.unwrap(),
            _ => {}
        }
        done += usize::from(outcome.is_ok() && !control);
        if dice.roll(3) > 0 {
            same(&mut reader, &session, &step).await;
        }
    }
    assert!(done > 150, "only {done} statements succeeded: the series tests too little");
    drop(session);
    scratch.remove().await.unwrap();
}

#[tokio::test]
async fn when_another_session_changes_and_commits_in_any_order() {
    let scratch = testing::scratch().await;
    let one = Session::open(&scratch.connect_to()).await.unwrap();
    let two = Session::open(&scratch.connect_to()).await.unwrap();
    let mut reader = CatalogReader::new();
    one.run("create table t (a int, b int); create table u (a int)").await.unwrap();
    same(&mut reader, &one, "start").await;
    // The older transaction commits after the younger one, into the same table's columns.
    one.run("begin; create table x (a int)").await.unwrap();
    two.run("comment on column t.a is 'two'").await.unwrap();
    same(&mut reader, &two, "the younger").await;
    one.run("comment on column t.b is 'one'; commit").await.unwrap();
    same(&mut reader, &two, "the older").await;
    two.run("alter table t alter a set statistics 5").await.unwrap();
    same(&mut reader, &one, "another").await;
    drop((one, two));
    scratch.remove().await.unwrap();
}

#[tokio::test]
async fn reading_leaves_settings_transaction_and_role_as_they_were() {
    let scratch = testing::scratch().await;
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    let mut reader = CatalogReader::new();
    let show = "select current_setting('search_path'), current_setting('datestyle'), current_setting('jit'), \
                current_setting('plan_cache_mode'), (select setting || source from pg_settings where name = 'search_path')";
    let settings = async || -> Vec<String> {
        let row = session.query(show, &[]).await.unwrap();
        (0..5).map(|at| row[0].get(at)).collect()
    };
    let untouched = settings().await;
    reader.read(&session).await.unwrap();
    assert_eq!(settings().await, untouched, "outside of a transaction nothing is left");
    session.run("set search_path = 'a b', public; set datestyle = 'SQL, DMY'").await.unwrap();
    let own = settings().await;
    session.run("create table public.t (d date default '2020-02-01')").await.unwrap();
    same(&mut reader, &session, "session settings").await;
    assert_eq!(settings().await, own);

    session
        .run("begin; set local search_path = inner_path; set jit = on; create table public.u (x public.t)")
        .await
        .unwrap();
    let inside = settings().await;
    let catalog = reader.read(&session).await.unwrap();
    assert_eq!(settings().await[..4], inside[..4]);
    let id: Option<String> =
        session.query("select pg_current_xact_id_if_assigned()::text", &[]).await.unwrap()[0].get(0);
    assert!(id.is_some(), "the script's transaction is still open");
    let column = |name: &str| {
        let name = freehold_model::name::QualifiedName::new("public", name);
        let column = &catalog.relation(&name).unwrap().columns[0];
        (column.type_name.clone(), column.default.clone())
    };
    assert_eq!(column("u").0, "public.t");
    assert_eq!(column("t").1.as_deref(), Some("'2020-02-01'::date"));
    session.run("savepoint s; set local search_path = deeper").await.unwrap();
    reader.read(&session).await.unwrap();
    assert_eq!(settings().await[0], "deeper");
    session.run("rollback to s").await.unwrap();
    assert_eq!(settings().await[0], "inner_path");
    session.run("commit").await.unwrap();
    let after = settings().await;
    assert_eq!((after[0].as_str(), after[2].as_str()), ("\"a b\", public", "on"));

    session.run("reset all; do $$ begin create role nobody_special; exception when duplicate_object or unique_violation then null; end $$; set role nobody_special").await.unwrap();
    same(&mut CatalogReader::new(), &session, "set role").await;
    session.run("begin").await.unwrap();
    same(&mut reader, &session, "set role in a transaction").await;
    session.run("rollback").await.unwrap();
    session.run("discard all").await.unwrap();
    same(&mut reader, &session, "discard all").await;
    // Past the session's own look-out for it.
    session.client().batch_execute("do $$ begin execute 'deallocate all'; end $$").await.unwrap();
    reader.read(&session).await.unwrap();
    session.client().batch_execute("begin").await.unwrap();
    same(&mut reader, &session, "deallocate all").await;
    session.run("rollback").await.unwrap();
    drop(session);
    scratch.remove().await.unwrap();
}

#[tokio::test]
async fn an_unchanged_catalog_is_the_same_value() {
    let scratch = testing::scratch().await;
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    let mut reader = CatalogReader::new();
    session.run("create table t (x int)").await.unwrap();
    let first = reader.read(&session).await.unwrap();
    session.run("insert into t values (1); analyze t").await.unwrap();
    let second = reader.read(&session).await.unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &second));
    drop(session);
    scratch.remove().await.unwrap();
}
