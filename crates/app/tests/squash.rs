//! Squashing on real servers: what is written gives the same, and what cannot be written is refused.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use freehold_app::{
    migrate::squash::{Ground, PreludeScript, Request, SquashError, SquashTo, Squashed, run},
    progress::Silent,
};
use freehold_db::Session;
use freehold_migrate::{Command, Prepared, RunOptions, Target};
use freehold_sandbox::testing;

fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let project = tempfile::tempdir().unwrap();
    let dir = project.path().join("migrations");
    fs::create_dir(&dir).unwrap();
    for (name, text) in files {
        fs::write(dir.join(name), text).unwrap();
    }
    (project, dir)
}

fn request(dir: &Path, upto: &str, destination: SquashTo) -> Request {
    Request {
        dir: dir.to_owned(),
        format: Some("sqlx".to_owned()),
        upto: upto.to_owned(),
        name: None,
        destination,
        tenant_shared: None,
        ground: Ground { search: testing::options().search, ..Ground::default() },
        progress: Arc::new(Silent),
    }
}

async fn to_file(dir: &Path, upto: &str) -> Result<(Squashed, String), SquashError> {
    let out = dir.parent().unwrap().join("out.sql");
    let done = run(&request(dir, upto, SquashTo::File(out.clone()))).await?;
    Ok((done, fs::read_to_string(out).unwrap()))
}

const HISTORY: &[(&str, &str)] = &[
    (
        "1_start.sql",
        "create extension citext; create schema app;
         create table app.plans (id int generated always as identity, name citext not null unique, price numeric(10,2));
         insert into app.plans (name, price) values ('Free', 0), ('Pro', 12.50), ('it''s \\ odd', null);
         create table dropped (id int);",
    ),
    (
        "2_more.sql",
        "drop table dropped;
         do $$ begin if not exists (select from pg_roles where rolname = 'squash_app') then create role squash_app login connection limit 7; end if; end $$;
         create function app.cheap(numeric) returns boolean language sql as 'select $1 < (select avg(price) from app.plans)';
         create table app.users (id bigserial primary key, plan int, email text check (email between 'a' and 'z' and email <> 'x'), made date default '2020-01-01');
         alter table app.plans add primary key (id);
         alter table app.users add foreign key (plan) references app.plans;
         insert into app.users (plan, email) values (1, 'ann'), (2, 'bob');
         delete from app.users where email = 'bob';
         grant usage on schema app to squash_app; grant select on app.users to squash_app;
         alter default privileges in schema app grant select on tables to squash_app;
         alter table app.users enable row level security; alter table app.users force row level security;
         create policy mine on app.users to squash_app using (email = current_user);
         create materialized view app.stats as select count(*) as n from app.users;",
    ),
    ("3_later.sql", "insert into app.users (plan, email) values (2, 'cyd'); create index on app.users (email);"),
];

#[tokio::test]
async fn the_script_gives_the_same_and_leaves_nothing_in_the_session() {
    let (_project, dir) = project(HISTORY);
    let (done, text) = to_file(&dir, "2").await.unwrap();
    assert_eq!((done.count, done.later), (2, 1));
    let seeds: Vec<_> = done.seeds.iter().map(|seed| (seed.table.as_str(), seed.rows)).collect();
    assert_eq!(seeds, [("app.plans", 3), ("app.users", 1)]);
    assert!(text.starts_with("-- freehold: squashed 2 migrations up to 2, chain "), "{text}");
    for wrong in ["freehold_squash", "set_config", "\\restrict", "OWNER TO", "DROPPED"] {
        assert!(!text.contains(wrong), "{wrong}: {text}");
    }
    let folder = freehold_migrate::read(&dir, Some("sqlx")).unwrap();
    let chain = freehold_migrate::chain(&folder.migrations[..2]);
    assert!(text.contains(&chain), "{text}");

    let scratch = testing::scratch().await;
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    let settings = "select string_agg(name || '=' || setting, ',' order by name) from pg_settings where source = 'session'";
    session.run("set search_path = app, public").await.unwrap();
    let before: Option<String> = session.query(settings, &[]).await.unwrap()[0].get(0);
    session.run(&format!("begin; {text} commit")).await.unwrap();
    let after: Option<String> = session.query(settings, &[]).await.unwrap()[0].get(0);
    assert_eq!(before, after);
    let row = &session.query("select nextval('app.users_id_seq'), (select rolconnlimit from pg_roles where rolname = 'squash_app')", &[]).await.unwrap()[0];
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i32>(1)), (3, 7));
}

