//! Tenants that share a session, one after the other.

use std::sync::Arc;

use freehold_migrate::{Command, RunOptions, run_each};

use super::ground::{Tenants, UP, go, prepared, words, workers};

#[tokio::test]
async fn what_a_function_leaves_in_the_session_does_not_meet_the_next_tenant() {
    let names = ["t1", "t2", "t3"];
    let tenants = Tenants::new(&names).await;
    let function = "create function public.leave_things() returns trigger language plpgsql as $$ begin \
                    create temporary table left_over (id int); \
                    perform set_config('search_path', 'public', false); \
                    perform set_config('statement_timeout', '1', false); return new; end $$";
    tenants.session.run(function).await.unwrap();
    let scripts = [
        "create table a (id int); \
         create trigger t before insert on a for each row execute function public.leave_things();",
        "insert into a values (1);",
    ];
    let (outcome, _) = go(tenants.targets(&names), &scripts, workers(1)).await;
    assert_eq!(words(&outcome), ["t1: applied 2", "t2: applied 2", "t3: applied 2"]);
    let strays = tenants.text("select count(*)::text from pg_tables where schemaname = 'public'").await;
    assert_eq!(strays, "0");
}

#[tokio::test]
async fn each_tenant_has_its_own_tables_whatever_its_name_is_made_of() {
    let names = ["plain", "Upper Case", "quo'ted", "dotted.name", "naïve", "select"];
    let tenants = Tenants::new(&names).await;
    let scripts = ["create table t (id int);", "insert into t values (1);"];
    let (outcome, _) = go(tenants.targets(&names), &scripts, workers(2)).await;
    assert!(outcome.is_complete(), "{:?}", words(&outcome));
    let sql = "select count(*)::text from pg_tables where tablename in ('t', 'freehold_migrations') \
               and schemaname <> 'public'";
    assert_eq!(tenants.text(sql).await, "12");
}

#[tokio::test]
async fn each_target_can_have_a_command_of_its_own() {
    let names = ["t1", "t2"];
    let tenants = Tenants::new(&names).await;
    let jobs = vec![
        (tenants.target("t1"), Arc::new(UP)),
        (tenants.target("t2"), Arc::new(Command::Baseline { version: "1".to_owned() })),
    ];
    let scripts = prepared(&["create table a ();", "create table b ();"]);
    let outcome = run_each(jobs, scripts, RunOptions::default(), workers(2), Arc::new(|_| ())).await;
    let done: Vec<_> =
        outcome.targets.iter().map(|r| r.outcome.done().map(|d| (d.ran.len(), d.declared))).collect();
    assert_eq!(done, [Some((2, 0)), Some((0, 1))]);
}
