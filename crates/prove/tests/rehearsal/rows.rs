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
    assert!(
        told.text("down-loses-data").contains("3 of 3 rows are gone"),
        "{}",
        told.text("down-loses-data")
    );
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

#[tokio::test]
async fn rows_deleted_by_the_up_are_the_up_s_loss() {
    check(&[TABLE, ("delete from t;", Some("select 1;"))], &["2 up-loses-data"]).await;
}

#[tokio::test]
async fn values_overwritten_by_the_up_are_the_up_s_loss() {
    check(&[TABLE, ("update t set a = 'same';", Some("select 1;"))], &["2 up-loses-data"]).await;
}

#[tokio::test]
async fn a_column_copied_to_another_and_not_copied_back_is_the_down_s_loss() {
    let up = "alter table t add column c text; update t set c = b; alter table t drop column b;";
    check(
        &[TABLE, (up, Some("alter table t add column b text; alter table t drop column c;"))],
        &["2 down-loses-data", "2 blocking-backfill"],
    )
    .await;
    check(
        &[
            TABLE,
            (up, Some("alter table t add column b text; update t set b = c; alter table t drop column c;")),
        ],
        &["2 blocking-backfill"],
    )
    .await;
}

#[tokio::test]
async fn a_time_that_a_trigger_stamps_is_no_loss() {
    let stamped = "create table s (id int primary key, n int not null, updated_at timestamptz not null default now()); \
        create function touch() returns trigger language plpgsql as 'begin new.updated_at := now(); return new; end'; \
        create trigger touch before update on s for each row execute function touch();";
    let table = (stamped, Some("drop table s; drop function touch();"));
    check(&[table, ("update s set n = n + 1;", Some("update s set n = n - 1;"))], &[]).await;
    check(&[table, ("update s set n = n + 1;", Some("update s set n = n;"))], &["2 up-loses-data"]).await;
}

#[tokio::test]
async fn rows_of_partitions_are_told_once_by_their_table() {
    let table = (
        "create table m (id int not null, v text) partition by range (id); \
         create table m_1 partition of m for values from (0) to (1000); \
         create table m_2 partition of m for values from (1000) to (2000);",
        Some("drop table m;"),
    );
    let told = check(
        &[table, ("alter table m add column w int;", Some("alter table m drop column w; delete from m;"))],
        &["2 down-loses-data"],
    )
    .await;
    assert!(told.text("down-loses-data").contains("m had data"), "{}", told.text("down-loses-data"));
}

#[tokio::test]
async fn a_partitioned_table_without_partitions_has_no_rows_to_lose() {
    let told = check(
        &[
            ("create table m (id int not null, v text) partition by range (id);", Some("drop table m;")),
            ("alter table m drop column v;", Some("alter table m add column v text;")),
        ],
        &[],
    )
    .await;
    assert!(matches!(told.rehearsal.steps[1].rows, freehold_prove::observation::RowsOutcome::NotConcerned));
}

#[tokio::test]
async fn values_that_survive_in_another_type_are_no_loss() {
    let table = ("create table v (id int primary key, n int not null);", Some("drop table v;"));
    check(
        &[table, ("alter table v alter column n type numeric(65,30);", None)],
        &["2 down-missing", "2 blocking-rewrite"],
    )
    .await;
    check(
        &[table, ("alter table v alter column n type text;", None)],
        &["2 down-missing", "2 blocking-rewrite"],
    )
    .await;
}

#[tokio::test]
async fn a_condition_that_meets_no_witness_row_proves_nothing() {
    let told = check(&[TABLE, ("delete from t where a = 'no row has this';", Some("select 1;"))], &[]).await;
    assert!(matches!(
        told.rehearsal.steps[1].rows,
        freehold_prove::observation::RowsOutcome::NotTried { .. }
    ));
}

#[tokio::test]
async fn overwritten_values_are_a_note_and_taken_columns_a_warning() {
    use freehold_model::finding::Severity;
    for (up, severity) in [
        ("update t set a = 'same';", Severity::Note),
        ("alter table t drop column b;", Severity::Warning),
        ("delete from t;", Severity::Warning),
    ] {
        let told = check(&[TABLE, (up, None)], &["2 down-missing", "2 up-loses-data"]).await;
        assert_eq!(told.findings[1].severity, severity, "{up}");
    }
}

#[tokio::test]
async fn a_loss_stands_at_the_statement_that_takes() {
    let told = check(
        &[
            TABLE,
            ("create table other (id int);\ncreate index on other (id);\nalter table t drop column b;", None),
        ],
        &["2 down-missing", "2 up-loses-data"],
    )
    .await;
    let finding = &told.findings[1];
    assert_eq!((finding.place.as_ref().unwrap().start.line, finding.subject.name.as_str()), (3, "t"));
}

#[tokio::test]
async fn what_an_up_loses_is_told_although_its_down_commits_by_itself() {
    check(
        &[
            TABLE,
            (
                "alter table t drop column b;",
                Some("-- separate\nbegin; commit; alter table t add column b text;"),
            ),
        ],
        &["2 up-loses-data", "2 script-ends-transaction"],
    )
    .await;
}