#[tokio::test]
async fn replaced_in_the_folder_old_databases_need_nothing_and_new_ones_get_the_same() {
    let (project, dir) = project(HISTORY);
    let old = testing::scratch().await;
    let target = Target::database("old", old.connect_to());
    let up = async |target: &Target, dir: &Path| {
        let prepared = Prepared::new(freehold_migrate::read(dir, Some("sqlx")).unwrap());
        let command = Command::Up { count: None };
        freehold_migrate::run(target, &prepared, &command, &RunOptions::default(), &|_| {}).await.unwrap()
    };
    up(&target, &dir).await;
    let done = run(&request(&dir, "2", SquashTo::Replace)).await.unwrap();
    assert_eq!(done.moved_to.as_deref(), Some(project.path().join("migrations.before-2").as_path()));
    assert_eq!(done.files, [dir.join("2_baseline.sql")]);
    assert!(!dir.join("1_start.sql").exists() && dir.join("3_later.sql").exists());
    assert!(up(&target, &dir).await.ran.is_empty());

    let new = testing::scratch().await;
    let target = Target::database("new", new.connect_to());
    assert_eq!(up(&target, &dir).await.ran.len(), 2);
    let emails = "select string_agg(id || email, ',' order by id) from app.users";
    let mut seen = Vec::new();
    for to in [old.connect_to(), new.connect_to()] {
        let session = Session::open(&to).await.unwrap();
        seen.push(session.query(emails, &[]).await.unwrap()[0].get::<_, String>(0));
    }
    assert_eq!(seen, ["1ann,3cyd", "1ann,3cyd"]);
    let again = run(&request(&dir, "3", SquashTo::Replace)).await.unwrap();
    assert_eq!(again.count, 2);
    assert!(again.remarks.iter().any(|remark| remark.contains("app.stats")), "{again:#?}");
}

#[tokio::test]
async fn what_is_another_in_every_run_is_said() {
    let (_project, dir) = project(&[
        (
            "1_a.sql",
            "create table a (id uuid default gen_random_uuid(), at timestamptz default now(), n int)",
        ),
        ("2_b.sql", "insert into a (n) values (1), (2)"),
        (
            "3_c.sql",
            "insert into a (n) values (3); insert into a select gen_random_uuid(), now(), n from a where n = 1",
        ),
    ]);
    let (done, _) = to_file(&dir, "2").await.unwrap();
    assert_eq!(done.later, 1);
    assert!(done.remarks.iter().any(|remark| remark.contains("a have other values in at, id")), "{done:#?}");
}

#[tokio::test]
async fn settings_of_the_database_and_of_roles_are_carried_over() {
    let (_project, dir) = project(&[
        ("1_a.sql", "create role squash_set; alter role squash_set set search_path = app, \"$user\"; comment on role squash_set is 'it''s'"),
        (
            "2_b.sql",
            "do $$ begin execute format('alter database %I set work_mem = ''9MB''', current_database());
             execute format('revoke temporary on database %I from public', current_database());
             execute format('grant connect on database %I to squash_set with grant option', current_database()); end $$;
             create role squash_member in role squash_set password 'secret' login;",
        ),
    ]);
    let (done, text) = to_file(&dir, "2").await.unwrap();
    assert!(text.contains("SET search_path TO app, \"$user\""), "{text}");
    assert!(!text.contains("'secret'"), "{text}");
    assert!(
        done.remarks.iter().any(|remark| remark.contains("password of the role squash_member")),
        "{done:#?}"
    );
}

#[tokio::test]
async fn what_the_platform_brings_is_not_squashed_with_the_rest() {
    let (project, dir) = project(&[
        ("1_a.sql", "create table auth.sessions (id int references auth.users)"),
        ("2_b.sql", "insert into auth.sessions values (1)"),
    ]);
    let mut request = request(&dir, "2", SquashTo::File(project.path().join("out.sql")));
    request.ground.prelude = vec![PreludeScript {
        name: "prelude.sql".to_owned(),
        sql: "create role squash_platform; create schema auth authorization squash_platform; \
              create table auth.users (id int primary key); insert into auth.users values (1)"
            .to_owned(),
    }];
    run(&request).await.unwrap();
    let text = fs::read_to_string(project.path().join("out.sql")).unwrap();
    assert!(
        text.contains("CREATE TABLE auth.sessions") && text.contains("INSERT INTO auth.sessions"),
        "{text}"
    );
    assert!(!text.contains("CREATE TABLE auth.users") && !text.contains("squash_platform"), "{text}");
}

