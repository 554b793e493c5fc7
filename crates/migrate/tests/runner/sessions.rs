//! Scripts that change their session: the history is written by the session's own role, the lock is held, and the next
//! migration meets a session as it was at first.

use freehold_db::Session;

use super::ground::{Ground, apart};

/// What a migration sees of its session.
const LOOK: &str = "create table seen as select session_user::text || ' ' || current_user || ' ' || \
    current_setting('search_path') || ' ' || current_setting('session_replication_role') || ' ' || \
    current_setting('lock_timeout') || ' ' || current_setting('default_transaction_read_only') || ' ' || \
    coalesce(to_regclass('pg_temp.heap')::text, 'no heap') || ' ' || (select count(*) from pg_listening_channels()) || ' ' || \
    (select count(*) from pg_cursors where name = 'heap') || ' ' || \
    (select count(*) from pg_prepared_statements where from_sql) || ' ' || \
    (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as x;";

/// The scripts, each of which leaves something behind; `ROLE` is a role without any right.
const LEAVERS: [&str; 18] = [
    "set role ROLE;",
    "set local role ROLE;",
    "set session authorization ROLE;",
    "set session authorization ROLE; set role ROLE;",
    "select set_config('role', 'ROLE', false);",
    "set search_path = nowhere;",
    "set session_replication_role = replica;",
    "set lock_timeout = '7min';",
    "set default_transaction_read_only = on;",
    "create temp table heap (n int);",
    "select 1 as n into temp heap;",
    "create temp view heap as select 1 as n;",
    "create table pg_temp.heap (n int);",
    "declare heap cursor with hold for select 1;",
    "listen news;",
    "prepare p as select 1;",
    "select pg_advisory_unlock_all();",
    "create function pg_temp.f() returns void language sql as $$ select set_config('search_path', 'x', false) $$; select pg_temp.f();",
];

async fn role(ground: &Ground) -> String {
    let role = format!("weak_{}", ground.scratch.name());
    ground.sql(&format!("create role {role} login")).await;
    role
}

#[tokio::test]
async fn whatever_a_script_leaves_the_next_one_begins_anew() {
    let mut ground = Ground::new(&[]).await;
    let role = role(&ground).await;
    ground.other_folder(&[("1_look.sql", &format!("-- +goose Up\n{LOOK}\n"))]);
    ground.up().await.ok();
    let expected = ground.text("select x from seen").await;
    assert!(expected.ends_with(" 1"), "the lock is held: {expected}");
    let mut version = 1;
    for leaver in LEAVERS {
        for alone in [false, true] {
            let leaver = leaver.replace("ROLE", &role);
            let body = leaver.split_inclusive("; ").collect::<Vec<_>>().join("\n");
            let text = if alone { apart(&body) } else { format!("-- +goose Up\n{body}\n") };
            ground.write(&format!("{}_leave.sql", version + 1), &text);
            ground.write(
                &format!("{}_look.sql", version + 2),
                &format!("-- +goose Up\ndrop table seen;\n{LOOK}\n"),
            );
            version += 2;
            ground.up().await.ok();
            assert_eq!(ground.text("select x from seen").await, expected, "after {leaver} {alone}");
        }
    }
    let by = ground.text("select count(distinct applied_by) from freehold.migrations").await;
    assert_eq!(by, "1", "all rows are by the role that logged in");
    assert_eq!(ground.log().await.len(), version);
    ground.sql(&format!("drop role {role}")).await;
}

#[tokio::test]
async fn a_script_that_discards_all_keeps_its_lock_and_its_count() {
    let script = apart(
        "set search_path = nowhere;\ndiscard all;\n\
         create table locks as select count(*) as n from pg_locks where locktype = 'advisory' and pid = pg_backend_pid();\n\
         deallocate all;\nselect pg_advisory_unlock_all();\n\
         insert into locks select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid();\n\
         create table after_all (n int);",
    );
    let ground = Ground::begun("select 1;", &[("2_d.sql", script)]).await;
    ground.up().await.ok();
    assert_eq!(ground.log().await, ["1 up applied", "2 up applied 7/7"]);
    assert_eq!(ground.text("select string_agg(n::text, ' ') from locks").await, "1 1");
    assert_eq!(ground.text("select to_regclass('public.after_all')").await, "after_all");
}

