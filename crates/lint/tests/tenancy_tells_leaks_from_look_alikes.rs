//! Small schemas, each with one leak or deliberately sound, and exactly what the rules about the tenant line say of it at
//! warning or above.
//!
//! The cases are in `tenancy_cases/`: `-- case:` begins one, `-- after:` names the schema that it follows, `-- told:` a rule
//! that must speak, and no other may. `@table NAME COLUMNS` is a table of tenants' rows, `@guarded NAME CONDITION` one
//! with row security by that condition, `{closed}` the condition that is right.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use freehold_db::{Session, catalog::CatalogReader};
use freehold_lint::{Linter, example::Example};
use freehold_model::{
    catalog::Catalog,
    finding::{Category, Severity},
};
use freehold_sandbox::testing;
use freehold_sql::parse_each;

const CLOSED: &str = "tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid)";

fn read(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tenancy_cases");
    fs::read_to_string(folder.join(format!("{name}.sql"))).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The ids that rules about tenancy give at warning or above: of the text alone, or with what a server made of it.
fn told(text: &str, catalog: Option<Catalog>) -> BTreeSet<String> {
    let text = text.to_owned();
    let work = move || {
        let example = Example::read(&text);
        let mut linter = Linter::new(example.options.clone(), |_| true);
        for (script, info) in example.scripts.iter().zip(example.infos()) {
            linter.begin(info);
            parse_each(&script.text, &mut |outcome| {
                linter.statement(&outcome.unwrap(), &script.text, None);
            });
            linter.end();
        }
        if let Some(catalog) = &catalog {
            linter.rebase(catalog);
        }
        let found = linter.finish().found.into_iter();
        found
            .filter(|found| {
                found.rule.rule.category == Category::Tenancy && found.severity >= Severity::Warning
            })
            .map(|found| found.rule.rule.id.to_owned())
            .collect()
    };
    freehold_sql::deep_thread().spawn(work).unwrap().join().unwrap()
}

/// What a server makes of it. Roles belong to the whole server, and may be there.
async fn run(text: &str) -> Catalog {
    let scratch = testing::scratch().await;
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    session.run(PROVIDED).await.unwrap();
    for outcome in freehold_sql::parse_lenient(text) {
        let statement = outcome.unwrap();
        let sql = statement.text(text);
        let sql = match sql.strip_prefix("create role") {
            Some(_) => format!(
                "do $$ begin {sql}; exception when duplicate_object or unique_violation then null; end $$"
            ),
            None => sql.to_owned(),
        };
        session.run(&sql).await.unwrap_or_else(|error| panic!("{sql}: {:?}", error.server()));
    }
    let catalog = CatalogReader::new().read(&session).await.unwrap();
    drop(session);
    scratch.remove().await.unwrap();
    catalog.as_ref().clone()
}

/// What Supabase has before the first migration.
const PROVIDED: &str = "
do $$ begin create role anon nologin; exception when duplicate_object or unique_violation then null; end $$;
do $$ begin create role authenticated nologin; exception when duplicate_object or unique_violation then null; end $$;
do $$ begin create role service_role nologin; exception when duplicate_object or unique_violation then null; end $$;
create schema auth;
create function auth.uid() returns uuid language sql stable
    as $$ select nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;";

fn table(name: &str, more: &str) -> String {
    format!(
        "create table {name} (tenant_id uuid not null references tenants, id uuid not null{more}, \
         primary key (tenant_id, id));\n"
    )
}

fn expanded(line: &str) -> String {
    if let Some(rest) = line.strip_prefix("@table ") {
        let (name, more) = rest.split_once(' ').unwrap_or((rest, ""));
        return table(name, more);
    }
    let Some((name, condition)) = line.strip_prefix("@guarded ").and_then(|rest| rest.split_once(' ')) else {
        return format!("{}\n", line.replace("{closed}", CLOSED));
    };
    let condition = condition.replace("{closed}", CLOSED);
    format!(
        "{} alter table {name} enable row level security; alter table {name} force row level security;
         create policy {name}_p on {name} to app using ({condition});
         grant select, insert, update, delete on {name} to app;\n",
        table(name, ", label text not null default ''")
    )
}

/// A case: what it is, its SQL, the rules that must speak.
type Case = (String, String, BTreeSet<String>);

fn cases(file: &str) -> Vec<Case> {
    let text = read(file);
    let case = |case: &str| {
        let (what, rest) = case.split_once('\n').unwrap_or((case, ""));
        let (mut sql, mut expected) = (String::new(), BTreeSet::new());
        for line in rest.lines() {
            if let Some(start) = line.strip_prefix("-- after: ") {
                if start != "nothing" {
                    sql.push_str(&format!("{}\n-- migration: 2_next\n", read(start)));
                }
            } else if let Some(rule) = line.strip_prefix("-- told: ") {
                expected.insert(rule.to_owned());
            } else {
                sql.push_str(&expanded(line));
            }
        }
        (what.to_owned(), sql, expected)
    };
    text.split("-- case: ").skip(1).map(case).collect()
}

#[track_caller]
fn conclude(cases: usize, wrong: &[String]) {
    assert!(cases > 0 && wrong.is_empty(), "{}", wrong.join("\n"));
}

fn compare(file: &str) {
    let cases = cases(file);
    let mut wrong = Vec::new();
    for (what, sql, expected) in &cases {
        let said = told(sql, None);
        if said != *expected {
            wrong.push(format!("{what}: {said:?}, not {expected:?}"));
        }
    }
    conclude(cases.len(), &wrong);
}

#[test]
fn leaks_are_told_and_nothing_else_is() {
    compare("leaks");
}

#[test]
fn look_alikes_are_left_alone() {
    compare("look_alikes");
}

#[test]
fn schemas_for_users_and_members_are_understood() {
    compare("users_and_members");
}

#[tokio::test]
async fn a_servers_catalog_says_the_same_as_the_text() {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for (what, sql, expected) in ["leaks", "look_alikes", "users_and_members"].into_iter().flat_map(cases) {
        // Attributes of a role outlive the database, and would tell on the cases that follow.
        if sql.contains("superuser") {
            continue;
        }
        tried += 1;
        let said = told(&sql, Some(run(&sql).await));
        if said != expected {
            wrong.push(format!("{what}: {said:?}, not {expected:?}"));
        }
    }
    conclude(tried, &wrong);
}
