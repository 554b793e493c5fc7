//! API keys, in the table that the example of face recognition has.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "api_keys/bench.rs"]
mod bench;
use freehold_tenancy_ground as ground;
#[path = "api_keys/last_used.rs"]
mod last_used;

use std::time::Duration;

use bench::{Bench, usual};
use freehold_tenancy::{
    Execute,
    api_keys::{ApiKeyError, ApiKeySettings, ApiKeyTable, ApiKeys, NewKey, Written},
};
use ground::tenant;
use jiff::Timestamp;

#[tokio::test]
async fn an_issued_key_is_good_for_its_tenant_and_its_scopes() {
    let bench = Bench::new(usual()).await;
    let new = NewKey::named("billing").scope("faces:verify").scope("faces:write").rate_limit(90);
    let (id, text) = bench.issue(1, new.expires_in(Duration::from_secs(3_600))).await;
    let key = bench.keys.verify(&text).await.unwrap();
    assert_eq!((key.tenant.clone(), key.id, key.name.as_str()), (tenant(1), id, "billing"));
    assert_eq!(key.rate_limit, Some(90));
    assert!(key.expires_at.unwrap() > Timestamp::now());
    key.require("faces:verify").unwrap();
    let refused = key.require("admin").unwrap_err();
    assert!(matches!(&refused, ApiKeyError::Scope { needed } if needed == "admin"));
    assert_eq!((refused.status().as_u16(), bench.keys.settings().prefix.as_str()), (403, "fr"));

    let listed = bench.keys.list(&bench.db.tenant(&tenant(1))).await.unwrap();
    assert_eq!((listed.len(), listed[0].id, listed[0].name.as_str()), (1, id, "billing"));
    assert!(text.contains(listed[0].key_prefix.strip_prefix("fr_").unwrap()));
    assert!(bench.keys.list(&bench.db.tenant(&tenant(2))).await.unwrap().is_empty());
}

#[tokio::test]
async fn nothing_that_could_be_used_is_stored() {
    let bench = Bench::new(usual()).await;
    let (_, text) = bench.issue(1, NewKey::named("k")).await;
    let row: String = bench
        .db
        .tenant(&tenant(1))
        .query_value("SELECT row_to_json(k)::text FROM api_keys AS k", &[])
        .await
        .unwrap();
    let secret = text.rsplit('_').next().unwrap();
    assert!(
        row.contains(&secret[..8]) && !row.contains(&secret[..9]) && !row.contains(&secret[8..]),
        "{row}"
    );
    let stored: String =
        bench.db.tenant(&tenant(1)).query_value("SELECT key_hash FROM api_keys", &[]).await.unwrap();
    assert_eq!(stored.len(), 64);
    // The hash itself opens nothing.
    assert!(matches!(bench.refused(&stored).await, ApiKeyError::NotAKey { .. }));
}

#[tokio::test]
async fn keys_that_are_no_good_are_refused_by_why() {
    let bench = Bench::new(usual()).await;
    let (id, text) = bench.issue(1, NewKey::named("k")).await;
    assert!(bench.keys.verify(&text).await.is_ok());
    let mut typo = text.clone().into_bytes();
    let last = typo.len() - 1;
    typo[last] = if typo[last] == b'a' { b'b' } else { b'a' };
    assert!(matches!(bench.refused(std::str::from_utf8(&typo).unwrap()).await, ApiKeyError::Checksum));
    assert!(matches!(bench.refused("").await, ApiKeyError::NotAKey { .. }));
    assert!(matches!(bench.refused("fr_x").await, ApiKeyError::Malformed(_)));

    // A well-formed key that nobody issued here.
    let elsewhere = Bench::new(usual()).await;
    let (_, unknown) = elsewhere.issue(1, NewKey::named("k")).await;
    assert!(matches!(bench.refused(&unknown).await, ApiKeyError::Unknown));

    let one = bench.db.tenant(&tenant(1));
    assert!(!bench.keys.revoke(&bench.db.tenant(&tenant(2)), id).await.unwrap(), "another tenant's key");
    assert!(bench.keys.verify(&text).await.is_ok());
    assert!(bench.keys.revoke(&one, id).await.unwrap());
    assert!(matches!(bench.refused(&text).await, ApiKeyError::Revoked));
    assert!(!bench.keys.revoke(&one, id).await.unwrap(), "revoked before");
    assert_eq!(bench.refused(&text).await.status(), 401);
}

