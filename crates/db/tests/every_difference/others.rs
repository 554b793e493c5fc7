//! Functions, types and everything else.

use super::{F, PL, T, case, judge};

#[tokio::test]
async fn functions() {
    judge(&[
        case("", F, &["function f(integer) is added"]),
        case(F, "drop function f", &["function f(integer) is missing"]),
        case(
            F,
            "create or replace function f(a int) returns int language sql as 'select 2'",
            &["function f(integer): body select 1 → select 2"],
        ),
        case(
            "create function f() returns int language plpgsql as E'begin\\n  return 1;\\nend'",
            "create or replace function f() returns int language plpgsql as E'begin\\n  return 2;\\nend'",
            &["function f(): body changed (1 line differs)"],
        ),
        case(F, "alter function f immutable", &["function f(integer): volatility volatile → immutable"]),
        case(F, "alter function f strict", &["function f(integer): strict no → yes"]),
        case(F, "alter function f leakproof", &["function f(integer): leakproof no → yes"]),
        case(F, "alter function f parallel safe", &["function f(integer): parallel unsafe → safe"]),
        case(F, "alter function f security definer", &["function f(integer): security definer no → yes"]),
        case(
            F,
            "alter function f set search_path = public",
            &["function f(integer): settings: search_path=public added"],
        ),
        case(F, "alter function f cost 7", &["function f(integer): cost 100 → 7"]),
        case(
            F,
            "alter function f owner to judge_alice",
            &["function f(integer): owner postgres → judge_alice"],
        ),
        case(
            F,
            "revoke execute on function f from public",
            &["function f(integer): privileges: EXECUTE to PUBLIC missing"],
        ),
        case(F, "comment on function f is 'one'", &["function f(integer): comment none → one"]),
        case(
            F,
            "create or replace function f(a int default 3) returns int language sql as 'select 1'",
            &["function f(integer): arguments a integer → a integer DEFAULT 3"],
        ),
        case(
            "create aggregate s(int) (sfunc = int4pl, stype = int)",
            "drop aggregate s(int); create aggregate s(int) (sfunc = int4pl, stype = int, initcond = '0')",
            &["aggregate s(integer): aggregate changed (1 line differs)"],
        ),
        case("", "create procedure q() language sql as 'select 1'", &["procedure q() is added"]),
    ])
    .await;
}

#[tokio::test]
async fn types_and_schemas_and_extensions() {
    judge(&[
        case(
            "create type mood as enum ('sad', 'ok')",
            "alter type mood add value 'glad'",
            &["enum mood: labels sad, ok → sad, ok, glad"],
        ),
        case(
            "create type mood as enum ('sad', 'ok')",
            "drop type mood; create type mood as enum ('ok', 'sad')",
            &["enum mood: labels sad, ok → ok, sad"],
        ),
        case(
            "create type mood as enum ('sad', 'ok')",
            "alter type mood rename value 'ok' to 'fine'",
            &["enum mood: labels sad, ok → sad, fine"],
        ),
        case("create domain d as int", "alter domain d set default 1", &["domain d: default none → 1"]),
        case("create domain d as int", "alter domain d set not null", &["domain d: not null no → yes"]),
        case(
            "create domain d as int",
            "alter domain d add constraint pos check (value > 0)",
            &["domain d: constraint pos none → CHECK ((VALUE > 0))"],
        ),
        case(
            "create domain d as int constraint pos check (value > 0)",
            "comment on constraint pos on domain d is 'x'",
            &["domain d: comment on constraint pos none → x"],
        ),
        case(
            "create domain d as int",
            "comment on domain d is 'number'",
            &["domain d: comment none → number"],
        ),
        case(
            "create domain d as int",
            "revoke usage on domain d from public",
            &["domain d: privileges: USAGE to PUBLIC missing"],
        ),
        case("", "create type fr as range (subtype = float8)", &["range type fr is added"]),
        case("", "create schema s", &["schema s is added"]),
        case(
            "create schema s",
            "grant usage on schema s to judge_bob",
            &["schema s: privileges: USAGE to judge_bob added"],
        ),
        case(
            "create schema s",
            "alter schema s owner to judge_bob",
            &["schema s: owner postgres → judge_bob"],
        ),
        case("create schema s", "comment on schema s is 'tenant'", &["schema s: comment none → tenant"]),
        case(
            "comment on schema public is 'theirs'",
            "comment on schema public is 'ours'",
            &["schema public: comment theirs → ours"],
        ),
        case(
            "create schema s; create table s.t (x int)",
            "alter schema s rename to z",
            &[
                "schema s is missing",
                "schema z is added",
                "table s.t is missing (with 1 column)",
                "table z.t is added (with 1 column)",
            ],
        ),
        case("", "create extension hstore", &["extension hstore is added"]),
        case(
            "create extension hstore; create schema x",
            "alter extension hstore set schema x",
            &["extension hstore: schema public → x"],
        ),
    ])
    .await;
}

#[tokio::test]
async fn other_objects() {
    judge(&[
        case("create type k as (x int); create function f(k) returns int language sql as 'select 1'", "create cast (k as int) with function f(k)",
            &["cast (public.k AS integer) is added"]),
        case(PL, "create operator === (leftarg = int, rightarg = int, function = f)", &["operator public.===(integer,integer) is added"]),
        case("create table t (x int); create publication p for table t", "alter publication p drop table t",
            &["publication p: tables public.t → none"]),
        case("create publication p", "alter publication p set (publish = 'insert')",
            &["publication p: update true → false; delete true → false; truncate true → false"]),
        case("", "alter default privileges grant select on tables to judge_bob",
            &["default privileges for role postgres on tables is added"]),
        case("alter default privileges in schema public grant select on tables to judge_bob",
            "alter default privileges in schema public grant insert on tables to judge_bob",
            &["default privileges for role postgres in schema public on tables: privileges: INSERT to judge_bob added"]),
        case("", "create foreign data wrapper w", &["foreign data wrapper w is added"]),
        case("create foreign data wrapper w; create server s foreign data wrapper w", "alter server s options (host 'x', password 'p')",
            &["foreign server s: options none → host=x"]),
        case("create foreign data wrapper w; create server s foreign data wrapper w; create foreign table t (x int) server s",
            "alter foreign table t options (tab 'y')", &["foreign table t: foreign options: tab=y added"]),
        case("create foreign data wrapper w; create server s foreign data wrapper w", "create user mapping for public server s options (password 'x')",
            &["user mapping for PUBLIC at s is added"]),
        case("", "create collation c from \"C\"", &["collation public.c is added"]),
        case("", "create text search configuration c (copy = simple)", &["text search configuration public.c is added"]),
        case("create text search configuration c (copy = simple)", "alter text search configuration c drop mapping for word",
            &["text search configuration public.c: mappings changed (1 line differs)"]),
        case("create function f() returns event_trigger language plpgsql as 'begin end'", "create event trigger e on sql_drop execute function f()",
            &["event trigger e is added"]),
        case("create operator family o using btree", "comment on operator family o using btree is 'x'",
            &["operator family public.o USING btree: comment none → x"]),
        case(T, "grant select on t to judge_bob", &["table t: privileges: SELECT to judge_bob added"]),
        case(T, "grant select on t to judge_bob with grant option", &["table t: privileges: SELECT to judge_bob with grant option added"]),
        case(T, "revoke all on t from postgres", &[
            "table t: privileges: DELETE to the owner missing, INSERT to the owner missing, REFERENCES to the owner missing, SELECT to the owner missing, TRIGGER to the owner missing, TRUNCATE to the owner missing, UPDATE to the owner missing",
        ]),
    ]).await;
}