#[tokio::test]
async fn a_role_that_acts_as_another_from_the_beginning_does_all_as_that_one() {
    let ground = Ground::new(&[
        ("1_a.sql", "-- +goose Up\ncreate table app.a (n int);\n"),
        ("2_b.sql", "-- +goose Up\nset role weak_NAME;\nselect 1;\n"),
        ("3_c.sql", &apart("create index concurrently on app.a (n);\nset role weak_NAME;\nselect 1;")),
        ("4_d.sql", "-- +goose Up\ncreate table app.d (n int);\n"),
    ])
    .await;
    let name = ground.scratch.name().to_owned();
    for file in ["2_b.sql", "3_c.sql"] {
        let text = std::fs::read_to_string(ground.path().join(file)).unwrap();
        ground.write(file, &text.replace("NAME", &name));
    }
    let (owner, weak) = (format!("owner_{name}"), format!("weak_{name}"));
    ground
        .sql(&format!(
            "create role {owner}; create role {weak}; grant {weak} to {owner}; \
             alter role postgres in database {name} set role = {owner}; create schema app authorization {owner}; \
             grant create on database {name} to {owner}"
        ))
        .await;
    assert_eq!(owner_of_session(&ground.scratch.connect_to()).await, owner);
    ground.up().await.ok();
    assert_eq!(ground.log().await, ["1 up applied", "2 up applied", "3 up applied 3/3", "4 up applied"]);
    let owners = "select string_agg(distinct relowner::regrole::text, ' ') from pg_class \
                  where relnamespace in ('app'::regnamespace, 'freehold'::regnamespace) and relkind = 'r'";
    assert_eq!(ground.text(owners).await, owner);
    ground
        .sql(&format!(
            "alter role postgres in database {name} reset role; drop owned by {owner}; drop role {owner}, {weak}"
        ))
        .await;
}

async fn owner_of_session(to: &freehold_db::ConnectTo) -> String {
    let session = Session::open(to).await.unwrap();
    session.query("select current_user::text", &[]).await.unwrap()[0].get(0)
}

#[tokio::test]
async fn the_text_that_is_kept_is_the_text_that_was_run_whatever_encoding_the_script_sets() {
    let body = "set client_encoding = 'LATIN1';\nselect 1; -- é 🐘\n";
    let whole = format!("-- +goose Up\n{body}");
    let ground = Ground::new(&[("1_a.sql", &whole), ("2_b.sql", &apart(body))]).await;
    ground.up().await.ok();
    let kept = "select bool_and(script like '%é 🐘%')::text || count(*) from freehold.migrations";
    assert_eq!(ground.text(kept).await, "true2");
}

#[tokio::test]
async fn what_keeps_a_row_from_being_written_undoes_the_migration() {
    let ground = Ground::new(&[]).await;
    let role = role(&ground).await;
    ground.write("1_a.up.sql", "create table a (n int);");
    ground.write(
        "2_b.up.sql",
        &format!("create table b (n int);\ndo $$ begin perform set_config('role', '{role}', false); end $$;"),
    );
    ground.write("3_c.up.sql", "create table c (n int);\nset transaction read only;");
    ground.run(freehold_migrate::Command::Up { count: Some(2) }).await.ok();
    assert_eq!(ground.log().await, ["1 up applied", "2 up applied"], "code is looked behind");
    let ran = ground.up().await;
    assert!(ran.error().contains("read-only transaction"), "{}", ran.error());
    assert!(ran.help().contains("Nothing of it took effect"), "{}", ran.help());
    assert_eq!(ground.text("select to_regclass('c')").await, "NULL");
    ground.sql(&format!("drop role {role}")).await;
}
