//! Constraints, indexes, statistics, triggers, rules, policies.

use super::{judge, judge_leaving};

const T: &str =
    "create table r (id int primary key, k int unique); create table t (id int primary key, a text, b int)";

#[tokio::test]
async fn constraints() {
    judge(&[
        (T, "", "alter table t add constraint k check (b > 0)"),
        (T, "alter table t add constraint k check (b > 0)", "alter table t add constraint k check (b > 1)"),
        (T, "alter table t add constraint k check (b > 0)", "alter table t add constraint k check (b > 0) not valid"),
        (T, "alter table t add constraint k check (b > 0)", "alter table t add constraint k check (b > 0) no inherit"),
        (T, "", "alter table t add constraint k foreign key (b) references r"),
        (T, "", "alter table t add constraint k foreign key (b) references r (k) on delete cascade on update set null"),
        (T, "alter table t add constraint k foreign key (b) references r", "alter table t add constraint k foreign key (b) references r on delete cascade"),
        (T, "alter table t add constraint k foreign key (b) references r", "alter table t add constraint k foreign key (b) references r deferrable initially deferred"),
        (T, "alter table t add constraint k foreign key (b) references r", "alter table t add constraint k foreign key (b) references r not valid"),
        (T, "", "alter table t add constraint u unique (a)"),
        (T, "alter table t add constraint u unique (a)", "alter table t add constraint u unique (a, b)"),
        (T, "alter table t add constraint u unique (a)", "alter table t add constraint u check (a <> '')"),
        (T, "alter table t add constraint u unique (a)", "create unique index u on t (a)"),
        (T, "alter table t add constraint u unique (a)", "alter table t add constraint u unique nulls not distinct (a) include (b) deferrable"),
        (T, "", "alter table t drop constraint t_pkey, add constraint other primary key (id, b)"),
        (T, "alter table t add constraint k foreign key (b) references r", "alter table r drop constraint r_pkey; alter table r add constraint r_key primary key (id); alter table t add constraint k foreign key (b) references r"),
        (T, "", "comment on constraint t_pkey on t is 'key'"),
        (T, "", "alter table t add constraint x exclude using gist (box(point(b, b), point(b, b)) with &&) where (b > 0)"),
        (T, "", "alter index t_pkey set (fillfactor = 50)"),
        (T, "alter index t_pkey set (fillfactor = 50)", "alter table t cluster on t_pkey; comment on index t_pkey is 'x'"),
        ("", "", "create table a (id int primary key, b int); create table b (id int primary key, a int references a); alter table a add foreign key (b) references b; create table c (id int primary key, up int references c)"),
        (T, "alter table t add constraint k foreign key (b) references r", "drop table r cascade"),
        (T, "alter table t add constraint k foreign key (b) references r (id)", "alter table r alter id type bigint; alter table t alter b type bigint; alter table t add constraint k foreign key (b) references r (id)"),
        (T, "alter table t add constraint k foreign key (b) references r (id)", "alter table r alter id type text; alter table t alter b type text; alter table t add constraint k foreign key (b) references r (id)"),
        (T, "alter table t drop b", "alter table t add c int references r, add unique (b, c), add check (b > c); create index on t (b, c)"),
    ])
    .await;
}

#[tokio::test]
async fn indexes_and_statistics() {
    judge(&[
        (T, "", "create index i on t (a)"),
        (T, "create index i on t (a)", "create index i on t (lower(a) text_pattern_ops desc nulls last, b) include (id) where b > 1"),
        (T, "create index i on t (a)", "create unique index i on t (a)"),
        (T, "create index i on t (a)", "create index i on t using hash (a)"),
        (T, "create index i on t (a)", "create index i on t (a) with (fillfactor = 50, deduplicate_items = off)"),
        (T, "create index i on t (a) with (fillfactor = 50)", "create index i on t (a) with (fillfactor = 50) where b > 1"),
        (T, "create index i on t (a); create index j on t (b); alter table t cluster on i", "create index i on t (a); create index j on t (b); alter table t cluster on j"),
        (T, "create index i on t (a)", "create index i on t (a); alter table t cluster on i"),
        (T, "alter table t alter b set not null; create unique index i on t (b)", "alter table t alter b set not null; create unique index i on t (b); alter table t replica identity using index i"),
        (T, "create index i on t (lower(a))", "create index i on t (lower(a)); alter index i alter column 1 set statistics 300; comment on index i is 'x'"),
        (T, "create index i on t (a)", "create view i as select 1 as x"),
        (T, "create index i on t (a)", "create index i on r (k)"),
        ("create schema s", "create table s.t (a int, b int)", "create table s.t (a int, b int); create index \"I x\" on s.t (a)"),
        (T, "", "create statistics q (ndistinct, dependencies) on a, b from t"),
        (T, "create statistics q (ndistinct) on a, b from t", "create statistics q on a, (b + 1) from t"),
        (T, "create statistics q on a, b from t", "create statistics q on a, b from t; alter statistics q set statistics 99; comment on statistics q is 'x'; alter statistics q owner to rec_alice"),
        ("create schema s; create table t (a int, b int)", "", "create statistics s.q on a, b from t"),
        (T, "create statistics q on a, b from t; create index i on t (b)", "create statistics q on a, b from t; create index i on t (b); alter table t alter b type bigint"),
    ])
    .await;
}

