//! What only reads: status, verify, diff and dry runs. They write nothing and leave no table.

use crate::project::{Project, SHOP};

#[tokio::test]
async fn the_status_of_one_database_is_a_line_for_each_migration() {
    let project = Project::of(SHOP).await;
    let before = project.migrate(&["status"]).ends(0);
    assert_eq!(
        project.steady(&before.out),
        "pending       1 create_plans\npending       2 create_users\npending       3 index_users_email\n\n\
         shop has no history yet: 0 applied, 3 pending\n"
    );
    assert!(
        project.rows("SELECT nspname::text FROM pg_namespace WHERE nspname = 'freehold'").await.is_empty()
    );
    project.migrate(&["up", "2", "--ticket", "OPS-7"]).ends(0);
    let user = project.rows("SELECT current_user::text").await.remove(0);
    let status = project.migrate(&["status"]).ends(0);
    insta::assert_snapshot!("status", project.steady(&status.out).replace(&user, "deploy"));
    project.migrate(&["status", "--check"]).ends(1);
    project.migrate(&["up"]).ends(0);
    project.migrate(&["status", "--check"]).ends(0);
}

#[tokio::test]
async fn edits_are_told_apart_by_what_they_changed() {
    let project = Project::of(SHOP).await;
    project.migrate(&["up"]).ends(0);
    project.write("000001_create_plans.up.sql", "CREATE TABLE plans (id bigint PRIMARY KEY, name text);\r\n");
    project.write(
        "000002_create_users.up.sql",
        "-- The people.\nCREATE TABLE users (id bigint PRIMARY KEY, email text, name text);\n",
    );
    let status = project.migrate(&["status", "--check"]).ends(0);
    status
        .tells("only line ends changed after it was applied")
        .tells("only comments changed after it was applied");
    project.migrate(&["verify", "--no-drift"]).ends(0).tells("history, files and order fit");
    project.write(
        "000002_create_users.up.sql",
        "CREATE TABLE users (id bigint PRIMARY KEY, email text, name varchar);\n",
    );
    project
        .migrate(&["status", "--check"])
        .ends(1)
        .tells("its SQL changed after it was applied")
        .tells("+CREATE TABLE users");
    project.migrate(&["up"]).ends(1).complains("2 create_users was applied and then edited");
    let verify = project.migrate(&["verify", "--no-drift"]).ends(1);
    insta::assert_snapshot!("verify_edited", project.steady(&verify.out));
    project.migrate(&["force", "3"]).ends(0);
    project.migrate(&["verify", "--no-drift"]).ends(0);
}

#[tokio::test]
async fn a_file_that_came_late_or_is_gone_is_named() {
    let project = Project::of(&[SHOP[0], SHOP[1], SHOP[4], SHOP[5]]).await;
    project.write("000003_index_users_email.up.sql", "CREATE INDEX ON plans (name);\n");
    project.migrate(&["up"]).ends(0);
    project.write(SHOP[2].0, SHOP[2].1);
    project.migrate(&["status"]).ends(0).tells("pending, late 2 create_users");
    project
        .migrate(&["verify", "--no-drift"])
        .ends(1)
        .tells("late: 2 create_users is not applied, but a later one is");
    let up = project.migrate(&["up"]).ends(1);
    up.complains(
        "2 create_users (migrations/000002_create_users.up.sql) is not applied, but 3 index_users_email",
    );
    project.migrate(&["up", "--allow-out-of-order"]).ends(0);
    project.migrate(&["status"]).ends(0).tells("out of order");
    project.remove("000001_create_plans.up.sql");
    project.remove("000001_create_plans.down.sql");
    project
        .migrate(&["verify", "--no-drift"])
        .ends(1)
        .tells("missing: 1 create_plans is applied and has no file");
    project.write("000004_create_seats.up.sql", "CREATE TABLE seats (id bigint);\n");
    project.migrate(&["up"]).ends(1).complains("1 create_plans is applied here, but has no file");
    project.migrate(&["up", "--allow-missing"]).ends(0).tells("applied 4 create_seats");
}

#[tokio::test]
async fn drift_is_shown_with_the_sql_that_mends_it() {
    let project = Project::of(SHOP).await;
    project.migrate(&["up"]).ends(0);
    project.migrate(&["diff"]).ends(0).tells("the schema is what the migrations give");
    project.migrate(&["verify"]).ends(0);
    project.run("ALTER TABLE plans ADD COLUMN odd integer").await;
    let diff = project.migrate(&["diff"]).ends(1);
    diff.tells("table plans: column odd is added").tells("tried: it does");
    project.migrate(&["verify"]).ends(1).tells("column odd is added");
    project.migrate(&["verify", "--no-drift"]).ends(0);
    let sql = project.migrate(&["diff", "--sql", "to-migrations"]).ends(1);
    project.run(&sql.out).await;
    project.migrate(&["diff"]).ends(0);
    let nowhere = project.migrate(&["diff", "--pg-bin", "/no/such/folder"]).ends(3);
    nowhere.complains("no PostgreSQL could be had");
    project
        .migrate(&["verify", "--pg-bin", "/no/such/folder"])
        .ends(3)
        .complains("schemas were not compared");
}

#[tokio::test]
async fn a_dry_run_tells_everything_and_does_nothing() {
    let project = Project::of(SHOP).await;
    project.write("000004_drop_users_name.up.sql", "ALTER TABLE users DROP COLUMN name;\n");
    project.migrate(&["up", "3", "--dry-run"]).ends(0).tells("3 migrations would be run");
    assert!(project.relations().await.is_empty());
    assert!(
        project.rows("SELECT nspname::text FROM pg_namespace WHERE nspname = 'freehold'").await.is_empty()
    );
    project.migrate(&["up", "2"]).ends(0);
    let dry = project.migrate(&["up", "--dry-run"]).ends(0);
    insta::assert_snapshot!("dry_run", project.steady(&dry.out));
    project.settings("[environment.production]\nurl = \"{url}\"\n");
    let dry = project.bare(&["up", "--dry-run", "--env", "production", "--ticket", "T"]).ends(1);
    dry.complains("refuses drop_column users.name in 4 drop_users_name");
    let down = project.migrate(&["down", "--dry-run"]).ends(1);
    down.tells("down 2 create_users").complains("forward-only");
    let json = project.bare(&["up", "--dry-run", "--env", "production", "--format", "json"]).ends(1);
    let told: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(told["migrations"][0]["transaction"], "statement-by-statement");
    assert_eq!(told["migrations"][1]["statements"][0]["destroys"][0]["word"], "drop_column");
    assert_eq!(told["refused"].as_array().unwrap().len(), 2);
    assert_eq!(project.relations().await, ["plans", "plans_pkey", "users", "users_pkey"]);
}
