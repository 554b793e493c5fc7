//! Casts, operators, publications and the rest.

use super::judge;

#[tokio::test]
async fn casts_and_operators() {
    const PL: &str = "create function f(int, int) returns bool language sql immutable as 'select $1 = $2'; \
        create function cmp(int, int) returns int language sql immutable as 'select $1 - $2'";
    judge(&[
        ("create type k as (x int)", "", "create function f(k) returns int language sql as 'select 1'; create cast (k as int) with function f(k) as implicit; comment on cast (k as int) is 'x'"),
        ("create type k as (x int)", "create cast (k as text) with inout", "create cast (k as text) with inout as assignment"),
        (PL, "", "create operator === (leftarg = int, rightarg = int, function = f, commutator = ===, negator = !==, restrict = eqsel, join = eqjoinsel, hashes, merges); \
            create operator !== (leftarg = int, rightarg = int, function = f, negator = ===); comment on operator === (int, int) is 'x'"),
        ("create function n(int) returns int language sql as 'select 1'", "", "create operator !!! (rightarg = int, function = n); create view v as select !!! 3 as x; alter operator !!! (none, int) owner to rec_alice"),
        (PL, "", "create operator family o using btree; comment on operator family o using btree is 'x'"),
        (PL, "", "create operator === (leftarg = int, rightarg = int, function = f); create operator class oc for type int using btree as operator 3 ===, function 1 cmp(int, int); \
            create table t (x int); create index i on t (x oc)"),
        (PL, "create operator family o using btree", "create operator family o using btree; alter operator family o using btree add function 1 (int, int) cmp(int, int)"),
        ("", "", "create access method am type index handler bthandler; comment on access method am is 'x'; alter operator family integer_ops using btree owner to postgres"),
        ("", "", "create function c(int, int, cstring, internal, int, bool) returns int language c strict as '$libdir/utf8_and_iso8859_1', 'utf8_to_iso8859_1'; create default conversion cv for 'UTF8' to 'LATIN1' from c"),
    ])
    .await;
}

#[tokio::test]
async fn text_search_and_collations() {
    judge(&[
        ("", "", "create collation c from \"C\"; create collation c2 (provider = icu, locale = 'de-u-co-phonebk', deterministic = false); create table t (x text collate c2); comment on collation c is 'y'"),
        ("", "create collation c (lc_collate = 'C', lc_ctype = 'C')", "create collation c (lc_collate = 'POSIX', lc_ctype = 'C')"),
        ("", "", "create text search dictionary d (template = snowball, language = english, stopwords = english); create text search configuration c (copy = english); \
            alter text search configuration c alter mapping for asciiword with d, simple; comment on text search configuration c is 'x'; alter text search dictionary d owner to rec_alice"),
        ("", "create text search dictionary d (template = simple, stopwords = english)", "create text search dictionary d (template = simple, accept = false)"),
        ("create text search configuration c (copy = simple)", "alter text search configuration c drop mapping for word, int", "alter text search configuration c alter mapping for email with english_stem, simple"),
        ("", "", "create text search configuration c (copy = simple); create table t (x text, y tsvector generated always as (to_tsvector('c', x)) stored); create index i on t using gin (to_tsvector('c', x))"),
        ("", "", "create text search template tt (init = dsimple_init, lexize = dsimple_lexize); create text search parser tp (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, headline = prsd_headline, lextypes = prsd_lextype); create text search dictionary d (template = tt)"),
    ])
    .await;
}

#[tokio::test]
async fn publications_foreign_things_and_settings() {
    const W: &str = "create foreign data wrapper w options (a 'x'); create server sv type 't' version '1' foreign data wrapper w options (host 'x', opts 'a, b=c')";
    judge(&[
        ("create table t (x int, y int); create table u (x int); create schema s", "", "create publication p for table t where (x > 1), table u, tables in schema s with (publish = 'insert')"),
        ("create table t (x int, y int); create table u (x int)", "create publication p for table t, u", "create publication p for table t (x)"),
        ("create table t (x int, y int)", "create publication p for table t", "create publication p"),
        ("create table t (x int, y int)", "create publication p for table t", "create publication p for all tables with (publish_via_partition_root)"),
        ("create table t (x int, y int)", "create publication p for table t (x, y)", "alter table t drop y; create publication p for table t (x); comment on publication p is 'x'"),
        ("", "", W),
        (W, "", "alter server sv version '2' options (set host 'y', drop opts, add port '5')"),
        (W, "", "alter foreign data wrapper w options (drop a); comment on server sv is 'x'; alter server sv owner to rec_alice"),
        (W, "", "create foreign table t (x int options (col 'c') not null, y text default 'z') server sv options (tab 'y'); create user mapping for rec_bob server sv options (usr 'x'); create user mapping for public server sv"),
        (W, "create foreign table t (x int options (col 'c')) server sv options (tab 'y')", "create foreign table t (x int options (col 'd', other 'e'), z int, check (x > 0)) server sv options (tab 'z', more 'v')"),
        (W, "create foreign table t (x int) server sv", "create foreign table t (x bigint) server sv; alter foreign table t add trigger_me int"),
        ("create function f() returns event_trigger language plpgsql as 'begin end'", "", "create event trigger e on ddl_command_end when tag in ('CREATE TABLE', 'DROP TABLE') execute function f(); comment on event trigger e is 'x'"),
        ("create function f() returns event_trigger language plpgsql as 'begin end'", "create event trigger e on sql_drop execute function f()", "create event trigger e on sql_drop execute function f(); alter event trigger e disable; create table t (x int)"),
        ("", "", "do $$ begin execute format('alter database %I set search_path = public, \"We ird\"', current_database()); execute format('alter database %I set work_mem = ''5MB''', current_database()); execute format('alter role rec_bob in database %I set work_mem = ''6MB''', current_database()); end $$"),
    ])
    .await;
}
