//! Tests the judge: pairs of schemas that differ in exactly one thing, and pairs that are equal.
//!
//! Each case runs in a transaction that is rolled back: set up, read, change, read, compare. The same reader reads all
//! of them, and each of its incremental readings is compared with a fresh one.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test or benchmark that cannot go on has failed")]

use freehold_db::{Session, catalog::CatalogReader};
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
    let start = reader.read(&session).await.unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        session.run("begin").await.unwrap();
        session.run(case.setup).await.unwrap_or_else(|e| panic!("{}: {:?}", case.setup, e.server()));
        let before = reader.read(&session).await.unwrap();
        session.run(case.change).await.unwrap_or_else(|e| panic!("{}: {:?}", case.change, e.server()));
        let after = reader.read(&session).await.unwrap();
        let fresh = CatalogReader::new().read(&session).await.unwrap();
        let found: Vec<String> = before.differences(&after).iter().map(ToString::to_string).collect();
        if found != case.expected {
            wrong.push(format!("{}\n  expected {:#?}\n  found {found:#?}", case.change, case.expected));
        }
        if found.is_empty() != (before.fingerprint() == after.fingerprint()) {
            wrong.push(format!("{}: the fingerprint says something else than the differences", case.change));
        }
        let missed: Vec<String> = fresh.differences(&after).iter().map(ToString::to_string).collect();
        if !missed.is_empty() {
            wrong.push(format!(
                "{}\n  incremental reading differs from a fresh one: {missed:#?}",
                case.change
            ));
        }
        session.run("rollback").await.unwrap();
        let back = reader.read(&session).await.unwrap();
        let left: Vec<String> = start.differences(&back).iter().map(ToString::to_string).collect();
        assert!(left.is_empty(), "after the rollback of {}: {left:#?}", case.change);
    }
    drop(session);
    scratch.remove().await.unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

const T: &str = "create table t (id int primary key, a text, b int)";

#[tokio::test]
async fn tables_and_their_storage() {
    judge(&[
        case("", "create table t (id int primary key, a text)", &["table t is added (with 2 columns, 1 constraint and 1 index)"]),
        case(T, "drop table t", &["table t is missing (with 3 columns, 1 constraint and 1 index)"]),
        case(T, "alter table t set unlogged", &["table t: persistence logged → unlogged"]),
        case(T, "alter table t set (fillfactor = 70)", &["table t: options: fillfactor=70 added"]),
        case(T, "alter table t set (toast.autovacuum_enabled = off)", &["table t: toast options: autovacuum_enabled=off added"]),
        case(T, "alter table t enable row level security", &["table t: row security no → yes"]),
        case(T, "alter table t force row level security", &["table t: forced row security no → yes"]),
        case(T, "alter table t replica identity full", &["table t: replica identity default → full"]),
        case(T, "alter table t owner to judge_alice", &["table t: owner postgres → judge_alice"]),
        case(T, "comment on table t is 'people'", &["table t: comment none → people"]),
        case(T, "alter table t rename to u", &[
            "table t is missing (with 3 columns, 1 constraint and 1 index)",
            "table u is added (with 3 columns, 1 constraint and 1 index)",
        ]),
        case("create table p (x int); create table c (x int)", "alter table c inherit p", &[
            "table c: inherits none → p",
            "table c: column x: parents 0 → 1",
        ]),
        case("create table p (x int) partition by list (x); create table c (x int)",
            "alter table p attach partition c for values in (1)", &[
            "table c: partition of none → p; partition bound none → FOR VALUES IN (1)",
            "table c: column x: declared here yes → no; parents 0 → 1",
        ]),
        case("create table p (x int, y int) partition by list (x); create table c partition of p for values in (1)",
            "alter table p drop column y", &["partitioned table p: column y is missing"]),
        case("create table p (x int) partition by range (x)",
            "drop table p; create table p (x int) partition by range ((x + 1))",
            &["partitioned table p: partition key RANGE (x) → RANGE (((x + 1)))"]),
        case("create table t (x int)", "drop table t; create view t as select 1 as x", &[
            "table t is missing (with 1 column)",
            "view t is added (with 1 column)",
        ]),
        case("create type k as (x int)", "drop type k; create type k as (x int, y text)", &["composite type k: column y is added"]),
        case("create type k as (x int, y int)", "drop type k; create type k as (y int, x int)", &["composite type k: attribute order x, y → y, x"]),
        case("create type k as (x int)", "grant usage on type k to judge_bob; revoke usage on type k from public", &[
            "composite type k: privileges: USAGE to PUBLIC missing, USAGE to judge_bob added",
        ]),
        case("create type k as (x int)", "comment on type k is 'pair'", &["composite type k: comment none → pair"]),
    ]).await;
}

