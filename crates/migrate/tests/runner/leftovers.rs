//! Down scripts outside a transaction that stop in the middle.

use freehold_migrate::Command;

use super::ground::{Ground, UP};

fn file(down: &str) -> String {
    format!(
        "-- +goose NO TRANSACTION\n-- +goose Up\ncreate table a (n int);\ncreate index concurrently i on a (n);\n-- +goose Down\n{down}\n"
    )
}

#[tokio::test]
async fn going_back_stops_and_goes_on() {
    let ground =
        Ground::new(&[("1_a.sql", &file("drop index concurrently i;\nselect nix;\ndrop table a;"))]).await;
    ground.up().await.ok();
    let down = || Command::Down { count: Some(1) };
    let ran = ground.run(down()).await;
    assert!(ran.help().contains("`freehold migrate down` goes on with number 2"), "{}", ran.help());
    assert_eq!(ground.log().await, ["1 up applied 2/2", "1 down failed 1/3"]);
    for command in [UP, Command::Goto { version: "1".to_owned() }] {
        let ran = ground.run(command).await;
        assert!(ran.error().contains("taken back in part"), "{}", ran.error());
    }
    ground.write("1_a.sql", &file("drop index concurrently i;\nselect 1;\ndrop table a;"));
    let ran = ground.run(down()).await;
    assert!(ran.resumed().is_some(), "{ran:#?}");
    assert_eq!(ran.ok().version, None);
    assert_eq!(ground.log().await, ["1 up applied 2/2", "1 down applied 3/3"]);
    assert_eq!(ground.text("select to_regclass('a')").await, "NULL");
    ground.up().await.ok();
}

#[tokio::test]
async fn a_half_applied_migration_is_not_taken_back_and_force_decides() {
    let ground = Ground::new(&[]).await;
    ground.write("1_a.sql", "-- +goose Up\ncreate table z (n int);\n-- +goose Down\ndrop table z;\n");
    ground.write(
        "2_a.sql",
        &file("drop table a;").replace("concurrently i on a (n)", "concurrently i on a (nix)"),
    );
    ground.up().await.outcome.unwrap_err();
    for command in
        [Command::Down { count: Some(1) }, Command::Redo, Command::Goto { version: "1".to_owned() }]
    {
        let ran = ground.run(command).await;
        assert!(ran.error().contains("applied in part"), "{}", ran.error());
        assert!(ran.error().contains("nix"), "it says why: {}", ran.error());
    }
    ground.sql("drop table a").await;
    ground.run(Command::Force { version: "1".to_owned() }).await.ok();
    ground.write("2_a.sql", &file("drop table a;"));
    assert!(ground.up().await.resumed().is_none(), "it begins anew");
    assert_eq!(ground.log().await, ["1 up applied", "2 up failed 1/2", "2 down forced", "2 up applied 2/2"]);
}
