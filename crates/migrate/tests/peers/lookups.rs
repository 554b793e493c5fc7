//! Where tables are looked for, how they are told apart, and that nothing is touched.

use freehold_db::Session;
use freehold_migrate::{PeerError, find_peers, read_peer};

use crate::workbench::{Database, Files};
use crate::{every_tool, flyway, golang_migrate, prisma, sqlx};

/// Every tool with the table as it makes it.
const TABLES: &[(&str, &str)] = &[
    ("golang-migrate", golang_migrate::TABLE),
    ("sqlx", sqlx::TABLE),
    ("diesel", every_tool::DIESEL),
    ("goose", every_tool::GOOSE),
    ("flyway", flyway::TABLE),
    ("prisma", prisma::TABLE),
    ("supabase", every_tool::SUPABASE),
    ("dbmate", every_tool::DBMATE),
    ("node-pg-migrate", every_tool::NODE_PG_MIGRATE),
    ("db-migrate", every_tool::DB_MIGRATE),
    ("sql-migrate", every_tool::SQL_MIGRATE),
    ("postgres-migrations", every_tool::POSTGRES_MIGRATIONS),
    ("tern", every_tool::TERN),
];

#[tokio::test]
async fn each_tools_table_is_found_as_that_tools_and_no_other() {
    let mut tools: Vec<&str> = freehold_migrate::PEERS.iter().map(|peer| peer.tool()).collect();
    for (tool, table) in TABLES {
        let database = Database::with(table).await;
        let before = database.everything().await;
        let history = database.only(tool).await;
        assert_eq!(database.everything().await, before, "{tool}");
        let quoted = history.table.quoted();
        assert_eq!(database.named(&quoted, Some(tool)).await.unwrap(), history);
        tools.retain(|name| name != tool);
    }
    assert_eq!(tools, Vec::<&str>::new(), "every tool has a table here");
}

#[tokio::test]
async fn tables_of_one_name_are_told_apart_by_their_columns() {
    let cases = [
        ("schema_migrations (version bigint primary key, dirty boolean)", Some("golang-migrate")),
        ("schema_migrations (version varchar(255) primary key)", Some("dbmate")),
        ("schema_migrations (version bigint primary key, inserted_at timestamp)", None),
        ("schema_migrations (version bigint primary key)", None),
        ("schema_migrations (version varchar primary key, dirty boolean)", None),
        ("schema_migrations (version bigint primary key, dirty integer)", None),
        ("migrations (id serial, name varchar, run_on timestamp)", Some("db-migrate")),
        (
            "migrations (id serial, name varchar, hash varchar, executed_at timestamp)",
            Some("postgres-migrations"),
        ),
        ("migrations (id serial, migration varchar, batch integer)", None),
        ("schema_version (version integer)", Some("tern")),
        ("schema_version (version text)", None),
    ];
    for (table, tool) in cases {
        let database = Database::with(&format!("create table {table}")).await;
        let found = database.found().await;
        assert_eq!(
            found.iter().map(|history| history.tool).collect::<Vec<_>>(),
            Vec::from_iter(tool),
            "{table}"
        );
    }
}

