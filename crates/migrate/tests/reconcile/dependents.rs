//! What hangs on what changes.

use freehold_db::Session;
use freehold_migrate::reconcile;
use freehold_sandbox::testing;

use super::{judge, judge_leaving, read};

#[tokio::test]
async fn what_hangs_on_a_column_makes_way() {
    const ALL: &str = "create function low(text) returns text language sql immutable as 'select lower($1)'; \
        create view v1 as select id, a from t; create view v2 as select a from v1 where low(a) <> ''; \
        create materialized view m as select a, count(*) as n from v2 group by a; create unique index mi on m (a); \
        create function f() returns setof v2 language sql begin atomic select * from v2; end; \
        create rule r as on insert to v2 do instead insert into t (a) values (new.a); \
        create policy p on t using (low(a) <> ''); create index i on t (low(a)); \
        grant select on v1 to rec_bob; comment on view v2 is 'kept'; grant select on m to rec_bob";
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let with = |table: &str| leak(format!("create table t (id int primary key, {table}, z int); {ALL}"));
    let pairs = [
        ("", with("a text, b int"), with("a varchar(20), b int")),
        ("", with("a text, b int"), with("a text, b bigint")),
        (
            "",
            with("a text"),
            with("a text not null default 'x', constraint c check (low(a) <> 'y')").to_owned().replace_low(),
        ),
        ("", with("a text"), "create table t (id int primary key, z int)"),
        ("", with("a text"), ""),
        ("", with("a text"), leak(with("a text").replace("lower($1)", "upper($1)"))),
        ("", with("a text"), leak(with("a text").replace("low(text)", "low(x text)"))),
        ("", with("a text"), leak(with("a text").replace("low(", "s_low("))),
        ("", with("a text"), leak(with("a text").replace("select id, a from t;", "select a, id from t;"))),
        ("", with("a text"), leak(with("a text").replace("select id, a from t;", "select id, a, z from t;"))),
        (
            "",
            with("a text"),
            leak(
                with("a text")
                    .replace("z int)", "z int) partition by list (id)")
                    .replace("id int primary key", "id int")
                    .replace("create index i", "create table t1 partition of t default; create index i"),
            ),
        ),
    ];
    judge_leaving(&pairs, &["table t: column order id, z, a → id, a, z"]).await;
}

trait ReplaceLow {
    fn replace_low(self) -> &'static str;
}

impl ReplaceLow for String {
    /// The function has to be there before the table whose constraint calls it.
    fn replace_low(self) -> &'static str {
        let function =
            "create function low(text) returns text language sql immutable as 'select lower($1)'; ";
        let text = function.to_owned() + &self.replace(function, "");
        Box::leak(text.into_boxed_str())
    }
}

#[tokio::test]
async fn circles_are_taken_apart() {
    judge(&[
        // A table whose default calls a function that takes the table's rows.
        ("", "", "create table t (id int, n int); create function f(t) returns int language sql as 'select $1.n'; create function g() returns int language plpgsql as 'declare r public.t; begin return 1; end'; alter table t alter n set default g(); alter table t add check (f(t.*) > 0)"),
        ("", "", "create table a (id int primary key); create table b (id int primary key references a); alter table a add foreign key (id) references b"),
        ("", "", "create table t (id int); create view v as select * from t; create function f() returns setof v language sql as 'select * from v'; create view w as select * from f()"),
        // Names that change hands.
        ("", "create table a (x int); create index b on a (x)", "create table b (x int); create index a on b (x)"),
        ("", "create table a (x int); create view b as select * from a", "create table b (x int); create view a as select * from b"),
        ("", "create type a as enum ('x'); create table t (c a)", "create table a (x int); create table t (c int)"),
        ("", "create function f(int) returns int language sql as 'select 1'; create table t (x int default f(1))", "create function f(text) returns int language sql as 'select 1'; create table t (x int default f('x'))"),
        ("", "create table t (x int, y int); create view v as select x from t", "create table t (x int); create view v as select x from t"),
        ("create schema s", "create table t (id serial primary key); create table u (t int references t)", "create table s.t (id serial primary key); create table u (t int references s.t)"),
    ])
    .await;
}

#[tokio::test]
async fn each_statement_says_what_it_mends_and_whether_it_takes_data_away() {
    let scratch = testing::scratch().await;
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    session.run("create table t (id int, a varchar(5), gone text); create table u (x int); create view v as select a from t").await.unwrap();
    let from = read(&session).await;
    let change = "drop view v; drop table u; alter table t drop gone, alter id type bigint, alter a type date using null; create view v as select a from t";
    session.run(change).await.unwrap();
    let way = reconcile(&from, read(&session).await.as_ref());
    let told: Vec<(&str, &str, bool)> =
        way.statements.iter().map(|fix| (fix.sql.as_str(), fix.why.as_str(), fix.destroys)).collect();
    let (a, v) =
        ("column a: type character varying(5) → date", "view v: column a: type character varying(5) → date");
    let a = format!("table t: {a}");
    assert_eq!(
        told,
        [
            (r#"DROP VIEW "public"."v""#, v, false),
            (r#"DROP TABLE "public"."u""#, "table u is missing (with 1 column)", true),
            (r#"ALTER TABLE "public"."t" DROP COLUMN "gone""#, "table t: column gone is missing", true),
            (
                r#"ALTER TABLE "public"."t" ALTER COLUMN "id" TYPE bigint"#,
                "table t: column id: type integer → bigint",
                false
            ),
            (
                r#"ALTER TABLE "public"."t" ALTER COLUMN "a" TYPE date USING "a"::pg_catalog.text::date"#,
                a.as_str(),
                true
            ),
            ("CREATE VIEW \"public\".\"v\" (\"a\") AS\nSELECT t.a\n   FROM public.t", v, false),
        ]
    );
    drop(session);
    scratch.remove().await.unwrap();
}
