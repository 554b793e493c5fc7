//! Functions, procedures, aggregates.

use super::judge;

const F: &str = "create function f(a int) returns int language sql as 'select 1'";

#[tokio::test]
async fn functions() {
    judge(&[
        ("", "", F),
        ("", F, "create function f(a int) returns int language sql as 'select 2'"),
        ("", F, "create function f(a int) returns bigint language sql as 'select 2::bigint'"),
        ("", F, "create function f(b int) returns int language sql as 'select 1'"),
        ("", F, "create function f(a int default 3) returns int language sql as 'select 1'"),
        ("", F, "create procedure f(a int) language sql as 'select 1'"),
        ("", F, "create function f(a text) returns int language sql as 'select 1'"),
        (F, "", "alter function f immutable strict leakproof parallel safe cost 7"),
        (F, "", "alter function f security definer set search_path = public, \"We ird\", pg_temp"),
        (F, "", "alter function f set search_path = ''"),
        (F, "", "alter function f set work_mem = '4MB' set datestyle = 'ISO, DMY' parallel restricted stable"),
        (F, "", "alter function f set search_path = \"$user\", public; alter function f set statement_timeout = 0"),
        (F, "", "alter function f owner to rec_alice; comment on function f is 'one'"),
        ("", "", "create function f(int, out a int, out b text, variadic v int[] default '{}') returns setof record rows 7 language sql as 'select 1, ''x'''"),
        ("", "", "create function f(inout a int, b text default ', DEFAULT ''x') returns int language plpgsql as $_$ begin a := 1; -- $$ \n end $_$"),
        ("", "", "create function f() returns table (x int, y text) language sql as 'select 1, ''x'''"),
        ("create table t (x int)", "", "create function f(a int) returns int language sql begin atomic select x from t; end; create function g(a int) returns int language sql return f(a) + 1"),
        ("create table t (x int)", "create function f() returns int language sql begin atomic select x from t; end", "alter table t alter x type bigint; create function f() returns bigint language sql begin atomic select x from t; end"),
        ("", "", "create procedure q(inout a int) language plpgsql as 'begin commit; end'; comment on procedure q is 'x'; alter procedure q(int) security definer"),
        ("", "", "create function f() returns int language sql as 'select 1'; create function g() returns int language sql as 'select f()'; create function a() returns int language sql as 'select g()'"),
        ("", "", "create function f() returns int language internal immutable strict as 'pg_backend_pid'"),
        ("create extension hstore", "", "create function f(text, text) returns hstore language c as '$libdir/hstore', 'hstore_from_text'"),
    ])
    .await;
}

#[tokio::test]
async fn aggregates() {
    judge(&[
        ("", "", "create aggregate s(int) (sfunc = int4pl, stype = int)"),
        ("", "create aggregate s(int) (sfunc = int4pl, stype = int)", "create aggregate s(int) (sfunc = int4pl, stype = int, initcond = '0', parallel = safe)"),
        ("", "create aggregate s(int) (sfunc = int4pl, stype = int)", "create aggregate s(int) (sfunc = int4larger, stype = int, sortop = >, combinefunc = int4larger)"),
        ("", "", "create aggregate n(*) (sfunc = int8inc, stype = int8, initcond = '0'); comment on aggregate n(*) is 'x'; alter aggregate n(*) owner to rec_alice"),
        ("", "", "create aggregate m(float8) (sfunc = float8_accum, stype = float8[], finalfunc = float8_avg, initcond = '{0,0,0}', msfunc = float8_accum, minvfunc = float8_accum, mstype = float8[], mfinalfunc = float8_avg, minitcond = '{0,0,0}')"),
        ("", "", "create aggregate p(float8 order by anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra)"),
        ("", "", "create aggregate h(variadic \"any\" order by variadic \"any\") (sfunc = ordered_set_transition_multi, stype = internal, finalfunc = rank_final, finalfunc_extra, hypothetical)"),
        ("", "", "create function plus(int, int) returns int language sql as 'select $1 + $2'; create aggregate s(int) (sfunc = plus, stype = int); create table t (x int); create view v as select s(x) from t; revoke execute on function s(int) from public"),
    ])
    .await;
}