#[tokio::test]
async fn a_script_for_tenants_names_no_schema_or_is_refused() {
    let (project, dir) = project(&[
        (
            "1_a.sql",
            "create table a (id serial primary key, b text); insert into a (b) values ('x');
             create view v as select b from a; create function f() returns bigint language sql as 'select count(*) from a'",
        ),
        ("2_b.sql", "create table c (a int references a default 1)"),
        ("3_d.sql", "create index on c (a)"),
    ]);
    let mut request = request(&dir, "2", SquashTo::File(project.path().join("out.sql")));
    request.tenant_shared = Some(vec!["public".to_owned()]);
    run(&request).await.unwrap();
    let text = fs::read_to_string(project.path().join("out.sql")).unwrap();
    assert!(text.contains("CREATE TABLE a (") && text.contains("nextval('a_id_seq'::regclass)"), "{text}");

    fs::write(
        dir.join("2_b.sql"),
        "do $$ begin execute format('grant usage on schema %I to public', current_schema()); end $$",
    )
    .unwrap();
    fs::remove_file(dir.join("3_d.sql")).unwrap();
    fs::remove_file(project.path().join("out.sql")).unwrap();
    let error = run(&request).await.unwrap_err();
    assert!(matches!(error, SquashError::TenantNamed { .. }), "{error}");
}

#[tokio::test]
async fn what_cannot_be_squashed_honestly_is_refused_and_nothing_is_written() {
    let first = ("1_a.sql", "create table a (id int, who text)");
    let cases: &[(&str, &str)] = &[
        ("alter system set work_mem = '8MB'", "configuration file"),
        ("select lo_create(4711)", "large object"),
        ("insert into a values (1, current_user)", "role that applies"),
        ("drop schema public cascade", "does not give the same"),
        ("create table b (", "cannot be read"),
        ("select 1/0", "could not be applied"),
    ];
    for (sql, said) in cases {
        let (project, dir) = project(&[first, ("2_b.sql", sql)]);
        let error = run(&request(&dir, "2", SquashTo::Replace)).await.unwrap_err();
        assert!(error.to_string().contains(said), "{sql}: {error}");
        let left = fs::read_dir(project.path()).unwrap().count();
        assert_eq!((left, fs::read_dir(&dir).unwrap().count()), (1, 2), "{sql}");
    }
    let (project, dir) = project(&[first, ("2_b.sql", "select 1")]);
    let out = project.path().join("out.sql");
    fs::write(&out, "mine").unwrap();
    let error = run(&request(&dir, "2", SquashTo::File(out.clone()))).await.unwrap_err();
    assert!(matches!(error, SquashError::Exists { .. }), "{error}");
    assert_eq!(fs::read_to_string(out).unwrap(), "mine");
    let error = run(&request(&dir, "9", SquashTo::Replace)).await.unwrap_err();
    assert!(error.help().unwrap().contains("is 2"), "{error}");
    let error = run(&request(&dir, "1", SquashTo::Replace)).await.unwrap_err();
    assert!(matches!(error, SquashError::NothingToSquash { .. }), "{error}");
}

#[tokio::test]
async fn a_migration_in_go_stops_it_only_where_it_lies_before() {
    let goose = |sql: &str| format!("-- +goose Up\n{sql};\n-- +goose Down\n");
    let (project, dir) = project(&[
        ("00001_a.sql", &goose("create table a (id int)")),
        ("00002_b.sql", &goose("create table b (id int)")),
        ("00003_c.go", "package migrations"),
        ("00004_d.sql", &goose("create table d (id int)")),
    ]);
    let mut request = request(&dir, "4", SquashTo::File(project.path().join("out.sql")));
    request.format = Some("goose".to_owned());
    let error = run(&request).await.unwrap_err();
    assert!(matches!(&error, SquashError::Code { files } if files.len() == 1), "{error}");
    request.upto = "2".to_owned();
    let done = run(&request).await.unwrap();
    assert_eq!(done.later, 0);
    assert!(done.remarks[0].contains("00003_c.go"), "{done:#?}");
}
