//! Which targets are meant: from settings, flags and what the environment's database says, on real databases.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::path::Path;

use freehold_app::{
    migrate::{
        Target,
        destination::Destination,
        targets::{AskedTenants, TargetsError, Which, targets},
    },
    settings::Settings,
};
use freehold_db::Session;
use freehold_model::secret::Secret;
use freehold_sandbox::{Scratch, testing};

struct Ground {
    scratch: Scratch,
}

impl Ground {
    /// Three tenants' schemas and a table that tells of them.
    async fn new() -> Self {
        let scratch = testing::scratch().await;
        let session = Session::open(&scratch.connect_to()).await.unwrap();
        session
            .run(
                "create schema acme; create schema globex; create schema \"Umbrella Corp\"; \
                 create table tenants (id int primary key, slug text); \
                 insert into tenants values (1, 'globex'), (2, 'acme'), (3, 'Umbrella Corp')",
            )
            .await
            .unwrap();
        session.close().await;
        Self { scratch }
    }

    async fn ask(&self, settings: &str, asked: AskedTenants) -> Result<Vec<Target>, TargetsError> {
        let settings = Settings::parse(Path::new("/project/freehold.toml"), settings, &[]).unwrap();
        let environment = settings.environments.get("staging").cloned();
        let destination = Destination {
            to: self.scratch.connect_to(),
            environment: environment.as_ref().map(|_| "staging".to_owned()),
            settings: environment.unwrap_or_default(),
        };
        let variable = |name: &str| {
            (name == "TENANT_URL").then(|| Secret::new("postgres://u:hunter2@{name}.db:6000/{name}"))
        };
        targets(&destination, &settings, &asked, &variable).await
    }

    async fn names(&self, settings: &str, asked: AskedTenants) -> Vec<String> {
        let found = self.ask(settings, asked).await.unwrap();
        found.into_iter().map(|target| target.name).collect()
    }

    /// The error with what to do next.
    async fn refusal(&self, settings: &str, asked: AskedTenants) -> String {
        match self.ask(settings, asked).await {
            Ok(targets) => format!("accepted: {targets:?}"),
            Err(error) => {
                let cause = std::error::Error::source(&error)
                    .and_then(std::error::Error::source)
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let said = format!("{error} | {cause} | {}", error.help().unwrap_or_default());
                assert!(!format!("{said} {error:?}").contains("hunter2"), "{said}");
                said
            }
        }
    }
}

fn nothing() -> AskedTenants {
    AskedTenants::default()
}

fn schemas(names: &[&str]) -> AskedTenants {
    AskedTenants { schemas: names.iter().map(|name| (*name).to_owned()).collect(), ..nothing() }
}

fn schemas_query(sql: &str) -> AskedTenants {
    AskedTenants { schemas_query: Some(sql.to_owned()), ..nothing() }
}

fn which(which: Which) -> AskedTenants {
    AskedTenants { which, ..nothing() }
}

fn only(names: &[&str]) -> AskedTenants {
    which(Which::Only(names.iter().map(|name| (*name).to_owned()).collect()))
}

const QUERY: &str = "[tenants]\nschemas_query = \"SELECT slug FROM tenants ORDER BY id\"\n";

#[tokio::test]
async fn without_tenants_the_database_itself_is_the_target() {
    let ground = Ground::new().await;
    let found = ground.ask("", nothing()).await.unwrap();
    assert_eq!(found, [Target::database(ground.scratch.name(), ground.scratch.connect_to())]);
    let found = ground.ask("[migrate]\nhistory = \"ops.log\"\n", nothing()).await.unwrap();
    assert_eq!(found[0].history.shown(), "ops.log");
    let found = ground.ask("[migrate]\nhistory = \"log\"\n", nothing()).await.unwrap();
    assert_eq!(found[0].history.shown(), "public.log");
    for none in [which(Which::All), only(&["acme"])] {
        let said = ground.refusal("", none).await;
        assert!(said.contains("no tenants are configured"), "{said}");
    }
}

