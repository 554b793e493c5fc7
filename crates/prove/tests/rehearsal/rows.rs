//! What becomes of rows.

use crate::harness::check;

const TABLE: (&str, Option<&str>) =
    ("create table t (id int primary key, a text not null, b text);", Some("drop table t;"));

#[tokio::test]
async fn a_column_that_must_have_a_value_fails_on_rows() {
    let told = check(
        &[TABLE, ("alter table t add column c int not null;", Some("alter table t drop column c;"))],
        &["2 fails-on-existing-rows"],
    )
    .await;
    assert!(told.text("fails-on-existing-rows").contains("23502"));
    check(
        &[
            TABLE,
            ("alter table t add column c int not null default 0;", Some("alter table t drop column c;")),
        ],
        &[],
    )
    .await;
}

#[tokio::test]
async fn a_down_that_deletes_too_much_loses_data() {
    let told = check(
        &[TABLE, ("insert into t values (-1, 'x', 'y');", Some("delete from t;"))],
        &["2 down-loses-data"],
    )
    .await;
    assert!(told.text("down-loses-data").contains("3 of 3 rows"), "{}", told.text("down-loses-data"));
    check(&[TABLE, ("insert into t values (-1, 'x', 'y');", Some("delete from t where id = -1;"))], &[])
        .await;
}

#[tokio::test]
async fn rows_that_the_down_forgets_are_left() {
    check(
        &[TABLE, ("insert into t values (-1, 'x', 'y') on conflict do nothing;", Some("select 1;"))],
        &["2 down-leaves-rows"],
    )
    .await;
}

#[tokio::test]
async fn rows_moved_by_the_up_and_not_moved_back_are_lost_by_the_down() {
    let up =
        "create table u (id int primary key, a text, b text); insert into u select * from t; drop table t;";
    let down = "create table t (id int primary key, a text not null, b text); drop table u;";
    check(&[TABLE, (up, Some(down))], &["2 down-loses-data"]).await;
    let down = "create table t (id int primary key, a text not null, b text); insert into t select * from u; drop table u;";
    check(&[TABLE, (up, Some(down))], &[]).await;
}

#[tokio::test]
async fn a_table_that_the_up_only_found_is_not_the_down_s_to_drop() {
    check(
        &[TABLE, ("create table if not exists t (id int primary key);", Some("drop table t;"))],
        &["2 down-does-not-restore", "2 down-loses-data"],
    )
    .await;
}

#[tokio::test]
async fn a_dropped_column_is_data_lost_by_the_up() {
    check(&[TABLE, ("alter table t drop column b;", None)], &["2 down-missing", "2 up-loses-data"]).await;
}

#[tokio::test]
async fn renaming_there_and_back_keeps_rows() {
    check(&[TABLE, ("alter table t rename to u;", Some("alter table u rename to t;"))], &[]).await;
}

#[tokio::test]
async fn a_narrowing_cast_loses_values() {
    check(
        &[
            ("create table n (id int primary key, v numeric(10,4) not null);", Some("drop table n;")),
            (
                "alter table n alter column v type int;",
                Some("alter table n alter column v type numeric(10,4);"),
            ),
        ],
        &["2 up-loses-data", "2 blocking-rewrite"],
    )
    .await;
}
