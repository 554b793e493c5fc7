//! Consent is asked where it is needed, in the statement that needs it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use freehold_tenancy_ground as ground;

use freehold_db::Session;
use freehold_tenancy::{
    Execute,
    rights::{Consent, RightsError},
};
use ground::{Ground, tenant};

#[tokio::test]
async fn consent_holds_from_its_grant_to_its_end_or_withdrawal() {
    let ground = Ground::new().await;
    ground
        .admin(
            "CREATE TABLE consents (tenant_id uuid NOT NULL, who text, what text, since timestamptz, until timestamptz, ended timestamptz);
             GRANT ALL ON consents TO app_writer;
             ALTER TABLE consents ENABLE ROW LEVEL SECURITY; CREATE POLICY all_rows ON consents USING (true);
             INSERT INTO consents SELECT id, v.* FROM (SELECT id FROM tenants ORDER BY id LIMIT 1) AS t, (VALUES
                 ('good', 'a', now() - interval '1 day', NULL::timestamptz, NULL::timestamptz),
                 ('until', 'a', now() - interval '1 day', now() + interval '1 day', NULL),
                 ('expired', 'a', now() - interval '2 day', now() - interval '1 day', NULL),
                 ('revoked', 'a', now() - interval '2 day', NULL, now() - interval '1 day'),
                 ('later', 'a', now() + interval '10 minutes', NULL, NULL)) AS v",
        )
        .await;
    let db = ground.db().await;
    let consent = Consent::in_table("consents").person("who").kind("what").times("since", "until", "ended");
    let acme = db.tenant(&tenant(1));
    for (who, given) in [
        ("good", true),
        ("until", true),
        ("expired", false),
        ("revoked", false),
        ("later", false),
        ("x' OR 1=1", false),
    ] {
        assert_eq!(consent.is_given(&acme, who, "a", None).await.unwrap(), given, "{who}");
        assert_eq!(consent.require(&acme, who, "a").await.is_ok(), given, "{who}");
        assert!(!consent.is_given(&acme, who, "b", None).await.unwrap());
        assert!(!consent.is_given(&db.tenant(&tenant(2)), who, "a", None).await.unwrap());
        let sql = format!(
            "INSERT INTO notes (tenant_id, id, body) SELECT $1, 1, $2 WHERE {}",
            consent.condition(1)
        );
        let written = acme
            .execute(
                freehold_tenancy::Sql::vouched(sql + " ON CONFLICT DO NOTHING"),
                &[&tenant(1), &who, &"a"],
            )
            .await
            .unwrap();
        assert_eq!(written, u64::from(given));
        acme.execute("DELETE FROM notes", &[]).await.unwrap();
    }
    let ago = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(36);
    for (who, given) in [("good", false), ("expired", true), ("revoked", true)] {
        assert_eq!(consent.is_given(&acme, who, "a", Some(ago)).await.unwrap(), given, "{who}");
    }
    let skewed = consent.clone().clocks_ahead_by(std::time::Duration::from_secs(900));
    assert!(skewed.is_given(&acme, "later", "a", None).await.unwrap());
    assert!(!skewed.is_given(&acme, "expired", "a", None).await.unwrap());
    let error = consent.require(&acme, "revoked", "a").await.unwrap_err();
    assert!(matches!(error, RightsError::NoConsent { .. }) && !error.to_string().contains("revoked"));
}

#[tokio::test]
async fn a_withdrawal_comes_before_or_after_what_needs_the_consent_never_between() {
    let ground = Ground::new().await;
    ground
        .admin(
            "CREATE TABLE consent_records (tenant_id uuid NOT NULL, external_id text, consent_type text, granted_at timestamptz DEFAULT now(),
                 expires_at timestamptz, revoked_at timestamptz);
             GRANT ALL ON consent_records TO app_writer;
             ALTER TABLE consent_records ENABLE ROW LEVEL SECURITY; CREATE POLICY all_rows ON consent_records USING (true);
             INSERT INTO consent_records (tenant_id, external_id, consent_type) SELECT id, 'p', 'a' FROM tenants",
        )
        .await;
    let db = ground.db().await;
    let acme = db.tenant(&tenant(1));
    let consent = Consent::in_table("consent_records");
    let sql = freehold_tenancy::Sql::vouched(format!(
        "INSERT INTO notes (tenant_id, id, body) SELECT $1, 1, $2 WHERE {}",
        consent.condition(1)
    ));
    let withdrawing = acme.begin().await.unwrap();
    withdrawing
        .execute(
            "UPDATE consent_records SET revoked_at = now() - interval '1 s' WHERE tenant_id = $1",
            &[&tenant(1)],
        )
        .await
        .unwrap();
    let writing = {
        let (acme, sql) = (acme.clone(), sql.clone());
        tokio::spawn(async move { acme.execute(sql, &[&tenant(1), &"p", &"a"]).await })
    };
    let admin = Session::open(&ground.scratch.connect_to()).await.unwrap();
    let waits = "SELECT count(*) FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid) WHERE NOT granted AND datname = current_database()";
    while admin.client().query_one(waits, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        assert!(!writing.is_finished(), "the statement waits for the withdrawal");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    withdrawing.commit().await.unwrap();
    assert_eq!(
        writing.await.unwrap().unwrap(),
        0,
        "nothing is written on the strength of a consent that is withdrawn"
    );
}