#[tokio::test]
async fn the_search_path_is_searched_in_its_order_and_a_schema_alone_when_named() {
    let database =
        Database::with("create schema \"Odd.App\"; create schema shop; create schema hidden").await;
    for schema in ["\"Odd.App\"", "shop", "hidden"] {
        database
            .run(&format!(
                "create table {schema}.schema_migrations (version bigint primary key, dirty boolean); \
                 insert into {schema}.schema_migrations values (1, false)"
            ))
            .await;
    }
    database.reading.run("set search_path = shop, nowhere, \"Odd.App\", public").await.unwrap();
    let names = |found: Vec<freehold_migrate::PeerHistory>| {
        found.into_iter().map(|history| history.table.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(database.found().await), ["shop.schema_migrations", "\"Odd.App\".schema_migrations"]);
    let hidden = find_peers(&database.reading, Some("hidden")).await.unwrap();
    assert_eq!(names(hidden), ["hidden.schema_migrations"]);
    assert!(find_peers(&database.reading, Some("public")).await.unwrap().is_empty());
    assert!(find_peers(&database.reading, Some("no such")).await.unwrap().is_empty());
    let first = database.named("schema_migrations", None).await.unwrap();
    assert_eq!(first.table.schema, "shop");
    let odd = database.named("\"Odd.App\".schema_migrations", None).await.unwrap();
    assert_eq!(odd.table.schema, "Odd.App");
}

#[tokio::test]
async fn a_table_of_another_name_is_known_by_its_columns() {
    let database = Database::with(
        "create table my_versions (version bigint primary key, dirty boolean); \
         create table my_runs (id serial, name varchar, run_on timestamp); create table users (id int)",
    )
    .await;
    assert!(database.found().await.is_empty());
    assert_eq!(database.named("my_versions", None).await.unwrap().tool, "golang-migrate");
    assert_eq!(database.named("my_runs", Some("db-migrate")).await.unwrap().tool, "db-migrate");
    let error = database.named("my_runs", None).await.unwrap_err();
    assert!(
        matches!(&error, PeerError::Ambiguous { tools, .. } if tools == &["node-pg-migrate", "db-migrate"])
    );
    let error = database.named("users", None).await.unwrap_err();
    assert_eq!(error.to_string(), "users (id integer) is not the history of any known tool");
    let error = database.named("my_versions", Some("sqlx")).await.unwrap_err();
    assert!(error.to_string().ends_with("is not the history of sqlx"));
    assert!(error.help().unwrap().contains("checksum bytea"));
    assert!(matches!(database.named("missing", None).await, Err(PeerError::NoTable { .. })));
    assert!(matches!(database.named("a.b.c", None).await, Err(PeerError::BadName { .. })));
    assert!(matches!(database.named("users", Some("make")).await, Err(PeerError::UnknownTool { .. })));
}

#[tokio::test]
async fn a_table_that_cannot_be_read_whole_is_an_error_and_the_session_lives_on() {
    let database = Database::with(
        "create table schema_migrations (version varchar primary key); \
         insert into schema_migrations values ('1'), ('2'); \
         drop role if exists freehold_test_reader; create role freehold_test_reader; \
         grant usage on schema public to freehold_test_reader",
    )
    .await;
    let reader = Session::open(&database.scratch.connect_to()).await.unwrap();
    reader.run("set role freehold_test_reader").await.unwrap();
    let denied = find_peers(&reader, None).await.unwrap_err();
    assert_eq!(denied.to_string(), "reading the history of dbmate in schema_migrations failed");
    assert!(denied.help().unwrap().contains("grant select on \"public\".\"schema_migrations\""));
    database
        .run(
            "grant select on schema_migrations to freehold_test_reader; alter table schema_migrations enable row level \
             security; create policy part on schema_migrations using (version = '1')",
        )
        .await;
    let part = find_peers(&reader, None).await.unwrap_err();
    assert!(matches!(part, PeerError::Unreadable { .. }), "a part of the rows is no history: {part:?}");
    database.run("alter table schema_migrations disable row level security").await;
    assert_eq!(find_peers(&reader, None).await.unwrap()[0].entries.len(), 2);
    reader.close().await;
    database.run("drop owned by freehold_test_reader; drop role freehold_test_reader").await;
}

#[tokio::test]
async fn reading_goes_through_a_session_that_may_write_without_writing() {
    let database = Database::with(golang_migrate::TABLE).await;
    database.run("insert into schema_migrations values (3, false)").await;
    // Whoever could make reading write: the transaction must not allow it.
    database
        .run(
            "create function note() returns boolean language plpgsql as \
             $$ begin create table noted (); return false; end $$; \
             create schema trap; create view trap.schema_migrations as select 3::bigint as version, note() as dirty",
        )
        .await;
    let before = database.everything().await;
    let error = read_peer(&database.writing, "trap.schema_migrations", None).await.unwrap_err();
    assert!(format!("{:?}", std::error::Error::source(&error)).contains("read-only transaction"));
    assert_eq!(find_peers(&database.writing, None).await.unwrap().len(), 1);
    assert_eq!(database.everything().await, before);
    database.run("create table after_it ()").await;
}

#[tokio::test]
async fn a_folder_of_another_format_is_told() {
    let database = Database::with(every_tool::DBMATE).await;
    database.run("insert into schema_migrations values ('1')").await;
    let files = Files::new("golang-migrate", &[("1_a.up.sql", "select 1;")]);
    let adoption = files.beside(&database.only("dbmate").await);
    assert_eq!(
        adoption.obstacles[0].to_string(),
        "the table schema_migrations is dbmate's, and the folder was read as one of golang-migrate"
    );
}
