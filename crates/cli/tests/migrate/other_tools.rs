//! Taking over from another tool, and squashing: nothing of theirs is changed.

use crate::project::{Project, SHOP};

const TABLE: &str =
    "CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL)";

#[tokio::test]
async fn a_history_of_golang_migrate_is_taken_over_and_left_as_it_was() {
    let project = Project::of(SHOP).await;
    project.migrate(&["adopt"]).ends(2).complains("no history of another tool was found");
    project.run(TABLE).await;
    project.run("INSERT INTO schema_migrations VALUES (2, false); CREATE TABLE plans (); CREATE TABLE users (email text)").await;
    let theirs = "SELECT version::text, dirty::text, xmin::text FROM schema_migrations";
    let before = project.rows(theirs).await;
    let dry = project.migrate(&["adopt", "--dry-run"]).ends(0);
    dry.tells("golang-migrate has 2 migrations applied and 1 pending");
    assert!(
        project.rows("SELECT nspname::text FROM pg_namespace WHERE nspname = 'freehold'").await.is_empty()
    );
    let adopt = project.migrate(&["adopt"]).ends(0);
    adopt.tells("adopted 1 create_plans").tells("adopted 2 create_users").tells("is at 2");
    project.migrate(&["status"]).ends(0).tells("adopted from golang-migrate").tells("2 applied, 1 pending");
    project.migrate(&["up"]).ends(0).tells("applied 3 index_users_email");
    assert_eq!(project.rows(theirs).await, before);
    let again = project.migrate(&["adopt"]).ends(0);
    again.tells("nothing to do");
}

#[tokio::test]
async fn what_a_person_has_to_decide_is_not_taken_over() {
    let project = Project::of(SHOP).await;
    project.run(TABLE).await;
    project.run("INSERT INTO schema_migrations VALUES (2, true)").await;
    let adopt = project.migrate(&["adopt"]).ends(1);
    adopt.complains("the row is dirty");
    assert!(
        project.rows("SELECT nspname::text FROM pg_namespace WHERE nspname = 'freehold'").await.is_empty()
    );
    let json = project.migrate(&["adopt", "--dry-run", "--format", "json"]).ends(1);
    let told: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(told["targets"][0]["obstacles"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_squashed_history_goes_on_on_old_and_new_databases() {
    let project = Project::of(SHOP).await;
    project.migrate(&["up"]).ends(0);
    let squash = project.bare(&["squash", "2"]).ends(0);
    squash.tells("2 migrations up to 2 are one script now").tells("squashed_2.sql");
    assert!(project.folder().join("migrations/000001_create_plans.up.sql").exists());
    project.bare(&["squash", "2"]).ends(2);
    project.bare(&["squash", "2", "--replace"]).ends(0).tells("moved the squashed files");
    assert!(!project.folder().join("migrations/000001_create_plans.up.sql").exists());
    project.migrate(&["up"]).ends(0).tells("nothing to do");
    project.migrate(&["verify"]).ends(0);
    project.migrate(&["status", "--check"]).ends(0);
    let other = Project::of(&[]).await;
    let dir = project.folder().join("migrations").display().to_string();
    other.migrate(&["up", "--dir", &dir]).ends(0).tells("is at 3");
    assert_eq!(other.relations().await, project.relations().await);
    project.bare(&["squash", "9"]).ends(2);
}
