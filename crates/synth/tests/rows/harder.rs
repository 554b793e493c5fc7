//! Schemas in which several hard things meet.

use super::stage::{Stage, chain};

pub(crate) const SCHEMAS: &[(&str, &str, &str)] = &[
    (
        "a tenant over three floors",
        "create table n (id uuid primary key default gen_random_uuid()); create table a (n uuid not null references n, id uuid not null, primary key (n, id)); create table b (n uuid not null, a uuid not null, id uuid not null, primary key (n, id), foreign key (n, a) references a); create table t (n uuid not null references n, a uuid not null, b uuid not null, c uuid, id bigserial primary key, foreign key (n, a) references a (n, id), foreign key (n, b) references b (n, id), foreign key (n, c) references b (n, id))",
        "t",
    ),
    (
        "partitioned by tenant and month, with keys",
        "create table n (id uuid primary key); create table f (n uuid not null references n, id uuid not null, primary key (n, id)); create table t (n uuid not null, f uuid, id uuid not null, at timestamptz not null, ok bool not null, score numeric(4,3) check (score >= 0 and score <= 1), err text, check (ok or err is not null), check (not ok or err is null), primary key (n, id, at), foreign key (n, f) references f) partition by range (at); create table t1 partition of t for values from ('2025-11-01') to ('2025-12-01'); create table t2 partition of t for values from ('2025-12-01') to ('2026-01-01'); create table t3 partition of t default",
        "t",
    ),
    (
        "a pattern and a length and something unique",
        "create table t (id int primary key, slug varchar(12) not null unique check (slug ~ '^[a-z][a-z0-9-]{1,30}[a-z0-9]$'), code char(6) unique check (code ~ '^[A-Z0-9]{6}$'))",
        "t",
    ),
    (
        "a name that is its own lower case",
        "create table t (id int primary key, name text not null unique check (name = lower(btrim(name)) and name <> ''), email text unique check (email like '%_@_%.__%'), tz text check (tz = 'UTC' or tz like '%/%'))",
        "t",
    ),
    (
        "three times in order, the last one open",
        "create table t (id int primary key, granted timestamptz not null default now(), expires timestamptz, revoked timestamptz, check (expires is null or expires > granted), check (revoked is null or revoked >= granted), check (revoked is null or expires is null or revoked <= expires))",
        "t",
    ),
    (
        "states and their columns",
        "create type s as enum ('draft', 'sent', 'paid'); create table t (id int primary key, s s not null default 'draft', sent_at timestamptz, paid_at timestamptz, amount int not null check (amount > 0), check (s = 'draft' or sent_at is not null), check (s <> 'paid' or (paid_at is not null and paid_at >= sent_at)), check (s = 'paid' or paid_at is null))",
        "t",
    ),
    (
        "discount below price",
        "create table t (price numeric(10,2) not null check (price > 0), discount numeric(10,2) not null default 0, check (discount >= 0 and discount < price), low int, high int, check (low < high), check (low >= 0 and high <= 24))",
        "t",
    ),
    (
        "one parent of four",
        "create table a (id int primary key); create table b (id int primary key); create table c (id int primary key); create table t (id int primary key, a int references a, b int references b, c int references c, other text, check (num_nonnulls(a, b, c, other) = 1))",
        "t",
    ),
    (
        "unique by tenant, living rows only",
        "create table n (id int primary key); create table u (id int primary key, n int not null references n); create table t (id serial primary key, n int not null references n, u int not null references u, deleted_at timestamptz); create unique index on t (n, u) where deleted_at is null",
        "t",
    ),
    (
        "a link that must be different people of one tenant",
        "create table n (id int primary key); create table u (n int not null references n, id int not null, primary key (n, id)); create table t (n int not null, a int not null, b int not null, check (a <> b), primary key (n, a, b), foreign key (n, a) references u, foreign key (n, b) references u)",
        "t",
    ),
    (
        "keys to something unique that is no primary key",
        "create table p (id int primary key, code text not null unique check (code ~ '^[A-Z]{3}$'), x citext2); create table t (code text not null references p (code), at date not null, primary key (code, at))",
        "t",
    ),
    (
        "a key to a partitioned parent",
        "create table p (id int not null, at date not null, primary key (id, at)) partition by range (at); create table p1 partition of p for values from ('2030-01-01') to ('2031-01-01'); create table t (id int primary key, p int not null, at date not null, foreign key (p, at) references p)",
        "t",
    ),
    (
        "one to one in two steps",
        "create table a (id uuid primary key); create table b (id uuid primary key references a); create table t (id uuid primary key references b, n int unique)",
        "t",
    ),
    (
        "a circle of three, two of one to one",
        "create table a (id int primary key, c int not null unique); create table b (id int primary key, a int not null unique references a); create table t (id int primary key, b int not null unique references b); alter table a add foreign key (c) references t",
        "t",
    ),
    (
        "match full",
        "create table p (a int, b int, primary key (a, b)); create table t (id int primary key, a int, b int, foreign key (a, b) references p match full)",
        "t",
    ),
    (
        "arrays of what is allowed",
        "create table t (id int primary key, scopes text[] not null check (scopes <@ array['read', 'write']), tags text[] check (cardinality(tags) between 1 and 3), days int[] check (0 <= all (days) and 6 >= all (days)), vals text[] not null check (cardinality(vals) > 0))",
        "t",
    ),
    (
        "a domain in an array and a record",
        "create domain pos as int check (value > 0); create domain iso as text check (value in ('EUR', 'USD')); create type price as (amount pos, currency iso); create table t (a pos[] not null, b price not null)",
        "t",
    ),
    (
        "generated and unique",
        "create table t (first text not null, last text not null, whole text generated always as (first || ' ' || last) stored unique, n int generated always as identity)",
        "t",
    ),
    (
        "jsonb of a shape",
        "create table t (settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object' and (settings ->> 'locale') in ('de', 'en') and (settings ->> 'retries')::int between 0 and 5), limits jsonb check ((limits ->> 'max')::int > 0))",
        "t",
    ),
    (
        "ranges that are not empty",
        "create table t (a daterange not null check (not isempty(a) and lower(a) >= '2030-01-01'), b int4range check (upper(b) - lower(b) = 2), c tstzrange not null check (lower_inc(c) and not upper_inc(c) and upper(c) is not null))",
        "t",
    ),
    (
        "a function of the project in a check",
        "create function even(n int) returns bool language sql immutable as 'select n % 2 = 0'; create table t (n int unique check (even(n)), m int not null check (even(m)))",
        "t",
    ),
    (
        "hash of a text under a partial index",
        "create table t (id uuid primary key, hash text not null check (hash ~ '^[0-9a-f]{64}$'), prefix text not null check (length(prefix) = 8), iv bytea not null check (length(iv) = 12), unique (hash))",
        "t",
    ),
    (
        "partitions by expression",
        "create table t (id int, at timestamptz not null) partition by list (extract(year from at at time zone 'UTC')); create table t1 partition of t for values in (2025); create table t2 partition of t for values in (2026)",
        "t",
    ),
    (
        "many list partitions of an enum",
        "create type r as enum ('a', 'b', 'c'); create table t (id uuid not null, r r not null, primary key (id, r)) partition by list (r); create table t1 partition of t for values in ('b'); create table t2 partition of t for values in ('c')",
        "t",
    ),
    (
        "hash partitions of a key with a parent",
        "create table n (id uuid primary key); create table t (n uuid not null references n, id uuid not null, primary key (n, id)) partition by hash (n); create table t0 partition of t for values with (modulus 2, remainder 0); create table t1 partition of t for values with (modulus 2, remainder 1)",
        "t",
    ),
    (
        "overlaps in one room of one tenant",
        "create extension btree_gist; create table n (id uuid primary key); create table rooms (n uuid not null references n, id uuid not null, primary key (n, id)); create table t (n uuid not null, id uuid not null default gen_random_uuid(), room uuid not null, during tstzrange not null, state text not null default 'held' check (state in ('held', 'free')), primary key (n, id), foreign key (n, room) references rooms, check (lower(during) is not null and upper(during) is not null), exclude using gist (n with =, room with =, during with &&) where (state <> 'free'))",
        "t",
    ),
    (
        "a small closed set, unique with a parent",
        "create table p (id int primary key); create table t (p int not null references p, kind text not null check (kind in ('x', 'y')), level smallint not null check (level between 1 and 3), primary key (p, kind, level))",
        "t",
    ),
    (
        "a parent with rows of its own",
        "create table plans (code text primary key check (code in ('free', 'pro'))); insert into plans values ('free'); create table t (id int primary key, plan text not null references plans)",
        "t",
    ),
    (
        "a tree in a tenant that never ends",
        "create table n (id int primary key); create table t (n int not null references n, id int not null, parent int not null, primary key (n, id), foreign key (n, parent) references t)",
        "t",
    ),
    (
        "inheritance",
        "create table p (id int primary key); create table q () inherits (p); insert into q values (9); create table t (p int not null references p)",
        "t",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn tables_with_several_difficulties_are_filled_too() {
    let mut failures = Vec::new();
    for (what, schema, table) in SCHEMAS {
        let schema = format!("create domain citext2 as text; {schema}");
        let stage = Stage::set(&schema).await;
        for rows in [4, 150, 900] {
            match stage.fill(table, rows, 3).await {
                Err(error) => failures.push(format!("{what}, {rows} rows: {}", chain(&error))),
                Ok(filled) if filled.rows != rows => failures.push(format!("{what}: {filled:?}")),
                Ok(_) => {}
            }
        }
        let orphans = stage.orphans().await;
        if !orphans.is_empty() {
            failures.push(format!("{what}: orphans of {orphans:?}"));
        }
        stage.end().await;
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), SCHEMAS.len(), failures.join("\n"));
}