#[tokio::test]
async fn columns() {
    judge(&[
        case(T, "alter table t add c int", &["table t: column c is added"]),
        case(T, "alter table t drop a", &["table t: column a is missing"]),
        case(
            T,
            "alter table t alter a type varchar(255)",
            &["table t: column a: type text → character varying(255)"],
        ),
        case(T, "alter table t alter a set not null", &["table t: column a: not null no → yes"]),
        case(T, "alter table t alter b set default 7", &["table t: column b: default none → 7"]),
        case(
            T,
            "alter table t alter b set not null, alter b add generated always as identity",
            &[
                "sequence t_b_seq is added (with 3 columns)",
                "table t: column b: not null no → yes; identity none → always",
            ],
        ),
        case(
            "create table t (b int generated always as identity)",
            "alter table t alter b set generated by default",
            &["table t: column b: identity always → by default"],
        ),
        case(
            "create table t (b int, c int generated always as (b * 2) stored)",
            "alter table t alter c drop expression",
            &["table t: column c: generated stored → none; expression (b * 2) → none"],
        ),
        case(
            "create table t (b text collate \"C\")",
            "alter table t alter b type text collate \"POSIX\"",
            &["table t: column b: collation \"C\" → \"POSIX\""],
        ),
        case(
            T,
            "alter table t alter a set storage external",
            &["table t: column a: storage none → EXTERNAL"],
        ),
        case(
            T,
            "alter table t alter a set compression pglz",
            &["table t: column a: compression none → pglz"],
        ),
        case(
            T,
            "alter table t alter a set statistics 500",
            &["table t: column a: statistics target none → 500"],
        ),
        case(
            T,
            "alter table t alter a set (n_distinct = 5)",
            &["table t: column a: options: n_distinct=5 added"],
        ),
        case(T, "comment on column t.a is 'name'", &["table t: column a: comment none → name"]),
        case(
            T,
            "grant select (a) on t to judge_bob",
            &["table t: column a: privileges: SELECT to judge_bob added"],
        ),
        case(
            T,
            "alter table t drop b; alter table t add b int; alter table t drop a; alter table t add a text",
            &["table t: column order id, a, b → id, b, a"],
        ),
        case(
            T,
            "alter table t rename a to z",
            &["table t: column a is missing", "table t: column z is added"],
        ),
    ])
    .await;
}

#[tokio::test]
async fn constraints_and_indexes() {
    judge(&[
        case(T, "alter table t add constraint k check (b > 0)", &["table t: constraint k is added"]),
        case("create table t (b int, constraint k check (b > 0))",
            "alter table t drop constraint k, add constraint k check (b > 1)",
            &["table t: constraint k: definition CHECK ((b > 0)) → CHECK ((b > 1))"]),
        case("create table t (b int); alter table t add constraint k check (b > 0) not valid",
            "alter table t validate constraint k",
            &["table t: constraint k: definition CHECK ((b > 0)) NOT VALID → CHECK ((b > 0)); validated no → yes"]),
        case("create table t (b int, constraint k check (b > 0))",
            "alter table t drop constraint k, add constraint k check (b > 0) no inherit",
            &["table t: constraint k: definition CHECK ((b > 0)) → CHECK ((b > 0)) NO INHERIT; no inherit no → yes"]),
        case("create table r (id int primary key); create table t (b int, constraint k foreign key (b) references r)",
            "alter table t drop constraint k, add constraint k foreign key (b) references r on delete cascade",
            &["table t: constraint k: definition FOREIGN KEY (b) REFERENCES public.r(id) → FOREIGN KEY (b) REFERENCES public.r(id) ON DELETE CASCADE"]),
        case("create table r (id int primary key); create table t (b int, constraint k foreign key (b) references r)",
            "alter table t alter constraint k deferrable initially deferred",
            &["table t: constraint k: definition FOREIGN KEY (b) REFERENCES public.r(id) → FOREIGN KEY (b) REFERENCES public.r(id) DEFERRABLE INITIALLY DEFERRED; deferrable no → initially deferred"]),
        case("create table r (id int primary key); create table t (b int, constraint k foreign key (b) references r)",
            "alter table t disable trigger all",
            &["table t: constraint k: triggers enabled yes → no"]),
        case(T, "alter table t add constraint u unique (a)", &["table t: constraint u is added"]),
        case(T, "comment on constraint t_pkey on t is 'key'", &["table t: constraint t_pkey: comment none → key"]),
        case("create table t (b int); alter table t add constraint x exclude using btree (b with =)",
            "alter table t drop constraint x", &["table t: constraint x is missing"]),
        case(T, "create index i on t (a)", &["index i on t is added"]),
        case("create table t (a text); create index i on t (a)", "drop index i", &["index i on t is missing"]),
        case("create table t (a text); create index i on t (a)", "drop index i; create index i on t (lower(a))",
            &["index i on t: definition CREATE INDEX i ON public.t USING btree (a) → CREATE INDEX i ON public.t USING btree (lower(a))"]),
        case("create table t (a text); create index i on t (a)", "drop index i; create unique index i on t (a)",
            &["index i on t: definition CREATE INDEX i ON public.t USING btree (a) → CREATE UNIQUE INDEX i ON public.t USING btree (a)"]),
        case("create table t (a text); create index i on t (a)", "alter index i set (fillfactor = 50)",
            &["index i on t: definition CREATE INDEX i ON public.t USING btree (a) → CREATE INDEX i ON public.t USING btree (a) WITH (fillfactor='50')"]),
        case("create table t (a text); create index i on t (a)", "alter index i rename to j",
            &["index i on t is missing", "index j on t is added"]),
        case("create table t (a text); create index i on t (a)", "alter table t cluster on i", &["index i on t: clustered no → yes"]),
        case("create table t (a text not null); create unique index i on t (a)", "alter table t replica identity using index i",
            &["table t: replica identity default → index", "index i on t: replica identity no → yes"]),
        case("create table t (a text); create index i on t (lower(a))", "alter index i alter column 1 set statistics 300",
            &["index i on t: statistics targets: 1=300 added"]),
        case("create table t (a text); create index i on t (a)", "comment on index i is 'fast'", &["index i on t: comment none → fast"]),
        case("create table t (a int, b int)", "create statistics s (ndistinct) on a, b from t", &["statistics s on t is added"]),
        case("create table t (a int, b int); create statistics s on a, b from t", "alter statistics s set statistics 99",
            &["statistics s on t: statistics target none → 99"]),
        case("create table t (a int, b int); create statistics s on a, b from t", "comment on statistics s is 'pairs'",
            &["statistics s on t: comment none → pairs"]),
    ]).await;
}

