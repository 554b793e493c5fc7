//! Rows for several tenants: every row is somebody's, and no reference crosses the line.

use super::town::{Plan, Town};

const PLAIN: &str = "create table org (id uuid primary key, name text not null); \
    create table person (id uuid primary key default gen_random_uuid(), email text not null unique); \
    create table member (org_id uuid not null references org, person_id uuid not null references person, role text not null check (role in ('owner', 'guest')), primary key (org_id, person_id)); \
    create table project (id bigserial primary key, org_id uuid not null references org, owner uuid references person, title text not null); \
    create table task (id bigserial primary key, project_id bigint not null references project, parent bigint references task, assignee uuid references person, done bool not null default false); \
    create table plan (code text primary key); insert into plan values ('free'), ('pro'); \
    create table subscription (org_id uuid primary key references org, plan text not null references plan); \
    create table note (id int generated always as identity primary key, tenant text not null, body text)";

const ORGS: Plan<'static> = Plan {
    schema: PLAIN,
    root: "org",
    columns: &["member.org_id", "project.org_id", "subscription.org_id", "note.tenant"],
    shared: &["plan"],
};

#[tokio::test(flavor = "multi_thread")]
async fn every_table_has_rows_of_every_tenant_and_no_reference_crosses() {
    let town = Town::found(ORGS).await;
    let populated = town.fill().await;
    assert_eq!(town.faults(&populated).await, Vec::<String>::new(), "{populated:?}");
    assert_eq!(populated.tenants.len(), 3);
    for (table, rows) in [
        ("org", 3),
        ("person", 12),
        ("member", 12),
        ("project", 12),
        ("task", 12),
        ("plan", 2),
        ("subscription", 3),
        ("note", 12),
    ] {
        assert_eq!(
            town.stage.number(&format!("select count(*) from {table}")).await,
            rows,
            "{table}: {populated:?}"
        );
    }
    assert_eq!(
        town.stage
            .number("select count(distinct tenant) from note where tenant in (select id::text from org)")
            .await,
        3
    );
    assert_eq!(town.stage.number("select count(*) from task where parent is not null").await, 9);
    assert_eq!(town.stage.number("select count(*) from task where assignee is null").await, 0);
    assert_eq!(town.stage.number("select count(*) from task t join project p on p.id = t.project_id join member m on m.person_id = t.assignee where m.org_id <> p.org_id").await, 0);
    assert_eq!(town.stage.number("select count(*) from pg_class where relname like 'freehold%'").await, 0);
    town.stage.end().await;
}

/// Schemas in which not every table can have rows of every tenant: a partition for keys
/// that only one tenant's parents have, a closed set of keys.
const KNOWN: &[&str] = &["partitions in partitions with a key", "a parent with rows of its own"];

#[tokio::test(flavor = "multi_thread")]
async fn hard_tables_are_filled_for_every_tenant_too() {
    let mut failures = Vec::new();
    for (what, schema, _) in super::schemas::SCHEMAS.iter().chain(super::harder::SCHEMAS) {
        let schema = format!("create domain citext2 as text; {schema}");
        let root =
            ["tenants", "n"].into_iter().find(|name| schema.contains(&format!("create table {name} ")));
        let town =
            Town::found(Plan { schema: &schema, root: root.unwrap_or_default(), ..Plan::default() }).await;
        let populated = town.fill().await;
        let faults = town.faults(&populated).await;
        let whole = |oid: &u32| town.catalog.relation_by_oid(*oid).is_some_and(|r| r.partition.is_none());
        let short = populated
            .tables
            .iter()
            .filter(|(oid, rows)| whole(oid) && *rows < 12 && town.population.root != Some(*oid));
        let short: Vec<_> =
            short.map(|(oid, _)| town.catalog.relation_by_oid(*oid).map(|r| r.name.to_string())).collect();
        let known = KNOWN.contains(what);
        let said = !populated.shared.is_empty() || !populated.partly.is_empty() || !short.is_empty();
        if !faults.is_empty() || said != known {
            failures.push(format!(
                "{what}: {faults:?} shared {:?} partly {:?} short {short:?}",
                populated.shared, populated.partly
            ));
        }
        town.stage.end().await;
    }
    assert!(failures.is_empty(), "{}:\n{}", failures.len(), failures.join("\n"));
}