#[tokio::test]
async fn a_query_names_the_tenants_in_its_order_and_a_part_of_them_can_be_chosen() {
    let ground = Ground::new().await;
    assert_eq!(ground.names(QUERY, nothing()).await, ["globex", "acme", "Umbrella Corp"]);
    assert_eq!(ground.names(QUERY, which(Which::All)).await.len(), 3);
    assert_eq!(ground.names(QUERY, only(&["Umbrella Corp", "globex"])).await, ["globex", "Umbrella Corp"]);
    assert_eq!(ground.names(QUERY, which(Which::Itself)).await, [ground.scratch.name()]);
    let said = ground.refusal(QUERY, only(&["acne"])).await;
    assert!(said.contains("\"acne\" is not among the 3 schemas") && said.contains("\"acme\"?"), "{said}");
    let found = ground.ask(QUERY, nothing()).await.unwrap();
    let tenant = found[2].tenant.as_ref().unwrap();
    assert_eq!(tenant.search_path(), "\"Umbrella Corp\", \"public\"");
    assert_eq!(found[2].history.shown(), "Umbrella Corp.freehold_migrations");
}

#[tokio::test]
async fn a_flag_wins_over_the_settings_and_an_environment_over_what_holds_for_all() {
    let ground = Ground::new().await;
    assert_eq!(ground.names(QUERY, schemas(&["acme"])).await, ["acme"]);
    assert_eq!(ground.names(QUERY, schemas_query("select 'globex'")).await, ["globex"]);
    let settings = format!(
        "{QUERY}shared = [\"ext\", \"public\"]\n[migrate]\nhistory = \"log\"\nlock_timeout = \"9s\"\n\
         [environment.staging.tenants]\nschemas = [\"acme\"]\n[environment.staging.migrate]\nhistory = \"other\"\n"
    );
    let found = ground.ask(&settings, nothing()).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].tenant.as_ref().unwrap().shared, ["ext", "public"]);
    assert_eq!(found[0].history.shown(), "acme.other");
}

#[tokio::test]
async fn a_query_may_give_names_of_any_type() {
    let ground = Ground::new().await;
    for (sql, wanted) in [
        ("select 42", "42"),
        ("select 'a2f6c2c8-0b0f-4a0e-9a53-6f2e2b8f3f10'::uuid", "a2f6c2c8-0b0f-4a0e-9a53-6f2e2b8f3f10"),
        ("with t as (select slug from tenants where id = 2) select slug::name from t;", "acme"),
    ] {
        assert_eq!(ground.names("", schemas_query(sql)).await, [wanted], "{sql}");
    }
}

#[tokio::test]
async fn what_a_query_must_not_be_or_give_is_refused() {
    let ground = Ground::new().await;
    let session = Session::open(&ground.scratch.connect_to()).await.unwrap();
    session
        .run(
            "insert into tenants values (4, null), (5, 'acme'), (6, 'pg_catalog'), (7, ''); \
             create function public.sneaky() returns text language plpgsql as \
             $$ begin delete from tenants; return 'acme'; end $$",
        )
        .await
        .unwrap();
    for (sql, wanted) in [
        ("select id, slug from tenants", "gives 2 columns instead of one"),
        ("select slug from tenants where id = 4", "row 1 of what --schemas-query gives is NULL"),
        ("select slug from tenants where id in (2, 5)", "names more than once: acme | "),
        ("select slug from tenants where id in (2, 5)", "SELECT DISTINCT"),
        ("select slug from tenants where id = 6", "\"pg_catalog\" is a schema of the server itself"),
        ("select slug from tenants where id = 7", "is empty"),
        ("select 'public'", "is one that all tenants share"),
        ("select repeat('x', 64)", "longer than 63 bytes"),
        ("select slug from tenants where false", "--schemas-query names no schema"),
        ("select slug from tenant", "relation \"tenant\" does not exist"),
        ("select slug from", "is no SQL"),
        ("", "is empty"),
        ("delete from tenants returning slug", "is no SELECT"),
        ("select 1; delete from tenants", "holds 2 statements instead of one"),
        ("with gone as (delete from tenants returning slug) select slug from gone", "read-only transaction"),
        ("select sneaky()", "read-only transaction"),
        ("select slug into temporary kept from tenants", "is no SELECT"),
    ] {
        let said = ground.refusal("", schemas_query(sql)).await;
        assert!(said.contains(wanted), "{sql}: {said}");
    }
    let rows = session.query("select from tenants", &[]).await.unwrap();
    assert_eq!(rows.len(), 7);
}

