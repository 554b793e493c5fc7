//! Tests the judge: pairs of schemas that differ in exactly one thing, and pairs that are equal.
//!
//! Each case runs in a transaction that is rolled back: set up, read, change, read, compare. The same reader reads all
//! of them. Then each runs once more with the set-up committed, so that the reader has to find the change alone, and what
//! it read is compared with a fresh reading.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test or benchmark that cannot go on has failed")]

#[path = "every_difference/others.rs"]
mod others;
#[path = "every_difference/parts.rs"]
mod parts;
#[path = "every_difference/relations.rs"]
mod relations;
#[path = "every_difference/silence.rs"]
mod silence;

use freehold_db::{Session, catalog::CatalogReader};
use freehold_model::catalog::Catalog;
use freehold_sandbox::testing;

struct Case {
    setup: &'static str,
    change: &'static str,
    expected: &'static [&'static str],
}

const fn case(setup: &'static str, change: &'static str, expected: &'static [&'static str]) -> Case {
    Case { setup, change, expected }
}

async fn judge(cases: &[Case]) {
    let scratch = testing::scratch().await;
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    for role in ["alice", "bob"] {
        let made = format!(
            "do $$ begin create role judge_{role}; exception when duplicate_object or unique_violation then null; end $$"
        );
        session.run(&made).await.unwrap();
    }
    let mut reader = CatalogReader::new();
    let mut wrong = Vec::new();
    for case in cases {
        let start = reader.read(&session).await.unwrap();
        session.run("begin").await.unwrap();
        session.run(case.setup).await.unwrap_or_else(|e| panic!("{}: {:?}", case.setup, e.server()));
        let before = reader.read(&session).await.unwrap();
        session.run(case.change).await.unwrap_or_else(|e| panic!("{}: {:?}", case.change, e.server()));
        let after = reader.read(&session).await.unwrap();
        let found: Vec<String> =
            before.differences(&after).iter().map(|difference| as_on_15(&difference.to_string())).collect();
        if found != case.expected {
            wrong.push(format!("{}\n  expected {:#?}\n  found {found:#?}", case.change, case.expected));
        }
        if found.is_empty() != (before.fingerprint() == after.fingerprint()) {
            wrong.push(format!("{}: the fingerprint says something else than the differences", case.change));
        }
        session.run("rollback").await.unwrap();
        let back = reader.read(&session).await.unwrap();
        let left: Vec<String> = start.differences(&back).iter().map(ToString::to_string).collect();
        assert!(left.is_empty(), "after the rollback of {}: {left:#?}", case.change);
        wrong.extend(once_more_on_what_is_committed(case, &session, &mut reader).await);
    }
    drop(session);
    scratch.remove().await.unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The expected lines are those of version 15: later ones know a privilege more (17), and keep the NOT NULL of a domain
/// as a constraint as well (18).
fn as_on_15(line: &str) -> String {
    line.replace("MAINTAIN to the owner missing, ", "").replace("; constraint d_not_null none → NOT NULL", "")
}

async fn once_more_on_what_is_committed(
    case: &Case,
    session: &Session,
    reader: &mut CatalogReader,
) -> Vec<String> {
    session.run(case.setup).await.unwrap();
    let before = reader.read(session).await.unwrap();
    session.run("begin").await.unwrap();
    session.run(case.change).await.unwrap();
    let after = reader.read(session).await.unwrap();
    let fresh = CatalogReader::new().read(session).await.unwrap();
    session.run("rollback").await.unwrap();
    let back = reader.read(session).await.unwrap();
    session.run(CLEAR).await.unwrap_or_else(|e| panic!("after {}: {:?}", case.setup, e.server()));
    stale(&fresh, &after, case).into_iter().chain(stale(&before, &back, case)).collect()
}

fn stale(fresh: &Catalog, incremental: &Catalog, case: &Case) -> Option<String> {
    let differ: Vec<String> = fresh.differences(incremental).iter().map(ToString::to_string).collect();
    let told = format!("{}\n  incremental reading differs from a fresh one: {differ:#?}", case.change);
    (!differ.is_empty()).then_some(told)
}

/// Takes back what any set-up makes.
const CLEAR: &str = "drop extension if exists hstore cascade; drop publication if exists p; \
    drop foreign data wrapper if exists w cascade; drop event trigger if exists e; drop schema public cascade; \
    drop schema if exists s cascade; create schema public; drop owned by judge_alice, judge_bob; \
    alter default privileges revoke select on tables from judge_bob";

const T: &str = "create table t (id int primary key, a text, b int)";

const TF: &str = "create table t (id int, a text); create function f() returns trigger language plpgsql as 'begin return new; end'; \
                  create trigger g before insert on t for each row execute function f()";

const P: &str = "create table faces (tenant int); create policy p on faces using (tenant = 1)";

const F: &str = "create function f(a int) returns int language sql as 'select 1'";

const PL: &str = "create function f(int, int) returns bool language sql immutable as 'select true'";