#[tokio::test]
async fn statistics_are_printed_in_the_order_of_columns() {
    judge_leaving(
        &[("create table t (a int, b int)", "create statistics q on a, b, (a + 1) from t", "alter table t drop a")],
        &[
            "statistics q on t: definition CREATE STATISTICS public.q ON b, a, (a + 1) FROM public.t → CREATE STATISTICS public.q ON a, b, (a + 1) FROM public.t",
            "table t: column order b, a → a, b",
        ],
    )
    .await;
}

#[tokio::test]
async fn triggers_rules_and_policies() {
    const F: &str = "create table t (id int, a text); create function f() returns trigger language plpgsql as 'begin return new; end'; \
        create function g() returns trigger language plpgsql as 'begin return new; end'; create view v as select * from t";
    judge(&[
        (F, "", "create trigger x before insert or update of a on t for each row when (new.id > 1) execute function f('a', '1')"),
        (F, "create trigger x before insert on t for each row execute function f()", "create trigger x after insert on t referencing new table as n for each statement execute function g()"),
        (F, "create trigger x before insert on t for each row execute function f()", "create trigger x before insert on t for each row execute function f(); alter table t disable trigger x"),
        (F, "create trigger x before insert on t for each row execute function f(); alter table t enable always trigger x", "create trigger x before insert on t for each row execute function f(); alter table t enable replica trigger x"),
        (F, "", "create trigger x before insert on t for each row execute function f(); alter table t disable trigger x; comment on trigger x on t is 'y'"),
        (F, "", "create constraint trigger x after insert on t deferrable initially deferred for each row execute function f()"),
        (F, "", "create trigger x instead of insert on v for each row execute function f()"),
        (F, "create trigger x before update of a on t for each row execute function f()", "alter table t drop column a cascade"),
        (F, "create trigger x before update of a on t for each row execute function f()", "drop view v; alter table t alter a type varchar(5); create view v as select * from t; create trigger x before update of a on t for each row execute function f()"),
        (F, "", "create rule x as on delete to t do instead nothing"),
        (F, "create rule x as on delete to t do instead nothing", "create rule x as on delete to t where old.id > 1 do also insert into t values (1); comment on rule x on t is 'y'; alter table t disable rule x"),
        (F, "", "create rule x as on insert to v do instead insert into t values (new.id, new.a)"),
        (F, "", "create policy p on t"),
        (F, "create policy p on t", "create policy p on t as restrictive for update to rec_bob, rec_alice using (id > 1) with check (id > 2)"),
        (F, "create policy p on t using (id = 1)", "create policy p on t using (id = 2)"),
        (F, "create policy p on t using (id = 1)", "create policy p on t using (id = 1) with check (id = 3)"),
        (F, "create policy p on t using (id = 1)", "create policy p on t to rec_bob using (id = 1)"),
        (F, "create policy p on t for select using (id = 1)", "create policy p on t for insert with check (id = 1); comment on policy p on t is 'line'"),
        (F, "create policy p on t using (a = 'x')", "drop view v; alter table t drop a; create view v as select * from t"),
        (F, "create policy p on t using (a = 'x')", "drop view v; alter table t alter a type varchar(5); create policy p on t using (a = 'x'); create view v as select * from t"),
        ("create table a (id int); create table b (id int)", "", "create policy p on a using (id in (select id from b)); create policy p on b using (id in (select id from a))"),
        ("", "", "create table a (id int); create table b (id int); create policy p on a using (id in (select id from b)); create policy p on b using (id in (select id from a))"),
    ])
    .await;
}

#[tokio::test]
async fn the_triggers_of_foreign_keys_stay_and_are_told() {
    let both = "create table r (id int primary key); create table t (b int, constraint k foreign key (b) references r)";
    judge_leaving(
        &[(both, "", "alter table t disable trigger all")],
        &[
            "table t: constraint k: triggers enabled yes → no",
            "table t: constraint k: triggers enabled no → yes",
        ],
    )
    .await;
}
