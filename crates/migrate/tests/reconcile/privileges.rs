//! Owners, privileges, default privileges.

use super::{judge, judge_leaving};

#[tokio::test]
async fn privileges() {
    const T: &str = "create table t (id int, a text); create sequence q; create function f(int) returns int language sql as 'select 1'; \
        create schema s; create type k as (x int); create domain d as int; create view v as select 1 as x; create procedure pr() language sql as ''";
    judge(&[
        (T, "", "grant select, insert on t to rec_bob"),
        (T, "grant select on t to rec_bob", "grant select on t to rec_bob with grant option"),
        (T, "grant select on t to rec_bob, public", "grant update on t to rec_alice"),
        (T, "", "revoke all on t from postgres"),
        (T, "", "grant select (a), update (id) on t to rec_bob"),
        (T, "grant select (a) on t to rec_bob with grant option", "grant select (id), insert (a) on t to public"),
        (T, "grant select on t to rec_bob", "grant select (a) on t to rec_bob"),
        (T, "grant select on t to rec_bob; grant select (a) on t to rec_bob", "grant select (a) on t to rec_bob"),
        (T, "", "alter table t owner to rec_alice; grant select on t to postgres"),
        (T, "alter table t owner to rec_alice", "alter table t owner to rec_bob; grant select on t to rec_alice"),
        (T, "grant select on t to rec_bob", "alter table t owner to rec_bob"),
        (T, "", "grant usage on sequence q to rec_bob; grant usage, create on schema s to rec_bob; grant select on v to public"),
        (T, "", "revoke execute on function f from public; grant execute on function f to rec_bob; revoke execute on procedure pr from public"),
        (T, "", "revoke usage on type k from public; revoke usage on domain d from public; grant usage on type d to rec_bob"),
        ("", "", "create table t (id serial); alter table t owner to rec_alice; create table u (id int generated always as identity); alter table u owner to rec_bob; grant select on sequence t_id_seq to rec_bob"),
        ("", "create table t (id serial)", "create table t (id int); create sequence t_id_seq; alter sequence t_id_seq owner to rec_bob; alter table t owner to rec_alice"),
        ("", "create table t (id serial)", "create table t (id serial); alter table t owner to rec_alice"),
        ("", "", "revoke usage on language plpgsql from public"),
        ("", "grant create on schema public to rec_bob", "revoke usage on schema public from public"),
    ])
    .await;
}

#[tokio::test]
async fn default_privileges() {
    judge(&[
        ("", "", "alter default privileges grant select on tables to rec_bob"),
        ("", "", "alter default privileges revoke execute on functions from public"),
        ("create schema s", "", "alter default privileges for role rec_alice in schema s grant usage on sequences to rec_bob with grant option; alter default privileges for role rec_alice grant usage on schemas to rec_bob"),
        ("create schema s", "alter default privileges in schema s grant select on tables to rec_bob", "alter default privileges in schema s grant insert on tables to rec_bob; create table s.t (x int)"),
        ("alter default privileges grant select on tables to rec_bob", "", "create table t (x int)"),
        ("alter default privileges grant select on tables to rec_bob", "", "create table t (x int); revoke select on t from rec_bob; create view v as select 1 as x"),
        ("alter default privileges revoke execute on functions from public", "", "create function f() returns int language sql as 'select 1'; grant execute on function f to public"),
        ("", "create table t (x int)", "alter default privileges grant select on tables to rec_bob; create table t (x int); create table u (x int)"),
        ("", "create schema s; alter default privileges in schema s grant select on tables to rec_bob", ""),
    ])
    .await;
}

#[tokio::test]
async fn what_others_gave_stays_and_is_told() {
    judge_leaving(
        &[(
            "create table t (x int); grant select on t to rec_bob with grant option",
            "",
            "set role rec_bob; grant select on t to rec_alice; reset role",
        )],
        &[
            "table t: privileges: SELECT to rec_alice by rec_bob added",
            "table t: privileges: SELECT to rec_alice by rec_bob missing",
        ],
    )
    .await;
}
