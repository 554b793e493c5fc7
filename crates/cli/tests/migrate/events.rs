//! What programs read: events as they happen, one JSON object a line, and documents.

use serde_json::Value;

use crate::project::{Project, SHOP};

/// The events, with what differs from run to run replaced.
fn events(project: &Project, out: &str) -> Vec<Value> {
    let steady = |line: &str| {
        let mut event: Value = serde_json::from_str(line).unwrap();
        assert!(event["time"].as_str().unwrap().ends_with('Z'));
        event["time"] = "TIME".into();
        for key in ["took_ms", "waited_ms", "pause_ms"] {
            if event.get(key).is_some() {
                event[key] = 0.into();
            }
        }
        serde_json::from_str(&event.to_string().replace(project.database(), "shop")).unwrap()
    };
    out.lines().map(steady).collect()
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["event"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn events_are_told_in_order_and_end_with_a_summary() {
    let project = Project::of(SHOP).await;
    let up = project.migrate(&["up", "1", "--format", "json"]).ends(0);
    let told = events(&project, &up.out);
    insta::assert_snapshot!("events", told.iter().map(|event| format!("{event}\n")).collect::<String>());
    assert!(told.iter().all(|event| event["version"] == 1));

    project.write("000002_create_users.up.sql", "CREATE TABLE users (\n  id nothing\n);\n");
    let up = project.migrate(&["up", "--format", "json"]).ends(2);
    let told = events(&project, &up.out);
    assert_eq!(kinds(&told), ["started", "applying", "failed", "summary"]);
    assert_eq!(told[2]["sqlstate"], "42704");
    assert_eq!(told[2]["place"], "migrations/000002_create_users.up.sql:2:6");
    assert_eq!(told[3]["exit_code"], 2);
    assert_eq!(told[3]["unfinished"][0]["end"], "failed");
    assert!(told[3]["unfinished"][0]["help"].as_str().unwrap().contains("Nothing of it took effect"));
}

#[tokio::test]
async fn a_run_that_could_not_begin_is_told_as_events_too() {
    let project = Project::of(SHOP).await;
    let up = project.bare(&["up", "--format", "json"]).ends(2);
    let told = events(&project, &up.out);
    assert_eq!(kinds(&told), ["failed", "summary"]);
    assert_eq!(told[0]["error"], "no database is named");
    let wrong = project.url().replace(project.database(), "nobody_made_this");
    let up = project.bare(&["up", "--format", "json", "--url", &wrong]).ends(2);
    let told = events(&project, &up.out);
    assert_eq!(kinds(&told), ["failed", "summary"]);
    assert_eq!(told[0]["sqlstate"], "3D000");
}

#[tokio::test]
async fn each_reason_of_the_rules_is_one_event() {
    let project = Project::of(SHOP).await;
    project.settings("[environment.production]\nurl = \"{url}\"\n");
    project.bare(&["up", "--env", "production", "--ticket", "T"]).ends(0);
    project.write("000004_drop_users.up.sql", "DROP TABLE users;\n");
    let up = project.bare(&["up", "--env", "production", "--format", "json"]).ends(1);
    let told = events(&project, &up.out);
    assert_eq!(kinds(&told), ["refused", "refused", "summary"]);
    assert_eq!((&told[0]["rule"], &told[1]["rule"]), (&"ticket".into(), &"destructive".into()));
    assert_eq!(told[1]["place"], "migrations/000004_drop_users.up.sql:1:1");
    assert_eq!(told[2]["exit_code"], 1);
}

#[tokio::test]
async fn the_one_who_waits_says_for_whom() {
    let project = Project::of(&SHOP[..2]).await;
    project.write("000001_create_plans.up.sql", "CREATE TABLE plans (id bigint); SELECT pg_sleep(2);\n");
    let url = project.url();
    let first = crate::project::command(project.folder(), &["up", "--url", url]).spawn_quietly();
    while project.rows("SELECT 'x' FROM pg_stat_activity WHERE query LIKE '%pg_sleep(2)%' AND state = 'active' AND datname = current_database() AND pid <> pg_backend_pid()").await.is_empty() {}
    let second = project.migrate(&["up", "--format", "json"]).ends(0);
    let told = events(&project, &second.out);
    assert_eq!(kinds(&told), ["waiting-for-migrator", "started", "finished", "summary"]);
    let holder = &told[0]["holder"];
    assert_eq!(holder["application"], "freehold migrate");
    assert!(holder["pid"].as_i64().unwrap() > 0 && holder["query"].as_str().unwrap().contains("pg_sleep"));
    assert!(first.wait_with_output().unwrap().status.success());
}

#[tokio::test]
async fn a_lock_that_is_held_is_told_with_its_holder_and_given_up_with_it() {
    let project = Project::of(&SHOP[..4]).await;
    project.migrate(&["up", "1"]).ends(0);
    project.write("000002_create_users.up.sql", "ALTER TABLE plans ADD COLUMN price int;\n");
    let reader = project.session().await;
    reader.run("BEGIN; SELECT count(*) FROM plans").await.unwrap();
    let args = ["up", "--format", "json", "--lock-timeout", "300ms", "--attempts", "2"];
    let up = project.migrate(&args).ends(2);
    let told = events(&project, &up.out);
    let kinds = kinds(&told);
    assert!(kinds.contains(&"waiting-for-lock") && kinds.contains(&"retried"), "{kinds:?}");
    let waiting = told.iter().find(|event| event["event"] == "waiting-for-lock").unwrap();
    assert_eq!(waiting["holders"][0]["pid"], reader.backend_pid());
    assert!(up.err.contains(&format!("pid {}", reader.backend_pid())), "{}", up.err);
    reader.run("COMMIT").await.unwrap();
    project.migrate(&args).ends(0);
}

#[tokio::test]
async fn the_published_schemas_know_what_is_told() {
    let project = Project::of(SHOP).await;
    let schema = freehold_app::migrate::events::json_schema().to_string();
    let up = project.migrate(&["up", "--format", "json"]).ends(0);
    for event in events(&project, &up.out) {
        let kind = event["event"].as_str().unwrap();
        assert!(schema.contains(&format!("\"const\":\"{kind}\"")), "{kind} is not in the schema");
    }
    let documents = freehold_app::migrate::documents::json_schema();
    for (command, name) in [("status", "Status"), ("verify", "Verified"), ("diff", "Drift")] {
        let said = project.migrate(&[command, "--format", "json"]).ends(0);
        let document: Value = serde_json::from_str(&said.out).unwrap();
        let known = documents["$defs"][name]["properties"].as_object().unwrap();
        for key in document.as_object().unwrap().keys() {
            assert!(known.contains_key(key), "{command}: {key} is not in the schema");
        }
        assert_eq!(document["version"], 1);
    }
}

/// Starts a program whose output nobody sees.
trait SpawnQuietly {
    fn spawn_quietly(&mut self) -> std::process::Child;
}

impl SpawnQuietly for std::process::Command {
    fn spawn_quietly(&mut self) -> std::process::Child {
        self.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap()
    }
}