#[tokio::test]
async fn a_listed_schema_that_does_not_exist_is_refused_before_anything_is_done() {
    let ground = Ground::new().await;
    assert_eq!(ground.names("", schemas(&["acme", "globex"])).await, ["acme", "globex"]);
    let said = ground.refusal("", schemas(&["acme", "globx", "nowhere"])).await;
    assert!(said.contains("there is no schema globx, nowhere on") && said.contains("\"globex\"?"), "{said}");
    let said = ground.refusal("", schemas(&["acme", "acme"])).await;
    assert!(
        said.contains("--schema names more than once: acme") && said.contains("Name each once"),
        "{said}"
    );
    let said = ground.refusal("", schemas(&["information_schema"])).await;
    assert!(said.contains("is a schema of the server itself"), "{said}");
}

#[tokio::test]
async fn tenants_can_have_databases_on_this_server_or_at_a_url_of_their_own() {
    let ground = Ground::new().await;
    let databases = |names: &[&str]| AskedTenants {
        databases: names.iter().map(|name| (*name).to_owned()).collect(),
        ..nothing()
    };
    let own = ground.scratch.name();
    let found = ground.ask("[migrate]\nhistory = \"ops.log\"\n", databases(&[own])).await.unwrap();
    assert_eq!(found[0].to, ground.scratch.connect_to());
    assert_eq!((found[0].name.as_str(), found[0].history.shown().as_str()), (own, "ops.log"));
    let said = ground.refusal("", databases(&["nosuch"])).await;
    assert!(said.contains("there is no database nosuch on postgres://"), "{said}");
    let said = ground.refusal("", databases(&["template1"])).await;
    assert!(said.contains("is the pattern for new databases"), "{said}");

    let settings = "[tenants]\ndatabases_query = \"select slug from tenants where id < 3 order by id\"\n";
    assert_eq!(ground.names(settings, nothing()).await, ["globex", "acme"]);
    let at_url = format!("{settings}url_env = \"TENANT_URL\"\n");
    let found = ground.ask(&at_url, nothing()).await.unwrap();
    assert_eq!(found[1].to.masked(), "postgres://u:****@acme.db:6000/acme");
    assert_eq!(found[1].name, "acme");
    assert!(!format!("{found:?}").contains("hunter2"));
    let unset = format!("{settings}url_env = \"UNSET\"\n");
    assert!(ground.refusal(&unset, nothing()).await.contains("the variable UNSET"));
    let odd = format!("{settings}url = \"postgres://u:hunter2@h:port/{{name}}\"\n");
    assert!(ground.refusal(&odd, nothing()).await.contains("[tenants] url for \"globex\" cannot be used"));
}

#[tokio::test]
async fn what_does_not_go_together_is_refused() {
    let ground = Ground::new().await;
    let both = AskedTenants { schemas_query: Some("select 1".to_owned()), ..schemas(&["acme"]) };
    let itself = AskedTenants { which: Which::Itself, ..schemas(&["acme"]) };
    for (settings, asked, wanted) in [
        ("", both, "--schema and --schemas-query do not go together"),
        ("", itself, "--schema and --no-tenants do not go together"),
        ("[tenants]\nkind = \"schema\"\n", nothing(), "each tenant has a schema, and not which there are"),
        (
            "[tenants]\nschemas = [\"acme\"]\n[environment.staging.tenants]\nkind = \"database\"\n",
            nothing(),
            "[tenants] schemas does not fit [tenants] kind = \"database\"",
        ),
        (
            "[migrate]\nhistory = \"ops.log\"\n[tenants]\nschemas = [\"acme\"]\n",
            nothing(),
            "write [migrate] history = \"log\"",
        ),
        (
            "[tenants]\nschemas = [\"acme\"]\nurl = \"postgres://h/{name}\"\n",
            nothing(),
            "[tenants] url is for tenants' databases",
        ),
    ] {
        let said = ground.refusal(settings, asked).await;
        assert!(said.contains(wanted), "{settings}: {said}");
    }
}

#[tokio::test]
async fn a_database_that_cannot_be_asked_is_named_without_its_password() {
    let settings = Settings::parse(Path::new("/p/freehold.toml"), QUERY, &[]).unwrap();
    let to = freehold_db::ConnectTo::from_url("postgres://u:hunter2@127.0.0.1:1/app").unwrap();
    let destination = Destination { to, environment: None, settings: Default::default() };
    let error = targets(&destination, &settings, &nothing(), &|_| None).await.unwrap_err();
    assert!(error.to_string().contains("the query of [tenants] schemas_query could not be answered"));
    assert!(!format!("{error:?}").contains("hunter2"));
}
