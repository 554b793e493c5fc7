//! Ways in which schemas tie rows to tenants, each of which tempts a reference to cross.

use super::town::{Plan, Town};

/// What is tempting, the schema, the root, tenant columns, shared tables.
type Case<'a> = (&'a str, &'a str, &'a str, &'a [&'a str], &'a [&'a str]);

const CASES: &[Case<'static>] = &[
    (
        "an owner of the tenant, who may have a home",
        "create table org (id uuid primary key, owner uuid not null); create table person (id uuid primary key, home uuid references org); alter table org add foreign key (owner) references person",
        "org",
        &[],
        &[],
    ),
    (
        "a circle without a gap",
        "create table org (id uuid primary key, owner uuid not null); create table person (id uuid primary key, org uuid not null references org); alter table org add foreign key (owner) references person deferrable initially deferred",
        "org",
        &["person.org"],
        &[],
    ),
    (
        "people in a schema of their own",
        "create schema auth; create table auth.users (id uuid primary key default gen_random_uuid(), email text unique); create table profiles (id uuid primary key references auth.users on delete cascade, name text); create table teams (id bigint generated always as identity primary key, name text not null); create table team_members (team_id bigint not null references teams, user_id uuid not null references auth.users, primary key (team_id, user_id)); create table docs (id uuid primary key default gen_random_uuid(), team_id bigint not null references teams, made_by uuid references auth.users, title text); create table comments (id uuid primary key default gen_random_uuid(), doc_id uuid not null references docs, author uuid not null references profiles, body text)",
        "teams",
        &["team_members.team_id", "docs.team_id"],
        &[],
    ),
    (
        "two parents of one child, by single columns",
        "create table t (id smallint primary key); create table orders (id serial primary key, t smallint not null references t); create table products (id serial primary key, t smallint not null references t); create table items (o int not null references orders, p int not null references products, n int not null, primary key (o, p))",
        "t",
        &["orders.t", "products.t"],
        &[],
    ),
    (
        "a tenant column without a key, of another type",
        "create table t (id uuid primary key); create table a (id int primary key, tenant varchar(64) not null, parent int references a); create table b (id int primary key, a int not null references a)",
        "t",
        &["a.tenant"],
        &[],
    ),
    (
        "no table of tenants",
        "create table a (id int primary key, tenant_id uuid not null); create table b (id int primary key, tenant_id uuid not null, a int not null references a, unique (tenant_id, id)); create table c (tenant_id uuid not null, b int not null, foreign key (tenant_id, b) references b (tenant_id, id))",
        "",
        &["a.tenant_id", "b.tenant_id", "c.tenant_id"],
        &[],
    ),
    (
        "no table of tenants, numbers",
        "create table a (id int primary key, company_id int not null, name text not null, unique (company_id, name)); create table b (company_id int, a int not null references a)",
        "",
        &["a.company_id", "b.company_id"],
        &[],
    ),
    (
        "tenants known by their slug",
        "create table t (id serial primary key, slug text not null unique check (slug ~ '^[a-z]{3,12}$')); create table a (id serial primary key, t text not null references t (slug), kind text not null check (kind in ('x', 'y', 'z', 'w')), unique (t, kind))",
        "t",
        &["a.t"],
        &[],
    ),
    (
        "a tree in a tenant and one over tenants",
        "create table t (id uuid primary key, parent uuid references t); create table n (t uuid not null references t, id int not null, up int, primary key (t, id), foreign key (t, up) references n)",
        "t",
        &["n.t"],
        &[],
    ),
    (
        "a link between equals",
        "create table t (id int primary key); create table u (id int primary key, t int not null references t); create table friends (a int not null references u, b int not null references u, check (a < b), primary key (a, b))",
        "t",
        &["u.t"],
        &[],
    ),
    (
        "heirs of a table with keys of their own",
        "create table t (id int primary key); create table base (id int primary key, t int not null references t); create table heir (x int) inherits (base); alter table heir add foreign key (t) references t; create table c (b int not null references base)",
        "t",
        &["base.t", "heir.t"],
        &[],
    ),
    (
        "months of every tenant, and a key into them",
        "create table t (id uuid primary key); create table e (t uuid not null references t, id int not null, at date not null, primary key (id, at)) partition by range (at); create table e1 partition of e for values from ('2030-01-01') to ('2030-02-01'); create table e2 partition of e for values from ('2030-02-01') to ('2030-03-01'); create table e3 partition of e default; create table f (e int not null, at date not null, foreign key (e, at) references e)",
        "t",
        &["e.t"],
        &[],
    ),
    (
        "one of two owners",
        "create table t (id int primary key); create table u (id int primary key, t int not null references t); create table g (id int primary key, t int not null references t); create table o (id int primary key, u int references u, g int references g, check (num_nonnulls(u, g) = 1))",
        "t",
        &["u.t", "g.t"],
        &[],
    ),
    (
        "bookings of rooms",
        "create extension btree_gist; create table t (id uuid primary key); create table r (id int primary key, t uuid not null references t); create table b (t uuid not null references t, r int not null references r, during tstzrange not null, exclude using gist (r with =, during with &&))",
        "t",
        &["r.t", "b.t"],
        &[],
    ),
    (
        "shared things of many kinds",
        "create table plan (code text primary key); create table country (code char(2) primary key); insert into country values ('de'), ('fr'); create table t (id uuid primary key, plan text not null references plan, country char(2) references country); create table a (t uuid not null references t, country char(2) not null references country, primary key (t, country))",
        "t",
        &["a.t"],
        &["plan", "country"],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn no_reference_crosses_whatever_ties_rows_to_tenants() {
    let mut failures = Vec::new();
    for &(what, schema, root, columns, shared) in CASES {
        let town = Town::found(Plan { schema, root, columns, shared }).await;
        let populated = town.fill().await;
        let faults = town.faults(&populated).await;
        let empty = populated.tables.iter().filter(|(_, rows)| *rows < 3).count();
        let said = !populated.shared.is_empty() || !populated.partly.is_empty();
        let known = shared.len();
        if !faults.is_empty() || said || empty > known || populated.tenants.len() != 3 {
            failures.push(format!("{what}: {faults:?} {populated:?}"));
        }
        town.stage.end().await;
    }
    assert!(failures.is_empty(), "{}:\n{}", failures.len(), failures.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_room_for_few_is_shared_and_what_is_owned_is_reported() {
    let schema = "create table t (id int primary key); create type kind as enum ('a', 'b'); create table kinds (k kind primary key); \
        create table settings (only_one bool primary key default true check (only_one), name text); \
        create table things (t int not null references t, k kind not null references kinds, s bool references settings); \
        create table owned (t int not null references t, slot bool not null check (slot), constraint one_slot unique (slot))";
    let columns = &["things.t", "owned.t"];
    let town = Town::found(Plan { schema, root: "t", columns, shared: &[] }).await;
    let populated = town.fill().await;
    let name = |oid: &u32| town.catalog.relation_by_oid(*oid).expect("a table").name.to_string();
    let mut shared: Vec<String> = populated.shared.iter().map(|(oid, _)| name(oid)).collect();
    shared.sort();
    assert_eq!(shared, ["kinds", "settings"], "{populated:?}");
    assert_eq!(town.stage.number("select count(*) from things where k is not null and s").await, 12);
    let said: Vec<String> = populated.unsatisfied.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].contains("owned") && said[0].contains("one_slot") && said[0].contains("1 of 3"),
        "{said:?}"
    );
    town.stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_makes_the_same_rows_and_another_others() {
    let schema = "create table t (id uuid primary key, name text not null); create table a (id uuid primary key, t uuid not null references t, up uuid references a, price numeric(8,2), at timestamptz, data jsonb, state text check (state ~ '^[a-f]{4}$'))";
    let mut made = Vec::new();
    for seed in [1, 1, 2] {
        let mut town = Town::found(Plan { schema, root: "t", columns: &["a.t"], shared: &[] }).await;
        town.population.seed = seed;
        town.fill().await;
        made.push(town.stage.text("select string_agg(a::text, ';' order by id) from a").await);
        town.stage.end().await;
    }
    assert_eq!(made[0], made[1]);
    assert_ne!(made[0], made[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn triggers_run_where_they_are_wanted_and_what_they_write_counts() {
    let schema = "create table t (id int primary key); create table u (id int primary key, t int not null references t, touched bool); \
        create table profile (u int primary key references u, made_by_trigger bool); create table log (id serial primary key, u int not null references u); \
        create function touch() returns trigger language plpgsql as $$ begin new.touched := true; return new; end $$; \
        create trigger touch before insert on u for each row execute function touch(); \
        create function follow() returns trigger language plpgsql as $$ begin insert into profile values (new.id, true); insert into log (u) values (new.id); return null; end $$; \
        create trigger follow after insert on u for each row execute function follow()";
    let mut town = Town::found(Plan { schema, root: "t", columns: &["u.t"], shared: &[] }).await;
    let quiet = town.fill().await;
    assert_eq!(town.faults(&quiet).await, Vec::<String>::new());
    assert_eq!(town.stage.number("select count(*) from u where id is not null").await, 12);
    assert_eq!(town.stage.number("select count(*) from log").await, 12);
    town.stage
        .session
        .run("delete from log; delete from profile; delete from u; delete from t")
        .await
        .expect("nothing left");
    town.population.triggers = true;
    let loud = town.fill().await;
    assert_eq!(town.faults(&loud).await, Vec::<String>::new(), "{loud:?}");
    assert_eq!(town.stage.number("select count(*) from u where touched").await, 12);
    assert_eq!(town.stage.number("select count(*) from profile where made_by_trigger").await, 12);
    town.stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn generators_skew_and_a_choice_of_tables_are_kept_to() {
    let schema = "create table t (id int primary key); create table a (id serial primary key, t int not null references t, score float8 check (score < 1)); create table b (a int not null references a); create table c (t int not null references t)";
    let columns = &["a.t", "c.t"];
    let mut town = Town::found(Plan { schema, root: "t", columns, shared: &[] }).await;
    let (a, b) = (town.stage.oid("a").await, town.stage.oid("b").await);
    town.population.generators.insert((a, "score".to_owned()), "0.125".to_owned());
    town.population.tables = Some([b].into());
    town.population.rows = 110;
    town.population.skew = Some(1.0);
    let populated = town.fill().await;
    assert_eq!(town.faults(&populated).await, Vec::<String>::new());
    assert_eq!(town.stage.number("select count(*) from a where score = 0.125").await, 330);
    assert_eq!(town.stage.number("select count(*) from c").await, 0);
    assert_eq!(
        town.stage
            .text(
                "select string_agg(n::text, ' ' order by n desc) from (select count(*) n from a group by t) q"
            )
            .await,
        "180 90 60"
    );
    town.population.generators.insert((a, "score".to_owned()), "2".to_owned());
    let refused = town.fill().await;
    let said: Vec<String> = refused.unsatisfied.iter().map(ToString::to_string).collect();
    assert!(said.iter().any(|said| said.contains("a_score_check")), "{said:?}");
    town.stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_have_the_keys_that_their_partitions_are_made_for() {
    let tenants = "create table t (id int primary key, name text)";
    let events = "create table e (t int not null references t, id int not null, primary key (t, id)) partition by list (t); create table e1 partition of e for values in (71); create table e2 partition of e for values in (82)";
    let schema = format!("{tenants}; {events}; create table e3 partition of e for values in (93)");
    let town = Town::found(Plan { schema: &schema, root: "t", columns: &["e.t"], shared: &[] }).await;
    let populated = town.fill().await;
    assert_eq!(town.faults(&populated).await, Vec::<String>::new());
    assert_eq!(populated.tenants, ["71", "82", "93"]);
    assert_eq!(town.stage.number("select count(*) from e2 where t = 82").await, 4);
    town.stage.end().await;
    // A tenant without a partition is told.
    let schema = format!("{tenants}; {events}");
    let town = Town::found(Plan { schema: &schema, root: "t", columns: &["e.t"], shared: &[] }).await;
    let populated = town.fill().await;
    let said: Vec<String> = populated.unsatisfied.iter().map(ToString::to_string).collect();
    assert!(said.len() == 1 && said[0].contains("2 of 3"), "{said:?}");
    town.stage.end().await;
}
