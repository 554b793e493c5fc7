//! The rules of environments: what is refused, and the same with just that which lets it pass.

use crate::project::{Project, SHOP, Said};

async fn production(files: &[(&str, &str)]) -> Project {
    let project = Project::of(files).await;
    project.settings("[environment.production]\nurl = \"{url}\"\n");
    project
}

#[tokio::test]
async fn production_asks_for_a_ticket_and_records_it() {
    let project = production(SHOP).await;
    let up = project.bare(&["up", "--env", "production"]).ends(1);
    up.complains("the environment `production` asks for a ticket").complains("--ticket");
    assert!(project.relations().await.is_empty());
    project.bare(&["up", "--env", "production", "--ticket", " "]).ends(1);
    project.bare(&["up", "--env", "production", "--ticket", "two\nlines"]).ends(1);
    project.bare(&["up", "--env", "production", "--ticket", "OPS-1"]).ends(0);
    assert_eq!(project.rows("SELECT DISTINCT ticket FROM freehold.migrations").await, ["OPS-1"]);
    project.bare(&["up", "--env", "production"]).ends(0).tells("nothing to do");
}

#[tokio::test]
async fn production_is_forward_only_unless_one_knows() {
    let project = production(SHOP).await;
    project.bare(&["up", "--env", "production", "--ticket", "T"]).ends(0);
    for command in [&["down"][..], &["redo"], &["force", "1"], &["goto", "1"]] {
        let args: Vec<&str> =
            command.iter().copied().chain(["--env", "production", "--ticket", "T"]).collect();
        let said = project.bare(&args).ends(1);
        said.complains("forward-only").complains("--i-know");
    }
    assert_eq!(project.bare(&["version", "--env", "production"]).out, "3\n");
    project.bare(&["redo", "--env", "production", "--ticket", "T", "--i-know"]).ends(0);
    project.bare(&["down", "--env", "production", "--ticket", "T", "--i-know"]).ends(0).tells("is at 2");
    project.bare(&["goto", "3", "--env", "production", "--ticket", "T"]).ends(0).tells("is at 3");
    project.bare(&["force", "2", "--env", "production", "--ticket", "T", "--i-know"]).ends(0);
}

#[tokio::test]
async fn production_refuses_what_destroys_unless_its_author_allows_it() {
    let project = production(SHOP).await;
    let up = ["up", "--env", "production", "--ticket", "T"];
    project.bare(&up).ends(0);
    project.write("000004_drop_users_name.up.sql", "ALTER TABLE users DROP COLUMN name;\n");
    let refused = project.bare(&up).ends(1);
    insta::assert_snapshot!("destructive", refused.err);
    // The word alone, for another object, or without a reason, does not do.
    for comment in
        ["allow drop_column", "allow drop_column users.email because unused", "allow drop_table because old"]
    {
        let text = format!("-- freehold: {comment}\nALTER TABLE users DROP COLUMN name;\n");
        project.write("000004_drop_users_name.up.sql", &text);
        project.bare(&up).ends(1);
    }
    let text = "-- freehold: allow drop_column users.name because nothing has read it since March\nALTER TABLE users DROP COLUMN name;\n";
    project.write("000004_drop_users_name.up.sql", text);
    project.bare(&up).ends(0).tells("applied 4 drop_users_name");
}

#[tokio::test]
async fn what_a_pending_migration_made_may_be_dropped_by_a_later_one() {
    let mut files = SHOP.to_vec();
    files.push(("000004_drop_users_name.up.sql", "ALTER TABLE users DROP COLUMN name;\n"));
    let project = production(&files).await;
    project.bare(&["up", "3", "--env", "production", "--ticket", "T"]).ends(0);
    project.bare(&["up", "--env", "production", "--ticket", "T"]).ends(1);
    let fresh = production(&files).await;
    fresh.bare(&["up", "--env", "production", "--ticket", "T"]).ends(0).tells("is at 4");
}

#[tokio::test]
async fn the_url_of_production_does_not_lead_past_its_rules() {
    let project = production(SHOP).await;
    project.migrate(&["up"]).ends(1).complains("the environment `production`");
    project.settings("[environment.staging]\nurl = \"{url}\"\n");
    project.migrate(&["up"]).ends(0);
}

#[tokio::test]
async fn an_address_that_says_production_has_its_rules_until_one_says_otherwise() {
    let project = Project::of(SHOP).await;
    // The same database by another name of its folder, in which a word says production.
    let (head, tail) = project.url().split_once("host=").unwrap();
    let (folder, port) = tail.split_once('&').unwrap();
    let live = project.folder().join("live");
    std::os::unix::fs::symlink(folder, &live).unwrap();
    let url = format!("{head}host={}&{port}", live.display());
    project.bare(&["up", "--url", &url]).ends(0);
    let down = project.bare(&["down", "--url", &url]).ends(1);
    down.complains("looks like production (its address says `live`)").complains("--env");
    project.bare(&["down", "--url", &url, "--i-know"]).ends(0);
    project.migrate(&["down"]).ends(0);
}

#[tokio::test]
async fn only_what_was_rehearsed_in_this_form_is_applied_where_that_is_asked_for() {
    let project = Project::of(&SHOP[..4]).await;
    project.settings("[environment.eu]\nurl = \"{url}\"\nrequire_rehearsal = true\n");
    let up = ["up", "--env", "eu"];
    project.bare(&up).ends(1).complains("there is no rehearsal record").complains("freehold check");
    check(&project);
    project.write("000002_create_users.up.sql", "CREATE TABLE users (id bigint PRIMARY KEY);\n");
    let changed = project.bare(&up).ends(1);
    changed.complains("2 create_users was not: its up script was changed after the rehearsal");
    check(&project);
    project.bare(&up).ends(0).tells("is at 2");
}

fn check(project: &Project) {
    let mut command = crate::project::freehold(project.folder());
    let output = command.args(["check", "--quiet", "--no-repeat"]).output().unwrap();
    Said::of(&output).ends(0);
}
