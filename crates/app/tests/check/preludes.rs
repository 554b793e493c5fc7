//! What a folder finds in place before its first migration: files of the project's own, and what Supabase's platform
//! provides.

use std::fs;

use freehold_app::report::Report;

use crate::project::{check, check_with_all_rules, folder, lines, told};

const NOTES: &[u8] = b"create extension if not exists \"pgcrypto\" with schema \"extensions\";
    create extension if not exists pg_cron;
    create table public.notes (
        id uuid primary key default extensions.gen_random_uuid(),
        owner uuid not null default auth.uid() references auth.users on delete cascade,
        digest text default encode(digest('x', 'sha256'), 'hex'));
    create index notes_owner_idx on public.notes (owner);
    alter table public.notes enable row level security;
    create policy own on public.notes to authenticated using (owner = (select auth.uid()));
    create policy files on storage.objects for select to authenticated
        using (bucket_id = 'notes' and (storage.foldername(name))[1] = (select auth.uid())::text);
    insert into storage.buckets (id, name, public) values ('notes', 'notes', false);
    alter publication supabase_realtime add table public.notes;
    select cron.schedule('tidy', '0 3 * * *', $$select 1$$);
    do $$ begin
        if not has_table_privilege('anon', 'public.notes', 'SELECT') then raise 'no default privileges'; end if;
        if has_table_privilege('authenticated', 'auth.users', 'SELECT') then raise 'users are open'; end if;
    end $$;\n";

fn applied(report: &Report) -> bool {
    !report.findings.iter().any(|finding| finding.rule == "migration-fails")
}

fn gap(report: &Report, word: &str) -> bool {
    report.not_verified.iter().any(|gap| gap.why.contains(word) || gap.what.contains(word))
}

#[tokio::test]
async fn a_folder_of_supabase_gets_what_the_platform_provides_and_the_report_says_so() {
    let project = folder(&[("supabase/migrations/20240101000000_notes.sql", NOTES)]);
    let report = check_with_all_rules(project.path()).await.unwrap();
    assert!(applied(&report), "{:#?}", lines(&report));
    assert!(gap(&report, "prelude = \"supabase\""), "{:#?}", report.not_verified);
    assert!(gap(&report, "the extensions pg_cron"), "{:#?}", report.not_verified);
    assert!(report.not_verified.iter().all(|gap| !gap.asked_for), "{:#?}", report.not_verified);
    let platforms: Vec<String> = lines(&report)
        .into_iter()
        .filter(|line| !line.contains("20240101000000_notes.sql") && !line.contains("notes"))
        .collect();
    assert!(platforms.is_empty(), "what the platform made is no matter of the folder: {platforms:#?}");
}

#[tokio::test]
async fn the_prelude_is_left_out_when_the_settings_say_so_and_suggested_when_that_is_why_nothing_applies() {
    let project = folder(&[
        ("supabase/migrations/20240101000000_notes.sql", NOTES),
        ("freehold.toml", b"[sandbox]\nprelude = []\n"),
    ]);
    let report = check(project.path()).await.unwrap();
    assert!(!applied(&report));
    assert!(gap(&report, "gives them to the scratch database"), "{:#?}", report.not_verified);
}

#[tokio::test]
async fn a_folder_of_another_format_names_the_prelude_and_gets_a_suggestion_without() {
    let up = ("migrations/000001_notes.up.sql", NOTES);
    let down = ("migrations/000001_notes.down.sql", &b"drop table public.notes;\n"[..]);
    let report = check(folder(&[up, down]).path()).await.unwrap();
    assert!(!applied(&report));
    assert!(gap(&report, "prelude = \"supabase\""), "{:#?}", report.not_verified);
    let settings = ("freehold.toml", &b"[sandbox]\nprelude = [\"supabase\", \"more.sql\"]\n"[..]);
    let more = ("more.sql", &b"create table public.there_before (id int primary key);\n"[..]);
    let second = ("migrations/000002_more.up.sql", &b"alter table public.there_before add name text;\n"[..]);
    let back = ("migrations/000002_more.down.sql", &b"alter table public.there_before drop name;\n"[..]);
    let report = check(folder(&[up, down, second, back, settings, more]).path()).await.unwrap();
    assert!(applied(&report), "{:#?}", lines(&report));
    assert!(!gap(&report, "to do without"), "what was asked for needs no explanation");
}

#[tokio::test]
async fn a_folder_that_makes_the_schema_itself_or_names_nothing_of_the_platform_gets_no_prelude() {
    for sql in [
        "create schema auth; create table auth.users (id int primary key);",
        "create table public.plain (id int primary key);",
    ] {
        let project = folder(&[("supabase/migrations/20240101000000_a.sql", sql.as_bytes())]);
        let report = check(project.path()).await.unwrap();
        assert!(applied(&report), "{sql}: {:#?}", lines(&report));
        assert!(!gap(&report, "Supabase"), "{sql}: {:#?}", report.not_verified);
    }
}

#[tokio::test]
async fn an_extension_that_is_missing_and_asked_for_plainly_is_an_error_that_names_it() {
    let sql = b"create extension pg_cron; create table public.a (id uuid references auth.users);";
    let project = folder(&[("supabase/migrations/20240101000000_a.sql", &sql[..])]);
    let error = told(&check(project.path()).await.unwrap_err());
    assert!(error.contains("\"pg_cron\" is not installed"), "{error}");
}

#[tokio::test]
async fn a_finding_about_a_table_that_the_prelude_made_is_told_when_a_migration_is_why() {
    let before =
        "create table public.kept (id int primary key); alter table public.kept enable row level security;
                  create role reader nologin; grant truncate on public.kept to reader;";
    let settings = ("freehold.toml", &b"[sandbox]\nprelude = \"before.sql\"\n"[..]);
    let truncates =
        |report: &Report| report.findings.iter().filter(|finding| finding.rule == "truncate-granted").count();
    for (migration, expected) in [
        ("create table public.own (id int primary key);", 0),
        ("create role writer nologin; grant truncate on public.kept to writer;", 1),
    ] {
        let project = folder(&[("migrations/1_a.sql", migration.as_bytes()), settings]);
        fs::write(project.path().join("before.sql"), before).unwrap();
        let report = check_with_all_rules(project.path()).await.unwrap();
        assert_eq!(truncates(&report), expected, "{migration}: {:#?}", lines(&report));
    }
}
