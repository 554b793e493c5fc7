//! Partitions and inheritance.

use super::{judge, judge_leaving};

#[tokio::test]
async fn partitions() {
    const P: &str = "create table p (id int not null, at date, note text default 'x', constraint pos check (id > 0)) partition by range (id); \
        create table p1 partition of p for values from (1) to (10); create table r (id int primary key)";
    judge(&[
        ("", "", P),
        (P, "", "create table p2 partition of p for values from (10) to (20); create table pd partition of p default"),
        (P, "", "create table p2 (id int not null, at date, note text, constraint pos check (id > 0)); alter table p attach partition p2 for values from (10) to (20)"),
        (P, "", "alter table p detach partition p1"),
        (P, "", "drop table p1"),
        (P, "", "alter table p detach partition p1; alter table p attach partition p1 for values from (2) to (5)"),
        (P, "", "alter table p add c int default 5, drop note"),
        (P, "", "alter table p alter at type timestamp, alter note set not null, alter note set default 'y'"),
        (P, "", "alter table p1 alter note set default 'z', alter note set not null"),
        (P, "", "alter table p add primary key (id)"),
        (P, "", "create index i on p (at); create index j on p1 (note)"),
        (P, "create index i on p (at)", "create index i on p (at, note)"),
        (P, "create index i on p (at)", "create index i on p (at); create table p2 partition of p for values from (10) to (20)"),
        (P, "alter table p add primary key (id)", "alter table p add primary key (id); create table p2 partition of p for values from (10) to (20)"),
        (P, "", "create index own on p1 (at); create index i on p (at)"),
        (P, "create index own on p1 (at)", "create index own on p1 (at); create index i on p (at)"),
        (P, "", "create index i on only p (at)"),
        (P, "", "alter table p add constraint c2 check (note <> '')"),
        (P, "", "alter table p drop constraint pos"),
        (P, "", "alter table p add constraint fk foreign key (id) references r"),
        (P, "alter table p add constraint fk foreign key (id) references r", "alter table p add constraint fk foreign key (id) references r on delete cascade; create table p2 partition of p for values from (10) to (20)"),
        (P, "", "create function f() returns trigger language plpgsql as 'begin return new; end'; create trigger g before insert on p for each row execute function f(); create trigger h after insert on p1 for each row execute function f()"),
        (P, "", "alter table p enable row level security; create policy q on p using (id > 1); comment on table p1 is 'x'; comment on column p1.note is 'y'"),
        ("", "create table p (id int) partition by list (id)", "create table p (id int) partition by hash (id); create table p0 partition of p for values with (modulus 2, remainder 0)"),
        ("", "", "create table p (id int, b int, primary key (id, b)) partition by list (id); create table p1 partition of p for values in (1, null) partition by range (b); create table p11 partition of p1 for values from (minvalue) to (maxvalue)"),
        ("", "", "create table p (id int primary key) partition by list (id); create table p1 partition of p for values in (1); create table f (p int references p); create table p2 partition of p for values in (2)"),
        ("", "create table p (id int generated always as identity, s serial) partition by list (id); create table p1 partition of p for values in (1)", ""),
        ("", "create table p (x int, y int) partition by list (x); create table p1 partition of p for values in (1)", "create table p (x int) partition by list (x); create table p1 (x int)"),
    ])
    .await;
}

#[tokio::test]
async fn partitions_that_foreign_keys_reach() {
    const P: &str = "create table r (id int primary key); create table p (id int primary key, r int) partition by list (id); \
        create table p1 partition of p for values in (1)";
    judge(&[
        (P, "create table f (p int references p)", "create table f (p int references p); alter table p detach partition p1; drop table p1"),
        (P, "create table f (p int references p)", "drop table p"),
        ("", "", "create table p (id int primary key) partition by list (id); create table p1 partition of p for values in (1); create table f (p int references p) partition by list (p); create table f1 partition of f default"),
        (P, "alter table p add constraint fk foreign key (r) references r", "alter table p detach partition p1"),
        (P, "alter table p add constraint fk foreign key (r) references r", "alter table p detach partition p1; alter table p1 add constraint fk foreign key (r) references r"),
        (P, "alter table p1 add constraint fk foreign key (r) references r", "alter table p add constraint fk foreign key (r) references r"),
    ])
    .await;
}

#[tokio::test]
async fn triggers_of_partitions_and_of_their_parents() {
    const P: &str = "create table p (id int) partition by list (id); create table p1 partition of p for values in (1); \
        create function f() returns trigger language plpgsql as 'begin return new; end'";
    judge(&[
        (P, "create trigger x after insert on p for each row execute function f()", "create trigger x after insert on p1 for each row execute function f()"),
        (P, "create trigger x after insert on p for each row execute function f()", "alter table p detach partition p1; create trigger x after insert on p1 for each row execute function f()"),
        (P, "create trigger x after insert on p for each row execute function f(); alter table p add s serial", "drop table p1; alter table p add i int generated always as identity; create table p1 partition of p for values in (1)"),
    ])
    .await;
}

#[tokio::test]
async fn inheritance() {
    const P: &str = "create table p (x int not null default 1, y text, constraint pos check (x > 0))";
    judge_leaving(&[
        ("", "create table p (x int); create table c (x int, y text) inherits (p)", "create table p (x int, y int); create table c (x int, y int) inherits (p)"),
        ("", "create table p (x int, y int); create table c (x int) inherits (p)", "create table p (x int); create table c (x int, y int) inherits (p)"),
        (P, "", "create table c (z int) inherits (p)"),
        (
            "create table p (x int)",
            "create table c (x int)",
            "create table c (x int); alter table c inherit p",
        ),
        (
            P,
            "create table c (z int) inherits (p)",
            "create table c (z int) inherits (p); alter table c alter x set default 2, alter y set not null",
        ),
        (P, "", "create table p2 (w int); create table c (x int default 5, own int) inherits (p, p2)"),
        (
            P,
            "create table c (z int) inherits (p)",
            "create table c (z int) inherits (p); alter table p alter x type bigint, drop constraint pos",
        ),
        (
            P,
            "create table c (z int) inherits (p)",
            "create table c (z int) inherits (p); alter table p drop y, add constraint other check (x < 100)",
        ),
        (P, "create table c (z int) inherits (p)", "drop table p"),
    ], &["table c: column y: declared here yes → no", "table c: column order x, z, y → x, y, z"])
    .await;
}

#[tokio::test]
async fn columns_from_above_that_come_late_stand_elsewhere() {
    judge_leaving(
        &[("", "", "create table p (x int); create table c (z int) inherits (p); alter table p add y int")],
        &["table c: column order x, y, z → x, z, y"],
    )
    .await;
}

#[tokio::test]
async fn what_a_table_declared_itself_stays_declared() {
    judge_leaving(
        &[(
            "create table p (x int, constraint pos check (x > 0))",
            "create table c (x int, z int, constraint pos check (x > 0))",
            "create table c (z int) inherits (p)",
        )],
        &["table c: column x: declared here yes → no", "table c: constraint pos: declared here yes → no"],
    )
    .await;
}
