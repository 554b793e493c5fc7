//! Schemas that are each hard in one way, and in two.

use super::stage::{Stage, chain};

/// What is hard, the schema, and the table to fill.
pub(crate) const SCHEMAS: &[(&str, &str, &str)] = &[
    (
        "numbers",
        "create table t (a smallint, b int, c bigint, d numeric(5,2), e numeric, f real, g float8, h bool, i numeric(3,3), m money)",
        "t",
    ),
    (
        "unique smallint and short texts",
        "create table t (a smallint primary key, b varchar(3) unique, c char(4) unique, d varchar(10) unique)",
        "t",
    ),
    (
        "times",
        "create table t (a timestamptz unique, b timestamp, c date unique, d time unique, e timetz, f interval unique)",
        "t",
    ),
    (
        "a pair of keys of which one is unique alone",
        "create table a (id text primary key); create table b (id text primary key); create table t (a_id text not null references a, b_id text not null references b, primary key (a_id, b_id), unique (b_id))",
        "t",
    ),
    ("documents", "create table t (a json, b jsonb unique, c xml, d jsonpath)", "t"),
    (
        "bytes, bits, addresses",
        "create table t (a bytea unique, b bit(8), c varbit(70), d inet unique, e cidr, f macaddr unique, g macaddr8, h bit(80) unique)",
        "t",
    ),
    (
        "lists and records",
        "create type pair as (a int, b text); create table t (a int[] unique, b text[], c pair unique, d pair[], e int[][])",
        "t",
    ),
    (
        "enums",
        "create type mood as enum ('glad', 'so so'); create table t (id int primary key, a mood not null, b mood[] not null)",
        "t",
    ),
    (
        "ranges",
        "create table t (a int4range, b tstzrange unique, c datemultirange, d numrange, e int8multirange, exclude using gist (a with &&), exclude using gist (b with &&))",
        "t",
    ),
    (
        "shapes",
        "create table t (a point, b line, c lseg, d box, e path, f polygon, g circle, exclude using gist (g with &&))",
        "t",
    ),
    ("search", "create table t (a tsvector, b tsquery)", "t"),
    (
        "object ids",
        "create table t (a oid unique, b regclass, c regtype, d name unique, e \"char\", f pg_lsn, g xid, h tid, i regrole, j regnamespace, k regconfig, l regproc, m regprocedure)",
        "t",
    ),
    (
        "extensions",
        "create extension hstore; create extension ltree; create extension citext; create extension cube; create extension seg; create extension isn; create table t (a hstore, b ltree not null unique, c citext unique, d cube, e seg, f isbn13 not null)",
        "t",
    ),
    (
        "vectors",
        "create extension vector; create table t (a vector(512), b halfvec(3), c sparsevec(5), d vector)",
        "t",
    ),
    (
        "domains",
        "create domain percent as int check (value between 1 and 100); create domain code as text check (value ~ '^[A-Z]{2}-[0-9]{3}$') not null; create domain narrow as percent check (value > 90); create table t (a percent, b code, c narrow)",
        "t",
    ),
    (
        "identity and generated",
        "create table t (id int generated always as identity primary key, a int, b int generated always as (a * 2) stored unique, c serial unique)",
        "t",
    ),
    ("only generated and identity", "create table t (id int generated always as identity)", "t"),
    (
        "closed sets",
        "create table t (a text check (a in ('x', 'y''z')), b int not null check (b in (3, 7)), c varchar(9) check (c::text = any (array['p','q'])), d char(3) check (d in ('EUR', 'USD')))",
        "t",
    ),
    (
        "numbers in bounds",
        "create table t (a int check (a > 5000 and a < 5010), b numeric check (b >= 0 and b <= 1), c int check (c < 0), d float8 check (d between -1 and 1), e int check (e % 7 = 3))",
        "t",
    ),
    (
        "lengths",
        "create table t (a text check (length(a) = 8), b text check (char_length(b) >= 100), c bytea check (octet_length(c) = 12), d text[] check (array_length(d, 1) = 3), e text unique check (length(e) between 40 and 42), f text check (f <> ''), g bytea unique check (octet_length(g) >= 28))",
        "t",
    ),
    (
        "patterns",
        "create table t (a text unique check (a ~ '^[a-z]+(-[a-z0-9]+)*$'), b text check (b ~* '^[^@]+@[^@]+\\.[a-z]{2,}$'), c text check (c like 'https://%'), d text check (d similar to '[0-9]{3}'), e text check (e = lower(e) and length(e) <= 5), f text check (position('@' in f) > 1), g text check (g ~ '^[0-9a-f]{64}$'))",
        "t",
    ),
    (
        "dates near literals",
        "create table t (a date check (a < '1990-05-05'), b timestamptz check (b > '2031-01-01'), c timestamptz check (c > now()), d date check (d = date_trunc('month', d)))",
        "t",
    ),
    (
        "keys of documents",
        "create table t (a jsonb check (a ? 'id'), b jsonb check (jsonb_typeof(b) = 'array'), c jsonb check (jsonb_typeof(c -> 'tags') = 'array' and c ? 'kind'), d jsonb not null check (jsonb_typeof(d) = 'object'))",
        "t",
    ),
    (
        "after each other",
        "create table t (a timestamptz not null, b timestamptz not null, c date, d date, check (b > a), check (d >= c))",
        "t",
    ),
    (
        "one of two",
        "create table t (a int, b text, check (a is not null or b is not null), c int, d int, check (num_nonnulls(c, d) = 1))",
        "t",
    ),
    (
        "a state and its time",
        "create table t (state text not null check (state in ('open', 'done')), done_at timestamptz, check ((state = 'done') = (done_at is not null)))",
        "t",
    ),
    (
        "sums",
        "create table t (n int not null check (n > 0), price int not null check (price >= 0), total int not null, check (total = n * price))",
        "t",
    ),
    (
        "a parent",
        "create table p (id uuid primary key); create table t (id bigserial primary key, p uuid not null references p)",
        "t",
    ),
    (
        "one to one",
        "create table p (id int generated by default as identity primary key, x text not null); create table t (p int primary key references p)",
        "t",
    ),
    (
        "a chain of parents",
        "create table a (id uuid primary key default gen_random_uuid()); create table b (id uuid primary key, a uuid not null references a); create table t (id uuid primary key, b uuid not null references b)",
        "t",
    ),
    (
        "a link table",
        "create table a (id int primary key); create table b (id uuid primary key); create table t (a int references a, b uuid references b, primary key (a, b))",
        "t",
    ),
    (
        "a link table with a kind",
        "create type k as enum ('x','y','z'); create table a (id int primary key); create table t (a int references a, k k, primary key (a, k))",
        "t",
    ),
    (
        "shared tenant",
        "create table tenants (id uuid primary key); create table users (tenant_id uuid not null references tenants, id uuid not null, primary key (tenant_id, id), email text not null, unique (tenant_id, email)); create table projects (tenant_id uuid not null references tenants, id uuid not null, primary key (tenant_id, id)); create table t (tenant_id uuid not null references tenants, id uuid primary key, user_id uuid not null, project_id uuid not null, foreign key (tenant_id, user_id) references users, foreign key (tenant_id, project_id) references projects, unique (tenant_id, user_id, id))",
        "t",
    ),
    (
        "shared tenant with one user there",
        "create table tenants (id uuid primary key default gen_random_uuid()); create table users (tenant_id uuid not null references tenants, id int not null, primary key (tenant_id, id)); create table projects (tenant_id uuid not null references tenants, id int not null, primary key (tenant_id, id)); insert into tenants select from generate_series(1, 80); insert into users select id, 5 from tenants order by id desc limit 1; create table t (id serial, tenant_id uuid not null, user_id int not null, project_id int, foreign key (tenant_id, user_id) references users, foreign key (tenant_id, project_id) references projects)",
        "t",
    ),
    (
        "shared tenant in a link table",
        "create table tenants (id uuid primary key); create table a (tenant_id uuid references tenants, id uuid, primary key (tenant_id, id)); create table b (tenant_id uuid references tenants, id uuid, primary key (tenant_id, id)); create table t (tenant_id uuid, a uuid, b uuid, primary key (tenant_id, a, b), foreign key (tenant_id, a) references a, foreign key (tenant_id, b) references b)",
        "t",
    ),
    ("itself", "create table t (id serial primary key, parent int references t)", "t"),
    (
        "itself, never null",
        "create table t (id uuid primary key default gen_random_uuid(), parent uuid not null references t)",
        "t",
    ),
    (
        "itself in a tenant",
        "create table n (id int primary key); create table t (tenant int not null references n, id int not null, parent int, primary key (tenant, id), foreign key (tenant, parent) references t)",
        "t",
    ),
    (
        "a circle with a gap",
        "create table a (id int primary key, b int); create table t (id int primary key, a int not null references a); alter table a add foreign key (b) references t",
        "t",
    ),
    (
        "a circle without a gap",
        "create table a (id int primary key, b int not null); create table t (id int primary key, a int not null references a); alter table a add foreign key (b) references t",
        "t",
    ),
    (
        "a circle without a gap in a tenant",
        "create table n (id int primary key); create table a (n int not null references n, id int not null, b int not null, primary key (n, id)); create table t (n int not null references n, id int not null, a int not null, primary key (n, id), foreign key (n, a) references a); alter table a add foreign key (n, b) references t",
        "t",
    ),
    (
        "exclusive arc",
        "create table u (id int primary key); create table v (id int primary key); create table t (id int primary key, u int references u, v int references v, check (num_nonnulls(u, v) = 1))",
        "t",
    ),
    (
        "two different users",
        "create table u (id int primary key); create table t (a int not null references u, b int not null references u, check (a < b), unique (a, b))",
        "t",
    ),
    (
        "range partitions",
        "create table t (id uuid, at timestamptz not null, primary key (id, at)) partition by range (at); create table t1 partition of t for values from ('2031-01-01') to ('2031-02-01'); create table t2 partition of t for values from ('2031-02-01') to ('2031-03-01')",
        "t",
    ),
    (
        "list partitions",
        "create table t (id int, region text not null) partition by list (region); create table t1 partition of t for values in ('eu', 'us'); create table t2 partition of t for values in ('asia')",
        "t",
    ),
    (
        "hash partitions, one missing",
        "create table t (id uuid primary key) partition by hash (id); create table t0 partition of t for values with (modulus 3, remainder 0); create table t1 partition of t for values with (modulus 3, remainder 1)",
        "t",
    ),
    (
        "partitions in partitions with a key",
        "create table p (id int primary key); create table t (id int, p int not null references p, day date not null) partition by range (day); create table t1 partition of t for values from ('2030-01-01') to ('2030-07-01') partition by list (p); create table t11 partition of t1 for values in (3, 5); create table t12 partition of t1 default",
        "t",
    ),
    (
        "one partition itself",
        "create table t (id int, day date not null) partition by range (day); create table t1 partition of t for values from ('2030-01-01') to ('2030-07-01')",
        "t1",
    ),
    (
        "a default partition alone",
        "create table t (id int, day date not null) partition by range (day); create table t1 partition of t default",
        "t",
    ),
    (
        "bookings",
        "create extension btree_gist; create table rooms (id int primary key); create table t (id uuid primary key, room int not null references rooms, from_ timestamptz not null, to_ timestamptz not null, check (to_ > from_), exclude using gist (room with =, tstzrange(from_, to_) with &&))",
        "t",
    ),
    (
        "unique expressions",
        "create table t (email text not null, slug varchar(6)); create unique index on t (lower(email)); create unique index on t (upper(slug)) where slug <> 'a'",
        "t",
    ),
    (
        "one default for each",
        "create table p (id int primary key); create table t (id serial primary key, p int not null references p, is_default bool not null default false); create unique index on t (p) where is_default",
        "t",
    ),
    (
        "triggers that refuse",
        "create function no() returns trigger language plpgsql as $$ begin raise 'no'; end $$; create table t (id int); create trigger no before insert on t for each row execute function no()",
        "t",
    ),
    (
        "odd names",
        "create schema \"a b\"; create type \"a b\".\"K\"\" k\" as enum ('it''s'); create table \"a b\".\"T\"\"t\" (\"Id\" serial primary key, \"select\" \"a b\".\"K\"\" k\" not null check (\"select\" = 'it''s'), \"freehold\" int unique, \"r\" int unique, \"numbers\" text)",
        "\"a b\".\"T\"\"t\"",
    ),
    ("deferrable unique", "create table t (a int unique deferrable initially deferred, b text)", "t"),
    (
        "existing rows",
        "create table t (id int primary key, code text not null unique); insert into t values (2000, 'x'), (5, 'y')",
        "t",
    ),
    (
        "an inherited identity",
        "create table base (id uuid primary key, kind text not null); create table t (id uuid primary key references base, x int)",
        "t",
    ),
    ("a base type of its own", "create table t (a pg_brin_bloom_summary, b int)", "t"),
];

#[tokio::test(flavor = "multi_thread")]
async fn tables_of_every_kind_are_filled_and_every_constraint_holds() {
    let mut failures = Vec::new();
    for (what, schema, table) in SCHEMAS {
        let stage = Stage::set(schema).await;
        let before = stage.number(&format!("select count(*) from {table}")).await;
        for rows in [3, 200] {
            match stage.fill(table, rows, 1).await {
                Err(error) => failures.push(format!("{what}, {rows} rows: {}", chain(&error))),
                Ok(filled) if filled.rows != rows => failures.push(format!("{what}: {filled:?}")),
                Ok(_) => {}
            }
        }
        let orphans = stage.orphans().await;
        let count = stage.number(&format!("select count(*) from {table}")).await - before;
        if !orphans.is_empty() || count != 203 {
            failures.push(format!("{what}: {count} rows, orphans of {orphans:?}"));
        }
        if let Err(error) = stage.session.run("SET CONSTRAINTS ALL IMMEDIATE").await {
            failures.push(format!("{what}: {}", chain(&error)));
        }
        stage.end().await;
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), SCHEMAS.len(), failures.join("\n"));
}
