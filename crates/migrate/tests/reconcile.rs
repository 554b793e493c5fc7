//! Tests the statements that turn one schema into another by running them: two databases, one schema in each, and after
//! the statements nothing differs, both ways.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "reconcile/constraints.rs"]
mod constraints;
#[path = "reconcile/dependents.rs"]
mod dependents;
#[path = "reconcile/dice.rs"]
mod dice;
#[path = "reconcile/examples.rs"]
mod examples;
#[path = "reconcile/functions.rs"]
mod functions;
#[path = "reconcile/histories.rs"]
mod histories;
#[path = "reconcile/others.rs"]
mod others;
#[path = "reconcile/partitions.rs"]
mod partitions;
#[path = "reconcile/privileges.rs"]
mod privileges;
#[path = "reconcile/tables.rs"]
mod tables;
#[path = "reconcile/types.rs"]
mod types;

use std::sync::Arc;

use freehold_db::{Session, catalog::CatalogReader};
use freehold_migrate::{Reconciliation, reconcile};
use freehold_model::catalog::Catalog;
use freehold_sandbox::testing;

/// Two schemas: what both have, and what each has besides.
pub(crate) type Pair = (&'static str, &'static str, &'static str);

/// Roles that the pairs speak of.
const ROLES: &[&str] = &["rec_alice", "rec_bob"];

pub(crate) async fn read(session: &Session) -> Arc<Catalog> {
    CatalogReader::new().read(session).await.unwrap()
}

pub(crate) async fn make_roles(session: &Session) {
    for role in ROLES {
        let made = format!(
            "do $$ begin create role {role}; exception when duplicate_object or unique_violation then null; end $$"
        );
        session.run(&made).await.unwrap();
    }
}

/// Runs the statements one by one. What fails is told with the whole script.
pub(crate) async fn execute(session: &Session, way: &Reconciliation) -> Result<(), String> {
    for fix in &way.statements {
        if let Err(error) = session.run(&fix.sql).await {
            let server = error
                .server()
                .map(|server| (server.message.clone(), server.detail.clone(), server.hint.clone()));
            return Err(format!("{server:?}\n  at: {}\n  in:\n{}", fix.sql, way.script()));
        }
    }
    Ok(())
}

/// Goes from one schema to the other in the session's database. What is wrong is told; what is not covered is given.
pub(crate) async fn go(session: &Session, from: &Catalog, to: &Catalog) -> Result<Vec<String>, String> {
    let way = reconcile(from, to);
    execute(session, &way).await?;
    let reached = read(session).await;
    let left: Vec<String> = reached.differences(to).iter().map(ToString::to_string).collect();
    let silent: Vec<&String> = left.iter().filter(|line| !way.not_covered.contains(line)).collect();
    if !silent.is_empty() {
        return Err(format!(
            "left without a word: {silent:#?}\nnot covered: {:#?}\n{}",
            way.not_covered,
            way.script()
        ));
    }
    if left.is_empty() && !way.not_covered.is_empty() {
        return Err(format!(
            "told as not covered, but nothing is left: {:#?}\n{}",
            way.not_covered,
            way.script()
        ));
    }
    Ok(way.not_covered)
}

/// All pairs, both ways, with nothing left.
pub(crate) async fn judge(pairs: &[Pair]) {
    judge_leaving(pairs, &[]).await;
}

/// All pairs, both ways. What is not covered, over all of them, is what is expected.
pub(crate) async fn judge_leaving(pairs: &[Pair], expected: &[&str]) {
    let (one, other) = (testing::scratch().await, testing::scratch().await);
    let (a, b) =
        (Session::open(&one.connect_to()).await.unwrap(), Session::open(&other.connect_to()).await.unwrap());
    make_roles(&a).await;
    let (mut wrong, mut left) = (Vec::new(), Vec::new());
    for (both, first, second) in pairs {
        for (session, own) in [(&a, first), (&b, second)] {
            for sql in [both, own] {
                session.run(sql).await.unwrap_or_else(|e| panic!("{sql}: {:?}", e.server()));
            }
        }
        let (from, to) = (read(&a).await, read(&b).await);
        assert!(!from.differences(&to).is_empty(), "the pair does not differ: {both} | {first} | {second}");
        for (session, from, to, way) in [(&a, &from, &to, "forth"), (&b, &to, &from, "back")] {
            match go(session, from, to).await {
                Ok(not_covered) => left.extend(not_covered),
                Err(error) => wrong.push(format!("{way}: {both} | {first} | {second}\n{error}")),
            }
            session.run(CLEAR).await.unwrap_or_else(|e| panic!("after {first} | {second}: {:?}", e.server()));
        }
    }
    drop((a, b));
    one.remove().await.unwrap();
    other.remove().await.unwrap();
    assert!(wrong.is_empty(), "{} of {} pairs\n{}", wrong.len(), pairs.len(), wrong.join("\n\n"));
    assert_eq!(left, expected);
}

/// Takes back whatever a pair makes.
const CLEAR: &str = "reset all; grant usage on language plpgsql to public; drop extension if exists hstore cascade; drop extension if exists citext cascade; \
    drop extension if exists pg_trgm cascade; \
    drop event trigger if exists e; drop publication if exists p; drop foreign data wrapper if exists w cascade; \
    drop schema if exists s cascade; drop schema if exists s2 cascade; drop schema if exists public cascade; create schema public; \
    alter schema public owner to pg_database_owner; grant usage on schema public to public; \
    comment on schema public is 'standard public schema'; \
    do $$ declare r text; begin for r in select distinct pg_get_userbyid(defaclrole) from pg_default_acl where defaclobjtype = 'n' loop \
      execute format('alter default privileges for role %I revoke all on schemas from rec_bob', r); end loop; end $$; \
    drop owned by rec_alice; drop owned by rec_bob; \
    alter default privileges revoke all on tables from rec_bob; alter default privileges grant execute on functions to public; \
    do $$ begin execute format('alter database %I reset all', current_database()); end $$";
