//! Work across tenants: with a reason, as another role, and told to whoever wants to know.

use std::sync::{Arc, Mutex};

use freehold_tenancy::{Error, Execute, SystemWork, Tenancy};

use crate::ground::{Ground, tenant};

#[tokio::test]
async fn work_across_tenants_has_a_reason_and_another_role() {
    let ground = Ground::new().await;
    let told: Arc<Mutex<Vec<SystemWork>>> = Arc::default();
    let tell = told.clone();
    let db = ground
        .builder()
        .on_system_work(move |work| tell.lock().unwrap().push(work.clone()))
        .open()
        .await
        .unwrap();
    for n in 1..=2 {
        let sql = "INSERT INTO notes (tenant_id, id) VALUES ($1, 1)";
        db.tenant(&tenant(n)).execute(sql, &[&tenant(n)]).await.unwrap();
    }
    assert!(told.lock().unwrap().is_empty());
    let system = db.system("counting notes").unwrap();
    let count: (i64, String) =
        system.query_one("SELECT count(*), min(current_user::text) FROM notes", &[]).await.unwrap();
    assert_eq!(count, (2, "app_system".to_owned()));
    let seen: Vec<_> = told.lock().unwrap().iter().map(|work| (work.reason, work.role.clone())).collect();
    assert_eq!(seen, [("counting notes", "app_system".to_owned())]);
    assert!(matches!(db.system("  "), Err(Error::Input { .. })));
}

#[tokio::test]
async fn without_a_role_there_is_no_work_across_tenants() {
    let ground = Ground::new().await;
    let db = freehold_tenancy::Db::builder(&ground.url("app_writer")).open().await.unwrap();
    assert!(matches!(db.system("counting notes"), Err(Error::Setup(_))));
}

#[tokio::test]
async fn the_role_for_it_is_taken_on_by_a_member() {
    let ground = Ground::new().await;
    ground
        .admin(
            "DO $$ BEGIN CREATE ROLE app_both LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
             GRANT app_system, app_writer TO app_both",
        )
        .await;
    ground.admit("app_both").await;
    let tenancy = Tenancy { role: Some("app_writer".to_owned()), ..Ground::tenancy() };
    let db = freehold_tenancy::Db::builder(&ground.url("app_both")).tenancy(tenancy).open().await.unwrap();
    let sql = "SELECT current_user::text";
    let system: String = db.system("looking").unwrap().query_value(sql, &[]).await.unwrap();
    let tenants: String = db.tenant(&tenant(1)).query_value(sql, &[]).await.unwrap();
    assert_eq!((system.as_str(), tenants.as_str()), ("app_system", "app_writer"));
}

#[tokio::test]
async fn who_may_not_take_it_on_is_told_so() {
    let ground = Ground::new().await;
    let db = freehold_tenancy::Db::builder(&ground.url("app_writer"))
        .tenancy(Ground::tenancy())
        .open()
        .await
        .unwrap();
    let error = db.system("looking").unwrap().query_value::<i32>("SELECT 1", &[]).await.unwrap_err();
    assert_eq!(error.sqlstate().unwrap().code(), "42501");
}