const TF: &str = "create table t (id int, a text); create function f() returns trigger language plpgsql as 'begin return new; end'; \
                  create trigger g before insert on t for each row execute function f()";
const P: &str = "create table faces (tenant int); create policy p on faces using (tenant = 1)";

#[tokio::test]
async fn triggers_rules_and_policies() {
    judge(&[
        case(TF, "drop trigger g on t", &["trigger g on t is missing"]),
        case(TF, "alter table t disable trigger g", &["trigger g on t: enabled yes → no"]),
        case(TF, "alter table t enable always trigger g", &["trigger g on t: enabled yes → always"]),
        case(TF, "create or replace trigger g after insert on t for each row execute function f()", &[
            "trigger g on t: definition CREATE TRIGGER g BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.f() → CREATE TRIGGER g AFTER INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.f()",
        ]),
        case(TF, "comment on trigger g on t is 'guard'", &["trigger g on t: comment none → guard"]),
        case(TF, "create rule r as on delete to t do instead nothing", &["rule r on t is added"]),
        case(P, "drop policy p on faces", &["policy p on faces is missing"]),
        case(P, "alter policy p on faces using (tenant = 2)", &["policy p on faces: USING (tenant = 1) → (tenant = 2)"]),
        case(P, "alter policy p on faces with check (tenant = 1)", &["policy p on faces: WITH CHECK none → (tenant = 1)"]),
        case(P, "alter policy p on faces to judge_bob", &["policy p on faces: roles: public missing, judge_bob added"]),
        case(P, "drop policy p on faces; create policy p on faces for select using (tenant = 1)", &["policy p on faces: command ALL → SELECT"]),
        case(P, "drop policy p on faces; create policy p on faces as restrictive using (tenant = 1)", &["policy p on faces: permissive yes → no"]),
        case(P, "comment on policy p on faces is 'line'", &["policy p on faces: comment none → line"]),
    ]).await;
}

#[tokio::test]
async fn views_and_sequences() {
    judge(&[
        case(
            "create view v as select 1 as x",
            "create or replace view v as select 1 as x, 2 as y",
            &["view v: definition changed (2 lines differ)", "view v: column y is added"],
        ),
        case(
            "create table t (a int); create view v as select a from t",
            "alter view v set (security_barrier = true)",
            &["view v: options: security_barrier=true added"],
        ),
        case(
            "create table t (a int); create view v as select a from t",
            "create or replace view v as select a from t with local check option",
            &["view v: options: check_option=local added"],
        ),
        case(
            "create materialized view m as select 1 as x with no data",
            "refresh materialized view m",
            &["materialized view m: populated no → yes"],
        ),
        case("create sequence s", "alter sequence s increment 5", &["sequence s: increment 1 → 5"]),
        case(
            "create sequence s",
            "alter sequence s as integer",
            &["sequence s: type bigint → integer; maximum 9223372036854775807 → 2147483647"],
        ),
        case("create sequence s", "alter sequence s cache 20", &["sequence s: cache 1 → 20"]),
        case("create sequence s", "alter sequence s cycle", &["sequence s: cycle no → yes"]),
        case(
            "create sequence s; create table t (a int)",
            "alter sequence s owned by t.a",
            &["sequence s: owned by none → t.a"],
        ),
        case(
            "create sequence s",
            "grant usage on sequence s to judge_bob",
            &["sequence s: privileges: USAGE to judge_bob added"],
        ),
    ])
    .await;
}

const F: &str = "create function f(a int) returns int language sql as 'select 1'";

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
            "",
            "comment on schema public is 'ours'",
            &["schema public: comment standard public schema → ours"],
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

const PL: &str = "create function f(int, int) returns bool language sql immutable as 'select true'";

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
