//! A database is not opened where row level security would not hold.

use freehold_tenancy::{Db, DbBuilder, Error, Execute, Tenancy};

use crate::ground::{Ground, tenant};

async fn refused(builder: DbBuilder) -> String {
    match builder.open().await {
        Err(Error::Setup(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn roles_that_bypass_row_level_security_are_refused() {
    let ground = Ground::new().await;
    let why = refused(Db::builder(&ground.url("app_system"))).await;
    assert!(why.contains("app_system") && why.contains("BYPASSRLS"), "{why}");
    let superuser = Db::builder(&ground.scratch.connect_to().masked());
    assert!(refused(superuser.clone()).await.contains("superuser"));
    // The pair: as a role that does not.
    let tenancy = Tenancy { role: Some("app_writer".to_owned()), ..Tenancy::default() };
    let db = superuser.tenancy(tenancy).open().await.unwrap();
    let who: String = db.tenant(&tenant(1)).query_value("SELECT current_user::text", &[]).await.unwrap();
    assert_eq!(who, "app_writer");
}

#[tokio::test]
async fn a_role_that_is_not_there_or_not_granted_is_told() {
    let ground = Ground::new().await;
    for role in ["app_nobody_made", "app_system"] {
        let tenancy = Tenancy { role: Some(role.to_owned()), ..Tenancy::default() };
        let why = refused(Db::builder(&ground.url("app_writer")).tenancy(tenancy)).await;
        assert!(why.contains(role) && why.contains("GRANT"), "{why}");
    }
}

#[tokio::test]
async fn a_table_without_row_level_security_is_named() {
    let ground = Ground::new().await;
    ground.admin("CREATE TABLE bare (tenant_id uuid, x int); CREATE SCHEMA more; CREATE TABLE more.bare (tenant_id uuid)").await;
    // Nobody may reach them.
    ground.builder().open().await.unwrap();
    ground.admin("GRANT SELECT (x) ON bare TO app_writer; GRANT DELETE ON more.bare TO app_writer").await;
    let why = refused(ground.builder()).await;
    assert!(why.contains("public.bare") && !why.contains("more.bare"), "no usage of that schema: {why}");
    ground.admin("GRANT USAGE ON SCHEMA more TO app_writer").await;
    let why = refused(ground.builder().accept_unprotected(["public.bare"])).await;
    assert!(why.contains("more.bare") && !why.contains("public.bare"), "{why}");
    ground.builder().accept_unprotected(["bare"]).open().await.unwrap();
    ground
        .admin("ALTER TABLE bare ENABLE ROW LEVEL SECURITY; ALTER TABLE more.bare ENABLE ROW LEVEL SECURITY")
        .await;
    let db = ground.builder().open().await.unwrap();
    ground.admin("ALTER TABLE bare DISABLE ROW LEVEL SECURITY").await;
    assert!(matches!(db.check_protection().await, Err(Error::Setup(_))));
}

#[tokio::test]
async fn a_copy_that_policies_cannot_protect_is_named() {
    let ground = Ground::new().await;
    ground
        .admin("CREATE MATERIALIZED VIEW copied AS SELECT * FROM notes; GRANT SELECT ON copied TO app_writer")
        .await;
    assert!(refused(ground.builder()).await.contains("public.copied"));
}

#[tokio::test]
async fn an_owner_needs_force() {
    let ground = Ground::new().await;
    ground.admin("ALTER TABLE notes OWNER TO app_writer").await;
    ground.builder().open().await.unwrap();
    ground.admin("ALTER TABLE notes NO FORCE ROW LEVEL SECURITY").await;
    let why = refused(ground.builder()).await;
    assert!(why.contains("public.notes") && why.contains("FORCE"), "{why}");
    // A member of the owner is as good as the owner.
    ground
        .admin(
            "CREATE ROLE owns_notes; GRANT owns_notes TO app_writer; ALTER TABLE notes OWNER TO owns_notes",
        )
        .await;
    assert!(refused(ground.builder()).await.contains("public.notes"));
    ground.admin("REVOKE owns_notes FROM app_writer; GRANT SELECT ON notes TO app_writer").await;
    ground.builder().open().await.unwrap();
}

#[tokio::test]
async fn policies_that_read_another_setting_are_told() {
    let ground = Ground::new().await;
    let tenancy = Tenancy { setting: "app.org".to_owned(), ..Ground::tenancy() };
    let why = refused(ground.builder().tenancy(tenancy.clone())).await;
    assert!(why.contains("app.org") && why.contains("public.notes"), "{why}");
    ground
        .admin(
            "ALTER POLICY own ON notes USING (tenant_id = nullif(current_setting('app.org', true), '')::uuid)
             WITH CHECK (tenant_id = nullif(current_setting('app.org', true), '')::uuid)",
        )
        .await;
    ground.builder().tenancy(tenancy).open().await.unwrap();
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let ground = Ground::new().await;
    assert!(refused(ground.builder().max_connections(0)).await.contains("max_connections"));
    let tenancy = Tenancy { setting: "tenant".to_owned(), ..Tenancy::default() };
    assert!(refused(ground.builder().tenancy(tenancy)).await.contains("setting"));
    for url in ["", "postgres://", "postgres://u@", "mysql://u@h/d", "postgres://u:secret@h:port/d", "host=h"]
    {
        let why = refused(Db::builder(url)).await;
        assert!(!why.contains("secret"), "{why}");
    }
}

#[tokio::test]
async fn no_error_and_no_debug_shows_a_password() {
    let ground = Ground::new().await;
    let builder = Db::builder("postgres://u:very-secret@127.0.0.1:1/d")
        .system_url("postgres://s:very-secret@127.0.0.1:1/d");
    assert!(!format!("{builder:?}").contains("very-secret"));
    let error = builder.open().await.unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
    assert!(!format!("{error:?} {error}").contains("very-secret"));
    let db = ground.db().await;
    assert!(!format!("{db:?}").contains("postgres://"));
}
