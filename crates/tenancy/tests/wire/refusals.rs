//! What is refused, by whom, and that others on the same connection do not notice.

use freehold_tenancy::{Error, Execute, Param, Row, Sql, Tenant, telemetry::Tags};
use futures_util::future::join_all;

use crate::ground::{Ground, tenant};

async fn shared_by_one() -> (Ground, Tenant) {
    let ground = Ground::new().await;
    let db = ground.builder().shared_connections(1).open().await.unwrap();
    (ground, db.tenant(&tenant(1)))
}

#[tokio::test]
async fn what_would_stay_in_the_session_is_refused_and_nothing_stays() {
    let (_ground, notes) = shared_by_one().await;
    for sql in [
        "SET search_path = pg_catalog",
        "RESET ALL",
        "DISCARD ALL",
        "LISTEN changes",
        "BEGIN",
        "COMMIT",
        "PREPARE one AS SELECT 1",
        "SELECT pg_advisory_lock(7)",
        "CREATE TEMP TABLE mine (a int)",
        "COPY notes TO STDOUT",
        "COPY notes FROM STDIN",
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
        "SELECT 1; SELECT 2",
        "SELECT 1\0",
    ] {
        let refused = notes.execute(sql, &[]).await;
        assert!(matches!(refused, Err(Error::Input { .. } | Error::Database(_))), "{sql}: {refused:?}");
    }
    let left: (i64, i64, bool) = notes
        .query_one(
            "SELECT (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'),
             (SELECT count(*) FROM pg_listening_channels()),
             EXISTS (SELECT FROM pg_prepared_statements WHERE from_sql)",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(left, (0, 0, false));
}

#[tokio::test]
async fn one_statements_error_is_its_own() {
    let (_ground, notes) = shared_by_one().await;
    let insert = "INSERT INTO notes (tenant_id, id) VALUES ($1, $2)";
    let (one, two) = (tenant(1), tenant(2));
    let work = (0..40_i64).map(|n| {
        let (notes, one, two) = (&notes, &one, &two);
        async move {
            match n % 4 {
                0 => assert_eq!(notes.execute(insert, &[one, &n]).await.unwrap(), 1),
                1 => {
                    let zero = notes.query_value::<i32>("SELECT 1 / $1::int", &[&0_i32]).await.unwrap_err();
                    assert_eq!(zero.sqlstate().unwrap().code(), "22012");
                }
                2 => {
                    let other = notes.execute(insert, &[two, &n]).await.unwrap_err();
                    assert_eq!(other.sqlstate().unwrap().code(), "42501", "another tenant's row");
                }
                _ => {
                    let wrong = notes.execute("SELEC", &[]).await.unwrap_err();
                    assert_eq!(wrong.sqlstate().unwrap().code(), "42601");
                }
            }
        }
    });
    join_all(work).await;
    assert_eq!(notes.query_value::<i64>("SELECT count(*) FROM notes", &[]).await.unwrap(), 10);
    let twice = notes.execute(insert, &[&one, &0_i64]).await.unwrap_err();
    let Error::Database(refused) = &twice else { panic!("{twice:?}") };
    assert_eq!(refused.constraint(), Some("notes_pkey"));
    assert!(!format!("{twice:?} {twice}").contains("already exists"));
}

#[tokio::test]
async fn parameters_that_do_not_fit_never_leave() {
    let (_ground, notes) = shared_by_one().await;
    let wrong = notes.execute("SELECT $1::int8", &[&"x"]).await;
    assert!(matches!(wrong, Err(Error::Parameter { position: 1, .. })), "{wrong:?}");
    let second = notes.execute("SELECT $1::int8, $2::text", &[&1_i64, &"a\0b"]).await;
    assert!(matches!(second, Err(Error::Parameter { position: 2, .. })), "{second:?}");
    let few = notes.execute("SELECT $1::int8, $2::text", &[&1_i64]).await;
    assert!(matches!(few, Err(Error::ParameterCount { wanted: 2, given: 1 })), "{few:?}");
    let params = vec![&1_i32 as freehold_tenancy::Param<'_>; 65_536];
    let many = notes.execute("SELECT $1::int4", &params).await;
    assert!(matches!(many, Err(Error::Input { .. })), "{many:?}");
    let huge = "x".repeat(70 << 20);
    let large = notes.execute("SELECT length($1::text)", &[&huge]).await;
    assert!(matches!(large, Err(Error::Parameter { position: 1, .. })), "{large:?}");
    let fits: i32 = notes.query_value("SELECT length($1::text)", &[&"x\u{1}"]).await.unwrap();
    assert_eq!(fits, 2);
}

#[tokio::test]
async fn a_handle_that_only_reads_writes_nothing() {
    let (_ground, notes) = shared_by_one().await;
    let insert = "INSERT INTO notes (tenant_id, id) VALUES ($1, 1)";
    let reader = notes.clone().read_only();
    let refused = reader.execute(insert, &[&tenant(1)]).await.unwrap_err();
    assert_eq!(refused.sqlstate().unwrap().code(), "25006");
    assert_eq!(notes.execute(insert, &[&tenant(1)]).await.unwrap(), 1);
    assert_eq!(reader.query_value::<i64>("SELECT count(*) FROM notes", &[]).await.unwrap(), 1);
}

#[tokio::test]
async fn nothing_of_the_context_outlives_its_statement() {
    let ground = Ground::new().await;
    let db = ground.builder().shared_connections(1).open().await.unwrap();
    let setting = "SELECT coalesce(current_setting('app.current_tenant_id', true), '')";
    let seen: String = db.tenant(&tenant(2)).query_value(setting, &[]).await.unwrap();
    assert_eq!(seen, tenant(2).to_string());
    let told = db.tenant(&tenant(1)).with_setting("app.actor", "ann").unwrap();
    let actor = "SELECT coalesce(current_setting('app.actor', true), '')";
    assert_eq!(told.query_value::<String>(actor, &[]).await.unwrap(), "ann");
    assert_eq!(db.tenant(&tenant(1)).query_value::<String>(actor, &[]).await.unwrap(), "");
    let limits = "SELECT current_setting('statement_timeout'), current_setting('transaction_read_only')";
    let limited = db.tenant(&tenant(1)).within(std::time::Duration::from_secs(60)).read_only();
    let (timeout, read_only): (String, String) = limited.query_one(limits, &[]).await.unwrap();
    assert_ne!(timeout, "0");
    assert_eq!(read_only, "on");
    let after: (String, String) = db.tenant(&tenant(1)).query_one(limits, &[]).await.unwrap();
    assert_eq!(after, ("0".to_owned(), "off".to_owned()));
}

#[tokio::test]
async fn many_different_statements_do_not_fill_the_server() {
    let (_ground, notes) = shared_by_one().await;
    for n in 0..600 {
        let sql = Sql::vouched(format!("SELECT {n}::int"));
        assert_eq!(notes.query_value::<i32>(sql, &[]).await.unwrap(), n);
    }
    assert_eq!(notes.query_value::<i32>(Sql::vouched("SELECT 0::int".to_owned()), &[]).await.unwrap(), 0);
    let kept: i64 = notes.query_value("SELECT count(*) FROM pg_prepared_statements", &[]).await.unwrap();
    assert!(kept <= 256, "{kept}");
}

#[tokio::test]
async fn notices_and_notifications_hold_nothing_up() {
    let (ground, notes) = shared_by_one().await;
    ground
        .admin(
            "CREATE FUNCTION chatter(n int) RETURNS int LANGUAGE plpgsql AS
             $$ BEGIN FOR i IN 1..n LOOP RAISE NOTICE 'notice %', i; END LOOP; RETURN n; END $$;
             CREATE PROCEDURE twice() LANGUAGE plpgsql AS $$ BEGIN
                 IF current_setting('app.current_tenant_id') = '' THEN RAISE 'nobody before'; END IF;
                 COMMIT;
                 IF current_setting('app.current_tenant_id') <> '' THEN RAISE 'somebody after'; END IF;
             END $$;",
        )
        .await;
    let results = (0..20_i32).map(|n| {
        let notes = &notes;
        async move { notes.query_value::<i32>("SELECT chatter($1)", &[&n]).await }
    });
    for (n, said) in (0..).zip(join_all(results).await) {
        assert_eq!(said.unwrap(), n);
    }
    notes.execute("NOTIFY changes", &[]).await.unwrap();
    let version: i32 =
        notes.query_value("SELECT current_setting('server_version_num')::int", &[]).await.unwrap();
    match notes.execute("CALL twice()", &[]).await {
        // From 18 on the server takes the statements of one unit for a transaction that a procedure can't end.
        Err(error) => {
            assert_eq!(error.sqlstate().unwrap().code(), "2D000", "{error:?}");
            assert!(version >= 180_000, "{version}");
        }
        Ok(_) => assert!(version < 180_000, "{version}"),
    }
    let seen: i64 = notes.query_value("SELECT count(*) FROM notes", &[]).await.unwrap();
    assert_eq!(seen, 0);
}

#[tokio::test]
async fn work_across_tenants_goes_its_own_way() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    for n in 1..=3 {
        let insert = "INSERT INTO notes (tenant_id, id) VALUES ($1, 1)";
        db.tenant(&tenant(n)).execute(insert, &[&tenant(n)]).await.unwrap();
    }
    let system = db.system("counting all").unwrap();
    assert_eq!(system.query_value::<i64>("SELECT count(*) FROM notes", &[]).await.unwrap(), 3);
    let own: Vec<Row> = db.tenant(&tenant(2)).query("SELECT * FROM notes", &[]).await.unwrap();
    assert_eq!(own.len(), 1);
}

#[tokio::test]
async fn a_batch_is_one_transaction() {
    let (_ground, notes) = shared_by_one().await;
    let one = tenant(1);
    let (first, second): ([Param<'_>; 2], [Param<'_>; 2]) = ([&one, &1_i64], [&one, &2_i64]);
    let insert = "INSERT INTO notes (tenant_id, id) VALUES ($1, $2)";
    let count = "SELECT count(*), txid_current() FROM notes";
    let answers = notes
        .batch()
        .add(insert, &first)
        .add(count, &[])
        .add(insert, &second)
        .add(count, &[])
        .send()
        .await
        .unwrap();
    assert_eq!(answers[0].affected(), 1);
    let (seen, id) = answers[1].read::<(i64, i64)>().unwrap()[0];
    let (later, same) = answers[3].read::<(i64, i64)>().unwrap()[0];
    assert_eq!((seen, later, id), (1, 2, same));
    // The second insert of the same row is refused, and the first statement goes with it.
    let third: [Param<'_>; 2] = [&one, &3_i64];
    let refused = notes.batch().add(insert, &third).add(insert, &second).send().await.unwrap_err();
    assert_eq!(refused.sqlstate().unwrap().code(), "23505");
    assert_eq!(notes.query_value::<i64>("SELECT count(*) FROM notes", &[]).await.unwrap(), 2);
    let too_many = (0..65).fold(notes.batch(), |batch, _| batch.add("SELECT 1", &[])).send().await;
    assert!(matches!(too_many, Err(Error::Input { .. })));
    assert!(notes.batch().send().await.unwrap().is_empty());
    let held = notes.batch().add("SELECT 1", &[]).add("SET x.y = 1", &[]).send().await;
    assert!(matches!(held, Err(Error::Input { .. })));
}

#[tokio::test]
async fn tags_of_a_request_cost_no_further_trip_and_stay_nowhere() {
    let (_ground, notes) = shared_by_one().await;
    let text = "SELECT $1::int, current_query()";
    let plain: (i32, String) = notes.query_one(text, &[&7_i32]).await.unwrap();
    assert_eq!(plain, (7, text.to_owned()));
    for n in 0..5 {
        let tags = Tags::new().for_request("request", &n.to_string()).unwrap();
        let (seven, query): (i32, String) =
            notes.clone().tagged(tags).query_one(text, &[&7_i32]).await.unwrap();
        assert_eq!(seven, 7);
        assert!(query.starts_with(text) && query.contains("request="), "{query}");
    }
    let kept = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%request' || '=%'";
    assert_eq!(notes.query_value::<i64>(kept, &[]).await.unwrap(), 0);
}