#[tokio::test]
async fn a_key_expires_by_the_servers_clock_within_the_tolerance() {
    let settings =
        ApiKeySettings { remembered: Duration::ZERO, tolerance: Duration::from_secs(60), ..usual() };
    let bench = Bench::new(settings).await;
    let (_, text) = bench.issue(1, NewKey::named("k").expires_in(Duration::from_secs(3_600))).await;
    for (ended, good) in [("-1 hour", true), ("30 seconds", true), ("90 seconds", false)] {
        bench.ground.admin(&format!("UPDATE api_keys SET expires_at = now() - interval '{ended}'")).await;
        let verified = bench.keys.verify(&text).await;
        assert_eq!(verified.is_ok(), good, "{ended}: {verified:?}");
        assert!(good || matches!(verified, Err(ApiKeyError::Expired)));
    }
    for (end, good) in
        [("infinity", true), ("290000-01-01", true), ("-infinity", false), ("4000-01-01 BC", false)]
    {
        bench.ground.admin(&format!("UPDATE api_keys SET expires_at = '{end}'")).await;
        let verified = bench.keys.verify(&text).await;
        assert_eq!(verified.is_ok(), good, "{end}: {verified:?}");
    }
}

#[tokio::test]
async fn a_clock_that_is_off_issues_no_key() {
    let bench = Bench::new(usual()).await;
    let one = bench.db.tenant(&tenant(1));
    let now = Timestamp::now();
    let hour = Duration::from_secs(3_600);
    let end = now + hour;
    assert!(bench.keys.issue(&one, NewKey::named("k").expires_at(end, now)).await.is_ok());
    for clock in [now + hour, now - hour] {
        let refused = bench.keys.issue(&one, NewKey::named("k").expires_at(end + hour, clock)).await;
        let ApiKeyError::ClockSkew { by } = refused.unwrap_err() else { panic!("not told") };
        assert!(by.abs_diff(hour) < Duration::from_secs(60), "{by:?}");
    }
    let past = bench.keys.issue(&one, NewKey::named("k").expires_at(now - hour, now)).await;
    assert!(matches!(past, Err(ApiKeyError::ExpiryPast)));
    let past = bench.keys.issue(&one, NewKey::named("k").expires_in(Duration::ZERO)).await;
    assert!(matches!(past, Err(ApiKeyError::ExpiryPast)));
    assert_eq!(bench.keys.list(&one).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_remembered_key_costs_no_look_up_and_is_forgotten_when_revoked() {
    let bench = Bench::new(usual()).await;
    let (id, text) = bench.issue(1, NewKey::named("k")).await;
    assert!(bench.keys.verify(&text).await.is_ok());
    // Behind the library's back: it goes on for a while, as another process would.
    bench.ground.admin("UPDATE api_keys SET revoked_at = now()").await;
    assert!(bench.keys.verify(&text).await.is_ok());
    bench.keys.forget();
    assert!(matches!(bench.refused(&text).await, ApiKeyError::Revoked));

    bench.ground.admin("UPDATE api_keys SET revoked_at = NULL").await;
    bench.keys.forget();
    let one = bench.db.tenant(&tenant(1));
    let transaction = one.begin().await.unwrap();
    assert!(bench.keys.revoke(&transaction, id).await.unwrap());
    assert!(bench.keys.verify(&text).await.is_ok(), "not committed yet");
    transaction.commit().await.unwrap();
    bench.keys.forget();
    assert!(matches!(bench.refused(&text).await, ApiKeyError::Revoked));
}

#[tokio::test]
async fn of_many_who_bring_a_key_at_once_one_asks() {
    let bench = Bench::new(usual()).await;
    let (_, text) = bench.issue(1, NewKey::named("k")).await;
    // Each look-up that finds a row draws a number.
    bench
        .ground
        .admin(
            "CREATE SEQUENCE look_ups;
             CREATE VIEW counted AS SELECT k.*, nextval('look_ups') AS look_up FROM api_keys AS k;
             GRANT SELECT ON counted TO app_writer;
             GRANT USAGE, SELECT ON look_ups TO app_writer",
        )
        .await;
    let table = ApiKeyTable { table: "counted".to_owned(), ..ApiKeyTable::default() };
    let keys = ApiKeys::new(&bench.db, ApiKeySettings { table, ..usual() }).unwrap();
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let (keys, text) = (keys.clone(), text.clone());
            tokio::spawn(async move { keys.verify(&text).await.is_ok() })
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap());
    }
    let one = bench.db.tenant(&tenant(1));
    let drawn = "SELECT last_value FROM look_ups";
    assert_eq!(one.query_value::<i64>(drawn, &[]).await.unwrap(), 1);
    keys.forget();
    assert!(keys.verify(&text).await.is_ok());
    assert_eq!(one.query_value::<i64>(drawn, &[]).await.unwrap(), 2);
}

