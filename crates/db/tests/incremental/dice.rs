//! Random changes that can be repeated.

/// A small generator (Knuth's MMIX linear congruence), so that a failure can be repeated.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    pub(crate) fn statement(&mut self) -> String {
        let (t, u, c, n) = (self.roll(5), self.roll(5), self.roll(4), self.roll(1000));
        match self.roll(34) {
            0..=3 => format!("create table t{t} (c0 int, c1 text default 'x', c2 int references k)"),
            4 => format!("drop table t{t} cascade"),
            5 => format!("alter table t{t} rename to t{u}"),
            6 => format!("alter table t{t} rename c{c} to c{}", self.roll(4)),
            7 => format!("alter table t{t} add c{c} text"),
            8 => format!("alter table t{t} drop c{c} cascade"),
            9 => format!("alter table t{t} alter c{c} set not null"),
            10 => format!("alter table t{t} alter c{c} drop not null"),
            11 => format!("create index i{u} on t{t} (c{c})"),
            12 => format!("drop index i{u}"),
            13 => format!("comment on table t{t} is '{n}'"),
            14 => format!("comment on column t{t}.c{c} is '{n}'"),
            15 => format!("grant select on t{t} to public"),
            16 => format!("revoke select on t{t} from public"),
            17 => format!("create view v{u} as select * from t{t} join t{u} using (c{c})"),
            18 => format!("drop view v{u} cascade"),
            19 => format!("alter table t{t} add constraint k{u} check (c{c} is not null)"),
            20 => format!("alter table t{t} drop constraint k{u}"),
            21 => format!("create policy p{u} on t{t} using (c{c} in (select c0::text from t{u}))"),
            22 => format!("drop policy p{u} on t{t}"),
            23 => format!("create or replace function f{u}(a int) returns int language sql as 'select {n}'"),
            24 => format!(
                "create or replace function f{u}(a int) returns int language sql begin atomic select c0 from t{t} limit 1; end"
            ),
            25 => format!("drop function f{u} cascade"),
            26 => format!("alter table t{t} alter c{c} type varchar({})", 1 + n),
            27 => format!("alter table t{t} inherit t{u}"),
            28 => format!("alter table t{t} no inherit t{u}"),
            29 => format!("alter table t{t} alter c{c} set default f{u}(1)"),
            30 => format!("alter function f{t} rename to f{u}"),
            31 => format!("insert into t{t} default values"),
            32 => format!("truncate t{t}"),
            _ => format!("alter table t{t} alter c{c} set statistics {n}"),
        }
    }
}
