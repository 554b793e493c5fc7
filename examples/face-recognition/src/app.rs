//! The service put together: state, routes, start.

use std::{sync::Arc, time::Duration};

use axum::{
    Router, middleware,
    routing::{delete, get, post, put},
};
use freehold_example_service::{BeginError, Places, Service, Settings, open};
use freehold_tenancy::{
    Db, Tenancy,
    api_keys::{ApiKeySettings, ApiKeys, LastUsedWriter},
    secrets::{Key, MasterKey, MasterKeys, Vault},
    vectors::{Metric, Space, SpaceOptions},
};
use tokio::sync::Mutex;
use tower_http::{catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer};

use crate::{caller, consents, faces, keys, limits::Limits, matching, openapi, persons, tenants};

/// The service's name and what its owner prepares at each start: partitions of this month and the coming ones.
pub const SERVICE: Service = Service {
    name: "face-recognition",
    prepare: "SELECT create_coming_verification_logs_partitions()",
    served: "SELECT status = 'ACTIVE' FROM tenants WHERE id = $1",
};

/// Numbers in an embedding.
pub(crate) const DIMENSIONS: usize = 512;
/// The greatest request body, in bytes: an embedding in decimals is some 10 KiB.
const LONGEST_BODY: usize = 256 * 1024;

/// What every handler has at hand.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) db: Db,
    pub(crate) keys: ApiKeys,
    pub(crate) vault: Vault,
    pub(crate) faces: Space,
    pub(crate) limits: Limits,
    pub(crate) admin_token: String,
    last_used: Mutex<Option<LastUsedWriter>>,
}

impl App {
    /// The database.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// What opens the door to administration.
    pub fn admin_token(&self) -> &str {
        &self.0.admin_token
    }

    /// Writes what is still to be written: when keys were used last.
    pub async fn stop(&self) {
        if let Some(writer) = self.0.last_used.lock().await.take()
            && let Err(error) = writer.stop().await
        {
            tracing::warn!(%error, "when keys were used last could not be written");
        }
    }
}

/// Migrates and opens the database.
///
/// # Errors
/// [`BeginError`], by the step that failed.
pub async fn start(places: &Places, settings: &Settings) -> Result<App, BeginError> {
    let tenancy = Tenancy::from_toml(include_str!("../freehold.toml"))?;
    let migrations = freehold_tenancy::migrate!("migrations");
    let db = open(&SERVICE, places, migrations, tenancy).await?;
    let setup = |what: &'static str| move |error: &dyn std::fmt::Display| BeginError::part(what, error);
    let keys = ApiKeySettings {
        scopes: keys::SCOPES.map(str::to_owned).to_vec(),
        // Ends of validity are set by the server's clock alone, so there is nothing to make up for.
        tolerance: Duration::ZERO,
        ..ApiKeySettings::prefixed("fr")
    };
    let keys = ApiKeys::new(&db, keys).map_err(|error| setup("API keys")(&error))?;
    let master = master_keys(settings).map_err(|error| setup("the master key")(&error))?;
    let faces = Space::new(SpaceOptions {
        table: "faces".to_owned(),
        ids: vec!["id".to_owned(), "external_id".to_owned()],
        half: Some("embedding_search".to_owned()),
        ..SpaceOptions::new(DIMENSIONS, Metric::Cosine)
    });
    let faces = faces.map_err(|error| setup("the search")(&error))?;
    let last_used = Mutex::new(Some(keys.write_last_used(Duration::from_secs(10))));
    let vault = Vault::new(&db, master);
    let limits =
        Limits::open(places.redis_url.as_deref()).await.map_err(|error| setup("the rate limits")(&error))?;
    let admin_token = settings.admin_token.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    Ok(App(Arc::new(Parts { db, keys, vault, faces, limits, admin_token, last_used })))
}

/// The master keys that were given, or one of this run, which is right for servers that end with it.
fn master_keys(settings: &Settings) -> Result<MasterKeys, Box<dyn std::error::Error>> {
    match &settings.master_key {
        Some(text) => Ok(MasterKeys::from_text(text)?),
        None => Ok(MasterKeys::new([MasterKey::new("this-run", Key::generate()?)?])?),
    }
}

/// All routes.
pub fn router(app: App) -> Router {
    let programs = Router::new()
        .route("/keys", post(keys::issue).get(keys::list))
        .route("/keys/{key_id}", delete(keys::revoke))
        .route("/consents", post(consents::grant))
        .route("/consents/{external_id}", get(consents::list))
        .route("/consents/{external_id}/{consent_type}", delete(consents::withdraw))
        .route("/faces", get(faces::list))
        .route("/faces/{external_id}", put(faces::register))
        .route("/faces/{external_id}/verify", post(matching::verify))
        .route("/identify", post(matching::identify))
        .route("/verifications", get(matching::latest))
        .route("/persons/{external_id}", delete(persons::erase))
        .route("/persons/{external_id}/export", get(persons::export))
        .layer(middleware::from_fn_with_state(app.clone(), caller::authenticate));
    Router::new()
        .route("/health", get(tenants::health))
        .route("/openapi.json", get(openapi::document))
        .route("/tenants", post(tenants::add))
        .route("/tenants/{tenant_id}/status", put(tenants::set_status))
        .merge(programs)
        .layer(RequestBodyLimitLayer::new(LONGEST_BODY))
        .layer(CatchPanicLayer::new())
        .with_state(app)
}