#[tokio::test]
async fn sql_in_every_text_is_data() {
    let bench = Bench::new(usual()).await;
    let nasty = "k'); DROP TABLE api_keys; --";
    let (_, text) = bench.issue(1, NewKey::named(nasty).scope("admin")).await;
    assert_eq!(bench.keys.verify(&text).await.unwrap().name, nasty);
    let one = bench.db.tenant(&tenant(1));
    let refused = bench.keys.issue(&one, NewKey::named("k").scope(nasty)).await.unwrap_err();
    let ApiKeyError::Store { source, .. } = &refused else { panic!("{refused}") };
    assert_eq!(source.sqlstate().unwrap().code(), "23514");
    let refused = bench.keys.issue(&one, NewKey::named("with \0 in it")).await.unwrap_err();
    assert!(matches!(refused, ApiKeyError::Store { .. }), "{refused}");
    let listed = ApiKeySettings { scopes: vec!["admin".to_owned()], ..usual() };
    let strict = ApiKeys::new(&bench.db, listed).unwrap();
    assert!(strict.issue(&one, NewKey::named("k").scope("admin")).await.is_ok());
    let refused = strict.issue(&one, NewKey::named("k").scope("admn")).await.unwrap_err();
    assert!(matches!(refused, ApiKeyError::UnknownScope { scope } if scope == "admn"));
}

#[tokio::test]
async fn the_table_and_its_columns_may_have_other_names() {
    let bench = Bench::new(usual()).await;
    bench
        .ground
        .admin(
            "CREATE SCHEMA access;
             CREATE TABLE access.\"Tokens\" (tenant_id uuid, token uuid, label text, shown text, digest text,
                                             rights text[], until timestamptz, gone timestamptz);
             GRANT USAGE ON SCHEMA access TO app_writer;
             GRANT ALL ON access.\"Tokens\" TO app_writer",
        )
        .await;
    let name = str::to_owned;
    let table = ApiKeyTable {
        schema: Some(name("access")),
        table: name("Tokens"),
        id: name("token"),
        name: name("label"),
        key_prefix: name("shown"),
        key_hash: name("digest"),
        scopes: name("rights"),
        rate_limit: None,
        last_used_at: None,
        expires_at: name("until"),
        revoked_at: name("gone"),
    };
    let keys =
        ApiKeys::new(&bench.db, ApiKeySettings { table, ..ApiKeySettings::prefixed("acme_t") }).unwrap();
    let one = bench.db.tenant(&tenant(1));
    let issued = keys.issue(&one, NewKey::named("k").scope("x")).await.unwrap();
    assert!(keys.verify(issued.key.expose()).await.unwrap().allows("x"));
    assert_eq!(keys.flush().await.unwrap(), Written::default());
    assert_eq!(keys.list(&one).await.unwrap()[0].last_used_at, None);
    assert!(keys.revoke(&one, issued.id).await.unwrap());
    assert!(matches!(keys.verify(issued.key.expose()).await, Err(ApiKeyError::Revoked)));
    let limited = keys.issue(&one, NewKey::named("k").rate_limit(5)).await;
    assert!(matches!(limited, Err(ApiKeyError::Settings(_))));
    for prefix in ["", "f", "toolong_x", "Fr", "_fr", "fr_", "f-r"] {
        let refused = ApiKeys::new(&bench.db, ApiKeySettings::prefixed(prefix));
        assert!(matches!(refused, Err(ApiKeyError::Settings(_))), "{prefix}");
    }
}

#[tokio::test]
async fn a_scanner_knows_a_key_when_it_sees_one() {
    let bench = Bench::new(usual()).await;
    let (_, text) = bench.issue(1, NewKey::named("k")).await;
    assert_eq!(bench.keys.pattern(), "fr_[0-9a-f]{32}_[0-9A-Za-z]{49}");
    // The server's own regular expressions judge.
    let sql = "SELECT $1 ~ ('^' || $2 || '$')";
    let one = bench.db.tenant(&tenant(1));
    assert!(one.query_value::<bool>(sql, &[&text, &bench.keys.pattern()]).await.unwrap());
    assert!(!one.query_value::<bool>(sql, &[&&text[1..], &bench.keys.pattern()]).await.unwrap());
}
