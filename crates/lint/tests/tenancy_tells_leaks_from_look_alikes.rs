//! Small schemas, each with one leak or deliberately sound, and exactly what the rules about the tenant line say of it at
//! warning or above.
//!
//! The cases are in `tenancy_cases/`: `-- case:` begins one, `-- after:` names the schema that it follows, `-- told:` a rule
//! that must speak, and no other may. `@table NAME COLUMNS` is a table of tenants' rows, `@guarded NAME CONDITION` one
//! with row security by that condition, `{closed}` the condition that is right.

#![expect(clippy::panic, reason = "a test that cannot set itself up has failed")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use freehold_lint::example::Example;
use freehold_model::finding::{Category, Severity};

const CLOSED: &str = "tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid)";

fn read(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tenancy_cases");
    fs::read_to_string(folder.join(format!("{name}.sql"))).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The ids that rules about tenancy give at warning or above.
fn told(text: String) -> BTreeSet<String> {
    let work = move || {
        let linted = Example::read(&text).lint();
        linted
            .found
            .iter()
            .filter(|found| {
                found.rule.rule.category == Category::Tenancy && found.severity >= Severity::Warning
            })
            .map(|found| found.rule.rule.id.to_owned())
            .collect()
    };
    let thread = freehold_sql::deep_thread().spawn(work).unwrap_or_else(|error| panic!("{error}"));
    thread.join().unwrap_or_else(|_| panic!("it panicked"))
}

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

#[track_caller]
fn compare(file: &str) {
    let text = read(file);
    let mut wrong = Vec::new();
    let mut cases = 0;
    for case in text.split("-- case: ").skip(1) {
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
        cases += 1;
        let said = told(sql);
        if said != expected {
            wrong.push(format!("{what}: {said:?}, not {expected:?}"));
        }
    }
    assert!(cases > 0 && wrong.is_empty(), "{}", wrong.join("\n"));
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
