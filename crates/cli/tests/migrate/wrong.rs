//! What can be wrong before anything is run: each told in words that say what to do.

use crate::project::{Project, SHOP};

#[tokio::test]
async fn a_database_that_cannot_be_reached_is_told() {
    let project = Project::of(SHOP).await;
    let no_database = project.url().replace(project.database(), "nobody_made_this");
    let said = project.bare(&["up", "--url", &no_database]).ends(2);
    said.complains("there is no database nobody_made_this").complains("CREATE DATABASE");
    let said = project.bare(&["status", "--url", "postgres://app@127.0.0.1:1/shop"]).ends(2);
    said.complains("Connection refused").complains("a server listens there");
    let said = project.bare(&["up", "--url", "postgres://app:s3cr#et@h/x"]).ends(2);
    assert!(!said.err.contains("s3cr"), "{}", said.err);
    project
        .bare(&["up", "--url", "postgres://app:hunter2@127.0.0.1:1/shop"])
        .ends(2)
        .complains("Connection refused");
}

#[tokio::test]
async fn no_database_and_no_such_environment_are_told() {
    let project = Project::of(SHOP).await;
    project.bare(&["up"]).ends(2).complains("no database is named").complains("--url");
    project.settings("[environment.staging]\nurl_env = \"STAGING_URL\"\n");
    project.bare(&["up"]).ends(2).complains("--env (staging)");
    project.bare(&["up", "--env", "stagign"]).ends(2).complains("Did you mean `staging`?");
    project.bare(&["up", "--env", "staging"]).ends(2).complains("STAGING_URL").complains("is not set");
    let mut command = crate::project::command(project.folder(), &["up", "--env", "staging"]);
    let output = command.env("STAGING_URL", project.url()).output().unwrap();
    crate::project::Said::of(&output).ends(0).tells("is at 3");
}

#[tokio::test]
async fn a_folder_that_is_not_there_or_empty_is_told() {
    let project = Project::of(&[]).await;
    project.migrate(&["up", "--dir", "nowhere"]).ends(2).complains("does not exist").complains("--dir");
    project.migrate(&["up"]).ends(2).complains("no folder of migrations was found");
    project.migrate(&["up", "--dir", "migrations"]).ends(2).complains("found no migrations in");
}

#[tokio::test]
async fn a_database_that_takes_no_writes_is_told_before_anything_is_tried() {
    let project = Project::of(SHOP).await;
    let name = project.database().to_owned();
    project.run(&format!("ALTER DATABASE \"{name}\" SET default_transaction_read_only = on")).await;
    project.migrate(&["up"]).ends(2).complains("its transactions are read-only");
    project.migrate(&["status"]).ends(0).tells("3 pending");
}

#[tokio::test]
async fn a_role_without_the_right_is_told_what_its_owner_has_to_run() {
    let project = Project::of(SHOP).await;
    let role = format!("guest_of_{}", project.database());
    project.run(&format!("CREATE ROLE \"{role}\"")).await;
    let url = format!("{}&options=-c%20role%3D{role}", project.url());
    let said = project.bare(&["up", "--url", &url]).ends(2);
    said.complains("may not make freehold.migrations").complains("CREATE SCHEMA");
    project.run(&format!("DROP ROLE \"{role}\"")).await;
}

#[tokio::test]
async fn names_that_say_nothing_are_refused_and_better_ones_written() {
    let project = Project::of(SHOP).await;
    for name in ["fix", "update_db", "v2", ""] {
        project.bare(&["new", name]).ends(2);
    }
    project.bare(&["new", "fix"]).ends(2).complains("verb_entity_detail");
    let new = project.bare(&["new", "add_users_plan"]).ends(0);
    assert_eq!(
        new.out,
        "migrations/000004_add_users_plan.up.sql\nmigrations/000004_add_users_plan.down.sql\n"
    );
    project.migrate(&["status"]).ends(0).tells("pending       4 add_users_plan");
    project.bare(&["new", "drop_users_plan", "--no-down"]).ends(0);
    assert!(!project.folder().join("migrations/000005_drop_users_plan.down.sql").exists());
}
