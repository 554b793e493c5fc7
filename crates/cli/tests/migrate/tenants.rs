//! Many targets: a schema for each tenant.

use crate::project::{Project, SHOP};

const TENANTS: &[&str] = &["--schemas-query", "SELECT name FROM tenants ORDER BY 1"];

async fn tenants() -> Project {
    let project = Project::of(&SHOP[..4]).await;
    project
        .run("CREATE TABLE tenants (name text); INSERT INTO tenants VALUES ('a'), ('b'), ('c'); CREATE SCHEMA a; CREATE SCHEMA b; CREATE SCHEMA c")
        .await;
    project
}

fn with<'a>(args: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    args.iter().chain(more).copied().collect()
}

#[tokio::test]
async fn one_that_fails_does_not_stop_the_others_and_is_named() {
    let project = tenants().await;
    project.run("CREATE TABLE b.users ()").await;
    let up = project.migrate(&with(&["up"], TENANTS)).ends(2);
    let up = up
        .tells("2 of 3 targets done")
        .tells("b: failed: 2 create_users failed")
        .complains("relation \"users\" already exists");
    assert!(up.out.contains("The same command again does only what is left."));
    let status = project.migrate(&with(&["status"], TENANTS)).ends(0);
    assert_eq!(
        status.out,
        "     2  at 2\n     1  at 1, 1 pending: b\n\n2 of 3 targets are up to date at 2\n"
    );
    project.migrate(&with(&["status", "--check"], TENANTS)).ends(1);
    project.run("DROP TABLE b.users").await;
    let up = project.migrate(&with(&["up"], TENANTS)).ends(0);
    assert_eq!(up.out.lines().filter(|line| line.starts_with("b: 1 migration")).count(), 1, "{}", up.out);
    assert!(!up.out.contains("a: "), "{}", up.out);
    project
        .migrate(&with(&["status", "--check"], TENANTS))
        .ends(0)
        .tells("all 3 targets are up to date at 2");
}

#[tokio::test]
async fn a_target_that_is_not_there_is_told_and_the_others_go_on() {
    let project = tenants().await;
    project.run("INSERT INTO tenants VALUES ('gone')").await;
    let up = project.migrate(&with(&["up"], TENANTS)).ends(2);
    up.tells("3 of 4 targets done").tells("gone: gone: there is no schema gone");
    let json = project.migrate(&with(&["up", "--format", "json"], TENANTS)).ends(2);
    let summary: serde_json::Value = serde_json::from_str(json.out.lines().last().unwrap()).unwrap();
    assert_eq!((&summary["targets"], &summary["up_to_date"]), (&4.into(), &3.into()));
    assert_eq!(summary["unfinished"][0]["end"], "gone");
}

#[tokio::test]
async fn the_settings_name_tenants_and_flags_choose_among_them() {
    let project = tenants().await;
    project.settings("[database]\nurl = \"{url}\"\n[tenants]\nschemas = [\"a\", \"b\", \"c\"]\n");
    project.bare(&["up", "--only-tenant", "b"]).ends(0).tells("applied 2 create_users");
    let version = project.bare(&["version"]).ends(0);
    assert_eq!(version.out, "a none\nb 2\nc none\n");
    project.bare(&["up", "--all-tenants"]).ends(0).tells("3 of 3 targets done: 4 migrations");
    project.bare(&["up", "--no-tenants"]).ends(0).tells("applied 1 create_plans");
    assert!(project.relations().await.contains(&"plans".to_owned()));
}

#[tokio::test]
async fn tenants_that_differ_are_laid_side_by_side() {
    let project = tenants().await;
    project.migrate(&with(&["up"], TENANTS)).ends(0);
    project.run("CREATE INDEX odd ON b.users (email); DROP TABLE c.plans").await;
    let diff = project.migrate(&with(&["diff"], TENANTS)).ends(1);
    diff.tells("a: the schema is what the migrations give")
        .tells("Who differs in what")
        .tells("index odd on users is added: b");
}
