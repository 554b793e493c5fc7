//! Enums, domains, ranges, composite and base types.

use super::judge;

#[tokio::test]
async fn types_alone() {
    judge(&[
        ("", "", "create type mood as enum ('sad', 'it''s ok')"),
        ("", "create type mood as enum ('sad', 'ok')", "create type mood as enum ('sad', 'ok', 'glad')"),
        ("", "create type mood as enum ('b', 'd')", "create type mood as enum ('a', 'a2', 'b', 'c', 'c2', 'd', 'e')"),
        ("", "create type mood as enum ('sad', 'ok')", "create type mood as enum ('ok', 'sad')"),
        ("", "create type mood as enum ()", "create type mood as enum ('ok', 'sad')"),
        ("", "", "create domain d as varchar(10) collate \"C\" default 'x' not null constraint one check (value <> 'y') constraint two check (length(value) > 0)"),
        ("create domain d as int", "", "alter domain d set default 1"),
        ("create domain d as int", "", "alter domain d set not null"),
        ("create domain d as int", "", "alter domain d add constraint pos check (value > 0)"),
        ("create domain d as int", "", "alter domain d add constraint pos check (value > 0) not valid"),
        ("", "create domain d as int constraint pos check (value > 0)", "create domain d as int constraint pos check (value > 1)"),
        ("create domain d as int constraint pos check (value > 0)", "", "comment on constraint pos on domain d is 'x'; comment on domain d is 'y'"),
        ("", "create domain d as int", "create domain d as bigint"),
        ("", "", "create type fr as range (subtype = float8, subtype_diff = float8mi, multirange_type_name = frs)"),
        ("", "create type fr as range (subtype = float8)", "create type fr as range (subtype = float8, subtype_diff = float8mi)"),
        ("", "", "create type k as (x int, \"Y\" text collate \"C\")"),
        ("", "create type k as (x int)", "create type k as (x int, y text)"),
        ("", "create type k as (x int, y int)", "create type k as (y int, x int)"),
        ("", "create type k as (x int, y int)", "create type k as (x int, y text)"),
        ("create type k as (x int)", "", "comment on type k is 'pair'; comment on column k.x is 'z'; alter type k owner to rec_alice"),
        ("", "create type k as (x int)", "create type k as enum ('x')"),
        ("", "create type k as (x int)", "create table k (x int)"),
        ("", "", "create type e as enum ('a'); create domain d as e default 'a'; create type k as (x d); create table t (x k, y k[])"),
        ("", "", "create type bt; create function bt_in(cstring) returns bt language internal immutable strict as 'int4in'; \
             create function bt_out(bt) returns cstring language internal immutable strict as 'int4out'; \
             create type bt (input = bt_in, output = bt_out, like = int4); create table t (x bt)"),
        ("", "", "create type sh"),
    ])
    .await;
}

#[tokio::test]
async fn types_that_columns_use() {
    const USED: &str = "create table t (id int, m mood not null default 'ok', ms mood[]); \
        create index i on t (m); create view v as select * from t where m = 'ok'; \
        create function f(mood) returns mood language sql as 'select $1'; \
        create table u (m mood default f('ok'::mood), check (m <> 'ok'), constraint q unique (m)); \
        create policy p on u using (m = 'ok')";
    judge(&[
        ("", "create type mood as enum ('sad', 'ok')", "create type mood as enum ('sad', 'ok'); ").with(USED, USED),
        ("", "create type mood as enum ('sad', 'ok')", "create type mood as enum ('ok', 'sad'); ").with(USED, USED),
        ("", "create type mood as enum ('sad', 'ok')", "create type mood as enum ('ok', 'new'); ").with(USED, USED),
        ("", "create type mood as enum ('sad', 'ok')", "create domain mood as text; ").with(USED, USED),
        ("", "create domain mood as text", "create domain mood as varchar(10); ").with(USED, USED),
        ("", "create type mood as enum ('sad', 'ok'); create table t (m mood)", "create table t (m text)"),
        ("", "create type mood as enum ('sad', 'ok'); create table t (m mood)", "create type mood2 as enum ('sad', 'ok'); create table t (m mood2)"),
        ("", "create type k as (x int, y int); create table t (a k)", "create type k as (y int, x int); create table t (a k)"),
        ("", "create type k as (x int, y int); create table t (a k)", "create type k as (x bigint, y int, z text); create table t (a k)"),
        (
            "",
            "create type e as enum ('a', 'b'); create type k as (x e); create domain d as e; create table t (a k, b d, c e, d e[])",
            "create type e as enum ('b', 'a'); create type k as (x e); create domain d as e; create table t (a k, b d, c e, d e[])",
        ),
    ])
    .await;
}

trait With {
    fn with(self, first: &str, second: &str) -> Self;
}

impl With for super::Pair {
    /// The same, followed by more; a pair that would be equal gets one more label.
    fn with(self, first: &str, second: &str) -> Self {
        let glad = if self.2.contains("'sad', 'ok'") { "alter type mood add value 'glad';" } else { "" };
        let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        (self.0, leak(format!("{}; {first}", self.1)), leak(format!("{} {glad} ;{second}", self.2)))
    }
}
