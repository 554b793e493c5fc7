//! Applying and taking back: what a person sees, and what is in the database after it.

use crate::project::{Project, SHOP};

#[tokio::test]
async fn what_was_done_is_said_and_stands_in_the_history() {
    let project = Project::of(SHOP).await;
    let up = project.migrate(&["up", "--ticket", "OPS-7"]).ends(0);
    insta::assert_snapshot!("up", project.steady(&up.out));
    assert_eq!(up.err, "");
    assert_eq!(project.relations().await, ["plans", "plans_pkey", "users", "users_email", "users_pkey"]);
    let history = "SELECT version, direction, state, ticket, applied_by FROM freehold.migrations ORDER BY id";
    let user = project.rows("SELECT current_user::text").await.remove(0);
    let row = |version: &str| format!("{version} up applied OPS-7 {user} (ana)");
    assert_eq!(project.rows(history).await, [row("1"), row("2"), row("3")]);

    let again = project.migrate(&["up"]).ends(0);
    assert_eq!(project.steady(&again.out), "shop is at 3; nothing to do\n");
    let quiet = project.migrate(&["up", "--quiet"]).ends(0);
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
}

#[tokio::test]
async fn as_many_as_asked_are_applied_and_taken_back() {
    let project = Project::of(SHOP).await;
    project.migrate(&["up", "2"]).ends(0).tells("applied 2 create_users");
    project.migrate(&["version"]).ends(0).tells("2\n");
    let down = project.migrate(&["down"]).ends(0);
    assert_eq!(project.steady(&down.out), "taken back 2 create_users (TIME)\nshop is at 1\n");
    project.migrate(&["goto", "3"]).ends(0).tells("applied 3 index_users_email");
    project.migrate(&["redo"]).ends(0).tells("taken back 3 index_users_email").tells("applied 3");
    project.migrate(&["goto", "create_plans"]).ends(0).tells("is at 1\n");
    assert_eq!(project.relations().await, ["plans", "plans_pkey"]);
    project.migrate(&["down", "5"]).ends(0).tells("nothing is applied to");
    assert_eq!(project.migrate(&["version"]).ends(0).out, "none\n");
    assert!(project.relations().await.is_empty());
}

#[tokio::test]
async fn what_is_declared_is_recorded_and_not_run() {
    let project = Project::of(SHOP).await;
    project.migrate(&["baseline", "2"]).ends(0).tells("recorded as applied: 1 create_plans");
    assert!(project.relations().await.is_empty(), "nothing was run");
    project.migrate(&["baseline", "3"]).ends(2).complains("has a history already");
    project.migrate(&["force", "1"]).ends(0).tells("recorded as not applied: 2 create_users");
    assert_eq!(project.migrate(&["version"]).ends(0).out, "1\n");
    project.migrate(&["force", "9"]).ends(2).complains("there is no migration 9 in the folder");
}

#[tokio::test]
async fn a_script_that_fails_is_shown_with_a_caret_under_the_word() {
    let project = Project::of(SHOP).await;
    project.write("000004_add_users_plan.up.sql", "ALTER TABLE users ADD COLUMN plan bigint;\n\nALTER TABLE users\n  ADD CONSTRAINT p FOREIGN KEY (plan) REFERENCES plan (id);\n");
    let up = project.migrate(&["up"]).ends(2);
    insta::assert_snapshot!("script_fails", project.steady(&up.err));
    assert_eq!(project.migrate(&["version"]).out, "3\n", "nothing of it took effect");
    project
        .write("000004_add_users_plan.up.sql", "ALTER TABLE users ADD COLUMN plan bigint;\nSELECT 1 +* 2;\n");
    let up = project.migrate(&["up"]).ends(2);
    assert!(up.err.contains("2 | SELECT 1 +* 2;\n  |          ^^\n"), "{}", up.err);
}

#[tokio::test]
async fn a_script_that_stopped_in_the_middle_goes_on_when_it_is_mended() {
    let project = Project::of(&[(
        "00001_create_users.sql",
        "-- +goose Up\nCREATE TABLE users (id bigint, email text);\n-- +goose Down\nDROP TABLE users;\n",
    )])
    .await;
    let index = |second: &str| {
        let first = "CREATE INDEX CONCURRENTLY users_email ON users (email)";
        format!(
            "-- +goose NO TRANSACTION\n-- +goose Up\n{first};\n{second};\n-- +goose Down\nDROP INDEX users_email;\n"
        )
    };
    project.write("00002_index_users.sql", &index("CREATE INDEX CONCURRENTLY users_plan ON users (plan)"));
    let up = project.migrate(&["up"]).ends(2);
    let up = up.complains("column \"plan\" does not exist");
    up.complains("The statements before number 2 took effect and are recorded");
    let status = project.migrate(&["status", "--check"]).ends(1);
    status
        .tells("half-applied  2 index_users")
        .tells("failed after statement 1 of 2")
        .tells("column \"plan\"");
    project.migrate(&["verify", "--no-drift"]).ends(1).tells("unfinished: 2 index_users is applied in part");
    project.migrate(&["down"]).ends(1).complains("2 index_users is applied in part");
    project.migrate(&["up", "--dry-run"]).ends(0).tells("goes on after statement 1");

    project.write("00002_index_users.sql", &index("CREATE INDEX CONCURRENTLY users_id ON users (id)"));
    let up = project.migrate(&["up"]).ends(0);
    up.tells("applied 2 index_users").complains("goes on after statement 1 of 2");
    assert_eq!(project.relations().await, ["users", "users_email", "users_id"]);
}

#[tokio::test]
async fn a_role_called_like_the_history_does_not_draw_tables_into_its_schema() {
    let project = Project::of(&SHOP[..4]).await;
    project.run("CREATE ROLE freehold SUPERUSER").await;
    let url = format!("{}&options=-c%20role%3Dfreehold", project.url());
    project.bare(&["up", "1", "--url", &url]).ends(0);
    project.bare(&["up", "--url", &url]).ends(0);
    assert_eq!(project.relations().await, ["plans", "plans_pkey", "users", "users_pkey"]);
    // A schema that is the role's own goes on to be where its tables are.
    let own = Project::of(&SHOP[..2]).await;
    own.run("CREATE SCHEMA freehold AUTHORIZATION freehold; CREATE TABLE freehold.settings ()").await;
    let url = format!("{}&options=-c%20role%3Dfreehold", own.url());
    own.bare(&["up", "--url", &url]).ends(0);
    assert!(own.relations().await.is_empty());
}
