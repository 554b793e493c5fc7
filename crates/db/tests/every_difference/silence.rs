//! Pairs that are equal.

use super::{F, P, T, case, judge};

#[tokio::test]
async fn what_is_equal_is_not_told() {
    judge(&[
        case(T, "drop table t; create table t (id int primary key, a text, b int)", &[]),
        case(T, "grant select, insert on t to judge_bob; revoke all on t from judge_bob", &[]),
        case(T, "grant select (a) on t to judge_bob; revoke select (a) on t from judge_bob", &[]),
        case(F, "grant execute on function f to judge_bob; revoke execute on function f from judge_bob", &[]),
        case("create schema s", "grant usage on schema s to judge_bob; revoke usage on schema s from judge_bob", &[]),
        case(T, "alter table t rename to u; alter table u rename to t", &[]),
        case(T, "alter table t rename a to z; alter table t rename z to a", &[]),
        case(T, "comment on table t is 'x'; comment on table t is null", &[]),
        case(T, "comment on column t.a is 'x'; comment on column t.a is null", &[]),
        case(T, "analyze t", &[]),
        case(T, "insert into t select g, 'x', g from generate_series(1, 100) g", &[]),
        case("create sequence s", "select nextval('s'); select setval('s', 99)", &[]),
        case(T, "alter table t add z int; alter table t drop z", &[]),
        case(T, "alter table t alter a set statistics 5; alter table t alter a set statistics -1", &[]),
        case(T, "alter table t set (fillfactor = 70); alter table t reset (fillfactor)", &[]),
        case(T, "create index i on t (a); drop index i", &[]),
        case(T, "savepoint s; drop table t; rollback to s; release s", &[]),
        case(T, "do $$ begin drop table t; raise 'no'; exception when others then null; end $$", &[]),
        case(P, "alter policy p on faces using (tenant = 2); alter policy p on faces using (tenant = 1)", &[]),
        case("create type mood as enum ('sad')", "drop type mood; create type mood as enum ('sad')", &[]),
        case("create table t (x int)", "create temporary table tmp (y int)", &[]),
        case(T, "reindex table t; truncate t", &[]),
        case("", "set local search_path = nowhere; set local datestyle = german", &[]),
        case("create table t (at timestamptz default '2020-01-02 03:04+00')", "set local timezone = 'Asia/Tokyo'; set local datestyle = 'german'; alter table t alter at set default '2020-01-02 03:04+00'", &[]),
        case("alter default privileges grant select on tables to judge_bob", "alter default privileges revoke select on tables from judge_bob; alter default privileges grant select on tables to judge_bob", &[]),
    ]).await;
}
